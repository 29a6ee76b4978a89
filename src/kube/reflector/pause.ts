import { createBackoff } from './backoff.ts';
import type { Core } from './core.ts';
import type { Decision } from './policy.ts';

/** Turns a decision's pace into milliseconds; each pace has a back-off of its own. */
export function createPause(core: Core): (decision: Decision) => number {
  const { clock, random, timings } = core;
  const shared = { clock, random };
  const slow = createBackoff({
    ...shared,
    initMs: timings.slowInitMs,
    maxMs: timings.slowMaxMs,
    // Longer than its own longest wait, or it would start over each time.
    resetMs: timings.slowMaxMs * 2,
  });
  const unauthorized = createBackoff({
    ...shared,
    initMs: timings.unauthorizedInitMs,
    maxMs: timings.backoffMaxMs,
    resetMs: timings.backoffResetMs,
  });

  return ({ pace, atLeastMs }) => {
    const least = Math.min(atLeastMs ?? 0, timings.retryAfterMaxMs);
    switch (pace) {
      case 'now':
        return least;
      case 'backoff':
        return core.backoff.next(least);
      case 'slow':
        return slow.next(least);
      case 'unauthorized':
        return unauthorized.next(least);
    }
  };
}
