import { createInterner } from '../../lib/intern.ts';
import type { Change, Identity, StoreView } from './change.ts';
import { createNames } from './names.ts';
import { isNewer, isOlder } from '../../lib/resource-version.ts';
import { createTombstones, type Tombstones } from './tombstones.ts';

interface Entry<V> {
  view: V;
  version: string;
  /** The list that saw it last. */
  epoch: number;
  readonly namespace: string;
  readonly name: string;
}

/** Bounds what is held of collections that may be too large. */
export interface Retention<V> {
  /**
   * Something is to be held, or its view has changed. False: it must not be. For others that must make room their own `forget` is
   * called with their uid.
   */
  hold(uid: string, view: V, forget: (uid: string) => void): boolean;
  /** It is not held any more; `view` is what was held. */
  release(uid: string, view: V): void;
}

/** Views by uid. Never holds an object of the API. */
export interface Store<V> extends StoreView<V> {
  /** Version of the object held under this uid. */
  versionOf(uid: string): string | undefined;
  namespaceOf(uid: string): string | undefined;
  /** The version held of this object, or of one that has taken its name since, if that is newer. */
  newerThan(identity: Identity): string | undefined;
  /** The object with the highest version, as it is held; undefined in an empty store. */
  newest(): Identity | undefined;
  /** Takes a newer state; an older or equal one only counts as seen. With `force` what is given is true whatever its version. */
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

/**
 * An empty store. `emit` is called after each merge, synchronously; it must not throw. What `retention` does not keep is as if it
 * were not there: it is taken as new when it is seen again, and its deletion is no news.
 */
export function createStore<V>(emit: (change: Change<V>) => void, retention?: Retention<V>): Store<V> {
  const entries = new Map<string, Entry<V>>();
  const ledger = createLedger(entries, emit, retention);
  const tombstones = createTombstones();
  let epoch = 0;

  function touch(uid: string): boolean {
    const held = entries.get(uid);
    if (held !== undefined) held.epoch = epoch;
    return held !== undefined;
  }

  function remove(identity: Identity, view: V | undefined): void {
    const held = entries.get(identity.uid);
    if (held !== undefined && isOlder(identity.version, held.version)) return;
    tombstones.add(identity);
    ledger.drop(identity.uid, view, false);
  }

  return {
    get size() {
      return entries.size;
    },
    get: (uid) => entries.get(uid)?.view,
    values: () => viewsOf(entries),
    entries: () => pairsOf(entries),
    versionOf: (uid) => entries.get(uid)?.version,
    namespaceOf: (uid) => entries.get(uid)?.namespace,
    newerThan: (identity) => {
      const held = (entries.get(identity.uid) ?? ledger.namesake(identity))?.version;
      return held !== undefined && isOlder(identity.version, held) ? held : undefined;
    },
    newest: () => newestOf(entries),
    merge: (identity, view, force = false) => {
      if (!force && isStale({ entries, tombstones, ledger }, identity)) touch(identity.uid);
      else ledger.put(identity, view, { epoch, force });
    },
    remove,
    touch,
    beginList: () => {
      epoch += 1;
    },
    sweep: () => {
      for (const [uid, held] of entries) if (held.epoch !== epoch) ledger.drop(uid, undefined, true);
    },
    rememberDeletes: (remember) => tombstones.remember(remember),
    clear: () => {
      for (const uid of entries.keys()) ledger.drop(uid, undefined, true);
    },
  };
}

interface Known<V> {
  readonly entries: ReadonlyMap<string, Entry<V>>;
  readonly tombstones: Tombstones;
  readonly ledger: Ledger<V>;
}

/** Something newer is known of the object, or of one that took its name. */
function isStale<V>({ entries, tombstones, ledger }: Known<V>, identity: Identity): boolean {
  const held = entries.get(identity.uid);
  if (held !== undefined) return !isNewer(identity.version, held.version);
  const deletedAt = tombstones.get(identity.uid);
  if (deletedAt !== undefined) return !isNewer(identity.version, deletedAt);
  const namesake = ledger.namesake(identity);
  return namesake !== undefined && isOlder(identity.version, namesake.version);
}

interface Seen {
  readonly epoch: number;
  readonly force: boolean;
}

interface Ledger<V> {
  put(identity: Identity, view: V, list: Seen): void;
  drop(uid: string, finalView: V | undefined, finalStateUnknown: boolean): void;
  /** The object held under the same name with another uid. */
  namesake(identity: Identity): Entry<V> | undefined;
}

/** Writes the entries, keeps the names beside them, and tells about each change. */
function createLedger<V>(
  entries: Map<string, Entry<V>>,
  emit: (change: Change<V>) => void,
  retention: Retention<V> | undefined,
): Ledger<V> {
  const names = createNames();
  const intern = createInterner();

  function put(identity: Identity, view: V, { epoch, force }: Seen): void {
    const { uid, version, name } = identity;
    const held = entries.get(uid);
    if (held !== undefined) {
      const previous = held.view;
      retention?.release(uid, previous);
      if (retention?.hold(uid, view, forget) === false) return forget(uid);
      held.view = view;
      held.version = version;
      held.epoch = epoch;
      emit({ kind: 'upsert', uid, view, previous, rewritten: force });
      return;
    }
    const namespace = intern(identity.namespace);
    // Deleted and created again under the same name, unseen: the old one is gone for certain.
    const former = names.get(namespace, name);
    if (former !== undefined) drop(former, undefined, true);
    if (retention?.hold(uid, view, forget) === false) return;
    entries.set(uid, { view, version, epoch, namespace, name });
    names.set(namespace, name, uid);
    emit({ kind: 'upsert', uid, view, previous: undefined, rewritten: force });
  }

  function drop(uid: string, finalView: V | undefined, finalStateUnknown: boolean): void {
    const held = entries.get(uid);
    if (held === undefined) return;
    entries.delete(uid);
    names.delete(held.namespace, held.name);
    retention?.release(uid, held.view);
    emit({ kind: 'delete', uid, view: finalView ?? held.view, finalStateUnknown });
  }

  function forget(uid: string): void {
    drop(uid, undefined, true);
  }

  return { put, drop, namesake: ({ namespace, name }) => entries.get(names.get(namespace, name) ?? '') };
}

function newestOf<V>(entries: ReadonlyMap<string, Entry<V>>): Identity | undefined {
  let newest: [string, Entry<V>] | undefined;
  for (const held of entries) {
    if (newest === undefined || isOlder(newest[1].version, held[1].version)) newest = held;
  }
  if (newest === undefined) return undefined;
  const [uid, { namespace, name, version }] = newest;
  return { uid, namespace, name, version };
}

function* viewsOf<V>(entries: ReadonlyMap<string, Entry<V>>): Iterable<V> {
  for (const entry of entries.values()) yield entry.view;
}

function* pairsOf<V>(entries: ReadonlyMap<string, Entry<V>>): Iterable<readonly [string, V]> {
  for (const [uid, entry] of entries) yield [uid, entry.view];
}
