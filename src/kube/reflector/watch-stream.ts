import type { Clock } from '../../domain/clock.ts';
import type { KubeConnection, KubeRequest, KubeStream } from '../connection/index.ts';
import { createEventReader, type EventReader, type EventReaderDeps } from './events.ts';
import { createLineSplitter } from './line-splitter.ts';
import type { ReflectorTimings } from './timings.ts';
import { classifyError, watchFailure, type WatchFailure } from './watch-failure.ts';
import { startWatchdog } from './watchdog.ts';

/** With this many bookmarks seen, the resource is known to get them each minute, and silence means something. */
const BOOKMARKS_TO_TRUST = 2;

/** How a watch ended: `closed` by the server, `overdue` and cut by us, `proof`: ended by us to look for a proof, or by a failure. */
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

/** A watch under way. */
export interface Watch {
  /** Rejects only with the abort reason. */
  readonly end: Promise<WatchEnd>;
  /** Ends it from outside. */
  interrupt(end: WatchEnd): void;
}

/** The state of one watch. */
interface WatchState {
  stream: KubeStream | undefined;
  /** Set as soon as it is known how it ends; what arrives afterwards is not looked at. */
  end: WatchEnd | undefined;
  openedAt: number;
  isStanding: boolean;
}

/** Opens a watch and takes its events into the store until it ends. */
export function startWatch(deps: WatchDeps, plan: WatchPlan): Watch {
  const course: WatchState = {
    stream: undefined,
    end: undefined,
    openedAt: deps.clock.monotonic(),
    isStanding: false,
  };
  return { end: run(deps, plan, course), interrupt: (end) => finish(course, end) };
}

/** The connection is cut at once: after an ERROR event a server may well keep it open. */
function finish(course: WatchState, end: WatchEnd): void {
  course.end ??= end;
  course.stream?.destroy();
}

async function run(deps: WatchDeps, plan: WatchPlan, course: WatchState): Promise<WatchEnd> {
  const events = createEventReader(deps);
  try {
    course.stream = await deps.connection.stream({ ...plan.request, signal: plan.signal });
    course.openedAt = deps.clock.monotonic();
    if (course.end === undefined) deps.onOpen();
    await readAll(deps, { plan, course, events });
    course.end ??= { kind: 'closed' };
  } catch (error) {
    plan.signal.throwIfAborted();
    course.end ??= classifyError(error);
  } finally {
    course.stream?.destroy();
  }
  return judge(course.end, events, deps.clock.monotonic() - course.openedAt < deps.timings.shortWatchMs);
}

/** A watch that closes at once without a word would be opened again in a hot loop. */
function judge(end: WatchEnd, events: EventReader, isShort: boolean): WatchEnd {
  if (end.kind !== 'closed' || events.events > 0 || !isShort) return end;
  return watchFailure('short-watch', 'closed at once, without an event');
}

interface Reading {
  readonly plan: WatchPlan;
  readonly course: WatchState;
  readonly events: EventReader;
}

async function readAll(deps: WatchDeps, { plan, course, events }: Reading): Promise<void> {
  const { health, timings } = deps;
  const lines = createLineSplitter({
    maxBytes: timings.maxLineBytes,
    onLine: (line) => {
      if (course.end !== undefined) return;
      const reason = events.take(line);
      if (reason !== undefined) finish(course, reason);
    },
    onOversize: () => {
      health.counts.oversize += 1;
      health.badData('a line beyond the size limit');
      deps.onUnreadable();
    },
  });
  if (course.end !== undefined) return;
  const stopWatchdog = startWatchdog(deps.clock, () => inspect(deps, plan, course));
  try {
    await course.stream?.consume((chunk) => {
      plan.signal.throwIfAborted();
      health.byte();
      lines.push(chunk);
    });
  } finally {
    stopWatchdog();
  }
}

/** Looks whether the watch still lives; returns when to look again. */
function inspect(deps: WatchDeps, plan: WatchPlan, course: WatchState): number {
  const { timings, clock, health, position } = deps;
  const now = clock.monotonic();
  const standsForMs = now - course.openedAt;
  if (!course.isStanding && standsForMs >= timings.shortWatchMs) {
    course.isStanding = true;
    deps.onStanding();
  }
  const leftMs = plan.timeoutMs + timings.watchGraceMs - standsForMs;
  if (leftMs <= 0) finish(course, { kind: 'overdue' });
  const silentMs = now - Math.max(health.lastByteAt, course.openedAt);
  const isTrusted = position.bookmarks >= BOOKMARKS_TO_TRUST;
  if (isTrusted && silentMs >= timings.watchIdleMs) {
    finish(course, watchFailure('stalled', `no byte for ${Math.round(silentMs)} ms`));
  }
  const untilSilentMs = isTrusted ? timings.watchIdleMs - silentMs : timings.watchIdleMs;
  const untilStandingMs = course.isStanding ? untilSilentMs : timings.shortWatchMs - standsForMs;
  return Math.max(1, Math.min(leftMs, untilSilentMs, untilStandingMs));
}
