import type { KubeObject, StoredObject } from './api-types.ts';
import { createHistory, type Change } from './history.ts';

/** Where objects are: the resource's storage and `namespace/name` (or `name`). */
export interface Place {
  readonly storage: string;
  readonly key: string;
}

/** An object and its key. */
export type Entry = readonly [key: string, object: StoredObject];

/** Objects with one revision counter for all kinds and a bounded history, like etcd behind an API server. */
export interface Store {
  /** The newest revision. */
  revision(): number;
  /** The oldest revision that can still be listed, or watched from. */
  oldestRevision(): number;
  get(place: Place): StoredObject | undefined;
  /** All objects of a storage in key order, now or as they stood at `revision` (not before `oldestRevision`). */
  entries(storage: string, revision?: number): readonly Entry[];
  /** The names of all storages that hold or held objects. */
  storages(): readonly string[];
  /** Creates or replaces; sets `metadata.resourceVersion`. The object must not be changed afterwards. */
  put(place: Place, object: KubeObject): StoredObject;
  /** Removes; the answer carries the deletion's version. */
  remove(place: Place): StoredObject | undefined;
  /** The changes of a storage after `revision` (not before `oldestRevision`), oldest first. */
  changesAfter(storage: string, revision: number): readonly Change[];
  /** Forgets all history: every older version and continue token is now expired. */
  compact(): void;
  /** Calls `listener` after every write, for the life of the store. */
  onChange(listener: (change: Change) => void): void;
}

function inKeyOrder(map: ReadonlyMap<string, StoredObject>): readonly Entry[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The past is the present with the newest changes undone, newest first. */
function undo(
  present: ReadonlyMap<string, StoredObject>,
  changes: readonly Change[],
): Map<string, StoredObject> {
  const past = new Map(present);
  for (const change of changes.toReversed()) {
    if (change.previous === undefined) past.delete(change.key);
    else past.set(change.key, change.previous);
  }
  return past;
}

/** The present objects of all storages; lists are sorted once per state, as a list of many pages reads it often. */
function createPresent(): {
  of(storage: string): Map<string, StoredObject>;
  names(): readonly string[];
  sorted(storage: string): readonly Entry[];
  touched(storage: string): void;
} {
  const maps = new Map<string, Map<string, StoredObject>>();
  const lists = new Map<string, readonly Entry[]>();
  const of = (storage: string): Map<string, StoredObject> => {
    const map = maps.get(storage) ?? new Map<string, StoredObject>();
    maps.set(storage, map);
    return map;
  };
  return {
    of,
    names: () => [...maps.keys()],
    sorted: (storage) => {
      const list = lists.get(storage) ?? inKeyOrder(of(storage));
      lists.set(storage, list);
      return list;
    },
    touched: (storage) => void lists.delete(storage),
  };
}

/** An empty store that remembers the last `historyLimit` changes. */
export function createStore(historyLimit: number): Store {
  const present = createPresent();
  const history = createHistory(historyLimit);
  const listeners: ((change: Change) => void)[] = [];
  let revision = 1;

  function withNextVersion(object: KubeObject): StoredObject {
    revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } } as StoredObject;
  }

  function record(change: Change): void {
    present.touched(change.storage);
    history.add(change);
    for (const listener of listeners) listener(change);
  }

  function put(place: Place, object: KubeObject): StoredObject {
    const map = present.of(place.storage);
    const previous = map.get(place.key);
    const stored = withNextVersion(object);
    map.set(place.key, stored);
    const change = { ...place, revision, object: stored };
    record(previous === undefined ? { ...change, type: 'ADDED' } : { ...change, type: 'MODIFIED', previous });
    return stored;
  }

  function remove(place: Place): StoredObject | undefined {
    const previous = present.of(place.storage).get(place.key);
    if (previous === undefined) return undefined;
    const last = withNextVersion(previous);
    present.of(place.storage).delete(place.key);
    record({ ...place, type: 'DELETED', revision, object: last, previous });
    return last;
  }

  return {
    revision: () => revision,
    oldestRevision: () => history.oldestRevision(),
    get: ({ storage, key }) => present.of(storage).get(key),
    entries: (storage, at = revision) => {
      const later = history.after(storage, at);
      return later.length === 0 ? present.sorted(storage) : inKeyOrder(undo(present.of(storage), later));
    },
    storages: () => present.names(),
    put,
    remove,
    changesAfter: (storage, after) => history.after(storage, after),
    compact: () => history.forget(revision),
    onChange: (listener) => void listeners.push(listener),
  };
}
