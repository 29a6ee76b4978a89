import { HOUR, MINUTE } from '../domain/clock.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { CauseKind } from '../domain/incident.ts';
import { type BlameInput, blamingSignals, type FailingNode, isShared } from './relations.ts';
import { type Cause, nodeCause, nodeGroupCause, sharedCausesOf, stormCause } from './identity.ts';
import type { CorrelatorOptions } from './decision.ts';
import {
  bySeverity,
  compare,
  type Findings,
  type FindingsInput,
  findingsOf,
  type ProvenFindings,
} from './due-signals.ts';
import {
  allSignals,
  isUnresolved,
  type OwnerState,
  parentIncidentOf,
  type SeenSignal,
} from './owner-state.ts';
import type { Requeue } from './requeue.ts';
import type { ClusterState } from './owner-health.ts';
import { countingSignals } from './signals.ts';

/** What the common cause of an owner is found by, besides its own state. */
export interface CauseInput extends FindingsInput, BlameInput, ClusterState {
  readonly options: CorrelatorOptions;
  readonly stateOf: (key: string) => OwnerState | undefined;
  /** When the correlator was first told of something, in epoch milliseconds. */
  readonly bornAt: number;
  /** There are as many Incidents as there may be. */
  readonly isFull: boolean;
  /** An Incident that cannot be read has this key. */
  readonly isOccupied: (key: string) => boolean;
}

/**
 * The common cause of an owner whose failure is due: its node, what others lack as well, or a storm. One that has an incident already can
 * still have a node or a shared cause, of which its ticket is told. A cause itself has none: its members would be told nowhere.
 */
export function commonCauseOf(state: OwnerState, findings: Findings, input: CauseInput): Cause | undefined {
  if (state.kind !== 'owner' || !findings.isDue) return undefined;
  const { signals } = findings;
  const node = nodeGroupOf(state, signals, input) ?? failingNodeOf(signals, input);
  const common = notRejected(node ?? blamed(state, signals, input), input);
  if (isUnresolved(state.incident)) return common;
  const storm = notRejected(stormCause(input.keyOf), input);
  if (input.isFull && storm !== undefined) return storm;
  return common ?? (isStorm(findings, input) ? storm : undefined);
}

/** A cause whose ticket the API has refused, or whose Incident cannot be read, covers nobody: each owner is better filed than none. */
function notRejected(cause: Cause | undefined, { stateOf, isOccupied }: CauseInput): Cause | undefined {
  if (cause === undefined || isOccupied(cause.key)) return undefined;
  const { incident } = stateOf(cause.key) ?? {};
  return isUnresolved(incident) && incident.status.phase === 'Rejected' ? undefined : cause;
}

/** What the most causal signal blames, once somebody else blames it too, or its incident is unresolved. */
function blamed({ incident }: OwnerState, [first]: readonly Signal[], input: CauseInput): Cause | undefined {
  // An unresolved incident of its own says it already.
  if (first === undefined || (first.isLeftover === true && isUnresolved(incident))) return undefined;
  const causes = sharedCausesOf(first, input.keyOf);
  const known = causes.find(({ key }) => parentIncidentOf(input.stateOf(key)) !== undefined);
  if (known !== undefined) return known;
  // The one that more owners fail for; of two with as many the one that is named.
  const sizeOf = ({ key }: Cause): number => input.relations.blaming.get(key).size;
  const shared = causes.filter(({ key, target }) => isShared(key, target, input));
  return shared.toSorted((left, right) => sizeOf(right) - sizeOf(left))[0];
}

/** More incidents than people can read have opened, or are about to; or it failed already when the unresolved storm began. */
function isStorm({ since }: Findings, input: CauseInput): boolean {
  const { options, relations, now } = input;
  const storm = parentIncidentOf(input.stateOf(stormCause(input.keyOf).key));
  if (storm !== undefined && since <= storm.spec.openedAt) return true;
  const { perMinute, perHour } = options.storm;
  const room = Math.min(
    perMinute - relations.openedWithin(MINUTE, now.at),
    perHour - relations.openedWithin(HOUR, now.at),
  );
  return room < 1 || isCrowded(input, room);
}

