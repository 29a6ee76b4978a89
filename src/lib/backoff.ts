/** Bounds of an exponential back-off, in milliseconds. */
export interface BackoffLimits {
  /** Longest wait after the first failure; it doubles with each further one. */
  readonly initMs: number;
  readonly maxMs: number;
}

/**
 * Wait before the next try after `failures` failures in a row (from 1). Exponential with equal jitter: between half of the step and the whole,
 * so that many that failed together do not come back together, and none comes back at once. `random` is in [0, 1).
 */
export function backoffMs(failures: number, random: number, { initMs, maxMs }: BackoffLimits): number {
  const step = Math.min(maxMs, initMs * 2 ** Math.min(failures - 1, MAX_DOUBLINGS));
  return step / 2 + (step / 2) * random;
}

/** Beyond it every limit is reached, and powers stay exact. */
const MAX_DOUBLINGS = 30;
