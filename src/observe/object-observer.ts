import {
  findOwner,
  type Correlator,
  hasFallen,
  incidentKey,
  isBehind,
  isOwnRoot,
  rootOwner,
} from '../correlate/index.ts';
import { unreadyOf } from '../detect/index.ts';
import type { Now } from '../domain/clock.ts';
import type { FailureClass } from '../domain/failure-classes.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { ObjectView } from '../domain/views.ts';
import type { WorkQueue } from '../lib/work-queue.ts';
import type { ClusterIndex } from './cluster-index.ts';
import type { CustomOwners } from './custom-owners.ts';
import {
  type EvaluationDeps,
  evaluateObject,
  type Evaluation,
  type SuppressionState,
  type SuppressedBy,
} from './evaluate-object.ts';

export interface ObserverDeps extends EvaluationDeps {
  readonly index: ClusterIndex;
  readonly correlator: Pick<Correlator, 'observe' | 'has' | 'size' | 'noteFailing' | 'isFailing'>;
  readonly clusterKey: string;
  readonly owners: Pick<CustomOwners, 'ask' | 'refresh'>;
  /** Of the keys for which there may be something to decide. */
  readonly queue: Pick<WorkQueue<unknown>, 'enqueue'>;
  readonly report: {
    /** Told once for each object, until it is well or something else keeps it back. */
    readonly suppressed: (by: SuppressedBy, failureClass: FailureClass) => void;
    readonly detectorFailed: (detector: string, error: unknown) => void;
  };
}

/** Observer of one object at a time: detects, finds the owner and tells the correlator. Synchronous, and cheap for a healthy object. */
export class ObjectObserver {
  readonly #deps: ObserverDeps;
  /** Key and owner under which an object's signals are known to the correlator, to take them back when it is well or gone. */
  readonly #reported = new Map<string, { readonly key: string; readonly owner: ObjectRef }>();
  /** What keeps failing objects back, by uid. */
  readonly #kept = new Map<string, SuppressionState & { readonly view: ObjectView }>();
  /** Since when a failure that has no time of its own was seen to stand while a silence kept it back, by uid and failure. */
  readonly #silencedFrom = new Map<string, ReadonlyMap<string, number>>();
  /** Uids of owners that have had more that was ready, and have not caught up. */
  readonly #fallen = new Set<string>();
  /** When nodes were last seen to be well, by uid, in epoch milliseconds. */
  readonly #wellAt = new Map<string, number>();

  constructor(deps: ObserverDeps) {
    const { correlator, clusterKey } = deps;
    this.#deps = { ...deps, isFailing: (owner) => correlator.isFailing(incidentKey(clusterKey, owner)) };
  }

  /** `before`: as it was until now, if it has just changed. */
  look(view: ObjectView, now: Now, before?: ObjectView): void {
    this.#evaluate(view, now);
    this.#enqueueOwn(view, this.#hasFailed(view, before) ? now : undefined);
  }

  /** The object is gone. */
  gone(view: ObjectView, now: Now): void {
    // It may have failed and gone in one step: what it ended as is the last that is heard of it.
    if (view.kind === 'Job' && view.failed !== undefined) this.#evaluate(view, now);
    this.#wellAt.delete(view.uid);
    this.#silencedFrom.delete(view.uid);
    this.#kept.delete(view.uid);
    this.#fallen.delete(view.uid);
    // An Event expires; what it spoke of is not gone for that.
    this.#withdraw(view, { gone: view.kind !== 'Event', now });
    this.#enqueueOwn(view);
  }

  /** How many failing objects each rule, and `for`, keep back at this moment (epoch milliseconds). */
  suppressed(now: number): ReadonlyMap<SuppressedBy, number> {
    const counts = new Map<SuppressedBy, number>();
    for (const { by, until } of this.#kept.values())
      if (until > now) counts.set(by, (counts.get(by) ?? 0) + 1);
    return counts;
  }

  #evaluate(view: ObjectView, now: Now): void {
    const { judgement, failures } = evaluateObject(this.#deps, view, now.at);
    for (const { detector, error } of failures) this.#deps.report.detectorFailed(detector, error);
    if (judgement !== undefined && this.#isOwnerAwaited(view, judgement)) {
      // An incident of the owner that the reference names must know of it, as it may be the one.
      if (!this.#reported.has(view.uid)) this.#suppress(view, judgement, now);
      return;
    }
    this.#keep(view, judgement);
    this.#noteSilenced(view, judgement, now);
    if (judgement === undefined) this.#noteWell(view, now);
    else if (judgement.signals.length > 0) this.#report(view, judgement, now);
    else this.#suppress(view, judgement, now);
  }

  /** What is not ready and shows no failure of its own may be why its owner lacks it. Whose it is must be known for that. */
  #noteWell(view: ObjectView, now: Now): void {
    if (view.kind === 'Node') this.#wellAt.set(view.uid, now.at);
    const ownership = unreadyOf(view) === undefined ? undefined : findOwner(view, this.#deps.index);
    if (ownership !== undefined && ownership.missing === undefined)
      return this.#report(view, { owner: ownership.root, signals: [] }, now);
    this.#withdraw(view, { gone: view.deletedAt !== undefined, now });
    this.#noteSuccess(view, now);
  }

  /** A run that has succeeded answers those before it, also such as are gone. */
  #noteSuccess(view: ObjectView, now: Now): void {
    if (view.kind !== 'Job' || !view.complete) return;
    const { clusterKey, correlator, index, queue } = this.#deps;
    const owner = rootOwner(view, index);
    const key = incidentKey(clusterKey, owner);
    if (!correlator.has(key)) return;
    const object = { uid: view.uid, gone: false, succeeded: true } as const;
    correlator.observe({ object, owner, key, signals: [] }, now);
    queue.enqueue(key);
  }

  /** What is known of it stays as it is until the owner is known: the object is looked at again then. */
  #isOwnerAwaited(view: ObjectView, judgement: Evaluation): boolean {
    const { owners } = this.#deps;
    owners.refresh(judgement.owner, view);
    return judgement.missing !== undefined && owners.ask(judgement.missing, view);
  }

