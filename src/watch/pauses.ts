import { SECOND } from '../domain/clock.ts';
import { NO_PAUSE, type Pause } from '../kube/reflector/index.ts';

/** Without a check for longer than this, the process stood still; checks are a second apart. */
const PAUSE_MS = 5 * SECOND;

export interface PauseDetectorDeps {
  readonly clock: { monotonic(): number };
  /** The machine's wall clock: a machine that sleeps stops the monotonic one with it. */
  readonly wallNow: () => number;
}

/**
 * Notices that the process, or the whole machine, stood still. Must be asked every second. A wall clock that is set forward looks the same;
 * then everything is proven once more, which does no harm.
 */
export class PauseDetector {
  readonly #deps: PauseDetectorDeps;
  #monotonicAt: number;
  #wallAt: number;
  #pause = NO_PAUSE;

  constructor(deps: PauseDetectorDeps) {
    this.#deps = deps;
    this.#monotonicAt = deps.clock.monotonic();
    this.#wallAt = deps.wallNow();
  }

  /** The last pause, this moment included: whoever asks first after it learns of it. */
  last(): Pause {
    const now = this.#deps.clock.monotonic();
    const wall = this.#deps.wallNow();
    const lengthMs = Math.max(now - this.#monotonicAt, wall - this.#wallAt);
    if (lengthMs > PAUSE_MS) this.#pause = { resumedAt: now, lengthMs };
    this.#monotonicAt = now;
    this.#wallAt = wall;
    return this.#pause;
  }
}
