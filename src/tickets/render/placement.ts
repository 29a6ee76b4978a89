import type { ContainerFacts, Environment } from '../../domain/environment.ts';
import type { Usage } from '../../domain/environment-parts.ts';
import type { NodeFacts, SchedulingFacts } from '../../domain/environment-facts.ts';
import { parseQuantity, sayQuantity } from '../../lib/quantity.ts';
import { cutText, plainLine, plural, sayDuration, sayTime } from '../../lib/text.ts';
import { amountWords, code, listWords, type Quote } from './markdown.ts';
import { timeOf } from './story.ts';

const MAX_LISTED = 5;
/** Longest line about a node. */
const MAX_LINE = 240;

/** What the pod wants of a node. The scheduler's own sum is in the line "Why". */
export function placementLines(scheduling: SchedulingFacts): readonly string[] {
  const { requests, nodeSelector, affinity, topologySpread, tolerations, priority } = scheduling;
  const own = tolerations.filter((line) => !isUsual(line));
  const parts = [
    Object.keys(requests).length === 0 ? 'no requests' : code(amountWords(requests)),
    ...(Object.keys(nodeSelector).length === 0 ? [] : [`labels ${code(amountWords(nodeSelector))}`]),
    ...(affinity.length === 0 ? [] : [`affinity ${listWords(affinity, MAX_LISTED)}`]),
    ...(topologySpread.length === 0 ? [] : [`spread ${listWords(topologySpread, MAX_LISTED)}`]),
    ...(own.length === 0 ? [] : [`to tolerate ${listWords(own, MAX_LISTED)}`]),
    ...(priority === undefined || priority === 0 ? [] : [`priority ${priority}`]),
  ];
  return [`**The pod wants**: ${parts.join('; ')}`];
}

/** Every pod gets these two by admission. */
function isUsual(toleration: string): boolean {
  return /^node\.kubernetes\.io\/(?:not-ready|unreachable) exists:NoExecute for /.test(toleration);
}

/** Node by node what it lacks, at most `most`: those that lack least first. */
export function placementSections(
  { scheduling }: Environment,
  quote: Quote,
  most: number,
): readonly string[] {
  if (scheduling === undefined || most === 0) return [];
  const { nodes, nodeCount } = scheduling;
  if (nodes.length === 0) return [];
  const shown = nodes.slice(0, most).map(nodeLine);
  const all = Math.max(nodes.length, nodeCount ?? 0);
  const which =
    shown.length === all ? 'All nodes' : `${shown.length} of ${all} nodes, those that lack least first`;
  return [`### What the nodes lack\n\n${which}:\n\n${quote.block(shown)}`];
}

function nodeLine({ name, lacks, free, takenBy = [] }: SchedulingFacts['nodes'][number]): string {
  const lack =
    lacks.length === 0
      ? 'nothing that was compared (other pods, volumes and ports were not)'
      : lacks.join('; ');
  const room = free === undefined || lacks.length > 0 ? '' : `; free ${amountWords(free)}`;
  const most = takenBy.length === 0 ? '' : `; most by ${takenBy.join(', ')}`;
  return cutText(plainLine(`${name}: ${lack}${room}${most}`), MAX_LINE);
}

/** When a failing node was last heard of, what keeps pods from it, and what runs there. */
export function nodeLines({ owner, collectedAt }: Environment, node: NodeFacts): readonly string[] {
  const lines: string[] = [];
  const seenAt = timeOf(node.leaseRenewedAt) ?? timeOf(node.heartbeatAt);
  const now = timeOf(collectedAt) ?? 0;
  if (owner.kind === 'Node' && seenAt !== undefined)
    lines.push(
      `**Last sign of life**: ${sayTime(seenAt)}, ${sayDuration(now - seenAt)} before this was read`,
    );
  if (owner.kind === 'Node' && node.providerID !== undefined)
    lines.push(`**Machine**: ${code(node.providerID)}`);
  if (owner.kind === 'Node' && node.taints.length > 0)
    lines.push(`**Taints**: ${listWords(node.taints.map(taintText), MAX_LISTED)}`);
  if (node.pods !== undefined) lines.push(loadLine(node, node.pods));
  return lines;
}

function taintText({ key, value, effect }: NodeFacts['taints'][number]): string {
  return `${key}${value === undefined ? '' : `=${value}`}:${effect}`;
}

