import { type Clock, DAY } from '../domain/clock.ts';

/** Lets a loop sleep until something happens or a time comes, whichever is first. */
export interface Wake {
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
