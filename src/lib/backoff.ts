/** An exponential back-off. */
export interface Backoff {
  /** Longest wait after the first failure, in milliseconds; it doubles with each further one. */
  readonly initMs: number;
  readonly maxMs: number;
  /** Which part of a wait is random, so that many that failed together do not come back together: 1 is all of it, 0 none. By default half. */
  readonly jitter?: number;
}

/** Milliseconds before the next try after `failures` failures in a row (from 1). `random` is in [0, 1). */
export function backoffMs(
  failures: number,
  random: number,
  { initMs, maxMs, jitter = 0.5 }: Backoff,
): number {
  const ceiling = Math.min(maxMs, initMs * 2 ** Math.min(failures - 1, MAX_DOUBLINGS));
  return Math.round(ceiling * (1 - jitter + jitter * random));
}

/** Beyond it every limit is reached, and powers stay exact. */
const MAX_DOUBLINGS = 30;
