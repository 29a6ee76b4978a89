import { HOUR } from '../domain/clock.ts';
import type { Signal } from '../domain/failure.ts';

/** So many restarts within the window are a loop, whatever a single look could tell (src/detect/crash-loop.ts). */
const LOOP_RESTARTS = 3;
const WINDOW_MS = HOUR;
/** More are not needed to count to three. */
const MAX_KEPT = 8;

/** How often a container had restarted, and when that was first seen, in monotonic milliseconds; oldest first. */
export type Restarts = readonly { readonly at: number; readonly count: number }[];

/** The signal with the restarts that were seen within the window; with enough of them it is proven. */
export function counted<S extends Signal & { readonly shownAt: number }>(
  signal: S,
  before: Restarts = [],
): Omit<S, 'unproven'> & Pick<Signal, 'unproven'> & { readonly restarts?: Restarts } {
  if (signal.class !== 'crash' || signal.container === undefined) return signal;
  const restarts = withinWindow(before, { at: signal.shownAt, count: signal.container.restartCount });
  if (signal.unproven !== 'tooFew' || seenRestarts(restarts) < LOOP_RESTARTS) return { ...signal, restarts };
  const { unproven: _unproven, ...proven } = signal;
  return { ...proven, restarts };
}

function withinWindow(before: Restarts, now: Restarts[number]): Restarts {
  const recent = before.filter(({ at, count }) => at > now.at - WINDOW_MS && count <= now.count);
  return recent.at(-1)?.count === now.count ? recent : [...recent, now].slice(-MAX_KEPT);
}

/** The first look shows that it has ended once; each count beyond that is another time. */
function seenRestarts(restarts: Restarts): number {
  return (restarts.at(-1)?.count ?? 0) - (restarts[0]?.count ?? 0) + 1;
}
