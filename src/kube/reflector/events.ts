import type { Identity } from './change.ts';
import type { AnyDecoder } from './object-decoder.ts';
import type { HealthRecord } from './health-record.ts';
import type { Store } from './store.ts';
import { isOlder, isUsableVersion } from '../../lib/resource-version.ts';
import { classifyErrorEvent, watchFailure, type WatchFailure } from './watch-failure.ts';

/** Unreadable lines that a stream may have before it is given up. */
const MAX_BAD_LINES = 3;

/** Where a reflector stands in the collection's history; outlives single watches. */
export interface Position {
  /** Everything up to this version is in the store; undefined when a list must come first. */
  version: string | undefined;
  /** Bookmarks seen in all. */
  bookmarks: number;
}

export interface EventReaderDeps {
  readonly decoder: AnyDecoder;
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

interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

/** Takes the events of one watch stream. The position moves only after an event is in the store, and never backwards. */
export class EventReader {
  readonly #deps: EventReaderDeps;
  #badLines = 0;
  #events = 0;

  constructor(deps: EventReaderDeps) {
    this.#deps = deps;
  }

  /** Events and bookmarks taken. */
  get events(): number {
    return this.#events;
  }

  /** Takes one line. A failure means that the stream must be ended now. */
  take(line: Buffer): WatchFailure | undefined {
    const event = eventOf(this.#deps.decoder.event(line));
    if (event === undefined) return this.#noteBadLine('a line that is no event');
    switch (event.type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        return this.#takeObject(event);
      case 'BOOKMARK':
        return this.#takeBookmark(event.object);
      case 'ERROR':
        return classifyErrorEvent(event.object);
      default:
        return this.#noteBadLine('an event of unknown type');
    }
  }

  #noteBadLine(detail: string): WatchFailure | undefined {
    this.#deps.decoder.unreadable(detail);
    this.#deps.onUnreadable();
    this.#badLines += 1;
    if (this.#badLines <= MAX_BAD_LINES) return undefined;
    return watchFailure('unreadable', `${this.#badLines} unreadable lines in one watch`);
  }

  #takeObject({ type, object }: WatchEvent): WatchFailure | undefined {
    const { decoder, onDeleted } = this.#deps;
    const identity = decoder.identify(object);
    if (identity === undefined)
      return this.#noteBadLine('an object of another kind, or without uid or version');
    if (this.#isBehind(identity.version)) return this.#takeOld(identity);
    if (type === 'DELETED') {
      decoder.remove(identity, object);
      onDeleted(identity, object);
    } else decoder.upsert(identity, object);
    this.#moveTo(identity.version);
    return undefined;
  }

  #takeBookmark(object: unknown): WatchFailure | undefined {
    const { position, health } = this.#deps;
    const { resourceVersion } = metadataOf(object);
    if (!isUsableVersion(resourceVersion)) return this.#noteBadLine('a bookmark without version');
    if (this.#isBehind(resourceVersion)) return this.#regressed('bookmark', resourceVersion);
    health.bookmark();
    position.bookmarks += 1;
    this.#moveTo(resourceVersion);
    return undefined;
  }

  #isBehind(version: string): boolean {
    const ours = this.#deps.position.version;
    return ours !== undefined && isOlder(version, ours);
  }

  /** A repeated event is harmless; one that is news although older than our position means that history was rewritten. */
  #takeOld({ uid, version }: Identity): WatchFailure | undefined {
    const held = this.#deps.store.versionOf(uid);
    if (held !== undefined && !isOlder(held, version)) return undefined;
    return this.#regressed('event', version);
  }

  #regressed(what: string, version: string): WatchFailure {
    return watchFailure('regressed', `${what} at ${version}, already seen ${this.#deps.position.version}`);
  }

  #moveTo(version: string): void {
    this.#events += 1;
    this.#deps.position.version = version;
    this.#deps.onProgress();
  }
}

function eventOf(value: unknown): WatchEvent | undefined {
  const event = value as Partial<WatchEvent> | null | undefined;
  return typeof event?.type === 'string' ? { type: event.type, object: event.object } : undefined;
}

function metadataOf(object: unknown): Record<string, unknown> {
  const metadata = (object as { metadata?: unknown } | null | undefined)?.metadata;
  return typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {};
}
