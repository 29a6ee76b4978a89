import type { ObjectRef, Signal } from '../domain/failure.ts';
import { allSignals, type OwnerState, type SeenSignal } from './owner-state.ts';
import type { OwnerHealth } from './health.ts';

/** An evicted pod stays in the cluster long after its replacement runs: it counts only while the owner lacks replicas. */
export function countingSignals(
  entry: OwnerState,
  health: (owner: ObjectRef) => OwnerHealth,
): readonly SeenSignal[] {
  const signals = allSignals(entry);
  if (!signals.some(isOwnedEviction) || health(entry.owner).state === 'notReady') return signals;
  return signals.filter((signal) => !isOwnedEviction(signal));
}

/** A bare pod is not brought back by anybody, and its eviction is final. */
function isOwnedEviction(signal: Signal): boolean {
  return signal.class === 'eviction' && !signal.immediate;
}
