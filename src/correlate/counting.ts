import { HOUR, type Now } from '../domain/clock.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import { allSignals, type OwnerState, type SeenSignal } from './owner-state.ts';
import type { OwnerHealth } from './health.ts';

/** So many pods, each made after the one before had failed, are a loop of replacements. */
const LOOP_LENGTH = 3;
const WINDOW_MS = HOUR;
/** What a pod is told by that has ended by itself: where every run is made once, that is its result. */
const BY_ITSELF = 'PodFailed';
/** What one is told by that the runtime could not begin. */
const NOT_BEGUN = 'StartError';

/** What signals are counted by besides themselves. */
export interface CountingInput {
  readonly health: (owner: ObjectRef) => OwnerHealth;
  readonly now: Now;
  /** Whether something is the matter with the node of this name, told or not. */
  readonly isNodeFailing: (name: string) => boolean;
}

/**
 * The signals that count. An evicted pod stays in the cluster long after its replacement runs, so that it counts while its owner lacks
 * replicas, or is one of many; and what lacks pods that are held back, or are on nodes that fail, lacks nothing of its own.
 */
export function countingSignals(entry: OwnerState, input: CountingInput): readonly SeenSignal[] {
  const signals = allSignals(entry);
  const left =
    signals.some(isLack) && isLackExplained(entry, input) ? signals.filter((one) => !isLack(one)) : signals;
  return entry.replaced.size > 0 || left.some(isOwnedFailure) ? withoutReplaced(entry, left, input) : left;
}

function withoutReplaced(
  { owner, replaced }: OwnerState,
  signals: readonly SeenSignal[],
  { health, now }: CountingInput,
): readonly SeenSignal[] {
  const others = signals.filter((signal) => !isOwnedFailure(signal));
  const present = signals.filter(isOwnedFailure);
  const recent = [...replaced.values(), ...present].filter(
    ({ since, reason }) => since > now.at - WINDOW_MS && (owner.series === undefined || reason !== BY_ITSELF),
  );
  const unbegun = recent.filter(({ reason }) => owner.series !== undefined && reason === NOT_BEGUN);
  if (Math.max(chainLength(recent), unbegun.length) >= LOOP_LENGTH)
    return [...others, ...recent.map((signal) => ({ ...signal, immediate: true }))];
  if (health(owner).state !== 'notReady') return others;
  return [...others, ...present.filter(({ reason }) => reason !== BY_ITSELF)];
}

function isLack(signal: Signal): boolean {
  return signal.class === 'rollout';
}

/** A bare pod is not brought back by anybody, and its eviction is final. */
function isOwnedFailure(signal: Signal): boolean {
  return signal.class === 'eviction' && !signal.immediate;
}

/** How many of these were made after another of them had failed, with the first. */
function chainLength(failed: readonly Signal[]): number {
  let [length, endedAt] = [0, -Infinity];
  for (const { since, madeAt = -Infinity } of failed.toSorted((left, right) => left.since - right.since)) {
    if (length > 0 && madeAt < endedAt) continue;
    length += 1;
    endedAt = since;
  }
  return length;
}

function isLackExplained({ unready, owner }: OwnerState, input: CountingInput): boolean {
  const health = input.health(owner);
  if (health.state !== 'notReady' || health.wanted === undefined || health.ready === undefined) return false;
  const explained = [...unready.values()].filter(
    ({ isHeld, node }) => isHeld === true || (node !== undefined && input.isNodeFailing(node)),
  );
  return explained.length >= health.wanted - health.ready;
}
