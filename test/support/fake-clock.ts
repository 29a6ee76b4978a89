import type { Clock } from '../../src/domain/clock.ts';

interface Sleeper {
  readonly wakeAt: number;
  wake(): void;
}

/** A clock that stands still until a test advances it. */
export interface FakeClock extends Clock {
  /** Moves time on by `ms`, waking sleepers in the order of their wake-up times; lets promises settle in between. */
  advance(ms: number): Promise<void>;
  /** Moves time on without waking anybody: the process stands still. */
  stall(ms: number): void;
  /** Moves wall time only, as NTP or an operator would. */
  jump(ms: number): void;
  /** How many sleeps are pending. */
  readonly sleeping: number;
}

/** Lets everything that is ready to run do so: timers of zero length, I/O callbacks and promise reactions. */
export async function settle(rounds = 5): Promise<void> {
  for (let round = 0; round < rounds; round += 1) await new Promise<void>((done) => setImmediate(done));
}

/** Far more than sleep at one moment in any test: without an end a test could not be ended by its time limit. */
const MAX_WAKES = 20_000;

/** A fake clock starting at `startAt` (epoch milliseconds). */
export function createFakeClock(startAt = Date.UTC(2026, 10, 23, 3, 0, 0)): FakeClock {
  let elapsed = 0;
  let skew = 0;
  const sleepers = new Set<Sleeper>();

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const sleeper: Sleeper = {
        wakeAt: elapsed + Math.max(0, ms),
        wake: () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  function nextSleeper(until: number): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of sleepers) {
      if (sleeper.wakeAt <= until && (next === undefined || sleeper.wakeAt < next.wakeAt)) next = sleeper;
    }
    return next;
  }

  async function advance(ms: number): Promise<void> {
    const until = elapsed + ms;
    await settle();
    let wakes = 0;
    for (let next = nextSleeper(until); next !== undefined; next = nextSleeper(until)) {
      wakes = next.wakeAt > elapsed ? 0 : wakes + 1;
      if (wakes > MAX_WAKES) throw new Error('a sleep that takes no time is begun again and again');
      elapsed = Math.max(elapsed, next.wakeAt);
      next.wake();
      await settle();
    }
    elapsed = until;
    await settle();
  }

  return {
    now: () => startAt + skew + elapsed,
    monotonic: () => elapsed,
    sleep,
    advance,
    stall: (ms) => {
      elapsed += ms;
    },
    jump: (ms) => {
      skew += ms;
    },
    get sleeping() {
      return sleepers.size;
    },
  };
}
