import type * as k8s from '@kubernetes/client-node';
import type { SchedulingFacts } from '../../domain/environment-facts.ts';
import {
  fields,
  type Fields,
  fieldsList,
  integer,
  MAX_ENTRIES,
  nameOf,
  present,
  text,
  textEntries,
  words,
} from '../object-fields.ts';
import type { EvidenceReader } from './evidence-reader.ts';
import {
  allocatableOf,
  amountLacks,
  freeOf,
  nodeLacks,
  type PodRequirements,
  requiredNodeTerms,
  requirementsOf,
  selectorLine,
  termLines,
} from './node-fit.ts';
import { readPodsOn } from './node.ts';
import { largestBy, requestedBy, sayAmounts } from './requests-and-usage.ts';

/** Nodes that are compared. Of a larger cluster the scheduler's own count says the rest. */
const MAX_NODES = 100;
/** Nodes whose pods are added up: those that would take the pod if they were empty. */
const MAX_CANDIDATES = 5;
/** A node object has some 10 kB, and up to 50 names of images. */
const NODES_BYTES = 8 * 1_024 * 1_024;

/** Whether a scheduler has tried the pod and found no node. */
export function isUnscheduled(pod: Fields<k8s.V1Pod> | undefined): boolean {
  return pod !== undefined && refusal(pod) !== undefined;
}

/** Whether nodes that would take the pod cannot reach its volume. */
export function isKeptFromVolume(pod: Fields<k8s.V1Pod>): boolean {
  return /volume node affinity conflict/i.test(text(refusal(pod)?.message) ?? '');
}

function refusal(pod: Fields<k8s.V1Pod>): Fields<k8s.V1PodCondition> | undefined {
  const conditions = fieldsList<k8s.V1PodCondition>(fields<k8s.V1PodStatus>(pod.status).conditions);
  return conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
}

/** What the pod wants and, if nodes are to be read, what each of them lacks. */
export async function readScheduling(
  reader: EvidenceReader,
  pod: Fields<k8s.V1Pod>,
  { withNodes }: { readonly withNodes: boolean },
): Promise<SchedulingFacts> {
  const required = requirementsOf(pod);
  return { ...wantsOf(pod, required), nodes: withNodes ? await compareNodes(reader, required) : [] };
}

function wantsOf(
  pod: Fields<k8s.V1Pod>,
  { spec, requests }: PodRequirements,
): Omit<SchedulingFacts, 'nodes'> {
  const { pods: _places, ...amounts } = sayAmounts(requests);
  return present({
    requests: amounts,
    schedulerName: words(spec.schedulerName),
    priority: integer(spec.priority),
    nodeSelector: Object.fromEntries(textEntries(spec.nodeSelector).slice(0, MAX_ENTRIES)),
    affinity: affinityLines(spec),
    tolerations: fieldsList<k8s.V1Toleration>(spec.tolerations).slice(0, MAX_ENTRIES).map(tolerationLine),
    topologySpread: fieldsList<k8s.V1TopologySpreadConstraint>(spec.topologySpreadConstraints)
      .slice(0, MAX_ENTRIES)
      .map(spreadLine),
    ...verdictOf(words(refusal(pod)?.message) ?? ''),
  });
}

/** The scheduler's sum, and the afterthought about pods that it could have put out instead. */
const VERDICT =
  /^0\/(\d+) nodes are available: (.*?)\.?\s*(?:(?:no new claims to deallocate, )?preemption: .*)?$/s;

/** `0/6 nodes are available: 3 Insufficient memory, …` in its parts; nothing for other words. */
export function verdictOf(message: string): Pick<SchedulingFacts, 'nodeCount' | 'refusals'> {
  const [, all, reasons] = VERDICT.exec(message) ?? [];
  if (all === undefined || reasons === undefined) return { refusals: [] };
  const nodeCount = Number(all);
  const refusals = reasons.split(/,\s+(?=\d+ )/).map((part) => {
    const [, nodes, reason] = /^(\d+) (?:node\(s\) )?(.+)$/s.exec(part.trim()) ?? [];
    return nodes === undefined || reason === undefined
      ? { nodes: nodeCount, reason: part.trim() }
      : { nodes: Number(nodes), reason };
  });
  return { nodeCount, refusals: refusals.slice(0, MAX_ENTRIES) };
}

