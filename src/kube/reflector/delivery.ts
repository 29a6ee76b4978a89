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

export function createDelivery<V>(deps: DeliveryDeps<V>): Delivery<V> {
  const { clock, random, timings, signal } = deps;
  const pending = new Map<string, Change<V>>();
  const backoff = createBackoff({
    initMs: timings.reofferInitMs,
    maxMs: timings.reofferMaxMs,
    resetMs: timings.backoffResetMs,
    clock,
    random,
  });
  let offersAll = false;
  let isRetrying = false;

  function offer(change: Change<V>): void {
    if (signal.aborted) return;
    const failedBefore = pending.get(change.uid);
    const told = failedBefore === undefined ? change : continued(failedBefore, change);
    try {
      deps.onChange(told);
      pending.delete(change.uid);
    } catch (error) {
      deps.onError(error);
      keep(told);
      if (!isRetrying) void retry();
    }
  }

  function keep(change: Change<V>): void {
    pending.set(change.uid, change);
    if (pending.size <= MAX_PENDING) return;
    offersAll = true;
    for (const [uid, kept] of pending) if (kept.kind === 'upsert') pending.delete(uid);
    const [oldest] = pending.keys();
    if (pending.size > MAX_PENDING && oldest !== undefined) pending.delete(oldest);
  }

  async function retry(): Promise<void> {
    isRetrying = true;
    while ((pending.size > 0 || offersAll) && !signal.aborted) {
      // Rejects only when stopping; the loop's condition sees it.
      await clock.sleep(backoff.next(), signal).catch(() => undefined);
      offerAgain();
    }
    isRetrying = false;
  }

  function offerAgain(): void {
    const everything = offersAll;
    offersAll = false;
    for (const change of [...pending.values()]) offer(change);
    if (!everything) return;
    for (const [uid, view] of deps.held()) {
      if (!pending.has(uid)) offer({ kind: 'upsert', uid, view, previous: undefined });
    }
  }

  return {
    offer,
    get pending() {
      return pending.size;
    },
  };
}

/** The handler never saw the change that failed: to it, what came before that is still the previous state. */
function continued<V>(failed: Change<V>, change: Change<V>): Change<V> {
  if (change.kind !== 'upsert' || failed.kind !== 'upsert') return change;
  return { ...change, previous: failed.previous };
}
