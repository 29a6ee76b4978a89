import { type ClusterLookup, isOwnRoot } from '../correlate/index.ts';
import { isByName, nameKey, regardingKey } from '../domain/events.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { EventView, JobView, ObjectView, OwnerAnswer, PodView } from '../domain/views.ts';
import { BoundedMap } from '../lib/bounded-map.ts';

/** Owners remembered that are not watched, or not any more. */
const MAX_ANSWERS = 10_000;

/**
 * Index of everything watched, by uid, by name and by what it is about. Views are held once, here. How many Events there are is bounded
 * by the watches.
 */
export class ClusterIndex implements ClusterLookup {
  readonly #stands: (owner: ObjectRef) => boolean;
  readonly #byUid = new Map<string, ObjectView>();
  readonly #byName = new Map<string, ObjectView>();
  /** Pods that do not run as they should. */
  readonly #unwell = new Map<string, PodView>();
  /** By what they are about; a few of each. The lists are replaced, not grown: one that grows has room for 16 more. */
  readonly #events = new Map<string, readonly EventView[]>();
  readonly #answers = new BoundedMap<string, OwnerAnswer>(MAX_ANSWERS);
  readonly #jobs = new JobRuns();
  readonly #claims = new Claims();

  /** `stands`: whether an owner has an automatic incident that is unresolved. */
  constructor(stands: (owner: ObjectRef) => boolean = () => false) {
    this.#stands = stands;
  }

  /** Returns what is to be looked at again for it. */
  upsert(view: ObjectView): readonly ObjectView[] {
    if (view.kind === 'Event') return this.#upsertEvent(view);
    // A healthy pod with a controller is never asked for: of 150,000 pods only the others are kept.
    if (view.kind === 'Pod') {
      this.#claims.upsertPod(view);
      if (view.detail === undefined) this.#unwell.delete(view.uid);
      else this.#unwell.set(view.uid, view);
      if (!isOwnRoot(view)) return [];
    }
    this.#byUid.set(view.uid, view);
    this.#byName.set(nameKey(view.kind, view.namespace, view.name), view);
    return view.kind === 'Job' ? this.#jobs.upsert(view) : [];
  }

  remove(view: ObjectView): void {
    if (view.kind === 'Event') return this.#removeEvent(view);
    if (view.kind === 'Job') this.#jobs.remove(view);
    if (view.kind === 'Pod') this.#claims.removePod(view.uid);
    // Its pods may stay a while, and are still the same owner's.
    if (view.kind !== 'Pod' && view.owner !== undefined) this.answer(view.uid, { owner: view.owner });
    this.#unwell.delete(view.uid);
    this.#byUid.delete(view.uid);
    const key = nameKey(view.kind, view.namespace, view.name);
    // The name may belong to a successor already.
    if (this.#byName.get(key)?.uid === view.uid) this.#byName.delete(key);
  }

  byUid(_kind: string, uid: string): ObjectView | undefined {
    return this.#byUid.get(uid) ?? this.#unwell.get(uid);
  }

  byName(kind: string, namespace: string, name: string): ObjectView | undefined {
    return this.#byName.get(nameKey(kind, namespace, name));
  }

  stands(owner: ObjectRef): boolean {
    return this.#stands(owner);
  }

  answerOf(uid: string): OwnerAnswer | undefined {
    return this.#answers.get(uid);
  }

  /** Remembers what was learnt of an owner that is not watched. Of too many the oldest is forgotten. */
  answer(uid: string, answer: OwnerAnswer): void {
    this.#answers.set(uid, answer);
  }

  /** Whether a later run of the same name or series has succeeded. */
  isSuperseded(job: JobView): boolean {
    return this.#jobs.isSuperseded(job);
  }

  /** Whether a pod waits for the claim that an Event is about: what is said of it is the pod's. */
  isWaitedFor(event: EventView): boolean {
    return this.#claims.podsOf(event).length > 0;
  }

  /** Warnings about the object with this uid, and about the claims that it waits for, newest first. */
  eventsOf(uid: string): readonly EventView[] {
    const view = this.#byUid.get(uid);
    const named =
      view === undefined ? undefined : this.#events.get(nameKey(view.kind, view.namespace, view.name));
    const ofClaims = this.#claims.ofPod(uid).flatMap((claim) => this.#events.get(claim) ?? []);
    const events = [...(this.#events.get(uid) ?? []), ...(named ?? []), ...ofClaims];
    return events.toSorted((left, right) => right.lastAt - left.lastAt);
  }

  /** The object that an Event is about, if it is known. */
  aboutOf(event: EventView): ObjectView | undefined {
    const { kind, namespace, name, uid } = event.regarding;
    return isByName(event) ? this.byName(kind, namespace, name) : this.byUid(kind, uid);
  }

  /** Events about objects that are not known: they stand for themselves. */
  *lonelyEvents(): Iterable<EventView> {
    for (const about of this.#events.values()) {
      for (const event of about) if (this.aboutOf(event) === undefined) yield event;
    }
  }

  unwellPods(): Iterable<PodView> {
    return this.#unwell.values();
  }

  /** All objects of the kinds that are not pods or events, and pods without a controller. */
  others(): Iterable<ObjectView> {
    return this.#byUid.values();
  }

  #upsertEvent(view: EventView): readonly ObjectView[] {
    const key = regardingKey(view);
    const about = this.#events.get(key) ?? [];
    const at = about.findIndex(({ uid }) => uid === view.uid);
    this.#events.set(key, at === -1 ? [...about, view] : about.with(at, view));
    this.#claims.noteEvent(view, false);
    return this.#claims.podsOf(view).flatMap((uid) => this.#unwell.get(uid) ?? []);
  }

  #removeEvent(view: EventView): void {
    const key = regardingKey(view);
    const left = this.#events.get(key)?.filter(({ uid }) => uid !== view.uid) ?? [];
    if (left.length > 0) {
      this.#events.set(key, left);
      return;
    }
    this.#events.delete(key);
    this.#claims.noteEvent(view, true);
  }
}

const CLAIM = 'PersistentVolumeClaim';

/** Which pods wait for which claims, and what Events say of these. */
class Claims {
  readonly #pods = new Map<string, Set<string>>();
  /** Uids of claims by name, of those with Events. */
  readonly #uids = new Map<string, string>();
  readonly #claimsOf = new Map<string, readonly string[]>();

