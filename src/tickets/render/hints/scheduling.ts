import { parseQuantity } from '../../../lib/quantity.ts';
import { plural } from '../../../lib/text.ts';
import { shellWord } from '../markdown.ts';
import type { SchedulingFacts } from '../../../domain/environment-facts.ts';
import { type Commands, type Hint, MAX_NAMED, type Row, together } from './class-text.ts';

const UNKNOWN =
  'Compare requests, node selector, affinity and tolerations of the pod with what the nodes have free.';
const NO_SCHEDULER =
  'No scheduler has placed the pod: is one of the name that it asks for running, and what do its Events say?';

const TAINT = /untolerated taint/i;

/** By the words of the scheduler's plugins. */
const causes: readonly Row[] = [
  [
    TAINT,
    'Nodes are tainted, and the pod does not tolerate it: a taint of yours wants a toleration, one of the system (not-ready, unreachable, disk-pressure) wants the node fixed.',
  ],
  [/were unschedulable/i, 'Nodes are cordoned: was a drain begun and not ended?'],
  [
    /node affinity\/selector/i,
    'The labels that the pod asks for are not on these nodes: compare them with its node selector and required affinity.',
  ],
  [
    /volume node affinity conflict/i,
    'The volume of the pod can only be reached from other nodes, mostly those of its zone.',
  ],
  [
    /anti-affinity/i,
    'It may not run beside pods that are on these nodes already: more nodes, fewer replicas, or a preference in place of the requirement.',
  ],
  [/pod affinity/i, 'It has to run beside pods that are not on these nodes.'],
  [
    /topology spread/i,
    'Its topology spread allows no further pod there: a zone without room holds up the others.',
  ],
  [/free ports/i, 'The host port that it wants is taken: such a pod runs once per node.'],
  [/Too many pods/i, 'These nodes have as many pods as they may.'],
  [
    /persistentvolumeclaim|unbound|persistent volumes/i,
    'A volume of the pod is not there: look at its claim.',
  ],
];

/** Why no node takes a pod; each cause that is named, the most telling first. */
export const schedulingHint: Hint = ({ environment, words }) => {
  if (environment.incident.reason === 'Pending') return NO_SCHEDULER;
  const { scheduling } = environment;
  const refusals = scheduling?.refusals ?? [];
  const shown = refusals.length === 0 ? words : refusals.map(({ reason }) => reason).join('; ');
  const capacity = capacityHint(shown, scheduling);
  // No label and no taint is in the way of a pod that is too big for every node.
  if (capacity === TOO_BIG || capacity === UNKNOWN_RESOURCE) return capacity;
  const named = namedHints(shown, capacity === undefined ? undefined : scheduling);
  return together([capacity, ...named.slice(0, 2)]) ?? UNKNOWN;
};

/** Where the other nodes have no room, the taint of the control plane is as it should be. */
function namedHints(shown: string, full: SchedulingFacts | undefined): readonly string[] {
  const isUsual = hasControlPlaneTaintsAlone(full?.nodes ?? []);
  return causes
    .filter(([pattern]) => pattern.test(shown) && !(isUsual && pattern === TAINT))
    .map(([, hint]) => hint);
}

const TOO_BIG = 'It requests more than any node has, even an empty one: is the request a typing error?';
const TOO_BIG_HERE =
  'It requests more than any of the nodes that would take it has, even an empty one: lower the request, or add larger nodes. The other nodes are kept from it by labels or taints.';
const FULL =
  'The nodes that would suit are full, by requests and not by use: lower the requests, free something, or add nodes.';

const UNKNOWN_RESOURCE =
  'It requests a resource that no node has at all: is its device plugin running, and is the name of the resource right?';

type NodeLacks = SchedulingFacts['nodes'][number];

/** A line about an amount: `memory: 64Gi requested, 15Gi allocatable`; what even the empty node has not ends so. */
const AMOUNT = /^(\S+): (\S+) requested, (\S+) (free|allocatable)$/;

