import type { Environment } from '../../domain/environment.ts';
import type { SchedulingFacts } from '../../domain/surroundings.ts';
import { plainLine, cutText } from '../../lib/text.ts';
import { amountWords, code, listWords } from './markdown.ts';
import type { Quote } from './quote.ts';

const MAX_LISTED = 6;
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
