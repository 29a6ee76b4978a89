import {
  type Correlator,
  ignoreUntilProblem,
  isNotReady,
  type OwnerHealth,
  ownerHealth,
} from '../correlate/index.ts';
import { type Clock, momentAt, type Now, nowOf } from '../domain/clock.ts';
import type { FreshnessOf, OwnerReader } from '../domain/ports.ts';
import type { ObjectRef } from '../domain/failure.ts';
import { type EventView, type JobView, type ObjectView, refOf } from '../domain/views.ts';
import { CustomOwners, type CustomOwnersDeps } from './custom-owners.ts';
import { EvaluationRetries } from './evaluate-object.ts';
import { ObjectObserver, type ObserverDeps } from './object-observer.ts';

/** Who cares for the requests by hand that objects carry. */
export interface RequestObserver {
  /** An object as it is now. */
  readonly offer: (view: ObjectView) => void;
  /** This object does not carry its request any more. */
  readonly withdraw: (view: ObjectView) => void;
}

export interface ClusterObserverDeps extends Omit<ObserverDeps, 'owners' | 'correlator' | 'report' | 'now'> {
  readonly clock: Clock;
  readonly correlator: Pick<Correlator, 'observe' | 'has' | 'size' | 'noteFailing' | 'isFailing' | 'begin'>;
  readonly ownerReader: OwnerReader;
  readonly freshnessOf: FreshnessOf;
  /** Absent where requests by hand are switched off. */
  readonly requests: RequestObserver | undefined;
  readonly report: ObserverDeps['report'] &
    CustomOwnersDeps['report'] & {
      /** An object could not be judged; told once until it can. */
      readonly evaluationFailed: (view: ObjectView, error: unknown) => void;
      /** The annotation `ignore-until` of an object is not followed; told once for each value. */
      readonly annotationRefused: (object: ObjectRef, value: string, problem: string) => void;
    };
  /** Ends the reads of owners. */
  readonly signal: AbortSignal;
}

/** Observer of the cluster: takes what the watches see, and evaluates every object that is concerned by it. */
export class ClusterObserver {
  readonly #deps: ClusterObserverDeps;
  readonly #retries: EvaluationRetries;
  readonly #owners: CustomOwners;
  readonly #objects: ObjectObserver;
  #isSynced = false;
  /** Annotations that are not followed and were told of, by the uid of their object. */
  readonly #refused = new Map<string, string>();
  /** Silences that began or ended until then have been seen to, in epoch milliseconds. */
  #followedAt = -Infinity;

