import { HOUR } from '../domain/clock.ts';
import type { SeenSignal } from './owner-state.ts';

/** So many restarts within the window are a loop, whatever a single look could tell (src/detect/crash-loop.ts). */
const LOOP_RESTARTS = 3;
const WINDOW_MS = HOUR;
/** More are not needed to count to three. */
const MAX_KEPT = 8;

/** How often a container had restarted, and when that was first seen, in monotonic milliseconds; oldest first. */
export type Restarts = readonly { readonly at: number; readonly count: number }[];

/** The signal with the restarts that were seen within the window; with enough of them it is proven. */
export function counted(signal: SeenSignal, before: Restarts = []): SeenSignal {
  if (signal.class !== 'crash' || signal.container === undefined) return signal;
  const { restartCount: count } = signal.container;
  const at = signal.shownAt;
  const recent = before.filter((one) => one.at > at - WINDOW_MS && one.count <= count);
  const restarts = recent.at(-1)?.count === count ? recent : [...recent, { at, count }].slice(-MAX_KEPT);
  const { unproven, ...rest } = signal;
  // The first look shows that it has ended once; each count beyond that is another time.
  const seen = count - (restarts[0]?.count ?? count) + 1;
  const isProven = unproven === undefined || (unproven === 'tooFew' && seen >= LOOP_RESTARTS);
  return { ...rest, restarts, ...(isProven ? {} : { unproven }) };
}
