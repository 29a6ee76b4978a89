import type { Clock } from '../../domain/clock.ts';
import type { KubeConnection, KubeRequest, KubeStream } from '../connection/index.ts';
import { EventReader, type EventReaderDeps } from './events.ts';
import { LineSplitter } from '../connection/line-splitter.ts';
import type { ReflectorTimings } from './timings.ts';
import { classifyError, watchFailure, type WatchFailure } from './watch-failure.ts';
import { startWatchdog } from '../connection/deadline.ts';

/** With this many bookmarks seen, the resource is known to get them each minute, and silence means something. */
const BOOKMARKS_TO_TRUST = 2;

/** How a watch ended: `closed` by the server, `overdue` and cut by us, `proof`: ended by us, to get a proof, or by a failure. */
export type WatchEnd = { readonly kind: 'closed' | 'overdue' | 'proof' } | WatchFailure;

export interface WatchDeps extends EventReaderDeps {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly timings: ReflectorTimings;
  /** The server has accepted the watch. */
  readonly onOpen: () => void;
  /** The watch has stood long enough to be called open. */
  readonly onStanding: () => void;
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
  #isStanding = false;

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

  /** Checks whether the watch still lives; returns after how long to check again. */
  #inspect(): number {
    const { timings, clock, health, position, onStanding } = this.#deps;
    const now = clock.monotonic();
    const standsForMs = now - this.#openedAt;
    if (!this.#isStanding && standsForMs >= timings.shortWatchMs) {
      this.#isStanding = true;
      onStanding();
    }
    const leftMs = this.#plan.timeoutMs + timings.watchGraceMs - standsForMs;
    if (leftMs <= 0) this.interrupt({ kind: 'overdue' });
    const silentMs = now - Math.max(health.lastByteAt, this.#openedAt);
    const isTrusted = position.bookmarks >= BOOKMARKS_TO_TRUST;
    if (isTrusted && silentMs >= timings.watchIdleMs) {
      this.interrupt(watchFailure('stalled', `no byte for ${Math.round(silentMs)} ms`));
    }
    const untilSilentMs = isTrusted ? timings.watchIdleMs - silentMs : timings.watchIdleMs;
    const untilStandingMs = this.#isStanding ? untilSilentMs : timings.shortWatchMs - standsForMs;
    return Math.max(1, Math.min(leftMs, untilSilentMs, untilStandingMs));
  }
}
