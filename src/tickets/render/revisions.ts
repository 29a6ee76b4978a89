import type { Environment, RolloutFacts } from '../../domain/environment.ts';
import { tells } from '../../domain/failure-classes.ts';
import { plural } from '../../lib/text.ts';
import { code } from './markdown.ts';

const MAX_TOLD = 4;

/** How many pods each revision has: the old ones may still serve. */
export function revisionLines({ incident, rollout }: Environment): readonly string[] {
  if (rollout === undefined || !tells(incident.class, 'revisions')) return [];
  const { revisions = [], strategy, paused } = rollout;
  const isStrategyTold = tells(incident.class, 'strategy');
  const shown = revisions.filter(
    ({ pods = 0, wanted = 0, isCurrent }) => isCurrent || pods > 0 || wanted > 0,
  );
  if (shown.length < 2 && !isStrategyTold) return [];
  const parts = [
    shown.slice(0, MAX_TOLD).map(revisionWords).join('; '),
    ...(isStrategyTold && strategy !== undefined ? [`strategy ${code(strategy)}`] : []),
    ...(paused === true ? ['paused'] : []),
  ].filter((part) => part !== '');
  return parts.length === 0 ? [] : [`**Revisions**: ${parts.join('; ')}`];
}

function revisionWords(revision: NonNullable<RolloutFacts['revisions']>[number]): string {
  const { name, revision: number, isCurrent, wanted, pods, ready } = revision;
  const which = isCurrent ? 'newest revision' : 'revision';
  return `${code(name)} (${which} ${code(number)}): ${countWords(wanted, pods, ready)}`;
}

function countWords(wanted: number | undefined, pods: number | undefined, ready: number | undefined): string {
  if (pods === undefined) return 'its pods are not counted';
  const words = wanted === undefined ? plural(pods, 'pod') : `${pods} of ${plural(wanted, 'pod')}`;
  return ready === undefined ? words : `${words}, ${ready} ready`;
}
