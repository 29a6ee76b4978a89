import type { BlindSpots } from './freshness.ts';
import { type Identity, identityOf, type Store } from './store.ts';
import type { HealthRecord } from './health-record.ts';
import { type ArrayPositions, createParser, type LeftOut, type Parser } from './json-scan.ts';

export interface ObjectDecoderDeps<V> {
  readonly kind: string | undefined;
  /** Names of arrays that the projection does not read: they are left out before they cost anything. */
  readonly leftOut: readonly LeftOut[];
  readonly project: (object: unknown) => V | undefined;
  readonly store: Store<V>;
  readonly health: HealthRecord;
  readonly blindSpots: BlindSpots;
}

/**
 * `unread`: not even which object it is can be read. `older`: a newer version is held, of it or of an object that took its name, and
 * stays.
 */
export type ItemOutcome =
  { readonly kind: 'taken' | 'unread' } | { readonly kind: 'older'; readonly held: string };

const TAKEN: ItemOutcome = { kind: 'taken' };
const UNREAD: ItemOutcome = { kind: 'unread' };

/** An item of a list, and where arrays stand in its sections. */
export interface ListItem {
  readonly bytes: Buffer;
  readonly arrays: ArrayPositions;
}

/** What the projection made of an object. */
type Projected<V> =
  { readonly outcome: 'view'; readonly view: V } | { readonly outcome: 'unwanted' | 'failed' };

/** A decoder whatever its views are. */
export type AnyDecoder = Pick<ObjectDecoder<never>, keyof ObjectDecoder<never>>;

/** Turns objects of the API into views in the store. Nothing in it throws, whatever the server sends and whatever the projection does. */
export class ObjectDecoder<V> {
  readonly #deps: ObjectDecoderDeps<V>;
  readonly #parser: Parser;

  constructor(deps: ObjectDecoderDeps<V>) {
    this.#deps = deps;
    this.#parser = createParser(deps.leftOut);
  }

  /** Reads an event of a watch; undefined when it is no JSON. */
  event(bytes: Buffer): unknown {
    return this.#parser.event(bytes);
  }

  /** Takes an item of a list; with `force` whatever is held. */
  item({ bytes, arrays }: ListItem, force: boolean): ItemOutcome {
    const { store } = this.#deps;
    const object = this.#parser.object(bytes, arrays);
    const identity = object === undefined ? undefined : identityOf(object);
    if (identity === undefined) {
      this.unreadable('an item of a list');
      return this.#keepUnread(bytes) ? TAKEN : UNREAD;
    }
    // What is known already costs no projection: a list after a short gap is mostly that.
    const isKnown = !force && store.versionOf(identity.uid) === identity.version;
    const held = force ? undefined : store.newerThan(identity);
    if (isKnown) store.touch(identity.uid);
    else this.#merge(identity, object, force);
    return held === undefined ? TAKEN : { kind: 'older', held };
  }

  /** An item too long to read; `head` is how it begins. False when not even which object it is can be read. */
  oversizeItem(head: Buffer): boolean {
    const { health } = this.#deps;
    health.counts.oversize += 1;
    health.badData('an item beyond the size limit');
    return this.#keepUnread(head);
  }

  /** Whose object an event carries; undefined when it is none of this collection. */
  identify(object: unknown): Identity | undefined {
    return isOfKind(object, this.#deps.kind) ? identityOf(object) : undefined;
  }

  /** An object was added or changed. */
  upsert(identity: Identity, object: unknown): void {
    this.#merge(identity, object, false);
  }

  /** An object was deleted, or left the selector. */
  remove(identity: Identity, object: unknown): void {
    this.#deps.blindSpots.show(identity.uid);
    const projected = this.#project(object);
    this.#deps.store.remove(identity, projected.outcome === 'view' ? projected.view : undefined);
  }

  /** Counts data that is no readable object. */
  unreadable(detail: string): void {
    const { health } = this.#deps;
    health.counts.decodeErrors += 1;
    health.badData(detail);
  }

  #merge(identity: Identity, object: unknown, force: boolean): void {
    const { store, blindSpots } = this.#deps;
    const projected = this.#project(object);
    if (projected.outcome === 'failed') {
      // The last good view is better than none.
      store.touch(identity.uid);
      blindSpots.hide(identity.uid, identity.namespace);
      return;
    }
    blindSpots.show(identity.uid);
    if (projected.outcome === 'view') store.merge(identity, projected.view, force);
    else store.remove(identity, undefined);
  }

  #project(object: unknown): Projected<V> {
    const { project, health } = this.#deps;
    try {
      const view = project(object);
      if (view !== undefined) return { outcome: 'view', view };
      health.counts.skipped += 1;
      return { outcome: 'unwanted' };
    } catch (error) {
      health.counts.projectionErrors += 1;
      health.badData(error instanceof Error ? `projection: ${error.name}` : 'projection');
      return { outcome: 'failed' };
    }
  }

  /** An object that exists must not count as deleted because it could not be read. */
  #keepUnread(head: Buffer): boolean {
    const { store, blindSpots } = this.#deps;
    const uid = /"uid"\s*:\s*"([^"\\]+)"/.exec(head.toString('latin1'))?.[1];
    if (uid === undefined || !store.touch(uid)) return false;
    blindSpots.hide(uid, store.namespaceOf(uid));
    return true;
  }
}

function isOfKind(object: unknown, kind: string | undefined): boolean {
  const actual = (object as { kind?: unknown } | null | undefined)?.kind;
  if (actual === 'Table' || actual === 'Status') return false;
  return kind === undefined || actual === undefined || actual === kind || actual === 'PartialObjectMetadata';
}
