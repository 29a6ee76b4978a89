import { type Now, SECOND } from '../domain/clock.ts';
import type { FreshnessOf } from '../domain/ports.ts';
import type { Scope } from './owner-health.ts';

/** What has to come before there may be something to decide about an owner. */
export interface Wait {
  /** When there may be although nothing changes, in monotonic milliseconds. */
  readonly requeueAt?: number | undefined;
  /** What must be proven anew before more can be decided. */
  readonly awaits: readonly Scope[];
}

/** What only lacks a proof is evaluated again after this long: it has been asked for. */
const PROOF_RECHECK_MS = 2 * SECOND;
/** What is not current is evaluated again this often: that it is again is no change of an object. */
const SIGHT_RECHECK_MS = 10 * SECOND;

/**
 * When one owner is to be decided about again although nothing changes. Every comparison with a time that the decision makes is made
 * here, so that what is decided and when it is decided anew cannot differ. Times are monotonic milliseconds.
 */
export class Requeue {
  readonly #now: Now;
  /** What would be decided by now if these were proven to be as they are known. */
  readonly #late: Scope[];
  #at = Infinity;
  #isBlind = false;

  constructor(now: Now, late: Scope[] = []) {
    this.#now = now;
    this.#late = late;
  }

  /** Whether this time has come. */
  isReached(at: number): boolean {
    if (at > this.#now.monotonic) this.#at = Math.min(this.#at, at);
    return at <= this.#now.monotonic;
  }

  /** Whether objects of a scope, of which everything is known until `knownUntil`, are known up to `at`. */
  isProven(at: number, knownUntil: number, scope: Scope): boolean {
    if (knownUntil >= at) return true;
    if (this.isReached(at)) this.#late.push(scope);
    return false;
  }

  /** What decides cannot be seen at the moment. */
  noteBlind(): void {
    this.#isBlind = true;
  }

  /** For the members of a common cause: each is evaluated at its own times and tells the cause, which only waits for their proofs. */
  proofsOnly(): Requeue {
    return new Requeue(this.#now, this.#late);
  }

  wait(freshnessOf: FreshnessOf): Wait {
    const awaits = this.#late.filter(({ kind, namespace }) => freshnessOf(kind, namespace) !== undefined);
    const { monotonic } = this.#now;
    if (this.#isBlind || awaits.length < this.#late.length) this.isReached(monotonic + SIGHT_RECHECK_MS);
    else if (awaits.length > 0) this.isReached(monotonic + PROOF_RECHECK_MS);
    return { awaits, requeueAt: this.#at === Infinity ? undefined : this.#at };
  }
}
