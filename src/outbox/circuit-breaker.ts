import { MINUTE, SECOND } from '../domain/clock.ts';
import { backoffMs } from './next-step.ts';

const PAUSE_MIN_MS = 30 * SECOND;
const PAUSE_MAX_MS = 5 * MINUTE;
/** An API that is down is asked once a minute at least: a single request costs nothing, and what waits is urgent. */
const BACKOFF_CAP_MS = MINUTE;

/** So many objects whose writes are refused one after the other do not all have a text that a firewall dislikes. */
const MANY_DENIED = 5;

/** The calls of the ticket API, by the names they have in logs and metrics. */
export type CallName = 'list' | 'get' | 'create' | 'comment' | 'close';

/** A call and the reason why it has failed. */
export interface FailedCall {
  readonly call: CallName;
  readonly reason: string;
  /** The API asked for it. */
  readonly retryAfterMs?: number | undefined;
  /** What a write was about: two writes about the same object do not tell of two failures. */
  readonly about?: string;
}

/**
 * The circuit breaker of the ticket API, for all incidents together, so that an outage costs a few requests and not one for
 * every incident that waits. Times are monotonic milliseconds.
 */
export interface CircuitBreaker {
  readonly blockedUntil: number;
  /** The ticket list has worked for nobody since then. */
  readonly listFailingSince: number | undefined;
  /** When the last write was begun that the API has accepted; before all times if there is none. */
  readonly writeAcceptedAt: number;
  /** Writes about several objects are refused, and none is accepted: that concerns all of them. */
  readonly refusesAllWrites: boolean;
  /** When a write was begun that was accepted though all were refused before; before all times if none was. */
  readonly writesRefusedUntil: number;
  /** Credentials or configuration are refused: 30 s, doubling to 5 min, until something gets through. */
  pause(failed: FailedCall, now: number): void;
  /** The API cannot be reached or does not answer properly. */
  backOff(failed: FailedCall, now: number): void;
  /**
   * A write is refused while reads work, and for what is not known. It holds up nobody, until a second object meets the same with its
   * smallest form, or five do with any: then all writes are paused.
   */
  deny(failed: FailedCall, now: number, isSmallest: boolean): void;
  /** A call that was begun at `startedAt` has worked. A write about `about` that did was accepted. */
  succeed(call: CallName, startedAt: number, about?: string): void;
  /**
   * What has become of the failed writes about `about` is known by now: they were accepted and only the answer was lost, or are given up.
   * A read that was begun at `startedAt` has told.
   */
  settle(call: 'list' | 'get', about: string, startedAt: number): void;
  /** The term of this leader is over: what it knew of the API is of no use to the next one. */
  reset(): void;
}

interface State {
  blockedUntil: number;
  blockedAt: number;
  isTold: boolean;
  listFailingSince: number | undefined;
  writeAcceptedAt: number;
  writesRefusedUntil: number;
  failures: number;
  pauses: number;
  /** What the writes were about that have failed since one was accepted. */
  readonly failedWrites: Set<string>;
  /** Those of them that are refused while reads work. */
  readonly deniedWrites: Set<string>;
  /** Those of them that are so in their smallest form. */
  readonly exhaustedWrites: Set<string>;
}

/** Hears of the first block after a success, and when all works again. */
interface Listener {
  blocked(reason: string): void;
  unblocked(): void;
  ended(): void;
}

const closed = { failures: 0, pauses: 0, blockedUntil: 0 };

function unknown(): Omit<State, 'failedWrites' | 'deniedWrites' | 'exhaustedWrites'> {
  return {
    ...closed,
    blockedAt: 0,
    isTold: false,
    listFailingSince: undefined,
    writeAcceptedAt: -Infinity,
    writesRefusedUntil: -Infinity,
  };
}

function newState(): State {
  return { ...unknown(), failedWrites: new Set(), deniedWrites: new Set(), exhaustedWrites: new Set() };
}

