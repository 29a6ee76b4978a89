import { MINUTE, SECOND } from '../domain/clock.ts';
import { backoffMs } from './next-step.ts';

const PAUSE_MIN_MS = 30 * SECOND;
const PAUSE_MAX_MS = 5 * MINUTE;
/** An API that is down is asked once a minute at least: a single request costs nothing, and what waits is urgent. */
const BACKOFF_CAP_MS = MINUTE;

/** The calls of the ticket API, by the names they have in logs and metrics. */
export type CallName = 'list' | 'get' | 'create' | 'comment' | 'close';

/** A call and the reason why it has failed. */
export interface FailedCall {
  readonly call: CallName;
  readonly reason: string;
  /** The API asked for it. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Stands before the ticket API for all incidents together, so that an outage costs a few requests and not one for
 * every incident that waits. Times are monotonic milliseconds.
 */
export interface Gate {
  readonly blockedUntil: number;
  /** The ticket list has worked for nobody since then. */
  readonly listFailingSince: number | undefined;
  /** Credentials or configuration are refused: 30 s, doubling to 5 min, until something gets through. */
  pause(failed: FailedCall, now: number): void;
  /** The API cannot be reached or does not answer properly. */
  backOff(failed: FailedCall, now: number): void;
  /** A call that was begun at `startedAt` has worked. */
  succeed(call: CallName, startedAt: number): void;
  /** The term of this leader is over: what it knew of the API is of no use to the next one. */
  reset(): void;
}

interface State {
  blockedUntil: number;
  blockedAt: number;
  isTold: boolean;
  listFailingSince: number | undefined;
  failures: number;
  pauses: number;
  hasWriteFailed: boolean;
}

/**
 * An open gate. `onChange` hears of the first block after a success, and when all works again: a list that fails is not told anew
 * for every ticket that has waited long enough to be sent without it.
 */
export function createGate(
  random: () => number,
  onChange: { blocked(reason: string): void; unblocked(): void; ended(): void },
): Gate {
  const open = { failures: 0, pauses: 0, hasWriteFailed: false, blockedUntil: 0 };
  const state: State = { ...open, blockedAt: 0, isTold: false, listFailingSince: undefined };

  function block({ call, reason }: FailedCall, now: number, forMs: number): void {
    if (!state.isTold) onChange.blocked(reason);
    state.isTold = true;
    if (call === 'list') state.listFailingSince ??= now;
    state.hasWriteFailed ||= isWrite(call);
    state.blockedUntil = Math.max(state.blockedUntil, now + forMs);
    state.blockedAt = now;
  }

  return {
    get blockedUntil() {
      return state.blockedUntil;
    },
    get listFailingSince() {
      return state.listFailingSince;
    },
    pause: (failed, now) => {
      state.pauses += 1;
      block(failed, now, Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** (state.pauses - 1)));
    },
    backOff: (failed, now) => {
      state.failures += 1;
      const waitMs = Math.min(BACKOFF_CAP_MS, backoffMs(state.failures, random()));
      block(failed, now, Math.max(waitMs, failed.retryAfterMs ?? 0));
    },
    succeed: (call, startedAt) => {
      if (call === 'list') state.listFailingSince = undefined;
      if (!state.isTold) return;
      // What was under way before the block disproves nothing, and reads may work while tickets are refused.
      if (startedAt < state.blockedAt || (state.hasWriteFailed && !isWrite(call))) return;
      Object.assign(state, open);
      if (state.listFailingSince !== undefined) return;
      state.isTold = false;
      onChange.unblocked();
    },
    reset: () => {
      Object.assign(state, open, { isTold: false, listFailingSince: undefined });
      onChange.ended();
    },
  };
}

function isWrite(call: CallName): boolean {
  return call !== 'list' && call !== 'get';
}
