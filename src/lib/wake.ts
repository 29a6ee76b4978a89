import type { Clock } from '../domain/clock.ts';

/** Lets a loop sleep until something happens or a time comes, whichever is first. */
export interface Wake {
  /** Ends the current wait, or the next one if nobody waits. */
  readonly notify: () => void;
  /** Waits for `notify`, at most until `untilMs` on the monotonic clock. Rejects when the signal is aborted. */
  readonly wait: (untilMs: number | undefined, signal: AbortSignal) => Promise<void>;
}

/** A wake-up for one waiting loop. */
export function createWake(clock: Clock): Wake {
  let isPending = false;
  let wakeUp: (() => void) | undefined;

  return {
    notify: () => {
      isPending = true;
      wakeUp?.();
    },
    wait: async (untilMs, signal) => {
      signal.throwIfAborted();
      if (!isPending) {
        const awake = new AbortController();
        const stop = AbortSignal.any([signal, awake.signal]);
        wakeUp = () => awake.abort();
        // The longest wait that a Node timer can hold is about 24 days; a day is as good as for ever here.
        const ms = Math.min(untilMs === undefined ? Infinity : untilMs - clock.monotonic(), 86_400_000);
        await clock.sleep(Math.max(0, ms), stop).catch(() => undefined);
        wakeUp = undefined;
        signal.throwIfAborted();
      }
      isPending = false;
    },
  };
}
