import type { KubeObject, StoredObject } from './api-types.ts';
import { type Change, createHistory, type History } from './history.ts';

/** Where objects are: the resource's storage and `namespace/name` (or `name`). */
export interface Place {
  readonly storage: string;
  readonly key: string;
}

/** An object and its key. */
export type Entry = readonly [key: string, object: StoredObject];

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
class Present {
  readonly #maps = new Map<string, Map<string, StoredObject>>();
  readonly #lists = new Map<string, readonly Entry[]>();

  of(storage: string): Map<string, StoredObject> {
    const map = this.#maps.get(storage) ?? new Map<string, StoredObject>();
    this.#maps.set(storage, map);
    return map;
  }

  names(): readonly string[] {
    return [...this.#maps.keys()];
  }

  sorted(storage: string): readonly Entry[] {
    const list = this.#lists.get(storage) ?? inKeyOrder(this.of(storage));
    this.#lists.set(storage, list);
    return list;
  }

  touched(storage: string): void {
    this.#lists.delete(storage);
  }
}

/** Objects with one revision counter for all kinds and a bounded history, like etcd behind an API server. */
export class Store {
  readonly #present = new Present();
  readonly #history: History;
  readonly #listeners: ((change: Change) => void)[] = [];
  #revision = 1;

  /** An empty store that remembers the last `historyLimit` changes. */
  constructor(historyLimit: number) {
    this.#history = createHistory(historyLimit);
  }

  /** The newest revision. */
  revision(): number {
    return this.#revision;
  }

  /** The oldest revision that can still be listed, or watched from. */
  oldestRevision(): number {
    return this.#history.oldestRevision();
  }

  get({ storage, key }: Place): StoredObject | undefined {
    return this.#present.of(storage).get(key);
  }

  /** All objects of a storage in key order, now or as they stood at `revision` (not before `oldestRevision`). */
  entries(storage: string, revision = this.#revision): readonly Entry[] {
    const later = this.#history.after(storage, revision);
    if (later.length === 0) return this.#present.sorted(storage);
    return inKeyOrder(undo(this.#present.of(storage), later));
  }

  /** The names of all storages that hold or held objects. */
  storages(): readonly string[] {
    return this.#present.names();
  }

  /** Creates or replaces; sets `metadata.resourceVersion`. The object must not be changed afterwards. */
  put(place: Place, object: KubeObject): StoredObject {
    const map = this.#present.of(place.storage);
    const previous = map.get(place.key);
    const stored = this.#withNextVersion(object);
    map.set(place.key, stored);
    const change = { ...place, revision: this.#revision, object: stored };
    this.#record(
      previous === undefined ? { ...change, type: 'ADDED' } : { ...change, type: 'MODIFIED', previous },
    );
    return stored;
  }

  /** Removes; the answer carries the deletion's version. */
  remove(place: Place): StoredObject | undefined {
    const map = this.#present.of(place.storage);
    const previous = map.get(place.key);
    if (previous === undefined) return undefined;
    const last = this.#withNextVersion(previous);
    map.delete(place.key);
    this.#record({ ...place, type: 'DELETED', revision: this.#revision, object: last, previous });
    return last;
  }

  /** The changes of a storage after `revision` (not before `oldestRevision`), oldest first. */
  changesAfter(storage: string, revision: number): readonly Change[] {
    return this.#history.after(storage, revision);
  }

  /** Forgets all history: every older version and continue token is now expired. */
  compact(): void {
    this.#history.forget(this.#revision);
  }

  /** Calls `listener` after every write, for the life of the store. */
  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  #withNextVersion(object: KubeObject): StoredObject {
    this.#revision += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#revision) };
    return { ...object, metadata } as StoredObject;
  }

  #record(change: Change): void {
    this.#present.touched(change.storage);
    this.#history.add(change);
    for (const listener of this.#listeners) listener(change);
  }
}