/** kubeadm and others keep workloads from their control plane so. */
function hasControlPlaneTaintsAlone(nodes: readonly NodeLacks[]): boolean {
  const taints = nodes.flatMap(({ lacks }) => lacks.filter((lack) => lack.startsWith('taint ')));
  return (
    taints.length > 0 &&
    taints.every((taint) => /^taint node-role\.kubernetes\.io\/(?:control-plane|master)\b/.test(taint))
  );
}

function lacksWhenEmpty({ lacks }: NodeLacks): boolean {
  return lacks.some((lack) => AMOUNT.exec(lack)?.[4] === 'allocatable');
}

function hasNone({ lacks }: NodeLacks): boolean {
  return lacks.some((lack) => AMOUNT.exec(lack)?.[3] === '0');
}

/** Nothing but room keeps the pod from it. */
function isCandidate({ lacks }: NodeLacks): boolean {
  return lacks.every((lack) => AMOUNT.test(lack));
}

/** Judged by the nodes that could take the pod at all: that the others are tainted, or full, does not matter then. */
function capacityHint(shown: string, scheduling: SchedulingFacts | undefined): string | undefined {
  return /Insufficient /.test(shown) ? roomWords(scheduling?.nodes ?? [], scheduling?.nodeCount) : undefined;
}

function roomWords(nodes: readonly NodeLacks[], nodeCount = 0): string {
  // Of a larger cluster not all nodes were compared.
  if (nodes.length === 0 || nodes.length < nodeCount) return FULL;
  if (nodes.every(lacksWhenEmpty)) return nodes.every(hasNone) ? UNKNOWN_RESOURCE : TOO_BIG;
  const candidates = nodes.filter(isCandidate);
  return candidates.length > 0 && candidates.every(lacksWhenEmpty) ? TOO_BIG_HERE : FULL;
}

/** `memory 64Gi, and the largest of 6 nodes has 15Gi`: what a pod requests beyond every node; undefined where a node has it. */
export function beyondAllNodes(scheduling: SchedulingFacts | undefined): string | undefined {
  const { nodes = [], nodeCount = 0 } = scheduling ?? {};
  const first = firstAmount(nodes[0]);
  if (first === undefined || nodes.length < nodeCount) return undefined;
  const [, resource = '', requested = ''] = first;
  const sizes = nodes.flatMap(({ lacks }) => sizeOf(lacks, resource) ?? []);
  if (sizes.length < nodes.length) return undefined;
  return `${resource} ${requested}, and the largest of ${plural(nodes.length, 'node')} has ${largestOf(sizes)}`;
}

function firstAmount(node: NodeLacks | undefined): RegExpExecArray | undefined {
  const matches = node?.lacks.map((lack) => AMOUNT.exec(lack)) ?? [];
  return matches.find((match) => match !== null) ?? undefined;
}

function largestOf(sizes: readonly string[]): string {
  return sizes.reduce((largest, size) =>
    (parseQuantity(size) ?? 0) > (parseQuantity(largest) ?? 0) ? size : largest,
  );
}

/** What the empty node has of a resource of which it has too little. */
function sizeOf(lacks: readonly string[], resource: string): string | undefined {
  const found = lacks.map((lack) => AMOUNT.exec(lack)).find((match) => match?.[1] === resource);
  return found?.[4] === 'allocatable' ? found[3] : undefined;
}

/** Reads nodes and what they have free. */
export const schedulingCommands: Commands = (_names, { environment: { scheduling } }) => {
  const labels = Object.keys(scheduling?.nodeSelector ?? {}).slice(0, MAX_NAMED);
  const columns = labels.map((label) => ` -L ${shellWord(label)}`).join('');
  return [
    `kubectl get nodes${columns === '' ? ' -o wide' : columns}`,
    'kubectl describe nodes | grep -A 8 "Allocated resources"',
  ];
};