async function compareNodes(
  reader: EvidenceReader,
  required: PodRequirements,
): Promise<SchedulingFacts['nodes']> {
  const query = { limit: MAX_NODES };
  const page = await reader.page<k8s.V1Node>('scheduling.nodes', '/api/v1/nodes', query, NODES_BYTES);
  reader.omitRest('scheduling.nodes', page, 'nodes were compared');
  const compared = page.items.map((node) => ({ node, name: nameOf(node), lacks: nodeLacks(node, required) }));
  const candidates = compared.filter(({ lacks }) => lacks.length === 0).slice(0, MAX_CANDIDATES);
  const weighed = new Map(
    await Promise.all(
      candidates.map(async ({ node, name }) => [name, await weigh(reader, node, required)] as const),
    ),
  );
  return compared
    .map(({ name, lacks }) => ({ name, lacks, ...weighed.get(name) }))
    .toSorted((a, b) => a.lacks.length - b.lacks.length);
}

/** What is left on a node that would take the pod if it were empty. */
async function weigh(
  reader: EvidenceReader,
  node: Fields<k8s.V1Node>,
  required: PodRequirements,
): Promise<Partial<SchedulingFacts['nodes'][number]>> {
  const pods = await readPodsOn(reader, nameOf(node), 'scheduling.nodes');
  if (pods === undefined) return {};
  const free = freeOf(node, requestedBy(pods));
  const known = [...allocatableOf(node).keys()].filter((resource) => required.requests.has(resource));
  const freeOfKnown = new Map(known.map((resource) => [resource, free.get(resource) ?? 0]));
  const short = known.find((resource) => (required.requests.get(resource) ?? 0) > (free.get(resource) ?? 0));
  return present({
    lacks: amountLacks(free, required, 'free'),
    free: sayAmounts(freeOfKnown),
    takenBy: short === undefined || short === 'pods' ? undefined : largestBy(pods, short),
  });
}

function affinityLines(spec: Fields<k8s.V1PodSpec>): string[] {
  const { podAffinity, podAntiAffinity } = fields<{ podAffinity: object; podAntiAffinity: object }>(
    spec.affinity,
  );
  return [
    ...termLines(requiredNodeTerms(spec)).map((line) => `node: ${line}`),
    ...podTermLines('beside pods', podAffinity),
    ...podTermLines('apart from pods', podAntiAffinity),
  ].slice(0, MAX_ENTRIES);
}

function podTermLines(how: string, affinity: unknown): string[] {
  const { requiredDuringSchedulingIgnoredDuringExecution: terms } = fields<{
    requiredDuringSchedulingIgnoredDuringExecution: object[];
  }>(affinity);
  return fieldsList<k8s.V1PodAffinityTerm>(terms).map(
    (term) => `${how} ${selectorLine(term.labelSelector)} by ${text(term.topologyKey) ?? '?'}`,
  );
}

function tolerationLine({
  key,
  operator,
  value,
  effect,
  tolerationSeconds,
}: Fields<k8s.V1Toleration>): string {
  const is = operator === 'Exists' ? ' exists' : `=${text(value) ?? ''}`;
  const seconds = integer(tolerationSeconds);
  const about = text(key) === undefined ? 'any taint' : `${text(key) ?? ''}${is}`;
  const line = `${about}${text(effect) === undefined ? '' : `:${text(effect) ?? ''}`}`;
  return words(seconds === undefined ? line : `${line} for ${seconds}s`) ?? '';
}

function spreadLine(constraint: Fields<k8s.V1TopologySpreadConstraint>): string {
  const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector } = constraint;
  const line = `at most ${integer(maxSkew) ?? '?'} apart by ${text(topologyKey) ?? '?'}, ${text(whenUnsatisfiable) ?? '?'}: ${selectorLine(labelSelector)}`;
  return words(line) ?? '';
}
