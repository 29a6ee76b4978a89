import { createInterner } from '../../lib/intern.ts';
import type { Change, Identity, StoreView } from './change.ts';
import { compareVersions, isOlder } from './resource-version.ts';

/** Deletes remembered while a list runs beside a watch. Beyond it the oldest is forgotten: at worst a ghost until the next list. */
const MAX_TOMBSTONES = 100_000;

interface Entry<V> {
  view: V;
  version: string;
  /** The list that saw it last. */
  epoch: number;
  readonly namespace: string;
  readonly name: string;
}

/** Views by uid. Never holds an object of the API. */
export interface Store<V> extends StoreView<V> {
  /** Version of the object held under this uid. */
  versionOf(uid: string): string | undefined;
  /** Takes a newer state; an older or equal one only counts as seen. With `force` the given state is the truth, whatever its version. */
  merge(identity: Identity, view: V, force?: boolean): void;
  /** The object is gone; `view` is its final state when it could be read. Ignored when what is held is newer. */
  remove(identity: Identity, view: V | undefined): void;
  /** Counts the object as seen by the list under way. False when it is not held. */
  touch(uid: string): boolean;
  /** A list begins: whatever is not merged or touched from now on will be swept. */
  beginList(): void;
  /** The list was complete: removes what it has not seen. */
  sweep(): void;
  /** Remembers deletes from now on, so that a list running at the same time cannot bring them back; false forgets them. */
  rememberDeletes(remember: boolean): void;
  /** Nothing of this kind exists any more. */
  clear(): void;
}

/** An empty store. `emit` is called after each merge, synchronously; it must not throw. */
export function createStore<V>(emit: (change: Change<V>) => void): Store<V> {
  const entries = new Map<string, Entry<V>>();
  const names = createNames();
  const intern = createInterner();
  let tombstones: Map<string, string> | undefined;
  let epoch = 0;

  function merge(identity: Identity, view: V, force = false): void {
    const { uid, version } = identity;
    const held = entries.get(uid);
    if (!force && isStale(identity, held)) {
      if (held !== undefined) held.epoch = epoch;
      return;
    }
    displaceNamesake(identity);
    if (held === undefined) {
      const namespace = intern(identity.namespace);
      entries.set(uid, { view, version, epoch, namespace, name: identity.name });
      names.set(namespace, identity.name, uid);
      emit({ kind: 'upsert', uid, view, previous: undefined });
      return;
    }
    const previous = held.view;
    held.view = view;
    held.version = version;
    held.epoch = epoch;
    emit({ kind: 'upsert', uid, view, previous });
  }

  function isStale(identity: Identity, held: Entry<V> | undefined): boolean {
    if (held !== undefined) return compareVersions(identity.version, held.version) <= 0;
    const deletedAt = tombstones?.get(identity.uid);
    if (deletedAt !== undefined) return compareVersions(identity.version, deletedAt) <= 0;
    const namesake = names.get(identity.namespace, identity.name);
    return namesake !== undefined && isOlder(identity.version, entries.get(namesake)?.version ?? '');
  }

  /** Deleted and created again under the same name, unseen: the old one is gone for certain. */
  function displaceNamesake(identity: Identity): void {
    const namesake = names.get(identity.namespace, identity.name);
    if (namesake !== undefined && namesake !== identity.uid) drop(namesake, undefined, true);
  }

  function drop(uid: string, finalView: V | undefined, finalStateUnknown: boolean): void {
    const held = entries.get(uid);
    if (held === undefined) return;
    entries.delete(uid);
    names.delete(held.namespace, held.name);
    emit({ kind: 'delete', uid, view: finalView ?? held.view, finalStateUnknown });
  }

  function remove(identity: Identity, view: V | undefined): void {
    const held = entries.get(identity.uid);
    if (held !== undefined && isOlder(identity.version, held.version)) return;
    bury(identity);
    drop(identity.uid, view, false);
  }

  function bury(identity: Identity): void {
    if (tombstones === undefined) return;
    tombstones.set(identity.uid, identity.version);
    const [oldest] = tombstones.keys();
    if (tombstones.size > MAX_TOMBSTONES && oldest !== undefined) tombstones.delete(oldest);
  }

  return {
    get size() {
      return entries.size;
    },
    get: (uid) => entries.get(uid)?.view,
    values: () => viewsOf(entries),
    entries: () => pairsOf(entries),
    versionOf: (uid) => entries.get(uid)?.version,
    merge,
    remove,
    touch: (uid) => {
      const held = entries.get(uid);
      if (held !== undefined) held.epoch = epoch;
      return held !== undefined;
    },
    beginList: () => {
      epoch += 1;
    },
    sweep: () => {
      for (const [uid, held] of entries) if (held.epoch !== epoch) drop(uid, undefined, true);
    },
    rememberDeletes: (remember) => {
      tombstones = remember ? new Map() : undefined;
    },
    clear: () => {
      for (const uid of entries.keys()) drop(uid, undefined, true);
    },
  };
}

function* viewsOf<V>(entries: ReadonlyMap<string, Entry<V>>): Iterable<V> {
  for (const entry of entries.values()) yield entry.view;
}

function* pairsOf<V>(entries: ReadonlyMap<string, Entry<V>>): Iterable<readonly [string, V]> {
  for (const [uid, entry] of entries) yield [uid, entry.view];
}

interface Names {
  get(namespace: string, name: string): string | undefined;
  set(namespace: string, name: string, uid: string): void;
  delete(namespace: string, name: string): void;
}

/** Finds an object by name. Nested maps share the strings that the entries hold already. */
function createNames(): Names {
  const byNamespace = new Map<string, Map<string, string>>();
  return {
    get: (namespace, name) => byNamespace.get(namespace)?.get(name),
    set: (namespace, name, uid) => {
      const inside = byNamespace.get(namespace) ?? new Map<string, string>();
      byNamespace.set(namespace, inside.set(name, uid));
    },
    delete: (namespace, name) => {
      const inside = byNamespace.get(namespace);
      inside?.delete(name);
      if (inside?.size === 0) byNamespace.delete(namespace);
    },
  };
}
