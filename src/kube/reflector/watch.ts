import type { Clock } from '../../domain/clock.ts';
import type { KubeConnection, KubeRequest, KubeStream } from '../connection/index.ts';
import { LineSplitter } from '../connection/line-splitter.ts';
import type { ReflectorTimings } from './timings.ts';
import { classifyError, classifyErrorEvent, watchFailure, type WatchFailure } from './watch-failure.ts';
import { startWatchdog } from '../../lib/clock.ts';
import type { Identity, Store } from './store.ts';
import type { Position } from './bookmark-probe.ts';
import type { AnyDecoder } from './object-decoder.ts';
import type { HealthRecord } from './health-record.ts';
import { isOlder, isUsableVersion } from '../../lib/resource-version.ts';

/** With this many bookmarks seen, the resource is known to get them each minute, and silence means something. */
const BOOKMARKS_TO_TRUST = 2;

/** How a watch ended: `closed` by the server, `overdue` and cut by us, `proof`: ended by us, to get a proof, or by a failure. */
export type WatchEnd = { readonly kind: 'closed' | 'overdue' | 'proof' } | WatchFailure;

interface WatchDeps extends EventReaderDeps {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly timings: ReflectorTimings;
  /** The server has accepted the watch. */
  readonly onOpen: () => void;
  /** The watch has stood long enough to be called open. */
  readonly onEstablished: () => void;
}

export interface WatchPlan {
  readonly request: KubeRequest;
  readonly signal: AbortSignal;
  /** What the server was asked to end it after. */
  readonly timeoutMs: number;
}

/** One watch: opens the stream and takes its events into the store until it ends. */
export class Watch {
  readonly #deps: WatchDeps;
  readonly #plan: WatchPlan;
  readonly #events: EventReader;
  #stream: KubeStream | undefined;
  /** Set as soon as it is known how it ends; what arrives afterwards is ignored. */
  #end: WatchEnd | undefined;
  #openedAt: number;
  #isEstablished = false;

  constructor(deps: WatchDeps, plan: WatchPlan) {
    this.#deps = deps;
    this.#plan = plan;
    this.#events = new EventReader(deps);
    this.#openedAt = deps.clock.monotonic();
  }

  /** Ends it from outside. The connection is cut at once: after an ERROR event a server may well keep it open. */
  interrupt(end: WatchEnd): void {
    this.#end ??= end;
    this.#stream?.destroy();
  }

  /** Resolves with how it ended. Rejects only with the abort reason. */
  async run(): Promise<WatchEnd> {
    const { connection, clock, timings, onOpen } = this.#deps;
    const { request, signal } = this.#plan;
    try {
      this.#stream = await connection.stream({ ...request, signal });
      this.#openedAt = clock.monotonic();
      if (this.#end === undefined) {
        onOpen();
        await this.#readAll(this.#stream);
      }
      this.#end ??= { kind: 'closed' };
    } catch (error) {
      signal.throwIfAborted();
      this.#end ??= classifyError(error);
    } finally {
      this.#stream?.destroy();
    }
    // A watch that closes at once without a word would be opened again in a hot loop.
    const isShort = clock.monotonic() - this.#openedAt < timings.shortWatchMs;
    if (this.#end.kind !== 'closed' || this.#events.events > 0 || !isShort) return this.#end;
    return watchFailure('short-watch', 'closed at once, without an event');
  }

  async #readAll(stream: KubeStream): Promise<void> {
    const { health, timings, clock, onUnreadable } = this.#deps;
    const lines = new LineSplitter({
      maxBytes: timings.maxLineBytes,
      onLine: (line) => {
        if (this.#end !== undefined) return;
        const reason = this.#events.take(line);
        if (reason !== undefined) this.interrupt(reason);
      },
      onOversize: () => {
        health.counts.oversize += 1;
        health.badData('a line beyond the size limit');
        onUnreadable();
      },
    });
    const stopWatchdog = startWatchdog(clock, () => this.#inspect());
    try {
      await stream.consume((chunk) => {
        this.#plan.signal.throwIfAborted();
        health.byte();
        lines.push(chunk);
      });
    } finally {
      stopWatchdog();
    }
  }

  /** Ends the watch where it is dead; returns after how long to check again. */
  #inspect(): number {
    const { timings, clock, health, position, onEstablished } = this.#deps;
    const now = clock.monotonic();
    const standsForMs = now - this.#openedAt;
    if (!this.#isEstablished && standsForMs >= timings.shortWatchMs) {
      this.#isEstablished = true;
      onEstablished();
    }
    const leftMs = this.#plan.timeoutMs + timings.watchGraceMs - standsForMs;
    if (leftMs <= 0) this.interrupt({ kind: 'overdue' });
    const silentMs = now - Math.max(health.lastByteAt, this.#openedAt);
    const isTrusted = position.bookmarks >= BOOKMARKS_TO_TRUST;
    if (isTrusted && silentMs >= timings.watchIdleMs) {
      this.interrupt(watchFailure('stalled', `no byte for ${Math.round(silentMs)} ms`));
    }
    const untilSilentMs = isTrusted ? timings.watchIdleMs - silentMs : timings.watchIdleMs;
    const untilEstablishedMs = this.#isEstablished ? untilSilentMs : timings.shortWatchMs - standsForMs;
    return Math.max(1, Math.min(leftMs, untilSilentMs, untilEstablishedMs));
  }
}

/** Unreadable lines that a stream may have before it is given up. */
const MAX_BAD_LINES = 3;

interface EventReaderDeps {
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
class EventReader {
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
    return held !== undefined && !isOlder(held, version) ? undefined : this.#regressed('event', version);
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