/** Whether more than `room` owners are due and about to open an incident of their own. */
function isCrowded(input: CauseInput, room: number): boolean {
  let due = 0;
  for (const state of input.relations.waiting) {
    if (state.attributedTo !== undefined && state.attributedTo.kind !== 'storm') continue;
    if (!findingsOf(state, countingSignals(state, input), input).isDue) continue;
    due += 1;
    if (due > room) return true;
  }
  return false;
}

/** Whether more than `limit` owners fail and have no incident yet. */
export function isBusy(input: CauseInput, limit: number): boolean {
  const { waiting } = input.relations;
  if (waiting.size <= limit) return false;
  let failing = 0;
  for (const state of waiting) {
    if (countingSignals(state, input).length > 0) failing += 1;
    if (failing > limit) return true;
  }
  return false;
}

/** Nodes that go within this time of each other, with something in common, have gone together. */
const TOGETHER_MS = 10 * MINUTE;
/** So many that have nothing in common have gone together all the same: the network between them, or the control plane. */
const MANY_NODES = 3;
const WHOLE_CLUSTER = 'cluster';

/** The zone or the pool that a lost node has in common with others that went with it, or the cluster. */
function nodeGroupOf(
  { key }: OwnerState,
  signals: readonly Signal[],
  { relations, keyOf, stateOf }: CauseInput,
): Cause | undefined {
  const own = relations.failingNodes.get(key);
  if (own?.isLost !== true || !signals.some(({ takesPodsAlong }) => takesPodsAlong === true))
    return undefined;
  const together = [...relations.failingNodes.values()].filter(
    ({ isLost, since }) => isLost && Math.abs(since - own.since) <= TOGETHER_MS,
  );
  const sizeOf = (name: string): number => together.filter(({ groups }) => groups.includes(name)).length;
  const shared = own.groups.filter((name) => sizeOf(name) > 1);
  const names = together.length < MANY_NODES ? shared : [...shared, WHOLE_CLUSTER];
  const causes = names.map((name) => nodeGroupCause(name, keyOf));
  const known = causes.find((cause) => parentIncidentOf(stateOf(cause.key)) !== undefined);
  const largest = shared.toSorted((left, right) => sizeOf(right) - sizeOf(left))[0] ?? names[0];
  return known ?? causes.find(({ target }) => target.name === largest);
}

/**
 * The node for which all of this fails: its pods, what it puts out for lack of something, those that find no other node, and whose
 * volume it has not given back. Where its node has gone together with others, that is the cause.
 */
function failingNodeOf(signals: readonly Signal[], input: CauseInput): Cause | undefined {
  const nodes = [...input.relations.failingNodes.values()];
  const placed = signals.filter(({ node }) => node !== undefined);
  // Those without a node count for neither side where others have one.
  const behind = (placed.length > 0 ? placed : signals).map((signal) => nodesBehind(signal, nodes));
  if (placed.length > 0 && behind.some((some) => some.length === 0)) return undefined;
  const first = behind.flat().toSorted(({ name: left }, { name: right }) => compare(left, right))[0];
  return first === undefined ? undefined : broadest(nodeCause(first.name, input.keyOf), input);
}

/** The nodes for which this can fail. */
function nodesBehind(signal: Signal, nodes: readonly FailingNode[]): readonly FailingNode[] {
  const { node, isVolumeHeld, lacksNodes, since } = signal;
  // A volume stays attached for as long as its node is gone.
  if (isVolumeHeld === true) return nodes.filter((one) => one.isLost && one.since <= since);
  if (node !== undefined)
    return nodes.filter(({ name, isLost }) => name === node && (isLost || signal.class === 'eviction'));
  if (lacksNodes !== true) return [];
  // A node that has been gone for days is not why a pod finds no other one today.
  return nodes.filter((one) => since >= one.since && since <= one.since + HOUR);
}

