import { BoundedMap, createInterner } from '../../lib/bounded-map.ts';
import { isNewer, isOlder } from '../../lib/resource-version.ts';

/** What a handler gets. It may get the same twice: it must be idempotent. */
export type Change<V> =
  | {
      readonly kind: 'upsert';
      readonly uid: string;
      readonly view: V;
      /** What was held before; undefined for an object that is new to us. */
      readonly previous: V | undefined;
      /** The server's history was rewritten: this is true, even where a handler knows of a higher version. */
      readonly rewritten: boolean;
    }
  | {
      readonly kind: 'delete';
      readonly uid: string;
      /** The final state, or the last known one. */
      readonly view: V;
      /** The object went while nobody watched: it may have changed again before. */
      readonly finalStateUnknown: boolean;
    };

/** What is held, by uid. Live: it changes between turns of the event loop. */
export interface StoreView<V> {
  readonly size: number;
  get(uid: string): V | undefined;
  values(): Iterable<V>;
  entries(): Iterable<readonly [uid: string, view: V]>;
}

/** What every object has, in the words of its metadata. */
export interface Identity {
  readonly uid: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
}

/** Reads an object's metadata; undefined when something that every stored object has is missing. */
export function identityOf(object: unknown): Identity | undefined {
  const metadata = (object as { metadata?: Record<string, unknown> } | null | undefined)?.metadata;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { uid, namespace, name, resourceVersion } = metadata;
  if (!isFilled(uid) || !isFilled(name) || !isFilled(resourceVersion)) return undefined;
  return { uid, name, namespace: isFilled(namespace) ? namespace : '', version: resourceVersion };
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Deletes that are remembered; beyond it the oldest is forgotten: at worst a deleted object is held until the next list. */
const MAX_TOMBSTONES = 100_000;

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

/**
 * Views by uid; never holds an object of the API. `emit` is called after each change, synchronously; it must not throw. What `retention`
 * does not keep is as if it were not there: it is taken as new when it is seen again, and its deletion is no news.
 */
export class Store<V> implements StoreView<V> {
  readonly #emit: (change: Change<V>) => void;
  readonly #retention: Retention<V> | undefined;
  readonly #entries = new Map<string, Entry<V>>();
  readonly #names = new Names();
  readonly #intern = createInterner();
  /** Versions at which uids were deleted, while a list runs at the same time. */
  #tombstones: BoundedMap<string, string> | undefined;
  #epoch = 0;

  constructor(emit: (change: Change<V>) => void, retention?: Retention<V>) {
    this.#emit = emit;
    this.#retention = retention;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(uid: string): V | undefined {
    return this.#entries.get(uid)?.view;
  }

  *values(): Iterable<V> {
    for (const entry of this.#entries.values()) yield entry.view;
  }

  *entries(): Iterable<readonly [string, V]> {
    for (const [uid, entry] of this.#entries) yield [uid, entry.view];
  }

  /** Version of the object held under this uid. */
  versionOf(uid: string): string | undefined {
    return this.#entries.get(uid)?.version;
  }

  namespaceOf(uid: string): string | undefined {
    return this.#entries.get(uid)?.namespace;
  }

  /** The version held of this object, or of one that has taken its name since, if that is newer. */
  newerThan(identity: Identity): string | undefined {
    const held = (this.#entries.get(identity.uid) ?? this.#namesake(identity))?.version;
    return held !== undefined && isOlder(identity.version, held) ? held : undefined;
  }

  /** The object with the highest version, as it is held; undefined in an empty store. */
  newest(): Identity | undefined {
    let newest: [string, Entry<V>] | undefined;
    for (const held of this.#entries) {
      if (newest === undefined || isOlder(newest[1].version, held[1].version)) newest = held;
    }
    if (newest === undefined) return undefined;
    const [uid, { namespace, name, version }] = newest;
    return { uid, namespace, name, version };
  }

  /** Takes a newer state; an older or equal one only counts as seen. With `force` what is given is true whatever its version. */
  merge(identity: Identity, view: V, force = false): void {
    if (!force && this.#isStale(identity)) this.touch(identity.uid);
    else this.#put(identity, view, force);
  }

  /** The object is gone; `view` is its final state when it could be read. Ignored when what is held is newer. */
  remove({ uid, version }: Identity, view: V | undefined): void {
    const held = this.#entries.get(uid);
    if (held !== undefined && isOlder(version, held.version)) return;
    this.#tombstones?.set(uid, version);
    this.#drop(uid, view, false);
  }

  /** Counts the object as seen by the list under way. False when it is not held. */
  touch(uid: string): boolean {
    const held = this.#entries.get(uid);
    if (held !== undefined) held.epoch = this.#epoch;
    return held !== undefined;
  }

  /** A list begins: whatever is not merged or touched from now on will be swept. */
  beginList(): void {
    this.#epoch += 1;
  }

  /** The list was complete: removes what it has not seen. */
  sweep(): void {
    for (const [uid, held] of this.#entries) if (held.epoch !== this.#epoch) this.#forget(uid);
  }

  /** Remembers deletes from now on, so that a list running at the same time cannot bring them back; false forgets them. */
  rememberDeletes(remember: boolean): void {
    this.#tombstones = remember ? new BoundedMap(MAX_TOMBSTONES) : undefined;
  }

  /** Nothing of this kind exists any more. */
  clear(): void {
    for (const uid of this.#entries.keys()) this.#forget(uid);
  }

  /** Something newer is known of the object, or of one that took its name. */
  #isStale(identity: Identity): boolean {
    const { uid, version } = identity;
    const known = this.versionOf(uid) ?? this.#tombstones?.get(uid);
    if (known !== undefined) return !isNewer(version, known);
    const namesake = this.#namesake(identity);
    return namesake !== undefined && isOlder(version, namesake.version);
  }

  /** The object held under the same name with another uid. */
  #namesake({ namespace, name }: Identity): Entry<V> | undefined {
    return this.#entries.get(this.#names.get(namespace, name) ?? '');
  }

  #put(identity: Identity, view: V, rewritten: boolean): void {
    const { uid } = identity;
    const held = this.#entries.get(uid);
    if (held === undefined) return this.#add(identity, view, rewritten);
    const previous = held.view;
    this.#retention?.release(uid, previous);
    if (this.#retention?.hold(uid, view, this.#forget) === false) return this.#forget(uid);
    held.view = view;
    held.version = identity.version;
    held.epoch = this.#epoch;
    this.#emit({ kind: 'upsert', uid, view, previous, rewritten });
  }

  #add({ uid, name, version, namespace: given }: Identity, view: V, rewritten: boolean): void {
    const namespace = this.#intern(given);
    // Deleted and created again under the same name, unseen: the old one is gone for certain.
    const former = this.#names.get(namespace, name);
    if (former !== undefined) this.#forget(former);
    if (this.#retention?.hold(uid, view, this.#forget) === false) return;
    this.#entries.set(uid, { view, version, epoch: this.#epoch, namespace, name });
    this.#names.set(namespace, name, uid);
    this.#emit({ kind: 'upsert', uid, view, previous: undefined, rewritten });
  }

  #drop(uid: string, finalView: V | undefined, finalStateUnknown: boolean): void {
    const held = this.#entries.get(uid);
    if (held === undefined) return;
    this.#entries.delete(uid);
    this.#names.delete(held.namespace, held.name);
    this.#retention?.release(uid, held.view);
    this.#emit({ kind: 'delete', uid, view: finalView ?? held.view, finalStateUnknown });
  }

  /** A field, as retention keeps it for each object that it holds. */
  readonly #forget = (uid: string): void => this.#drop(uid, undefined, true);
}

/** Uids by namespace and name. Nested maps instead of joined keys: they share the strings that the store holds already. */
class Names {
  readonly #byNamespace = new Map<string, Map<string, string>>();

  get(namespace: string, name: string): string | undefined {
    return this.#byNamespace.get(namespace)?.get(name);
  }

  set(namespace: string, name: string, uid: string): void {
    const inside = this.#byNamespace.get(namespace) ?? new Map<string, string>();
    this.#byNamespace.set(namespace, inside.set(name, uid));
  }

  delete(namespace: string, name: string): void {
    const inside = this.#byNamespace.get(namespace);
    inside?.delete(name);
    if (inside?.size === 0) this.#byNamespace.delete(namespace);
  }
}
