import { HOUR, MINUTE } from '../domain/clock.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { Incident } from '../domain/incident.ts';
import { type KeyOf, possibleCauses, sharedCausesOf } from './identity.ts';
import { allSignals, isUnresolved, type OwnerState, type SeenSignal } from './owner-state.ts';
import { type CountingInput, countingSignals } from './signals.ts';

/** A node that is not there for its pods, or is short of something and puts them out. */
export interface FailingNode {
  readonly name: string;
  readonly since: number;
  readonly isLost: boolean;
  /** What it has in common with other nodes. */
  readonly groups: readonly string[];
}

/** Relations between owners and their causes, kept up to date with every change of an owner's state. */
export class Relations {
  readonly #keyOf: KeyOf;
  readonly #blaming = new Groups();
  readonly #members = new Groups();
  readonly #failingNodes = new Map<string, FailingNode>();
  readonly #waiting = new Set<OwnerState>();
  /** When Incidents were opened, by their uids. */
  readonly #openings = new Map<string, number>();
  /** When those that are too old to count were last forgotten. */
  #prunedAt = -Infinity;
  #hasOpened = false;

  constructor(keyOf: KeyOf) {
    this.#keyOf = keyOf;
  }

  /** Owners with a signal that this cause can have, by the key of the cause. */
  get blaming(): GroupsView {
    return this.#blaming;
  }

  /** Owners that the incident of this cause covers, or is to cover. */
  get members(): GroupsView {
    return this.#members;
  }

  /** The nodes that are not there for their pods, or put them out, by their keys. */
  get failingNodes(): ReadonlyMap<string, FailingNode> {
    return this.#failingNodes;
  }

  /** Owners with signals, and without an unresolved incident. */
  get waiting(): ReadonlySet<OwnerState> {
    return this.#waiting;
  }

  /** Whether any Incident is or was there. */
  get hasOpened(): boolean {
    return this.#hasOpened;
  }

  /** Notes what an owner shows and has by now. Returns the keys for which that may be news. */
  update(state: OwnerState): ReadonlySet<string> {
    const signals = allSignals(state);
    if (signals.length > 0 && !isUnresolved(state.incident)) this.#waiting.add(state);
    else this.#waiting.delete(state);
    const touched = new Set([
      ...this.#blaming.put(state, possibleCauses(signals, this.#keyOf)),
      ...this.#members.put(state, causesCovering(state)),
    ]);
    if (this.#noteNode(state, signals)) {
      for (const group of [this.#blaming, this.#members])
        for (const { key } of group.get(state.key)) touched.add(key);
      for (const key of this.#failingNodes.keys()) if (key !== state.key) touched.add(key);
    }
    return touched;
  }

  remove(state: OwnerState): void {
    this.#waiting.delete(state);
    this.#failingNodes.delete(state.key);
    this.#blaming.put(state, new Set());
    this.#members.put(state, new Set());
  }

  noteIncident({ uid, spec }: Incident, now: number): void {
    this.#hasOpened = true;
    const isCounted = spec.trigger !== 'storm' && (spec.cause === undefined || spec.cause.kind === 'storm');
    if (isCounted && spec.openedAt > now - HOUR) this.#openings.set(uid, spec.openedAt);
    this.#prune(now);
  }

  /** How many incidents have opened in the last `windowMs` that were not folded into a node or a shared cause. */
  openedWithin(windowMs: number, now: number): number {
    // One from a clock that was ahead is not of this hour.
    return [...this.#openings.values()].filter((at) => at <= now && at > now - windowMs).length;
  }

  /** True when the node has gone or come back. */
  #noteNode({ key, owner }: OwnerState, signals: readonly Signal[]): boolean {
    if (owner.kind !== 'Node') return false;
    const failing = failingNodeOf(owner.name, signals);
    const before = this.#failingNodes.get(key);
    if (before?.since === failing?.since && before?.isLost === failing?.isLost) return false;
    if (failing === undefined) this.#failingNodes.delete(key);
    else this.#failingNodes.set(key, failing);
    return true;
  }

  /** A standby notes what others open and never asks how many those are. */
  #prune(now: number): void {
    if (Math.abs(now - this.#prunedAt) < MINUTE) return;
    this.#prunedAt = now;
    for (const [uid, at] of this.#openings) if (at <= now - HOUR) this.#openings.delete(uid);
  }
}

function failingNodeOf(name: string, signals: readonly Signal[]): FailingNode | undefined {
  const loss = signals.find(({ takesPodsAlong }) => takesPodsAlong === true);
  const worst = loss ?? signals.find(({ evictsPods }) => evictsPods === true);
  if (worst === undefined) return undefined;
  const { since, nodeGroups: groups = [] } = worst;
  return { name, since, isLost: loss !== undefined, groups };
}

function causesCovering({ attributedTo, incident }: OwnerState): ReadonlySet<string> {
  const folded = isUnresolved(incident) ? incident.spec.cause : undefined;
  return new Set([attributedTo?.key, folded?.key].filter((key) => key !== undefined));
}

const NOBODY: ReadonlySet<OwnerState> = new Set();

type GroupsView = Pick<Groups, 'get' | 'has'>;

/** Owners by the keys of causes. */
class Groups {
  readonly #members = new Map<string, Set<OwnerState>>();
  /** What an owner is in, to take it out again. */
  readonly #keys = new Map<OwnerState, ReadonlySet<string>>();

  get(key: string): ReadonlySet<OwnerState> {
    return this.#members.get(key) ?? NOBODY;
  }

  has(key: string): boolean {
    return this.#members.has(key);
  }

  /** Puts an owner into these groups and takes it out of all others. Returns the groups that are not as they were. */
  put(state: OwnerState, keys: ReadonlySet<string>): readonly string[] {
    const before = this.#keys.get(state) ?? new Set();
    const left = [...before].filter((key) => !keys.has(key));
    const joined = [...keys].filter((key) => !before.has(key));
    for (const key of left) this.#leave(key, state);
    for (const key of joined) this.#members.set(key, (this.#members.get(key) ?? new Set()).add(state));
    if (keys.size === 0) this.#keys.delete(state);
    else this.#keys.set(state, keys);
    return [...left, ...joined];
  }

  #leave(key: string, state: OwnerState): void {
    const group = this.#members.get(key);
    group?.delete(state);
    if (group?.size === 0) this.#members.delete(key);
  }
}

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
