import {
  type ClusterLookup,
  type CorrelatorOptions,
  dueAt,
  findOwner,
  type Ownership,
  type SuppressionRules,
  type Suppression,
  suppressionOf,
  type TimedSuppression,
  unsilenced,
} from '../correlate/index.ts';
import { detect, type Detection, type DetectOptions } from '../detect/index.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { EventView, ObjectView, OwnerReference } from '../domain/views.ts';
import type { ClusterIndex } from './cluster-index.ts';
import { type Clock, MINUTE, SECOND } from '../domain/clock.ts';

/** What a failing object is judged by. */
export interface EvaluationDeps {
  readonly index: ClusterLookup & Pick<ClusterIndex, 'eventsOf' | 'isWaitedFor'>;
  /** Whether something that belongs to this owner fails. */
  readonly isFailing?: (owner: ObjectRef) => boolean;
  readonly rules: SuppressionRules;
  readonly detectOptions: DetectOptions;
  readonly forMs: CorrelatorOptions['forMs'];
  /**
   * This moment, by which silences are judged, in epoch milliseconds. An object may be looked at as of an earlier one, up to which it is proven to
   * be so; a silence is over all the same. By default that of the look.
   */
  readonly now?: () => number;
}

/** What keeps a failing object back: a rule, a silence, or the time `for` of its class. */
export type SuppressedBy = Suppression | TimedSuppression | 'for';

/** A failing object: whose it is, and whether its failure may be told. */
export interface Evaluation {
  readonly owner: ObjectRef;
  /** The most causal signal, whatever becomes of it. */
  readonly first: Signal;
  /** What the correlator is told; none where a rule keeps the object back. */
  readonly signals: readonly Signal[];
  readonly kept?: SuppressionState;
  /** What a silence keeps back. */
  readonly silenced?: readonly Signal[];
  /** An owner of which nothing is known yet, and which may change this judgement. */
  readonly missing?: OwnerReference;
}

export interface SuppressionState {
  readonly by: SuppressedBy;
  /** When the silence or the time `for` is over, in epoch milliseconds. A rule has no end. */
  readonly until: number;
  /** Why, in the words of the configuration. */
  readonly reason?: string;
}

/** Detects, finds the owner and applies the rules. No judgement for an object that does not fail. */
export function evaluateObject(
  deps: EvaluationDeps,
  view: ObjectView,
  now: number,
): { readonly judgement?: Evaluation; readonly failures: Detection['failures'] } {
  const { index, detectOptions: options } = deps;
  const events = index.eventsOf(view.kind === 'Event' ? view.regarding.uid : view.uid);
  const { signals: found, failures } = detect({ view, events, now, options });
  const signals = withRevision(found, view, index);
  const [first] = signals;
  if (first === undefined || isSuperseded(view, index)) return { failures };
  const { root: owner, missing, isExplained } = ownershipOf(deps, view, first, now);
  if (isExplained === true) return { failures };
  const verdict = applyRules(deps, { view, owner, signals }, now);
  const isOpen = missing !== undefined && (verdict.signals.length > 0 || ownersRules.has(verdict.kept?.by));
  return { judgement: { owner, first, ...verdict, ...(isOpen ? { missing } : {}) }, failures };
}

function withRevision(
  signals: readonly Signal[],
  { kind, owner }: ObjectView,
  index: ClusterLookup,
): readonly Signal[] {
  const revision =
    kind === 'Pod' && owner?.kind === 'ReplicaSet' ? index.byUid(owner.kind, owner.uid) : undefined;
  const revisedAt = revision?.createdAt;
  return revisedAt === undefined ? signals : signals.map((signal) => ({ ...signal, revisedAt }));
}

interface Belonging extends Ownership {
  /** Something else that fails tells of it. */
  readonly isExplained?: boolean;
}

function ownershipOf(deps: EvaluationDeps, view: ObjectView, first: Signal, now: number): Belonging {
  return view.kind === 'Event' ? eventOwner(deps, view, first, now) : findOwner(view, deps.index);
}

/**
 * An Event about a kind that is not watched names its object. Where that serves what fails itself, it only follows: an autoscaler gets
 * no metrics of pods that do not run, or that are being replaced, and of a claim its pod tells.
 */