/** The group with which the node went, where its incident is that of the group. */
function broadest(cause: Cause, { stateOf }: CauseInput): Cause {
  const node = stateOf(cause.key);
  if (node?.attributedTo?.kind === 'shared') return node.attributedTo;
  const folded = isUnresolved(node?.incident) ? node.incident.spec.cause : undefined;
  const group = folded === undefined ? undefined : stateOf(folded.key);
  return group?.kind === 'shared' ? { kind: 'shared', key: group.key, target: group.owner } : cause;
}

/** The findings of an owner, with the owners that its node takes along; or those of a cause, from its members. */
export function findingsWithMembers(state: OwnerState, input: CauseInput, requeue?: Requeue): ProvenFindings {
  const members = membersOf(state, input, requeue);
  if (state.kind === 'owner') {
    const noted = requeue === undefined ? input : { ...input, requeue };
    const findings = findingsOf(state, countingSignals(state, noted), noted);
    return members.length === 0 ? findings : withMembers(findings, members, { kind: 'node', input });
  }
  const signals = members.flatMap(({ signals: [first] }) => first ?? []).toSorted(bySeverity);
  const noted = requeue === undefined ? input : { ...input, requeue: requeue.proofsOnly() };
  return withMembers(findingsOf(state, signals, noted), members, { kind: state.kind, input });
}

/** The findings of the members of a cause: nobody covers a single owner that lacks what nobody else does. */
function membersOf(state: OwnerState, input: CauseInput, requeue?: Requeue): readonly ProvenFindings[] {
  const { blaming, members } = input.relations;
  // Which nodes went together is found node by node.
  const isBlamed = state.kind === 'shared' && state.owner.kind !== 'NodeGroup';
  const group = (isBlamed ? blaming : members).get(state.key);
  if (isBlamed && !isUnresolved(state.incident) && !isShared(state.key, state.owner, input)) return [];
  // Whatever else fails on a member is no business of what it lacks.
  const shownBy = (member: OwnerState): readonly SeenSignal[] =>
    isBlamed ? blamingSignals(state.key, member, input) : allSignals(member);
  const found = [...group].map((member) => findingsOf(member, shownBy(member), input));
  // That others serve in the place of pods that have failed changes nothing that they show.
  if (isBlamed && found.some(hasFailedPods)) requeue?.isReached(input.now.monotonic + MINUTE);
  return found
    .filter(({ signals }) => signals.length > 0)
    .toSorted(({ signals: [left] }, { signals: [right] }) =>
      left === undefined || right === undefined ? 0 : bySeverity(left, right),
    );
}

function hasFailedPods({ signals }: ProvenFindings): boolean {
  return signals.some((signal) => signal.class === 'eviction');
}

function withMembers(
  findings: ProvenFindings,
  found: readonly Findings[],
  { kind, input }: { readonly kind: CauseKind; readonly input: CauseInput },
): ProvenFindings {
  const members = found.flatMap(({ owner, since, signals: [first] }) =>
    first === undefined
      ? []
      : [
          {
            owner,
            class: first.class,
            reason: first.reason,
            message: first.message,
            ...(first.node === undefined ? {} : { node: first.node }),
            ...(first.revisedAt === undefined ? {} : { revisedAt: first.revisedAt }),
            since,
            regarding: first.regarding,
          },
        ],
  );
  const names = members.map(({ owner }) => nameOf(owner)).toSorted(compare);
  const isFirst = !input.relations.hasOpened && members.every(({ since }) => since < input.bornAt);
  return {
    ...findings,
    affected: kind === 'node' ? [...findings.affected, ...names] : names,
    common: { kind, members, isFirst },
  };
}

function nameOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}
