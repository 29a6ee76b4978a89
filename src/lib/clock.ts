import { performance } from 'node:perf_hooks';
import { type Clock, DAY, SECOND } from '../domain/clock.ts';

/** Lets a loop sleep until something happens or a time comes, whichever is first. */
interface Wake {
  /** Ends the current wait, or the next one if nobody waits. */
  readonly notify: () => void;
  /** Waits for `notify`, at most until `untilMs` on the monotonic clock. Rejects when the signal is aborted. */
  readonly wait: (untilMs: number | undefined, signal: AbortSignal) => Promise<void>;
}

/** The longest wait that a Node timer can hold is about 24 days; a day is as good as for ever here. */
const LONGEST_WAIT_MS = DAY;

/** Without a reason of their own, each abort would make an error with a stack. */
const WOKEN = new Error('woken');
const CANCELLED = new Error('cancelled');

/** A wake-up for one waiting loop. */
export function createWake(clock: Clock): Wake {
  let isNotified = false;
  let awake = new AbortController();

  return {
    notify: () => {
      isNotified = true;
      awake.abort(WOKEN);
    },
    wait: async (untilMs, signal) => {
      signal.throwIfAborted();
      if (!isNotified) {
        awake = new AbortController();
        // One listener for each wait and not `AbortSignal.any`, which lives as long as the signals it was made from.
        const end = awake.abort.bind(awake, WOKEN);
        signal.addEventListener('abort', end);
        const ms = Math.min((untilMs ?? Infinity) - clock.monotonic(), LONGEST_WAIT_MS);
        await clock.sleep(Math.max(0, ms), awake.signal).catch(() => undefined);
        signal.removeEventListener('abort', end);
        signal.throwIfAborted();
      }
      isNotified = false;
    },
  };
}

/** A wake-up this late means that the event loop or the whole process stood still. */
const LATE_MS = 1_000;
/** After standing still: time for what waits in the socket buffers to be read before anything counts as dead. */
const GRACE_MS = 1_000;

/**
 * Sleeps `ms`; when the wake-up comes late, because the event loop was blocked or the container frozen, sleeps a short
 * grace more, in which the bytes that arrived meanwhile are read. Rejects with the signal's reason.
 */
async function sleepFairly(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const due = clock.monotonic() + ms;
  await clock.sleep(ms, signal);
  if (clock.monotonic() - due >= LATE_MS) await clock.sleep(GRACE_MS, signal);
}

/** Calls `onExpire` after `ms` unless cancelled before. Returns the cancellation. */
export function startDeadline(clock: Clock, ms: number, onExpire: () => void): () => void {
  const controller = new AbortController();
  sleepFairly(clock, ms, controller.signal).then(onExpire, () => undefined);
  return () => controller.abort(CANCELLED);
}

/** Calls `check` again and again until it is stopped; each call says how long until the next. Returns how to stop. */
export function startWatchdog(clock: Clock, check: () => number): () => void {
  const controller = new AbortController();
  const { signal } = controller;

  async function run(): Promise<void> {
    while (!signal.aborted) await sleepFairly(clock, check(), signal);
  }

  // The only rejection is the sleep's, when stopped.
  run().catch(() => undefined);
  return () => controller.abort(CANCELLED);
}

/** The clock of the running process. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep,
};

/**
 * Rejects with the signal's own reason. `node:timers/promises` makes an AbortError with a stack for each sleep that is ended early, and
 * nearly all of the agent's are: every deadline of a request, every wait of a queue.
 */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((fulfil, reject) => {
    if (signal?.aborted === true) {
      reject(reasonOf(signal));
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      reject(reasonOf(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      fulfil();
    }, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

/** The clock's wall time is further than this from the cluster's: somebody should fix it. */
export const MAX_SKEW_MS = 30 * SECOND;

/** So many of the last answers are compared: one server of several, or a proxy, may have a wrong clock. */
const KEPT_ANSWERS = 9;
/** A `Date` header counts whole seconds (RFC 9110, 5.6.7), so that on average half a second has passed since. */
const HALF_RESOLUTION_MS = SECOND / 2;
/** As far as two quick answers of one server can be apart: no reason to move the time, which would run unevenly with every answer. */
const TOLERANCE_MS = 2 * SECOND;
/** While more than a third of the answers bear it out the time stays: servers with different clocks would throw it to and fro. */
const BORNE_OUT_BY = 3;
/** Nobody knows when within a longer exchange the server looked at its clock. Such answers count only where there are no others. */
const QUICK_MS = SECOND;

/** What one answer tells of the server's clock. */
interface ServerTime {
  /** The `Date` of the answer, in epoch milliseconds. */
  readonly serverAt: number;
  /** When the request was sent and its answer came, in monotonic milliseconds. */
  readonly sentAt: number;
  readonly receivedAt: number;
}

/**
 * The cluster's time: `now` is the monotonic clock plus the offset that answers of the API server tell. It does not jump when the
 * wall clock does, and it is the clock that object times are compared with. Before the first answer it is the wall clock.
 */
export interface ClusterClock extends Clock {
  readonly learn: (time: ServerTime) => void;
  /** How far the wall clock is ahead of the cluster's time; undefined before the first answer. */
  readonly skewMs: () => number | undefined;
}

/** A cluster clock that has not heard of the server yet. */
export function createClusterClock(clock: Clock): ClusterClock {
  const answers: Answer[] = [];
  let offsetMs: number | undefined;

  function now(): number {
    // Whole milliseconds, as those of every clock that its readers know.
    return offsetMs === undefined ? clock.now() : Math.round(clock.monotonic() + offsetMs);
  }

  return {
    now,
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    learn: ({ serverAt, sentAt, receivedAt }) => {
      const tookMs = receivedAt - sentAt;
      answers.push({ offsetMs: serverAt + HALF_RESOLUTION_MS - (sentAt + tookMs / 2), tookMs });
      if (answers.length > KEPT_ANSWERS) answers.shift();
      offsetMs = nextOffset(tellingOffsets(answers), offsetMs);
    },
    skewMs: () => (offsetMs === undefined ? undefined : clock.now() - now()),
  };
}

interface Answer {
  /** Server time minus monotonic time. */
  readonly offsetMs: number;
  readonly tookMs: number;
}

/** The offsets of the answers that were quick; the quickest one's where none was. Ascending. */
function tellingOffsets(answers: readonly Answer[]): readonly number[] {
  const quickest = Math.min(...answers.map(({ tookMs }) => tookMs));
  return answers
    .filter(({ tookMs }) => tookMs <= Math.max(QUICK_MS, quickest))
    .map(({ offsetMs }) => offsetMs)
    .toSorted((left, right) => left - right);
}

function nextOffset(offsets: readonly number[], current: number | undefined): number | undefined {
  const bearing = offsets.filter((offset) => Math.abs(offset - (current ?? Infinity)) <= TOLERANCE_MS);
  return bearing.length * BORNE_OUT_BY > offsets.length ? current : offsets[Math.floor(offsets.length / 2)];
}
