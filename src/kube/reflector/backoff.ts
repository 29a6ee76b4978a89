import type { Clock } from '../../domain/clock.ts';
import { backoffMs } from '../../lib/backoff.ts';

export interface BackoffOptions {
  readonly initMs: number;
  readonly maxMs: number;
  /** It starts over when it was not needed for this long. */
  readonly resetMs: number;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Growing waits with jitter, as in client-go: the step d doubles up to a cap, the wait is uniform in [d, 2d). */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;
  #usedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** How long to wait now; never less than `atLeastMs` (a Retry-After), and jittered above it, too. */
  next(atLeastMs = 0): number {
    const { initMs, maxMs, resetMs, clock, random } = this.#options;
    if (clock.monotonic() - this.#usedUntil > resetMs) this.#failures = 0;
    this.#failures += 1;
    const stepMs = backoffMs(this.#failures, 0, { initMs, maxMs, jitter: 0 });
    const waitMs = Math.max(stepMs, atLeastMs) + stepMs * random();
    this.#usedUntil = clock.monotonic() + waitMs;
    return waitMs;
  }
}
