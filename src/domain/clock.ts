/**
 * The only source of time. Pure stages never see it: they get `now` as an argument.
 * `now` is wall time (epoch milliseconds, may jump); `monotonic` never goes back and measures durations.
 */
export interface Clock {
  now(): number;
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
