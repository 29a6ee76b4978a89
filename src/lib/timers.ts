import { type Clock, DAY } from '../domain/clock.ts';

/** Lets a loop sleep until something happens or a time comes, whichever is first. */
interface Wake {
  /** Ends the current wait, or the next one if nobody waits. */
  readonly notify: () => void;
  /** Waits for `notify`, at most until `untilMs` on the monotonic clock. Rejects when the signal is aborted. */
  readonly wait: (untilMs: number | undefined, signal: AbortSignal) => Promise<void>;
}

/** The longest wait that a Node timer can hold is about 24 days; a day is as good as for ever here. */
const LONGEST_WAIT_MS = DAY;

/** Without a reason of its own, each abort would make an error with a stack. */
const WOKEN = new Error('woken');

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
/** Without a reason of its own, each abort would make an error with a stack. */
const CANCELLED = new Error('cancelled');

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