/** A gate that lets everything through. A list that fails is not told anew for every ticket that has waited long enough to be sent without it. */
export function createCircuitBreaker(random: () => number, listener: Listener): CircuitBreaker {
  const state = newState();
  const block = (failed: FailedCall, now: number, forMs: number): void =>
    blockFor(state, listener, failed, { now, forMs });
  return {
    get blockedUntil() {
      return state.blockedUntil;
    },
    get listFailingSince() {
      return state.listFailingSince;
    },
    get writeAcceptedAt() {
      return state.writeAcceptedAt;
    },
    get writesRefusedUntil() {
      return state.writesRefusedUntil;
    },
    get refusesAllWrites() {
      return refusesAllWrites(state);
    },
    pause: (failed, now) => block(failed, now, pauseMs(state)),
    backOff: (failed, now) => {
      state.failures += 1;
      const waitMs = Math.min(BACKOFF_CAP_MS, backoffMs(state.failures, random()));
      block(failed, now, Math.max(waitMs, failed.retryAfterMs ?? 0));
    },
    deny: (failed, now, isSmallest) => {
      noteDenied(state, failed.about ?? '', isSmallest);
      if (refusesAllWrites(state)) block(failed, now, pauseMs(state));
      else if (isSmallest) block(failed, now, 0);
    },
    succeed: (call, startedAt, about) => {
      if (isWrite(call) && about !== undefined) accepted(state, startedAt);
      succeed(state, listener, call, startedAt);
    },
    settle: (call, about, startedAt) => {
      for (const writes of writesOf(state)) writes.delete(about);
      succeed(state, listener, call, startedAt);
    },
    reset: () => {
      Object.assign(state, unknown());
      for (const writes of writesOf(state)) writes.clear();
      listener.ended();
    },
  };
}

function pauseMs(state: State): number {
  state.pauses += 1;
  return Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** (state.pauses - 1));
}

function blockFor(
  state: State,
  listener: Listener,
  { call, reason, about }: FailedCall,
  { now, forMs }: { readonly now: number; readonly forMs: number },
): void {
  if (!state.isTold) listener.blocked(reason);
  state.isTold = true;
  if (call === 'list') state.listFailingSince ??= now;
  if (isWrite(call)) state.failedWrites.add(about ?? '');
  state.blockedUntil = Math.max(state.blockedUntil, now + forMs);
  state.blockedAt = now;
}

function accepted(state: State, startedAt: number): void {
  state.writeAcceptedAt = Math.max(state.writeAcceptedAt, startedAt);
  if (refusesAllWrites(state)) state.writesRefusedUntil = startedAt;
  state.deniedWrites.clear();
  state.exhaustedWrites.clear();
}

function noteDenied({ deniedWrites, exhaustedWrites }: State, about: string, isSmallest: boolean): void {
  deniedWrites.add(about);
  if (isSmallest) exhaustedWrites.add(about);
}

function refusesAllWrites({ deniedWrites, exhaustedWrites }: State): boolean {
  return exhaustedWrites.size > 1 || deniedWrites.size >= MANY_DENIED;
}

function succeed(state: State, listener: Listener, call: CallName, startedAt: number): void {
  if (call === 'list') state.listFailingSince = undefined;
  if (!state.isTold) return;
  // What was under way before the block disproves nothing, and reads may work while tickets are refused.
  if (startedAt < state.blockedAt || (state.failedWrites.size > 0 && !isWrite(call))) return;
  Object.assign(state, closed);
  for (const writes of writesOf(state)) writes.clear();
  if (state.listFailingSince !== undefined) return;
  state.isTold = false;
  listener.unblocked();
}

function writesOf({ failedWrites, deniedWrites, exhaustedWrites }: State): readonly Set<string>[] {
  return [failedWrites, deniedWrites, exhaustedWrites];
}

function isWrite(call: CallName): boolean {
  return call !== 'list' && call !== 'get';
}
