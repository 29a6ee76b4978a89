import { Backoff } from './backoff.ts';
import type { Core } from './core.ts';
import type { Decision } from './policy.ts';

/** How long to wait before what was decided, in milliseconds; each kind has a back-off of its own. */
export function createPause(
  core: Pick<Core, 'clock' | 'random' | 'timings' | 'backoff'>,
): (decision: Decision) => number {
  const { clock, random, timings, backoff: usual } = core;
  const slow = new Backoff({
    initMs: timings.slowInitMs,
    maxMs: timings.slowMaxMs,
    // Longer than its own longest wait, or it would start over each time.
    resetMs: timings.slowMaxMs * 2,
    clock,
    random,
  });
  const unauthorized = new Backoff({
    initMs: timings.unauthorizedInitMs,
    maxMs: timings.backoffMaxMs,
    resetMs: timings.backoffResetMs,
    clock,
    random,
  });
  const backoffs = { usual, slow, unauthorized };
  return ({ backoff, atLeastMs }) => {
    const least = Math.min(atLeastMs ?? 0, timings.retryAfterMaxMs);
    return backoff === 'none' ? least : backoffs[backoff].next(least);
  };
}
