import type { BlindSpots } from './blind-spots.ts';
import type { Identity } from './change.ts';
import { identityOf } from './change.ts';
import type { HealthRecord } from './health-record.ts';
import type { ArrayPositions } from './json-scan.ts';
import { createParser, type LeftOut } from './parse.ts';
import type { Store } from './store.ts';

export interface ObjectDecoderDeps<V> {
  readonly kind: string | undefined;
  /** Names of arrays that the projection does not read: they are left out before they cost anything. */
  readonly leftOut: readonly LeftOut[];
  readonly project: (object: unknown) => V | undefined;
  readonly store: Store<V>;
  readonly health: HealthRecord;
  readonly blindSpots: BlindSpots;
}

/** Turns objects of the API into views in the store. */
export interface ObjectDecoder {
  /** Reads an event of a watch; undefined when it is no JSON. */
  readonly event: (bytes: Buffer) => unknown;
  /** Takes an item of a list; with `force` whatever is held. */
  item(item: ListItem, force: boolean): ItemOutcome;
  /** An item too long to read; `head` is how it begins. False when it cannot even be told which object it is. */
  oversizeItem(head: Buffer): boolean;
  /** Whose object an event carries; undefined when it is none of this collection. */
  identify(object: unknown): Identity | undefined;
  /** An object was added or changed. */
  upsert(identity: Identity, object: unknown): void;
  /** An object was deleted, or left the selector. */
  remove(identity: Identity, object: unknown): void;
  /** Counts data that is no readable object. */
  unreadable(detail: string): void;
}

/**
 * `unread`: it cannot even be told which object it is. `older`: a newer version is held, of it or of an object that took its name, and
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

/** Nothing in it throws, whatever the server sends and whatever the projection does. */
export function createObjectDecoder<V>(deps: ObjectDecoderDeps<V>): ObjectDecoder {
  const { store, health, blindSpots } = deps;
  const { counts } = health;
  const parser = createParser(deps.leftOut);

  function merge(identity: Identity, object: unknown, force: boolean): void {
    const projected = projectSafely(deps, object);
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

  function item({ bytes, arrays }: ListItem, force: boolean): ItemOutcome {
    const object = parser.object(bytes, arrays);
    const identity = object === undefined ? undefined : identityOf(object);
    if (identity === undefined) {
      unreadable('an item of a list');
      return keepUnread(deps, bytes) ? TAKEN : UNREAD;
    }
    // What is known already costs no projection: a list after a short gap is mostly that.
    const isKnown = !force && store.versionOf(identity.uid) === identity.version;
    const held = force ? undefined : store.newerThan(identity);
    if (isKnown) store.touch(identity.uid);
    else merge(identity, object, force);
    return held === undefined ? TAKEN : { kind: 'older', held };
  }

  function unreadable(detail: string): void {
    counts.decodeErrors += 1;
    health.badData(detail);
  }

  return {
    event: parser.event,
    item,
    oversizeItem: (head) => {
      counts.oversize += 1;
      health.badData('an item beyond the size limit');
      return keepUnread(deps, head);
    },
    identify: (object) => (isOfKind(object, deps.kind) ? identityOf(object) : undefined),
    upsert: (identity, object) => merge(identity, object, false),
    remove: (identity, object) => {
      blindSpots.show(identity.uid);
      const projected = projectSafely(deps, object);
      store.remove(identity, projected.outcome === 'view' ? projected.view : undefined);
    },
    unreadable,
  };
}

function projectSafely<V>({ project, health }: ObjectDecoderDeps<V>, object: unknown): Projected<V> {
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

/** An object that exists must not look deleted because it could not be read. */
function keepUnread<V>({ store, blindSpots }: ObjectDecoderDeps<V>, head: Buffer): boolean {
  const uid = /"uid"\s*:\s*"([^"\\]+)"/.exec(head.toString('latin1'))?.[1];
  if (uid === undefined || !store.touch(uid)) return false;
  blindSpots.hide(uid, store.namespaceOf(uid));
  return true;
}

function isOfKind(object: unknown, kind: string | undefined): boolean {
  const actual = (object as { kind?: unknown } | null | undefined)?.kind;
  if (actual === 'Table' || actual === 'Status') return false;
  return kind === undefined || actual === undefined || actual === kind || actual === 'PartialObjectMetadata';
}
