import type { Clock } from '../../domain/clock.ts';
import { createBackoff } from './backoff.ts';
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
  readonly signal: AbortSignal;
}

/** Hands changes to the handler and offers again what it threw at. */
export interface Delivery<V> {
  /** Never throws. */
  offer(change: Change<V>): void;
  readonly pending: number;
}

/** Nothing is offered any more once `signal` is aborted. */
export function createDelivery<V>(deps: DeliveryDeps<V>): Delivery<V> {
  const { signal } = deps;
  const pending = createPending<V>();
  const backoff = createBackoff({
    ...deps,
    initMs: deps.timings.reofferInitMs,
    maxMs: deps.timings.reofferMaxMs,
    resetMs: deps.timings.backoffResetMs,
  });
  let isRetrying = false;

  function offer(change: Change<V>): void {
    if (signal.aborted) return;
    const told = pending.merge(change);
    try {
      deps.onChange(told);
      pending.delete(change.uid);
    } catch (error) {
      deps.onError(error);
      pending.keep(told);
      if (!isRetrying) void retry();
    }
  }

  async function retry(): Promise<void> {
    isRetrying = true;
    while (pending.hasAny() && !signal.aborted) {
      // Rejects only when stopping, which the loop's condition sees.
      await deps.clock.sleep(backoff.next(), signal).catch(() => undefined);
      pending.takeAll(deps.held()).forEach(offer);
    }
    isRetrying = false;
  }

  return {
    offer,
    get pending() {
      return pending.size();
    },
  };
}

interface Pending<V> {
  /** The change as the handler must be told it, given what it has not been told. */
  merge(change: Change<V>): Change<V>;
  keep(change: Change<V>): void;
  delete(uid: string): void;
  /** Everything to offer again now; `held` is what the store holds. */
  takeAll(held: Iterable<readonly [string, V]>): Change<V>[];
  hasAny(): boolean;
  size(): number;
}

/** Changes that the handler threw at, the latest of each object. */
function createPending<V>(): Pending<V> {
  const changes = new Map<string, Change<V>>();
  let offersAll = false;
  /** One of those that were dropped came of a rewritten history. */
  let rewritten = false;

  function merge(change: Change<V>): Change<V> {
    const failed = changes.get(change.uid);
    // To the handler, what came before the change that failed is still the previous state.
    if (change.kind !== 'upsert' || failed?.kind !== 'upsert') return change;
    return { ...change, previous: failed.previous, rewritten: change.rewritten || failed.rewritten };
  }

  function keep(change: Change<V>): void {
    changes.set(change.uid, change);
    if (changes.size <= MAX_PENDING) return;
    offersAll = true;
    for (const [uid, kept] of changes) {
      if (kept.kind !== 'upsert') continue;
      rewritten ||= kept.rewritten;
      changes.delete(uid);
    }
    const [oldest] = changes.keys();
    if (changes.size > MAX_PENDING && oldest !== undefined) changes.delete(oldest);
  }

  function takeAll(held: Iterable<readonly [string, V]>): Change<V>[] {
    const again = [...changes.values()];
    if (!offersAll) return again;
    offersAll = false;
    for (const [uid, view] of held) {
      if (!changes.has(uid)) again.push({ kind: 'upsert', uid, view, previous: undefined, rewritten });
    }
    rewritten = false;
    return again;
  }

  return {
    merge,
    keep,
    takeAll,
    delete: (uid) => void changes.delete(uid),
    hasAny: () => changes.size > 0 || offersAll,
    size: () => changes.size,
  };
}
