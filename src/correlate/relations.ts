import type { Incident } from '../domain/incident.ts';
import { HOUR, MINUTE } from '../domain/clock.ts';
import { type KeyOf, possibleCauses } from './cause.ts';
import { allSignals, type OwnerState, isUnresolved } from './owner-state.ts';

/** Who has to do with whom, kept up to date with every change of an entry. */
export interface Relations {
  /** Entries with a signal that this cause can have, by the key of the cause. */
  readonly blaming: ReadonlyMap<string, ReadonlySet<OwnerState>>;
  /** Entries for which this cause speaks, or is to speak. */
  readonly members: ReadonlyMap<string, ReadonlySet<OwnerState>>;
  /** The nodes that are not there for their pods, or put them out, by their keys. */
  readonly failingNodes: ReadonlyMap<string, FailingNode>;
  /** Entries with signals, and without an incident that stands. */
  readonly waiting: ReadonlySet<OwnerState>;
  /** Notes what an entry shows and has by now. Returns the keys for which that may be news. */
  readonly update: (entry: OwnerState) => ReadonlySet<string>;
  /** Forgets an entry. */
  readonly remove: (entry: OwnerState) => void;
  readonly noteIncident: (incident: Incident, now: number) => void;
  /** How many incidents have opened in the last `windowMs` that were not folded into a node or a shared cause. */
  readonly openedWithin: (windowMs: number, now: number) => number;
  /** Whether any Incident is or was there. */
  readonly hasOpened: () => boolean;
}

/** A node that is not there for its pods, or is short of something and puts them out. */
export interface FailingNode {
  readonly name: string;
  readonly since: number;
  readonly isLost: boolean;
  /** What it has in common with other nodes. */
  readonly groups: readonly string[];
}

type Groups = Map<string, Set<OwnerState>>;

interface State {
  readonly keyOf: KeyOf;
  readonly blaming: Groups;
  readonly members: Groups;
  readonly failingNodes: Map<string, FailingNode>;
  readonly waiting: Set<OwnerState>;
  /** What an entry was in before, to take it out again. */
  readonly blames: Map<OwnerState, ReadonlySet<string>>;
  readonly memberOf: Map<OwnerState, ReadonlySet<string>>;
  /** When Incidents were opened, by their uids. */
  readonly openings: Map<string, number>;
  /** When those that are too old to count were last forgotten. */
  prunedAt: number;
  hasOpened: boolean;
}

/** No relations. */
export function createRelations(keyOf: KeyOf): Relations {
  const state: State = {
    keyOf,
    blaming: new Map(),
    members: new Map(),
    failingNodes: new Map(),
    waiting: new Set(),
    blames: new Map(),
    memberOf: new Map(),
    openings: new Map(),
    prunedAt: -Infinity,
    hasOpened: false,
  };
  const { blaming, members, failingNodes, waiting } = state;
  return {
    blaming,
    members,
    failingNodes,
    waiting,
    update: (entry) => update(state, entry),
    remove: (entry) => {
      state.waiting.delete(entry);
      state.failingNodes.delete(entry.key);
      regroup(state.blaming, state.blames, entry, new Set());
      regroup(state.members, state.memberOf, entry, new Set());
    },
    noteIncident: (incident, now) => noteIncident(state, incident, now),
    openedWithin: (windowMs, now) => openedWithin(state, windowMs, now),
    hasOpened: () => state.hasOpened,
  };
}

function update(state: State, entry: OwnerState): ReadonlySet<string> {
  const { blaming, blames, members, memberOf, waiting, keyOf } = state;
  const signals = allSignals(entry);
  if (signals.length > 0 && !isUnresolved(entry.incident)) waiting.add(entry);
  else waiting.delete(entry);
  const touched = new Set([
    ...regroup(blaming, blames, entry, possibleCauses(signals, keyOf)),
    ...regroup(members, memberOf, entry, causesCovering(entry)),
  ]);
  if (noteNode(state, entry)) {
    for (const group of [blaming, members])
      for (const { key } of group.get(entry.key) ?? []) touched.add(key);
    for (const key of state.failingNodes.keys()) if (key !== entry.key) touched.add(key);
  }
  return touched;
}

function causesCovering({ attributedTo, incident }: OwnerState): ReadonlySet<string> {
  const folded = isUnresolved(incident) ? incident.spec.cause : undefined;
  return new Set([attributedTo?.key, folded?.key].filter((key) => key !== undefined));
}

/** True when the node has gone or come back. */
function noteNode({ failingNodes }: State, entry: OwnerState): boolean {
  if (entry.owner.kind !== 'Node') return false;
  const failing = failingNodeOf(entry);
  const before = failingNodes.get(entry.key);
  if (before?.since === failing?.since && before?.isLost === failing?.isLost) return false;
  if (failing === undefined) failingNodes.delete(entry.key);
  else failingNodes.set(entry.key, failing);
  return true;
}

function failingNodeOf(entry: OwnerState): FailingNode | undefined {
  const signals = allSignals(entry);
  const loss = signals.find(({ takesPodsAlong }) => takesPodsAlong === true);
  const worst = loss ?? signals.find(({ evictsPods }) => evictsPods === true);
  if (worst === undefined) return undefined;
  const { since, nodeGroups: groups = [] } = worst;
  return { name: entry.owner.name, since, isLost: loss !== undefined, groups };
}

/** Puts an entry into these groups and takes it out of all others. Returns the groups that are not as they were. */
function regroup(
  groups: Groups,
  known: Map<OwnerState, ReadonlySet<string>>,
  entry: OwnerState,
  keys: ReadonlySet<string>,
): readonly string[] {
  const before = known.get(entry) ?? new Set();
  const left = [...before].filter((key) => !keys.has(key));
  const joined = [...keys].filter((key) => !before.has(key));
  for (const key of left) leave(groups, key, entry);
  for (const key of joined) groups.set(key, (groups.get(key) ?? new Set()).add(entry));
  if (keys.size === 0) known.delete(entry);
  else known.set(entry, keys);
  return [...left, ...joined];
}

function leave(groups: Groups, key: string, entry: OwnerState): void {
  const group = groups.get(key);
  group?.delete(entry);
  if (group?.size === 0) groups.delete(key);
}

function noteIncident(state: State, { uid, spec }: Incident, now: number): void {
  state.hasOpened = true;
  const isCounted = spec.trigger !== 'storm' && (spec.cause === undefined || spec.cause.kind === 'storm');
  if (isCounted && spec.openedAt > now - HOUR) state.openings.set(uid, spec.openedAt);
  prune(state, now);
}

/** A standby notes what others open and never asks how many those are. */
function prune(state: State, now: number): void {
  if (Math.abs(now - state.prunedAt) < MINUTE) return;
  state.prunedAt = now;
  for (const [uid, at] of state.openings) if (at <= now - HOUR) state.openings.delete(uid);
}

function openedWithin({ openings }: State, windowMs: number, now: number): number {
  // One from a clock that was ahead is not of this hour.
  return [...openings.values()].filter((at) => at <= now && at > now - windowMs).length;
}
