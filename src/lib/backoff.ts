import { type Clock, SECOND } from '../domain/clock.ts';

/** Limits of an exponential back-off. */
export interface BackoffLimits {
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
  { initMs, maxMs, jitter = 0.5 }: BackoffLimits,
): number {
  const ceiling = Math.min(maxMs, initMs * 2 ** Math.min(failures - 1, MAX_DOUBLINGS));
  return Math.round(ceiling * (1 - jitter + jitter * random));
}

/** Beyond it every limit is reached, and powers stay exact. */
const MAX_DOUBLINGS = 30;

interface BackoffOptions extends Omit<BackoffLimits, 'jitter'> {
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

/** Milliseconds of a Retry-After header: seconds, or an HTTP date (RFC 9110, 10.2.3) against `now`. Undefined when absent or unreadable. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/u.test(header.trim())) return Number(header) * SECOND;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
