import { MINUTE, SECOND } from '../domain/clock.ts';
import { objectPath } from '../domain/failure.ts';
import type { Incident } from '../domain/incident.ts';
import type { BlockCause, CallFailure, FilingCall } from '../domain/ports.ts';
import { type BackoffLimits, backoffMs } from '../lib/backoff.ts';

/** While credentials or configuration are refused. */
const PAUSE: BackoffLimits = { initMs: 30 * SECOND, maxMs: 5 * MINUTE, jitter: 0 };
/** An API that is down is asked once a minute at least: a single request costs nothing, and what waits is urgent. */
const BACKOFF: BackoffLimits = { initMs: 2 * SECOND, maxMs: MINUTE, jitter: 1 };

/** So many objects whose writes are refused one after the other do not all have a text that a firewall dislikes. */
const MANY_DENIED = 5;

/** What of a failure says why nothing is sent. A read that is refused for no setting that is known was sent to the wrong place. */
export function blockCauseOf(failure: CallFailure): BlockCause {
  if (failure.kind === 'paused') return failure.setting ?? 'address';
  return failure.kind === 'rejected' ? 'denied' : failure.kind;
}

/** A call and the reason why it has failed. */
export interface FailedCall {
  readonly call: FilingCall;
  readonly reason: string;
  readonly cause: BlockCause;
  /** The API asked for it. */
  readonly retryAfterMs?: number | undefined;
  /** What a write was about: two writes about the same object do not tell of two failures. */
  readonly about?: string;
}

/** Hears of the first block after a success, of each that follows for a setting that is refused now, and when all works again. */
interface Listener {
  blocked(reason: string, cause: BlockCause): void;
  unblocked(): void;
  ended(): void;
}

/**
 * Circuit breaker of the ticket API, for all incidents together, so that an outage costs a few requests and not one for
 * every incident that waits. Times are monotonic milliseconds.
 */
export class CircuitBreaker {
  readonly #random: () => number;
  readonly #listener: Listener;
  #blockedUntil = 0;
  #blockedAt = 0;
  #failures = 0;
  #pauses = 0;
  /** The cause that was told last; undefined while all works. */
  #told: BlockCause | undefined;
  #listFailingSince: number | undefined;
  #writeAcceptedAt = -Infinity;
  #writesRefusedUntil = -Infinity;
  /** What the writes were about that have failed since one was accepted. */
  readonly #failedWrites = new Set<string>();
  /** Those of them that are refused while reads work. */
  readonly #deniedWrites = new Set<string>();
  /** Those of them that are so in their smallest form. */
  readonly #exhaustedWrites = new Set<string>();

  constructor(random: () => number, listener: Listener) {
    this.#random = random;
    this.#listener = listener;
  }

  get blockedUntil(): number {
    return this.#blockedUntil;
  }

  /** The ticket list has worked for nobody since then. */
  get listFailingSince(): number | undefined {
    return this.#listFailingSince;
  }

  /** When the last write was begun that the API has accepted; before all times if there is none. */
  get writeAcceptedAt(): number {
    return this.#writeAcceptedAt;
  }

  /** When a write was begun that was accepted though all were refused before; before all times if none was. */
  get writesRefusedUntil(): number {
    return this.#writesRefusedUntil;
  }

  /** Writes about several objects are refused, and none is accepted: that concerns all of them. */
  get refusesAllWrites(): boolean {
    return this.#exhaustedWrites.size > 1 || this.#deniedWrites.size >= MANY_DENIED;
  }

  /** Credentials or configuration are refused, until something gets through. */
  pause(failed: FailedCall, now: number): void {
    this.#pauses += 1;
    if (this.#told !== undefined && this.#told !== failed.cause) this.#tell(failed);
    this.#block(failed, now, backoffMs(this.#pauses, this.#random(), PAUSE));
  }

  /** The API cannot be reached or does not answer properly. */
  backOff(failed: FailedCall, now: number): void {
    this.#failures += 1;
    const waitMs = backoffMs(this.#failures, this.#random(), BACKOFF);
    this.#block(failed, now, Math.max(waitMs, failed.retryAfterMs ?? 0));
  }

  /**
   * A write is refused while reads work, and for what is not known. It holds up nobody, until a second object meets the same with its
   * smallest form, or five do with any: then all writes are paused.
   */
  deny(failed: FailedCall, now: number, isSmallest: boolean): void {
    const { about = '' } = failed;
    this.#deniedWrites.add(about);
    if (isSmallest) this.#exhaustedWrites.add(about);
    if (this.refusesAllWrites) this.pause(failed, now);
    else if (isSmallest) this.#block(failed, now, 0);
  }

  /** A call that was begun at `startedAt` has worked. A write about `about` that did was accepted. */
  succeed(call: FilingCall, startedAt: number, about?: string): void {
    if (isWrite(call) && about !== undefined) {
      this.#writeAcceptedAt = Math.max(this.#writeAcceptedAt, startedAt);
      if (this.refusesAllWrites) this.#writesRefusedUntil = startedAt;
      this.#deniedWrites.clear();
      this.#exhaustedWrites.clear();
    }
    this.#close(call, startedAt);
  }

  /**
   * What has become of the failed writes about `about` is known by now: they were accepted and only the answer was lost, or are given up.
   * A read that was begun at `startedAt` has told.
   */
  settle(call: 'find' | 'get', about: string, startedAt: number): void {
    for (const writes of this.#allWrites()) writes.delete(about);
    this.#close(call, startedAt);
  }

  /** The term of this leader is over: what it knew of the API is of no use to the next one. */
  reset(): void {
    this.#forgetFailures();
    this.#blockedAt = 0;
    this.#told = undefined;
    this.#listFailingSince = undefined;
    this.#writeAcceptedAt = -Infinity;
    this.#writesRefusedUntil = -Infinity;
    this.#listener.ended();
  }

  #tell({ reason, cause }: FailedCall): void {
    this.#told = cause;
    this.#listener.blocked(reason, cause);
  }

  #block(failed: FailedCall, now: number, forMs: number): void {
    const { call, about } = failed;
    if (this.#told === undefined) this.#tell(failed);
    if (call === 'find') this.#listFailingSince ??= now;
    if (isWrite(call)) this.#failedWrites.add(about ?? '');
    this.#blockedUntil = Math.max(this.#blockedUntil, now + forMs);
    this.#blockedAt = now;
  }

  #close(call: FilingCall, startedAt: number): void {
    if (call === 'find') this.#listFailingSince = undefined;
    if (this.#told === undefined) return;
    // What was under way before the block disproves nothing, and reads may work while tickets are refused.
    if (startedAt < this.#blockedAt || (this.#failedWrites.size > 0 && !isWrite(call))) return;
    this.#forgetFailures();
    if (this.#listFailingSince !== undefined) return;
    this.#told = undefined;
    this.#listener.unblocked();
  }

  #forgetFailures(): void {
    this.#failures = 0;
    this.#pauses = 0;
    this.#blockedUntil = 0;
    for (const writes of this.#allWrites()) writes.clear();
  }

  #allWrites(): readonly Set<string>[] {
    return [this.#failedWrites, this.#deniedWrites, this.#exhaustedWrites];
  }
}

function isWrite(call: FilingCall): boolean {
  return call !== 'find' && call !== 'get';
}

/** What writes about this Incident are about: those of one object have much of their text in common. */
export function aboutOf({ spec: { target } }: Incident): string {
  return objectPath(target);
}
