import type { Environment, OwnerFacts } from '../../domain/environment.ts';
import { tells } from '../../domain/failure-classes.ts';
import type { NamespaceFacts, RefusalFacts } from '../../domain/environment-facts.ts';
import { parseQuantity } from '../../lib/quantity.ts';
import { sayTime } from '../../lib/text.ts';
import { amountWords, code, listWords } from './markdown.ts';
import { timeOf } from './story.ts';

const MAX_LISTED = 5;
const MAX_QUOTAS = 8;

const refusers: Readonly<Record<RefusalFacts['by'], string>> = {
  quota: 'quota',
  podSecurity: 'Pod Security level',
  webhook: 'admission webhook',
  webhookUnreachable: 'the silence of admission webhook',
  admissionPolicy: 'admission policy',
  limitRange: 'a LimitRange',
  serviceAccount: 'missing service account',
  priorityClass: 'missing priority class',
  other: 'the API server',
};

/** Who refuses the pods. */
export function refusalLine({ by, name }: RefusalFacts): string {
  return `**Refused by**: ${refusers[by]}${name === undefined ? '' : ` ${code(name)}`}`;
}

/** What the namespace allows: all of it where that is the question, else only the quota that is used up. */
export function namespaceLines(environment: Environment, namespace: NamespaceFacts): readonly string[] {
  const { incident, refusal } = environment;
  const pods = namespace.pods === undefined ? [] : [podsLine(namespace.pods)];
  if (!tells(incident.class, 'allowance') && incident.trigger !== 'manual')
    return [...pods, ...namespace.quotas.flatMap((quota) => quotaLine(quota, false))];
  const isAbout = (by: RefusalFacts['by']): boolean =>
    refusal === undefined || refusal.by === by || refusal.by === 'other';
  return [
    ...pods,
    ...(isAbout('quota') ? namespace.quotas.flatMap((quota) => quotaLine(quota, true)) : []),
    ...(isAbout('limitRange') ? limitLines(namespace) : []),
    ...(isAbout('podSecurity') ? securityLine(namespace) : []),
  ];
}

function limitLines({ limitRanges }: NamespaceFacts): readonly string[] {
  return limitRanges.slice(0, MAX_LISTED).map((line) => `**Limits**: ${code(line)}`);
}

function securityLine({ podSecurity }: NamespaceFacts): readonly string[] {
  const levels = amountWords(podSecurity);
  return levels === '' ? [] : [`**Pod Security**: ${code(levels)}`];
}

function podsLine({ count, phases, notReady }: NonNullable<NamespaceFacts['pods']>): string {
  const inPhases = Object.entries(phases).map(([phase, many]) => `${many} ${phase}`);
  const trouble =
    notReady.length === 0 ? 'all that should be ready are' : `not ready: ${listWords(notReady, MAX_LISTED)}`;
  return `**Pods**: ${count}${count === 0 ? '' : ` (${code(inPhases.join(', '))}); ${trouble}`}`;
}

type Quota = NamespaceFacts['quotas'][number];

/** What is used up comes first; where quota is not the question, only that is shown. */
function quotaLine({ name, resources }: Quota, isAsked: boolean): readonly string[] {
  const used = resources.filter(isUsedUp);
  const shown = isAsked ? [...used, ...resources.filter((one) => !isUsedUp(one))] : used;
  if (shown.length === 0) return [];
  const words = shown.map(
    ({ resource, hard, used: taken }) => `${resource} ${taken === '' ? '?' : taken} of ${hard}`,
  );
  return [`**Quota** ${code(name)}: ${listWords(words, MAX_QUOTAS)}`];
}

function isUsedUp({ hard, used }: Quota['resources'][number]): boolean {
  const [limit, taken] = [parseQuantity(hard), parseQuantity(used)];
  return limit !== undefined && taken !== undefined && taken >= limit;
}

/** Since when an object is to go, who has to let go of it, and what a namespace says is left in it. */
export function deletionLines({ owner, pod, incident }: Environment): readonly string[] {
  if (!tells(incident.class, 'deletion')) return [];
  const subject = pod?.deletionRequestedAt === undefined ? owner : pod;
  const askedAt = timeOf(subject.deletionRequestedAt);
  const parts = [
    ...(askedAt === undefined ? [] : [`asked for at ${sayTime(askedAt)}`]),
    subject.finalizers === undefined
      ? 'no finalizers of its own'
      : `held by ${listWords(subject.finalizers, MAX_LISTED)}`,
  ];
  return [`**Deletion**: ${parts.join(', ')}`, ...remainders(owner)];
}

function remainders({ kind, conditions }: OwnerFacts): readonly string[] {
  if (kind !== 'Namespace') return [];
  return conditions
    .filter(({ status, message }) => status === 'True' && message !== undefined)
    .map(({ message }) => `**Left**: ${code(message ?? '')}`);
}
