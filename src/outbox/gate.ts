import { MINUTE, SECOND } from '../domain/clock.ts';
import { backoffMs } from './next-step.ts';

const PAUSE_MIN_MS = 30 * SECOND;
const PAUSE_MAX_MS = 5 * MINUTE;

/**
 * Stands before the ticket API for all incidents together, so that an outage costs a few requests and not one for
 * every incident that waits. Times are monotonic milliseconds.
 */
export interface Gate {
  readonly blockedUntil: number;
  /** Credentials or configuration are refused: 30 s, doubling to 5 min, until something gets through. */
  pause(reason: string, now: number): void;
  /** The API cannot be reached or does not answer properly. */
  backOff(reason: string, now: number, atLeastMs?: number): void;
  succeed(): void;
}

/** An open gate. `onChange` hears of the first block after a success, and of the first success after a block. */
export function createGate(
  random: () => number,
  onChange: { blocked(reason: string): void; unblocked(): void },
): Gate {
  let blockedUntil = 0;
  let failures = 0;
  let pauses = 0;

  function block(reason: string, until: number): void {
    if (failures + pauses === 1) onChange.blocked(reason);
    blockedUntil = Math.max(blockedUntil, until);
  }

  return {
    get blockedUntil() {
      return blockedUntil;
    },
    pause: (reason, now) => {
      pauses += 1;
      block(reason, now + Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** (pauses - 1)));
    },
    backOff: (reason, now, atLeastMs = 0) => {
      failures += 1;
      block(reason, now + backoffMs(failures, random(), atLeastMs));
    },
    succeed: () => {
      if (failures + pauses > 0) onChange.unblocked();
      failures = 0;
      pauses = 0;
      blockedUntil = 0;
    },
  };
}
