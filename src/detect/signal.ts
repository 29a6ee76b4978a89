import { DAY } from '../domain/clock.ts';
import type { ContainerRole, ContainerSignal, FailureClass, SharedCause, Signal } from '../domain/failure.ts';
import { type ContainerView, type ObjectView, refOf, type Termination } from '../domain/views.ts';
import { unwrap } from './wrapping.ts';

/** What a detector found. What is left out is as for a cause that may pass, seen once. */
export interface Finding {
  readonly reason: string;
  readonly message: string;
  readonly since: number;
  /** Without it, `since`. */
  readonly lastSeenAt?: number;
  readonly level?: string;
  readonly isSummary?: true;
  readonly madeAt?: number;
  readonly occurrences?: number;
  readonly immediate?: boolean;
  readonly patienceMs?: number;
  readonly clearsAt?: number;
  readonly unproven?: Signal['unproven'];
  readonly isFinal?: boolean;
  readonly isLeftover?: true;
  readonly container?: ContainerSignal;
  readonly sharedCause?: SharedCause | undefined;
  readonly takesPodsAlong?: true;
  readonly evictsPods?: true;
  readonly nodeGroups?: readonly string[];
  readonly lacksNodes?: boolean;
  readonly isVolumeHeld?: boolean;
}

/** The signal for a finding about the object behind a view. */
export function signalOf(failureClass: FailureClass, view: ObjectView, finding: Finding): Signal {
  const { since, lastSeenAt = since, occurrences = 1, immediate = false, ...more } = finding;
  return {
    class: failureClass,
    subject: refOf(view),
    since,
    lastSeenAt,
    occurrences: Math.max(1, occurrences),
    immediate,
    ...told(more),
    ...(view.kind === 'Pod' && view.node !== undefined ? { node: view.node } : {}),
  };
}

type Told<T> = { readonly [K in keyof T]: Exclude<T[K], false | undefined> };

/** What is so: what is not, or not known, is left out. */
function told<T extends object>(fields: T): Told<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== false),
  ) as Told<T>;
}

/** What ended longer ago wakes nobody. */
const LEFTOVER_MS = DAY;

/** Whether something that ended then is a leftover. */
export function leftover(endedAt: number, now: number): { readonly isLeftover?: true } {
  return endedAt < now - LEFTOVER_MS ? { isLeftover: true } : {};
}

const roleWords: Readonly<Record<ContainerRole, string>> = {
  app: 'container',
  init: 'init container',
  sidecar: 'sidecar',
  ephemeral: 'debug container',
};

/** `init container migrate` */
export function nameContainer({ role, name }: ContainerView): string {
  return `${roleWords[role]} ${name}`;
}

/** The container part of a signal; `last` is the run that is told about. */
export function containerSignal(
  { name, role, restartCount }: ContainerView,
  last?: Termination,
): ContainerSignal {
  return { name, role, restartCount, ...(last === undefined ? {} : { exitCode: last.exitCode }) };
}

/** A sentence of ours, with the whole of what the cluster says about it, as half a secret is not recognised: `the node is not ready: container runtime is down`. */
export function withQuote(words: string, quote: string | undefined): string {
  const line = quote?.replaceAll(/\s+/g, ' ').trim() ?? '';
  return line === '' ? words : `${words}: ${unwrap(line)}`;
}
