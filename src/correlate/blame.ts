import type { ObjectRef, Signal } from '../domain/failure.ts';
import { type KeyOf, sharedCausesOf } from './identity.ts';
import type { OwnerState, SeenSignal } from './owner-state.ts';
import type { Relations } from './relations.ts';
import { countingSignals, type CountingInput } from './signals.ts';

/** What it is found by who fails for a cause. */
export interface BlameInput extends CountingInput {
  readonly keyOf: KeyOf;
  readonly relations: Relations;
}

/** So many owners have a cause in common. Of two that lack room each may want too much for itself. */
const FEW = 2;
const MANY = 3;

/** Whether so many fail for it that it is one failure. The same message from two is one where both are on the same node. */
export function isShared(key: string, { kind }: ObjectRef, input: BlameInput): boolean {
  const owners = blamingOwners(key, input);
  if (owners.length < FEW || owners.length >= MANY) return owners.length >= MANY;
  if (kind !== 'SameMessage') return kind !== 'NodeCapacity';
  const [nodes, others] = owners.map((signals) => new Set(signals.map(({ node }) => node)));
  return [...(nodes ?? [])].some((node) => others?.has(node) === true);
}

/** What each owner shows that fails for a cause, of the first of them: more than `MANY` make no difference. */
function blamingOwners(key: string, input: BlameInput): readonly (readonly Signal[])[] {
  const found: (readonly Signal[])[] = [];
  for (const state of input.relations.blaming.get(key)) {
    const signals = blamingSignals(key, state, input);
    if (signals.length > 0) found.push(signals);
    if (found.length === MANY) break;
  }
  return found;
}

/** What an owner shows of a cause. A pod that has failed for it stays long after another serves in its place. */
export function blamingSignals(key: string, state: OwnerState, input: BlameInput): readonly SeenSignal[] {
  const isMeant = (signal: Signal): boolean =>
    sharedCausesOf(signal, input.keyOf).some((cause) => cause.key === key);
  return countingSignals(state, input).filter(isMeant);
}
