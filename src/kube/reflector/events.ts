import type { Identity } from './change.ts';
import type { ObjectDecoder } from './object-decoder.ts';
import type { HealthRecord } from './health-record.ts';
import type { Store } from './store.ts';
import { isOlder, isUsableVersion } from '../../lib/resource-version.ts';
import { classifyErrorEvent, watchFailure, type WatchFailure } from './watch-failure.ts';

/** Unreadable lines that a stream may have before it is not believed any more. */
const MAX_BAD_LINES = 3;

/** Where a reflector stands in the collection's history; outlives single watches. */
export interface Position {
  /** Everything up to this version is in the store; undefined when a list must come first. */
  version: string | undefined;
  /** Bookmarks seen in all. */
  bookmarks: number;
}

export interface EventReaderDeps {
  readonly decoder: ObjectDecoder;
  readonly health: HealthRecord;
  readonly position: Position;
  readonly store: Pick<Store<unknown>, 'versionOf'>;
  /** An object was deleted. */
  readonly onDeleted: (identity: Identity, object: unknown) => void;
  /** A line could not be read: nobody knows what it would have changed. */
  readonly onUnreadable: () => void;
  /** An event or bookmark was taken. */
  readonly onProgress: () => void;
}

/** Takes the events of one watch stream. */
export interface EventReader {
  /** Takes one line. A failure means that the stream must be ended now. */
  take(line: Buffer): WatchFailure | undefined;
  /** Events and bookmarks taken. */
  readonly events: number;
}

interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

/** The position moves only after an event is in the store, and never backwards. */
export function createEventReader(deps: EventReaderDeps): EventReader {
  const reading: Reading = { ...deps, badLines: 0, events: 0 };
  return {
    take: (line) => takeLine(reading, line),
    get events() {
      return reading.events;
    },
  };
}

interface Reading extends EventReaderDeps {
  badLines: number;
  events: number;
}

function takeLine(reading: Reading, line: Buffer): WatchFailure | undefined {
  const event = eventOf(reading.decoder.event(line));
  if (event === undefined) return noteBadLine(reading, 'a line that is no event');
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return takeObject(reading, event);
    case 'BOOKMARK':
      return takeBookmark(reading, event.object);
    case 'ERROR':
      return classifyErrorEvent(event.object);
    default:
      return noteBadLine(reading, 'an event of unknown type');
  }
}

function noteBadLine(reading: Reading, detail: string): WatchFailure | undefined {
  reading.decoder.unreadable(detail);
  reading.onUnreadable();
  reading.badLines += 1;
  if (reading.badLines <= MAX_BAD_LINES) return undefined;
  return watchFailure('unreadable', `${reading.badLines} unreadable lines in one watch`);
}

function takeObject(reading: Reading, event: WatchEvent): WatchFailure | undefined {
  const identity = reading.decoder.identify(event.object);
  if (identity === undefined)
    return noteBadLine(reading, 'an object of another kind, or without uid or version');
  if (isBehind(reading, identity.version)) return takeOld(reading, identity);
  if (event.type === 'DELETED') {
    reading.decoder.remove(identity, event.object);
    reading.onDeleted(identity, event.object);
  } else reading.decoder.upsert(identity, event.object);
  moveTo(reading, identity.version);
  return undefined;
}

function isBehind({ position }: Reading, version: string): boolean {
  return position.version !== undefined && isOlder(version, position.version);
}

/** A repeated event is harmless; one that is news although older than our position means that history was rewritten. */
function takeOld(reading: Reading, identity: Identity): WatchFailure | undefined {
  const held = reading.store.versionOf(identity.uid);
  if (held !== undefined && !isOlder(held, identity.version)) return undefined;
  return regressed(reading, 'event', identity.version);
}

function regressed({ position }: Reading, what: string, version: string): WatchFailure {
  return watchFailure('regressed', `${what} at ${version}, already seen ${position.version}`);
}

function takeBookmark(reading: Reading, object: unknown): WatchFailure | undefined {
  const { position, health } = reading;
  const { resourceVersion } = metadataOf(object);
  if (!isUsableVersion(resourceVersion)) return noteBadLine(reading, 'a bookmark without version');
  if (isBehind(reading, resourceVersion)) return regressed(reading, 'bookmark', resourceVersion);
  health.bookmark();
  position.bookmarks += 1;
  moveTo(reading, resourceVersion);
  return undefined;
}

function moveTo(reading: Reading, version: string): void {
  reading.events += 1;
  reading.position.version = version;
  reading.onProgress();
}

function eventOf(value: unknown): WatchEvent | undefined {
  const event = value as Partial<WatchEvent> | null | undefined;
  return typeof event?.type === 'string' ? { type: event.type, object: event.object } : undefined;
}

function metadataOf(object: unknown): Record<string, unknown> {
  const metadata = (object as { metadata?: unknown } | null | undefined)?.metadata;
  return typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {};
}
