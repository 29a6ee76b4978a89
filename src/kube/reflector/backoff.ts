import type { Clock } from '../../domain/clock.ts';

export interface BackoffOptions {
  readonly initMs: number;
  readonly maxMs: number;
  /** It starts over when it was not needed for this long. */
  readonly resetMs: number;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Growing waits with jitter, as in client-go: the step d doubles up to a cap, the wait is uniform in [d, 2d). */
export interface Backoff {
  /** How long to wait now; never less than `atLeastMs` (a Retry-After), and jittered above it, too. */
  next(atLeastMs?: number): number;
}

export function createBackoff(options: BackoffOptions): Backoff {
  const { initMs, maxMs, resetMs, clock, random } = options;
  let step = initMs;
  let usedUntil = Number.NEGATIVE_INFINITY;

  return {
    next: (atLeastMs = 0) => {
      if (clock.monotonic() - usedUntil > resetMs) step = initMs;
      const waitMs = Math.max(step, atLeastMs) + step * random();
      step = Math.min(step * 2, maxMs);
      usedUntil = clock.monotonic() + waitMs;
      return waitMs;
    },
  };
}
