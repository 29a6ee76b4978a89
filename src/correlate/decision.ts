import type { FailureClass } from '../domain/failure-classes.ts';
import type { CauseKind, CommentKind, Incident } from '../domain/incident.ts';
import type { Findings } from './due-signals.ts';
import type { Wait } from './requeue.ts';
import type { OwnerHealth } from './owner-health.ts';

/** Limits and waits of correlation, in milliseconds. */
export interface CorrelatorOptions {
  readonly forMs: Readonly<Record<FailureClass, number>>;
  /** How long an incident waits before it opens, so that a common cause can explain it. */
  readonly groupWaitMs: number;
  readonly resolveAfterMs: number;
  /** More openings than this become one storm. */
  readonly storm: { readonly perMinute: number; readonly perHour: number };
  /** How many Incidents there may be; what fails beyond that is in the storm's incident alone. */
  readonly maxIncidents: number;
  /** In `file` mode an incident that was only observed, and is unresolved, gets its ticket. */
  readonly mode: 'file' | 'observe';
}

/** Why an incident is over. */
export type Recovery = 'healed' | 'replaced' | 'gone' | 'scaledToZero' | 'membersOver';

/** What is to be done about one owner. */
export type Decision =
  /** The first signal stands: evidence may be taken now, while it is there. */
  | { readonly kind: 'suspect'; readonly findings: Findings }
  | { readonly kind: 'open'; readonly findings: Findings; readonly previous?: Incident }
  /** The incident of a common cause covers this owner: its own says so, and gets no ticket. */
  | {
      readonly kind: 'fold';
      readonly findings: Findings;
      readonly cause: { readonly kind: CauseKind; readonly incident: Incident };
      readonly previous?: Incident;
    }
  /** The common cause has gone and this owner still fails: its incident ends, and one of its own opens. */
  | { readonly kind: 'unfold'; readonly incident: Incident }
  /** It was observed in a trial and is to be filed now. */
  | { readonly kind: 'release'; readonly incident: Incident }
  | {
      readonly kind: 'recover';
      readonly incident: Incident;
      readonly how: Recovery;
      readonly health: OwnerHealth;
    }
  | { readonly kind: 'recur'; readonly incident: Incident; readonly findings: Findings }
  | {
      readonly kind: 'comment';
      readonly incident: Incident;
      readonly findings: Findings;
      readonly comment: CommentKind;
      /** The incident of a common cause that the comment tells of. */
      readonly cause?: Incident;
    }
  /** Numbers have changed: worth a status write, not a comment. */
  | { readonly kind: 'note'; readonly incident: Incident; readonly findings: Findings };

/** What the evaluation of one owner has come to: what is to be done now, after which there may be more to do, or what it waits for. */
export interface Outcome extends Wait {
  readonly decision?: Decision;
}