function eventOwner(
  { index, isFailing }: EvaluationDeps,
  view: EventView,
  { regarding: object, since }: Signal,
  now: number,
): Belonging {
  if (index.isWaitedFor(view)) return { root: object, isExplained: true };
  if (object.kind !== 'HorizontalPodAutoscaler') return { root: object };
  const { apiVersion, kind, name, uid, namespace } = object;
  const answer = index.answerOf?.(uid);
  if (answer === undefined) return { root: object, missing: { apiVersion, kind, name, uid } };
  const target = answer.scales;
  if (target === undefined) return { root: object };
  const scaled = index.byName(target.kind, namespace, target.name);
  const owner = scaled === undefined ? { ...target, namespace } : findOwner(scaled, index).root;
  const isUpdating = now - since < UPDATE_MS && isBehindUpdate(scaled);
  return { root: object, isExplained: isUpdating || isFailing?.(owner) === true };
}

/** An autoscaler judges the pods of the old revision as well, which an update may be about to replace. */
const UPDATE_MS = 15 * MINUTE;

function isBehindUpdate(view: ObjectView | undefined): boolean {
  return view !== undefined && 'updated' in view && (!view.observed || view.updated < view.wanted);
}

/** A later run has succeeded: whatever this one has failed for has been seen to. */
function isSuperseded(view: ObjectView, index: ClusterLookup): boolean {
  return view.kind === 'Job' && view.failed !== undefined && index.isSuperseded?.(view) === true;
}

/** Rules that look at the owner itself: without it, its pod speaks. */
const ownersRules: ReadonlySet<SuppressedBy | undefined> = new Set([
  'ignored',
  'ignoredUntil',
  'silenced',
  'workloadNotSelected',
]);

function applyRules(
  deps: EvaluationDeps,
  { view, owner, signals }: { view: ObjectView; owner: ObjectRef; signals: readonly Signal[] },
  now: number,
): Pick<Evaluation, 'signals' | 'kept' | 'silenced'> {
  const { rules, index } = deps;
  const enabled = signals.filter((signal) => !rules.disabledClasses.has(signal.class));
  const rule =
    suppressionOf(owner, view, rules, index) ?? (enabled.length === 0 ? 'classDisabled' : undefined);
  if (rule !== undefined) return { signals: [], kept: { by: rule, until: Infinity } };
  const { signals: left, kept } = unsilenced(enabled, rules.silences, {
    owner,
    view,
    lookup: index,
    now: deps.now?.() ?? now,
  });
  if (kept !== undefined) return { signals: [], kept, silenced: enabled };
  const until = Math.min(...left.map((signal) => dueAt(signal, deps)));
  return { signals: left, ...(until > now ? { kept: { by: 'for', until } } : {}) };
}

/** How long an object at which looking failed is left alone. */
const AGAIN_AFTER_MS = 30 * SECOND;

interface EvaluationRetriesDeps {
  readonly clock: Clock;
  /** False where it is not known how the object is by now. May throw. */
  readonly look: (view: ObjectView) => boolean;
  /** The object as it is now; undefined when it is gone. */
  readonly current: (view: ObjectView) => ObjectView | undefined;
  /** Looking at an object failed; told once until it succeeds. */
  readonly onFailure: (view: ObjectView, error: unknown) => void;
}

/** Evaluates objects without letting one that cannot be judged keep the others from it. */
export class EvaluationRetries {
  readonly #deps: EvaluationRetriesDeps;
  readonly #waiting = new Map<string, ObjectView>();
  /** When to look again at what failed; what is not known is looked at as soon as it is. */
  readonly #failed = new Map<string, number>();

  constructor(deps: EvaluationRetriesDeps) {
    this.#deps = deps;
  }

  /** Looks at an object now. Never throws: what fails, or is not known, is looked at again later. */
  at(view: ObjectView): void {
    const { clock, look, onFailure } = this.#deps;
    this.#waiting.set(view.uid, view);
    try {
      if (look(view)) this.forget(view);
    } catch (error) {
      if (!this.#failed.has(view.uid)) onFailure(view, error);
      this.#failed.set(view.uid, clock.monotonic() + AGAIN_AFTER_MS);
    }
  }

  /** Looks again at what could not be judged, when it is time. Called every second: it needs no timer of its own. */
  again(): void {
    const { clock, current } = this.#deps;
    for (const [uid, view] of this.#waiting) {
      if (clock.monotonic() < (this.#failed.get(uid) ?? 0)) continue;
      const now = current(view);
      if (now === undefined) this.forget(view);
      else this.at(now);
    }
  }

  /** The object is another one by now. Whether it waited to be known as it is. */
  supersede({ uid }: ObjectView): boolean {
    return !this.#failed.has(uid) && this.#waiting.delete(uid);
  }

  /** The object is gone: it is not looked at again. */
  forget({ uid }: ObjectView): void {
    this.#waiting.delete(uid);
    this.#failed.delete(uid);
  }
}
