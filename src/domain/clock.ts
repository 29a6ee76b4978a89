/**
 * The only source of time. Pure stages never see it: they get `now` as an argument. `now` is epoch milliseconds: of a process
 * the wall time, which may jump; in the agent the cluster's time (`createClusterClock`). `monotonic` never goes back and
 * measures durations.
 */
export interface Clock {
  now(): number;
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** One moment by both clocks, for what decides and has no clock. */
export interface Now {
  /** Epoch milliseconds in the cluster's time: times of objects are compared with it. */
  readonly at: number;
  /** Monotonic milliseconds: what was observed here is measured by it. */
  readonly monotonic: number;
}

/** This moment. */
export function nowOf(clock: Pick<Clock, 'now' | 'monotonic'>): Now {
  return { at: clock.now(), monotonic: clock.monotonic() };
}

/** The moment at which the monotonic clock shows this; -Infinity is before all times. */
export function momentAt(now: Now, monotonic: number): Now {
  return { at: now.at + (monotonic - now.monotonic), monotonic };
}

/** What the monotonic clock shows at `at`, in epoch milliseconds. The difference first: a sum with epoch milliseconds is rounded. */
export function monotonicAt(now: Now, at: number): number {
  return now.monotonic + (at - now.at);
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
