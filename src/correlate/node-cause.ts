import { HOUR, MINUTE } from '../domain/clock.ts';
import type { Signal } from '../domain/failure.ts';
import { type Cause, type KeyOf, nodeCause, nodeGroupCause } from './cause.ts';
import { type OwnerState, isUnresolved, parentIncidentOf } from './owner-state.ts';
import { compare } from './findings.ts';
import type { FailingNode, Relations } from './relations.ts';

/** What a node as the cause of others' failures is found by. */
interface NodeCauseInput {
  readonly relations: Relations;
  readonly keyOf: KeyOf;
  readonly entryOf: (key: string) => OwnerState | undefined;
}

/** Nodes that go within this time of each other, with something in common, have gone together. */
const TOGETHER_MS = 10 * MINUTE;
/** So many that have nothing in common have gone together all the same: the network between them, or the control plane. */
const MANY_NODES = 3;
const WHOLE_CLUSTER = 'cluster';

/** The zone or the pool that a lost node has in common with others that went with it, or the cluster. */
export function nodeGroupOf(
  { key }: OwnerState,
  signals: readonly Signal[],
  { relations, keyOf, entryOf }: NodeCauseInput,
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
  const known = causes.find((cause) => parentIncidentOf(entryOf(cause.key)) !== undefined);
  const largest = shared.toSorted((left, right) => sizeOf(right) - sizeOf(left))[0] ?? names[0];
  return known ?? causes.find(({ target }) => target.name === largest);
}

/**
 * The node for which all of this fails: its pods, what it puts out for lack of something, those that find no other node, and whose
 * volume it has not given back. Where its node has gone together with others, that is the cause.
 */
export function failingNodeOf(signals: readonly Signal[], input: NodeCauseInput): Cause | undefined {
  const { relations, keyOf } = input;
  const nodes = [...relations.failingNodes.values()];
  const placed = signals.filter(({ node }) => node !== undefined);
  // Those without a node count for neither side where others have one.
  const behind = (placed.length > 0 ? placed : signals).map((signal) => nodesBehind(signal, nodes));
  if (placed.length > 0 && behind.some((some) => some.length === 0)) return undefined;
  const first = behind.flat().toSorted(({ name: left }, { name: right }) => compare(left, right))[0];
  return first === undefined ? undefined : broadest(nodeCause(first.name, keyOf), input);
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
function broadest(cause: Cause, { entryOf }: NodeCauseInput): Cause {
  const node = entryOf(cause.key);
  if (node?.attributedTo?.kind === 'shared') return node.attributedTo;
  const folded = isUnresolved(node?.incident) ? node.incident.spec.cause : undefined;
  const group = folded === undefined ? undefined : entryOf(folded.key);
  return group?.kind === 'shared' ? { kind: 'shared', key: group.key, target: group.owner } : cause;
}
