import { type ClusterLookup, isOwnRoot } from '../correlate/index.ts';
import { isByName, nameKey, subjectKey } from '../domain/event-subject.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { EventView, ObjectView, OwnerAnswer, PodView } from '../domain/views.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { Claims } from './claims.ts';
import { JobRuns } from './job-runs.ts';

/** Owners remembered that are not watched, or not any more. */
const MAX_ANSWERS = 10_000;

/**
 * Everything watched, found by uid, by name and by what it is about. Views are held once, here. How many Events there are is bounded
 * by the watches.
 */
export interface ClusterIndex extends ClusterLookup {
  readonly answerOf: (uid: string) => OwnerAnswer | undefined;
  /** Remembers what was learnt of an owner that is not watched. Of too many the oldest is forgotten. */
  readonly answer: (uid: string, answer: OwnerAnswer) => void;
  /** Returns what is to be looked at again for it. */
  readonly upsert: (view: ObjectView) => readonly ObjectView[];
  readonly remove: (view: ObjectView) => void;
  /** Warnings about the object with this uid, and about the claims that it waits for, newest first. */
  readonly eventsOf: (uid: string) => readonly EventView[];
  /** The object that an Event is about, if it is known. */
  readonly aboutOf: (event: EventView) => ObjectView | undefined;
  /** Whether a pod waits for the claim that an Event is about: what is said of it is the pod's. */
  readonly isWaitedFor: (event: EventView) => boolean;
  /** Events about objects that are not known: they stand for themselves. */
  readonly lonelyEvents: () => Iterable<EventView>;
  /** Pods that do not run as they should. */
  readonly unwellPods: () => Iterable<PodView>;
  /** All objects of the kinds that are not pods or events, and pods without a controller. */
  readonly others: () => Iterable<ObjectView>;
}

interface State {
  readonly byUid: Map<string, ObjectView>;
  readonly byName: Map<string, ObjectView>;
  readonly unwell: Map<string, PodView>;
  /** By what they are about; a few of each. The lists are replaced, not grown: one that grows has room for 16 more. */
  readonly events: Map<string, readonly EventView[]>;
  readonly answers: BoundedMap<string, OwnerAnswer>;
  readonly jobs: JobRuns;
  readonly claims: Claims;
}

/** An empty index. `stands`: whether an owner has an automatic incident that stands. */
export function createClusterIndex(stands: (owner: ObjectRef) => boolean = () => false): ClusterIndex {
  const state: State = {
    byUid: new Map(),
    byName: new Map(),
    unwell: new Map(),
    events: new Map(),
    answers: new BoundedMap(MAX_ANSWERS),
    jobs: new JobRuns(),
    claims: new Claims(),
  };
  const { byUid, byName, unwell, answers, jobs } = state;
  return {
    upsert: (view) => (view.kind === 'Event' ? upsertEvent(state, view) : upsertObject(state, view)),
    remove: (view) => (view.kind === 'Event' ? removeEvent(state, view) : removeObject(state, view)),
    byUid: (_kind, uid) => byUid.get(uid) ?? unwell.get(uid),
    byName: (kind, namespace, name) => byName.get(nameKey(kind, namespace, name)),
    answerOf: (uid) => answers.get(uid),
    stands,
    isSuperseded: (job) => jobs.isSuperseded(job),
    answer: (uid, answer) => remember(state, uid, answer),
    eventsOf: (uid) => eventsOf(state, uid),
    aboutOf: (event) => aboutOf(state, event),
    isWaitedFor: (event) => state.claims.podsOf(event).length > 0,
    lonelyEvents: () => lonelyEvents(state),
    unwellPods: () => unwell.values(),
    others: () => byUid.values(),
  };
}

function upsertObject(
  { byUid, byName, unwell, jobs, claims }: State,
  view: Exclude<ObjectView, EventView>,
): readonly ObjectView[] {
  // A healthy pod with a controller is never asked for: of 150,000 pods only the others are kept.
  if (view.kind === 'Pod') {
    claims.upsertPod(view);
    if (view.detail === undefined) unwell.delete(view.uid);
    else unwell.set(view.uid, view);
    if (!isOwnRoot(view)) return [];
  }
  byUid.set(view.uid, view);
  byName.set(nameKey(view.kind, view.namespace, view.name), view);
  return view.kind === 'Job' ? jobs.upsert(view) : [];
}

function removeObject(state: State, view: ObjectView): void {
  const { byUid, byName, unwell, jobs, claims } = state;
  if (view.kind === 'Job') jobs.remove(view);
  if (view.kind === 'Pod') claims.removePod(view.uid);
  // Its pods may stay a while, and are still the same owner's.
  if (view.kind !== 'Pod' && view.owner !== undefined) remember(state, view.uid, { owner: view.owner });
  unwell.delete(view.uid);
  byUid.delete(view.uid);
  const key = nameKey(view.kind, view.namespace, view.name);
  // The name may belong to a successor already.
  if (byName.get(key)?.uid === view.uid) byName.delete(key);
}

function remember({ answers }: State, uid: string, answer: OwnerAnswer): void {
  answers.set(uid, answer);
}

function upsertEvent({ events, claims, unwell }: State, view: EventView): readonly ObjectView[] {
  const key = subjectKey(view);
  const about = events.get(key) ?? [];
  const at = about.findIndex(({ uid }) => uid === view.uid);
  events.set(key, at === -1 ? [...about, view] : about.with(at, view));
  claims.noteEvent(view, false);
  return claims.podsOf(view).flatMap((uid) => unwell.get(uid) ?? []);
}

function removeEvent({ events, claims }: State, view: EventView): void {
  const key = subjectKey(view);
  const left = events.get(key)?.filter(({ uid }) => uid !== view.uid) ?? [];
  if (left.length === 0) {
    events.delete(key);
    claims.noteEvent(view, true);
  } else events.set(key, left);
}

function eventsOf({ byUid, events, claims }: State, uid: string): readonly EventView[] {
  const view = byUid.get(uid);
  const named = view === undefined ? undefined : events.get(nameKey(view.kind, view.namespace, view.name));
  const ofClaims = claims.ofPod(uid).flatMap((claim) => events.get(claim) ?? []);
  return [...(events.get(uid) ?? []), ...(named ?? []), ...ofClaims].toSorted(
    (left, right) => right.lastAt - left.lastAt,
  );
}

function aboutOf({ byUid, byName, unwell }: State, event: EventView): ObjectView | undefined {
  const { kind, namespace, name, uid } = event.regarding;
  if (isByName(event)) return byName.get(nameKey(kind, namespace, name));
  return byUid.get(uid) ?? unwell.get(uid);
}

function* lonelyEvents(state: State): Iterable<EventView> {
  for (const about of state.events.values()) {
    for (const event of about) if (aboutOf(state, event) === undefined) yield event;
  }
}
