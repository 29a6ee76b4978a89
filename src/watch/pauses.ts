import { SECOND } from '../domain/clock.ts';
import { NO_PAUSE, type Pause } from '../kube/reflector/index.ts';

/** Without a look for longer than this, the process stood still; looks are a second apart. */
const PAUSE_MS = 5 * SECOND;

export interface PauseDetectorDeps {
  readonly clock: { monotonic(): number };
  /** The machine's wall clock: a machine that sleeps stops the monotonic one with it. */
  readonly wallNow: () => number;
}

/** Notices that the process, or the whole machine, stood still. Must be asked every second. */
export interface PauseDetector {
  /** The last pause, this moment included: whoever asks first after it learns of it. */
  last(): Pause;
}

/** A wall clock that is set forward looks the same; then everything is proven once more, which does no harm. */
export function createPauseDetector({ clock, wallNow }: PauseDetectorDeps): PauseDetector {
  let monotonicAt = clock.monotonic();
  let wallAt = wallNow();
  let pause = NO_PAUSE;
  return {
    last: () => {
      const now = clock.monotonic();
      const wall = wallNow();
      const lengthMs = Math.max(now - monotonicAt, wall - wallAt);
      if (lengthMs > PAUSE_MS) pause = { resumedAt: now, lengthMs };
      monotonicAt = now;
      wallAt = wall;
      return pause;
    },
  };
}