/** `: 30 of ReplicaSet, 2 of StatefulSet, 1 without an owner` */
function ownerWords(owners: Readonly<Record<string, number>> = {}): string {
  const words = Object.entries(owners)
    .toSorted(([, left], [, right]) => right - left)
    .slice(0, MAX_LISTED)
    .map(([kind, many]) => (kind === 'none' ? `${many} without an owner` : `${many} of ${kind}`));
  return words.length === 0 ? '' : ` (${code(words.join(', '))})`;
}

/** Who may have taken the memory of a node that has none left. */
function memoryWords({ pods }: NodeFacts): string {
  const { unlimited = 0, largest = [] } = pods ?? {};
  return [
    ...(unlimited === 0 ? [] : [`; ${unlimited} without a memory limit`]),
    ...(largest.length === 0 ? [] : [`; most memory is requested by ${listWords(largest, MAX_LISTED)}`]),
  ].join('');
}

function loadLine(
  node: NodeFacts,
  { count, failing, failingCount, owners }: NonNullable<NodeFacts['pods']>,
): string {
  const amounts = ['cpu', 'memory'].flatMap((resource) => {
    const [requested, allocatable] = [node.requested?.[resource], node.allocatable[resource]];
    if (allocatable === undefined) return [];
    return [`${resource} ${requested ?? '0'} of ${sayAmount(resource, allocatable) ?? ''}`];
  });
  const requests = amounts.length === 0 ? '' : `, which request ${code(amounts.join(', '))}`;
  const names = failing.map(({ namespace, name, reason }) => `${namespace}/${name}: ${reason}`);
  const trouble =
    names.length === 0
      ? 'none of them fails'
      : `failing: ${listWords(names, MAX_LISTED, { count: failingCount })}`;
  return `**On node ${code(node.name)}**: ${plural(count, 'pod')}${ownerWords(owners)}${requests}${memoryWords(node)}; ${trouble}`;
}

/** What the container and the node have in use, where it was measured, beside what they may have. */
export function usageLine(
  environment: Environment,
  container: ContainerFacts | undefined,
): readonly string[] {
  const { node, collectedAt } = environment;
  const parts = [
    ...usedBy(container?.usage, (resource) => boundOf(container, resource)).map(
      (words) => `container ${code(container?.name ?? '')} ${words}`,
    ),
    ...usedBy(node?.usage, (resource) => ofNode(node, resource)).map((words) => `node ${words}`),
  ];
  const when = measuredWords({ container: container?.usage, node: node?.usage }, collectedAt);
  return parts.length === 0 ? [] : [`**In use**: ${parts.join('; ')}${when}`];
}

/** How old the amounts are; of each its own age where they differ, as metrics-server reads both apart. */
function measuredWords(usages: Readonly<Record<string, Usage | undefined>>, collectedAt: string): string {
  const now = timeOf(collectedAt);
  const ages = Object.entries(usages).flatMap(([what, usage]) => {
    const at = timeOf(usage?.measuredAt);
    return at === undefined || now === undefined ? [] : [{ what, age: sayDuration(now - at) }];
  });
  const [first] = ages;
  if (first === undefined) return '';
  const said = ages.every(({ age }) => age === first.age)
    ? first.age
    : ages.map(({ what, age }) => `${age} (${what})`).join(' and ');
  return `; measured ${said} before this was read`;
}

/** Both resources in one code span, each with `of` which amount; nothing where nothing was measured. */
function usedBy(usage: Usage | undefined, of: (resource: string) => string): readonly string[] {
  const words = (['memory', 'cpu'] as const).flatMap((resource) => {
    const amount = usage?.[resource];
    return amount === undefined ? [] : [`${resource} ${amount}${of(resource)}`];
  });
  return words.length === 0 ? [] : [code(words.join(', '))];
}

function boundOf(container: ContainerFacts | undefined, resource: string): string {
  const { limits = {}, requests = {} } = container?.resources ?? {};
  const [limit, request] = [sayAmount(resource, limits[resource]), sayAmount(resource, requests[resource])];
  if (limit !== undefined) return ` of its limit ${limit}`;
  return request === undefined ? ' without a limit or a request' : ` without a limit, ${request} requested`;
}

function ofNode(node: NodeFacts | undefined, resource: string): string {
  const whole = sayAmount(resource, node?.allocatable[resource]);
  return whole === undefined ? '' : ` of ${whole}`;
}

function sayAmount(resource: string, quantity: string | undefined): string | undefined {
  const amount = parseQuantity(quantity);
  return amount === undefined ? quantity : sayQuantity(resource, amount);
}
