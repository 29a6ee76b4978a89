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
export class Backoff {
  readonly #options: BackoffOptions;
  #step: number;
  #usedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#step = options.initMs;
  }

  /** How long to wait now; never less than `atLeastMs` (a Retry-After), and jittered above it, too. */
  next(atLeastMs = 0): number {
    const { initMs, maxMs, resetMs, clock, random } = this.#options;
    if (clock.monotonic() - this.#usedUntil > resetMs) this.#step = initMs;
    const waitMs = Math.max(this.#step, atLeastMs) + this.#step * random();
    this.#step = Math.min(this.#step * 2, maxMs);
    this.#usedUntil = clock.monotonic() + waitMs;
    return waitMs;
  }
}
