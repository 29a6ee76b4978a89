import type { Identity } from './change.ts';
import { parse } from './intake.ts';
import type { Intake } from './intake.ts';
import type { Journal } from './journal.ts';
import { isOlder, isUsableVersion } from './resource-version.ts';
import { classifyErrorEvent, trouble } from './trouble.ts';
import type { Trouble } from './trouble.ts';

/** Unreadable lines that a stream may have before it is not believed any more. */
const MAX_BAD_LINES = 3;
/** On the bookmark that ends the initial events of a watch-list, with the value "true". */
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** Where a reflector stands in the collection's history; outlives single watches. */
export interface Position {
  /** Everything up to this version is in the store; undefined when a list must come first. */
  version: string | undefined;
  /** Bookmarks seen in all. */
  bookmarks: number;
}

export interface EventReaderDeps {
  readonly intake: Intake;
  readonly journal: Journal;
  readonly position: Position;
  /** Version held under a uid. */
  readonly versionOf: (uid: string) => string | undefined;
  /** An event or bookmark was taken. */
  readonly onProgress: () => void;
  /** In watch-list mode: the initial events are complete. */
  readonly onInitialEnd: (() => void) | undefined;
}

/** Takes the events of one watch stream. */
export interface EventReader {
  /** Takes one line. A trouble means that the stream must be ended now. */
  take(line: Buffer): Trouble | undefined;
  /** Events and bookmarks taken. */
  readonly events: number;
}

interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

/**
 * The position moves only after an event is in the store, and never backwards. While initial events are sent it does not move at all:
 * they come in no order.
 */
export function createEventReader(deps: EventReaderDeps): EventReader {
  const { intake, journal, position } = deps;
  let isInitial = deps.onInitialEnd !== undefined;
  let badLines = 0;
  let events = 0;

  function take(line: Buffer): Trouble | undefined {
    const event = eventOf(line);
    switch (event?.type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        return takeObject(event);
      case 'BOOKMARK':
        return takeBookmark(event.object);
      case 'ERROR':
        return classifyErrorEvent(event.object);
      default:
        intake.unreadable(event === undefined ? 'a line that is no event' : 'an event of unknown type');
        return noteBadLine();
    }
  }

  function noteBadLine(): Trouble | undefined {
    badLines += 1;
    return badLines > MAX_BAD_LINES ? trouble('unreadable', `${badLines} unreadable lines in one watch`) : undefined;
  }

  function takeObject(event: WatchEvent): Trouble | undefined {
    const identity = intake.identify(event.object);
    if (identity === undefined) return noteBadLine();
    if (isBehind(identity.version)) return takeOld(identity);
    if (event.type === 'DELETED') intake.remove(identity, event.object);
    else intake.upsert(identity, event.object);
    moveTo(identity.version);
    return undefined;
  }

  function isBehind(version: string): boolean {
    return !isInitial && position.version !== undefined && isOlder(version, position.version);
  }

  /** A repeated event is harmless; one that is news although older than our position means that history was rewritten. */
  function takeOld(identity: Identity): Trouble | undefined {
    const held = deps.versionOf(identity.uid);
    if (held !== undefined && !isOlder(held, identity.version)) return undefined;
    return trouble('regressed', `event at ${identity.version}, already seen ${position.version}`);
  }

  function takeBookmark(object: unknown): Trouble | undefined {
    const { resourceVersion, annotations } = metadataOf(object);
    if (!isUsableVersion(resourceVersion)) {
      intake.unreadable('a bookmark without resourceVersion');
      return noteBadLine();
    }
    if (isBehind(resourceVersion)) {
      return trouble('regressed', `bookmark at ${resourceVersion}, already seen ${position.version}`);
    }
    journal.bookmark();
    position.bookmarks += 1;
    if (isInitial && (annotations as Record<string, unknown> | undefined)?.[INITIAL_EVENTS_END] === 'true') {
      isInitial = false;
      position.version = resourceVersion;
      deps.onInitialEnd?.();
    }
    moveTo(resourceVersion);
    return undefined;
  }

  function moveTo(version: string): void {
    events += 1;
    if (isInitial) return;
    position.version = version;
    deps.onProgress();
  }

  return {
    take,
    get events() {
      return events;
    },
  };
}

function eventOf(line: Buffer): WatchEvent | undefined {
  const event = parse(line) as Partial<WatchEvent> | null | undefined;
  return typeof event?.type === 'string' ? { type: event.type, object: event.object } : undefined;
}

function metadataOf(object: unknown): Record<string, unknown> {
  const metadata = (object as { metadata?: unknown } | null | undefined)?.metadata;
  return typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {};
}
