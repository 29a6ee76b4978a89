import type { Environment } from '../../domain/environment.ts';
import type { NodeFacts } from '../../domain/surroundings.ts';
import { parseQuantity, sayQuantity } from '../../lib/quantity.ts';
import { plural, sayDuration, sayTime } from '../../lib/text.ts';
import { code, listWords } from './markdown.ts';
import { timeOf } from './times.ts';

const MAX_LISTED = 5;

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

function loadLine(node: NodeFacts, { count, failing, failingCount }: NonNullable<NodeFacts['pods']>): string {
  const amounts = ['cpu', 'memory'].flatMap((resource) => {
    const [requested, allocatable] = [node.requested?.[resource], node.allocatable[resource]];
    if (allocatable === undefined) return [];
    const has = parseQuantity(allocatable);
    const whole = has === undefined ? allocatable : sayQuantity(resource, has);
    return [`${resource} ${requested ?? '0'} of ${whole}`];
  });
  const requests = amounts.length === 0 ? '' : `, which request ${code(amounts.join(', '))}`;
  const names = failing.map(({ namespace, name, reason }) => `${namespace}/${name}: ${reason}`);
  const trouble =
    names.length === 0
      ? 'none of them fails'
      : `failing: ${listWords(names, MAX_LISTED, { count: failingCount })}`;
  return `**On node ${code(node.name)}**: ${plural(count, 'pod')}${requests}; ${trouble}`;
}