  #keep(view: ObjectView, judgement: Evaluation | undefined): void {
    const { uid } = view;
    if (judgement?.kept === undefined) {
      this.#kept.delete(uid);
      return;
    }
    const { by } = judgement.kept;
    if (this.#kept.get(uid)?.by !== by) this.#deps.report.suppressed(by, judgement.first.class);
    this.#kept.set(uid, { ...judgement.kept, view });
  }

  /** What stands from the beginning of a silence to its end has lasted for so long. */
  #noteSilenced({ uid }: ObjectView, judgement: Evaluation | undefined, { monotonic }: Now): void {
    const signals = judgement?.silenced?.filter(({ level }) => level !== undefined) ?? [];
    // It is told of now: the correlator knows since when.
    if (judgement === undefined || (judgement.signals.length === 0 && signals.length === 0))
      this.#silencedFrom.delete(uid);
    if (signals.length === 0) return;
    const known = this.#silencedFrom.get(uid);
    this.#silencedFrom.set(
      uid,
      new Map(signals.map((signal) => [failureOf(signal), known?.get(failureOf(signal)) ?? monotonic])),
    );
  }

  #report(view: ObjectView, { owner, signals }: Pick<Evaluation, 'owner' | 'signals'>, now: Now): void {
    const { clusterKey, correlator, queue } = this.#deps;
    const { uid } = view;
    const key = incidentKey(clusterKey, owner);
    const before = this.#reported.get(uid);
    if (before !== undefined && before.key !== key) this.#withdraw({ uid }, { gone: false, now });
    this.#reported.set(uid, { key, owner });
    const unready = unreadyOf(view);
    const object = { uid, gone: false, ...(unready === undefined ? {} : { unready }) };
    correlator.observe({ object, owner, key, signals: this.#sinceSeenWell(uid, signals) }, now);
    queue.enqueue(key);
  }

  /** A node that was seen to be well has not failed before that, whatever the clock says that wrote it. */
  #sinceSeenWell(uid: string, signals: readonly Signal[]): readonly Signal[] {
    const at = this.#wellAt.get(uid) ?? -Infinity;
    const silencedFrom = this.#silencedFrom.get(uid);
    return signals.map((signal) => {
      const seenFrom = silencedFrom?.get(failureOf(signal));
      if (signal.since >= at && seenFrom === undefined) return signal;
      return {
        ...signal,
        since: Math.max(signal.since, at),
        ...(seenFrom === undefined ? {} : { seenFrom }),
      };
    });
  }

  /** Nothing is told of it. An incident that is there already must know that it fails, or it would be taken for well. */
  #suppress({ uid }: ObjectView, { owner }: Evaluation, now: Now): void {
    this.#withdraw({ uid }, { gone: false, now });
    const { clusterKey, correlator } = this.#deps;
    const key = incidentKey(clusterKey, owner);
    if (!correlator.has(key)) return;
    this.#reported.set(uid, { key, owner });
    correlator.observe({ object: { uid, gone: false, suppressed: true }, owner, key, signals: [] }, now);
  }

  #withdraw(
    { uid }: Pick<ObjectView, 'uid'>,
    { gone, now }: { readonly gone: boolean; readonly now: Now },
  ): void {
    const before = this.#reported.get(uid);
    if (before === undefined) return;
    this.#reported.delete(uid);
    this.#deps.correlator.observe({ object: { uid, gone }, ...before, signals: [] }, now);
    this.#deps.queue.enqueue(before.key);
  }

  /** What a silence has kept back whose end lies between these moments (epoch milliseconds). */
  silencedUntil(after: number, now: number): readonly ObjectView[] {
    return [...this.#kept.values()]
      .filter(({ by, until }) => by !== 'for' && until > after && until <= now)
      .map(({ view }) => view);
  }

  /** Whether an owner has fallen behind, or had not caught up until now. */
  #hasFailed(view: ObjectView, before: ObjectView | undefined): boolean {
    if (before !== undefined && hasFallen(before, view)) this.#fallen.add(view.uid);
    if (!this.#fallen.has(view.uid)) return false;
    if (!isBehind(view)) this.#fallen.delete(view.uid);
    return true;
  }

  /** The health of an owner decides about its recovery. `fallenAt`: what fails may be told only later, by an Event. */
  #enqueueOwn(view: ObjectView, fallenAt?: Now): void {
    const { correlator, index, clusterKey, queue } = this.#deps;
    if (correlator.size === 0 || view.kind === 'Event' || (view.kind === 'Pod' && !isOwnRoot(view))) return;
    const key = incidentKey(clusterKey, rootOwner(view, index));
    if (!correlator.has(key)) return;
    if (fallenAt !== undefined) correlator.noteFailing(key, fallenAt);
    queue.enqueue(key);
  }
}

/** The same failure of an object at the same level. */
function failureOf({ class: failureClass, container, level }: Signal): string {
  return JSON.stringify([failureClass, container?.name, level]);
}
