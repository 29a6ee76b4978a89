import type { Clock } from '../../domain/clock.ts';
import { Backoff } from './backoff.ts';
import type { Change } from './change.ts';
import type { ReflectorTimings } from './timings.ts';

/** Changes kept for another try. Beyond it single ones are dropped and everything held is offered again instead. */
const MAX_PENDING = 10_000;

export interface DeliveryDeps<V> {
  readonly onChange: (change: Change<V>) => void;
  /** The handler threw. */
  readonly onError: (error: unknown) => void;
  /** Everything in the store. */
  readonly held: () => Iterable<readonly [string, V]>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timings: ReflectorTimings;
  /** Nothing is offered any more once it is aborted. */
  readonly signal: AbortSignal;
}

/** Hands changes to the handler and offers again what it threw at. */
export class Delivery<V> {
  readonly #deps: DeliveryDeps<V>;
  readonly #backoff: Backoff;
  /** Changes that the handler threw at, the latest of each object. */
  readonly #pending = new Map<string, Change<V>>();
  #offersAll = false;
  /** One of those that were dropped came of a rewritten history. */
  #rewritten = false;
  #isRetrying = false;

  constructor(deps: DeliveryDeps<V>) {
    const { clock, random, timings } = deps;
    this.#deps = deps;
    this.#backoff = new Backoff({
      initMs: timings.reofferInitMs,
      maxMs: timings.reofferMaxMs,
      resetMs: timings.backoffResetMs,
      clock,
      random,
    });
  }

  /** How many changes wait to be offered again. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Never throws. */
  offer(change: Change<V>): void {
    if (this.#deps.signal.aborted) return;
    const merged = this.#merge(change);
    try {
      this.#deps.onChange(merged);
      this.#pending.delete(change.uid);
    } catch (error) {
      this.#deps.onError(error);
      this.#keep(merged);
      if (!this.#isRetrying) void this.#retry();
    }
  }

  async #retry(): Promise<void> {
    const { clock, signal } = this.#deps;
    this.#isRetrying = true;
    while ((this.#pending.size > 0 || this.#offersAll) && !signal.aborted) {
      // Rejects only when stopping, which the loop's condition sees.
      await clock.sleep(this.#backoff.next(), signal).catch(() => undefined);
      for (const change of this.#takeAll()) this.offer(change);
    }
    this.#isRetrying = false;
  }

  /** To the handler, what came before the change that failed is still the previous state. */
  #merge(change: Change<V>): Change<V> {
    const failed = this.#pending.get(change.uid);
    if (change.kind !== 'upsert' || failed?.kind !== 'upsert') return change;
    return { ...change, previous: failed.previous, rewritten: change.rewritten || failed.rewritten };
  }

  #keep(change: Change<V>): void {
    const changes = this.#pending;
    changes.set(change.uid, change);
    if (changes.size <= MAX_PENDING) return;
    this.#offersAll = true;
    for (const [uid, kept] of changes) {
      if (kept.kind !== 'upsert') continue;
      this.#rewritten ||= kept.rewritten;
      changes.delete(uid);
    }
    const [oldest] = changes.keys();
    if (changes.size > MAX_PENDING && oldest !== undefined) changes.delete(oldest);
  }

  /** Everything to offer again now. */
  #takeAll(): Change<V>[] {
    const again = [...this.#pending.values()];
    if (!this.#offersAll) return again;
    this.#offersAll = false;
    for (const [uid, view] of this.#deps.held()) {
      if (this.#pending.has(uid)) continue;
      again.push({ kind: 'upsert', uid, view, previous: undefined, rewritten: this.#rewritten });
    }
    this.#rewritten = false;
    return again;
  }
}