  constructor(deps: ClusterObserverDeps) {
    this.#deps = deps;
    const { clock, index, report, signal } = deps;
    this.#retries = new EvaluationRetries({
      clock,
      look: (view) => this.#lookAgainAt(view),
      // An Event is what it was; every other object is looked at as it is by then.
      current: (view) => (view.kind === 'Event' ? view : index.byUid(view.kind, view.uid)),
      onFailure: (view, error) => report.evaluationFailed(view, error),
    });
    const look = (view: ObjectView): void => this.#retries.at(view);
    this.#owners = new CustomOwners({ clock, index, report, signal, look, reader: deps.ownerReader });
    this.#objects = new ObjectObserver({
      index,
      report,
      owners: this.#owners,
      correlator: deps.correlator,
      now: () => clock.now(),
      clusterKey: deps.clusterKey,
      queue: deps.queue,
      rules: deps.rules,
      detectOptions: deps.detectOptions,
      forMs: deps.forMs,
    });
  }

  /** An object as it is now. Synchronous: nothing here waits. */
  upsert(view: ObjectView): void {
    if (view.kind === 'Event') return this.#upsertEvent(view);
    const { index, clock, requests } = this.#deps;
    const before = index.byUid(view.kind, view.uid);
    const others = index.upsert(view);
    if (!this.#isSynced) return;
    for (const other of others) this.#retries.at(other);
    if (before !== undefined) this.#judgeUnjudged(before);
    this.#look(view, nowOf(clock), before);
    if (before !== undefined && before.fileTicket !== view.fileTicket) requests?.withdraw(before);
    if (view.kind !== 'Pod') this.#lookAtConcerned(view, before);
  }

  remove(view: ObjectView): void {
    const { index, clock, requests } = this.#deps;
    const about = view.kind === 'Event' ? index.aboutOf(view) : undefined;
    if (about === undefined) this.#judgeUnjudged(view);
    index.remove(view);
    if (!this.#isSynced) return;
    this.#retries.forget(view);
    this.#refused.delete(view.uid);
    if (about !== undefined) return this.#retries.at(about);
    this.#objects.gone(view, nowOf(clock));
    requests?.withdraw(view);
  }

  /** All watches have listed once: what failed while nobody watched is looked at now. */
  synced(): void {
    this.#isSynced = true;
    this.#followedAt = this.#deps.clock.now();
    // An Incident may have been known for minutes while the first list of another kind failed.
    this.#deps.correlator.begin(nowOf(this.#deps.clock));
    this.#lookAtAll();
  }

  /** Looks again at what could not be judged, when it is time. Called every second: nothing else may happen for long. */
  lookAgain(): void {
    this.#retries.again();
    if (this.#isSynced) this.#followSilences();
  }

  /** A silence that begins or ends changes no object: those that it concerns are judged anew. */
  #followSilences(): void {
    const { clock, index, rules } = this.#deps;
    const [before, now] = [this.#followedAt, clock.now()];
    this.#followedAt = now;
    if (rules.silences !== undefined && rules.silences.nextChange(before) <= now) return this.#lookAtAll();
    for (const view of this.#objects.silencedUntil(before, now)) {
      const current = view.kind === 'Event' ? view : index.byUid(view.kind, view.uid);
      if (current !== undefined) this.#retries.at(current);
    }
  }

  /** The health of an owner as the watched objects show it. */
  healthOf(owner: ObjectRef, freshnessOf: FreshnessOf): OwnerHealth {
    const { index } = this.#deps;
    const lookup = {
      byName: (kind: string, namespace: string, name: string) => index.byName(kind, namespace, name),
      isOwnerOpen: (namespace: string) => this.#owners.isOpen(namespace),
      isSuperseded: (job: JobView) => index.isSuperseded(job),
    };
    return ownerHealth(owner, lookup, freshnessOf);
  }

  /** See `ObjectObserver`. */
  suppressed(now: number): ReturnType<ObjectObserver['suppressed']> {
    return this.#objects.suppressed(now);
  }

  /** An Event about an object that is not known stands for itself. */
  #upsertEvent(event: EventView): void {
    const { index, clock } = this.#deps;
    const others = index.upsert(event);
    if (!this.#isSynced) return;
    for (const other of others) this.#retries.at(other);
    const about = index.aboutOf(event);
    if (about === undefined) this.#look(event, nowOf(clock));
    else this.#retries.at(about);
  }

  #lookAtAll(namespace?: string): void {
    const { index } = this.#deps;
    for (const views of [index.others(), index.unwellPods(), index.lonelyEvents()]) {
      for (const view of views)
        if (namespace === undefined || view.namespace === namespace) this.#retries.at(view);
    }
  }

  /**
   * Looks at an object that has not just come from its watch: as of when it was proven to be so. One that is not must not seem to get
   * better by growing old, as a container that ran when it was last seen may have crashed since.
   */
  #lookAgainAt(view: ObjectView): boolean {
    const { clock, freshnessOf } = this.#deps;
    const freshness = freshnessOf(view.kind, view.namespace);
    if (freshness === undefined) return false;
    const now = nowOf(clock);
    this.#look(view, momentAt(now, Math.min(now.monotonic, freshness.provenAt)));
    return true;
  }

  #look(view: ObjectView, now: Now, before?: ObjectView): void {
    this.#objects.look(view, now, before);
    this.#checkAnnotation(view, now);
    this.#deps.requests?.offer(view);
  }

  #checkAnnotation(view: ObjectView, { at }: Now): void {
    const { ignoreUntil: value, uid } = view;
    const problem = value === undefined ? undefined : ignoreUntilProblem(view, at);
    if (value === undefined || problem === undefined) this.#refused.delete(uid);
    else if (this.#refused.get(uid) !== value) {
      this.#refused.set(uid, value);
      this.#deps.report.annotationRefused(refOf(view), value, problem);
    }
  }

  /**
   * What waited to be known as it is, and is another one by now, has been so until now: a failure that nobody has judged while it stood was
   * one all the same, and quiet counts from its end.
   */
  #judgeUnjudged(view: ObjectView): void {
    if (this.#retries.supersede(view)) this.#objects.look(view, nowOf(this.#deps.clock));
  }

  /** Others are judged by this object as well: by its annotations, and by whose it is. */
  #lookAtConcerned(view: ObjectView, before: ObjectView | undefined): void {
    if (areMarksOther(before, view) || isNamespaceEnding(before, view)) return this.#lookAtAll(placeOf(view));
    // Its silence counts for its pods as long as it is not ready.
    const hasTurned = hasTurnedReady(before, view);
    // It may come after its pods, which had only its name to go by until now.
    const isNew = before === undefined;
    if (!hasTurned && !isNew) return;
    for (const pod of this.#deps.index.unwellPods()) {
      const isConcerned = hasTurned ? pod.node === view.name : pod.owner?.uid === view.uid;
      if (isConcerned) this.#retries.at(pod);
    }
  }
}

/** Whether annotations or labels by which others are judged have changed. */
function areMarksOther(before: ObjectView | undefined, view: ObjectView): boolean {
  return (
    before?.ignored !== view.ignored ||
    before?.unselected !== view.unselected ||
    before?.ignoreUntil !== view.ignoreUntil ||
    before?.silences !== view.silences
  );
}

/** Nothing in a namespace is judged any more from the moment it is deleted. */
function isNamespaceEnding(before: ObjectView | undefined, view: ObjectView): boolean {
  return view.kind === 'Namespace' && before?.deletedAt !== view.deletedAt;
}

/** The namespace in which its marks count; a node has pods in all of them. */
function placeOf({ kind, namespace, name }: ObjectView): string | undefined {
  if (kind === 'Node') return undefined;
  return kind === 'Namespace' ? name : namespace;
}

/** Whether a node has become ready, or is not any more. */
function hasTurnedReady(before: ObjectView | undefined, view: ObjectView): boolean {
  return before?.kind === 'Node' && view.kind === 'Node' && isNotReady(before) !== isNotReady(view);
}