  /** Takes over what a pod waits for. */
  upsertPod({ uid, namespace, detail }: PodView): void {
    this.removePod(uid);
    const keys = detail?.claims?.map((name) => nameKey(CLAIM, namespace, name)) ?? [];
    if (keys.length === 0) return;
    this.#claimsOf.set(uid, keys);
    for (const key of keys) this.#pods.set(key, (this.#pods.get(key) ?? new Set()).add(uid));
  }

  removePod(uid: string): void {
    for (const key of this.#claimsOf.get(uid) ?? []) {
      this.#pods.get(key)?.delete(uid);
      if (this.#pods.get(key)?.size === 0) this.#pods.delete(key);
    }
    this.#claimsOf.delete(uid);
  }

  /** An Event about a claim has come or gone. */
  noteEvent({ regarding: { kind, namespace, name, uid } }: EventView, isLast: boolean): void {
    if (kind !== CLAIM) return;
    const key = nameKey(kind, namespace, name);
    if (!isLast) this.#uids.set(key, uid);
    else if (this.#uids.get(key) === uid) this.#uids.delete(key);
  }

  /** Uids of the claims with Events that a pod waits for. */
  ofPod(uid: string): readonly string[] {
    return (this.#claimsOf.get(uid) ?? []).flatMap((key) => this.#uids.get(key) ?? []);
  }

  /** Uids of the pods that wait for the claim that an Event is about. */
  podsOf({ regarding: { kind, namespace, name } }: EventView): readonly string[] {
    return kind === CLAIM ? [...(this.#pods.get(nameKey(kind, namespace, name)) ?? [])] : [];
  }
}

/** Names and series of which the newest success is remembered: the Job itself may be removed in the second it ends. */
const MAX_SUCCESSES = 10_000;

/** The Jobs without a controller, by what their names have in common: a later run that has succeeded is the answer to one that failed. */
export class JobRuns {
  readonly #failed = new Map<string, Map<string, JobView>>();
  /** When the newest run that has succeeded was made. */
  readonly #succeededAt = new BoundedMap<string, number>(MAX_SUCCESSES);

  /** Takes over a Job as it is now. Returns those that are to be looked at again for it. */
  upsert(job: JobView): readonly JobView[] {
    if (job.owner !== undefined) return [];
    const series = seriesKey(job);
    if (job.failed !== undefined)
      this.#failed.set(series, (this.#failed.get(series) ?? new Map()).set(job.uid, job));
    if (!job.complete || (this.#succeededAt.get(series) ?? -Infinity) >= job.createdAt) return [];
    this.#succeededAt.set(series, job.createdAt);
    return [...(this.#failed.get(series)?.values() ?? [])];
  }

  remove(job: JobView): void {
    const failed = this.#failed.get(seriesKey(job));
    failed?.delete(job.uid);
    if (failed?.size === 0) this.#failed.delete(seriesKey(job));
  }

  /** Whether a later run has succeeded. */
  isSuperseded(job: JobView): boolean {
    return job.owner === undefined && (this.#succeededAt.get(seriesKey(job)) ?? -Infinity) > job.createdAt;
  }
}

function seriesKey({ namespace, name, series = name }: JobView): string {
  return `${namespace}/${series}`;
}
