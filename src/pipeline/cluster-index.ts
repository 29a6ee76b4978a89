import type { ClusterLookup } from '../correlate/index.ts';
import type { EventView, ObjectView, PodView } from '../domain/views.ts';

/** Warnings kept for one object. The API server folds repeats, so a few tell the whole story. */
const MAX_EVENTS = 20;

/** Everything watched, found by uid, by name and by what it is about. Views are held once, here. */
export interface ClusterIndex extends ClusterLookup {
  upsert(view: ObjectView): void;
  remove(view: ObjectView): void;
  eventsOf(uid: string): readonly EventView[];
  /** Pods that do not run as they should. */
  unwellPods(): Iterable<PodView>;
  /** All objects of the kinds that are not pods or events. */
  others(): Iterable<ObjectView>;
}

/** An empty index. */
export function createClusterIndex(): ClusterIndex {
  const byUid = new Map<string, ObjectView>();
  const byName = new Map<string, ObjectView>();
  const unwell = new Map<string, PodView>();
  const events = new Map<string, Map<string, EventView>>();

  function upsertEvent(view: EventView): void {
    const about = events.get(view.regarding.uid) ?? new Map<string, EventView>();
    about.set(view.uid, view);
    if (about.size > MAX_EVENTS) about.delete(oldest(about));
    events.set(view.regarding.uid, about);
  }

  function removeEvent(view: EventView): void {
    const about = events.get(view.regarding.uid);
    about?.delete(view.uid);
    if (about?.size === 0) events.delete(view.regarding.uid);
  }

  return {
    upsert: (view) => {
      if (view.kind === 'Event') return upsertEvent(view);
      // A healthy pod with a controller is never asked for: of 150,000 pods only the others are kept.
      if (view.kind === 'Pod') {
        if (view.detail === undefined) unwell.delete(view.uid);
        else unwell.set(view.uid, view);
        if (view.owner !== undefined) return;
      }
      byUid.set(view.uid, view);
      byName.set(nameKey(view.kind, view.namespace, view.name), view);
    },
    remove: (view) => {
      if (view.kind === 'Event') return removeEvent(view);
      unwell.delete(view.uid);
      byUid.delete(view.uid);
      events.delete(view.uid);
      const key = nameKey(view.kind, view.namespace, view.name);
      // The name may belong to a successor already.
      if (byName.get(key)?.uid === view.uid) byName.delete(key);
    },
    byUid: (_kind, uid) => byUid.get(uid) ?? unwell.get(uid),
    byName: (kind, namespace, name) => byName.get(nameKey(kind, namespace, name)),
    eventsOf: (uid) =>
      [...(events.get(uid)?.values() ?? [])].toSorted((left, right) => right.lastAt - left.lastAt),
    unwellPods: () => unwell.values(),
    others: () => byUid.values(),
  };
}

function nameKey(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

function oldest(events: ReadonlyMap<string, EventView>): string {
  let found: EventView | undefined;
  for (const event of events.values()) if (found === undefined || event.lastAt < found.lastAt) found = event;
  return found?.uid ?? '';
}
