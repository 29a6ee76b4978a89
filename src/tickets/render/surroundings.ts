import { SECOND } from '../../domain/clock.ts';
import type {
  CronJobFacts,
  JobFacts,
  NamespaceFacts,
  RefusalFacts,
  StorageFacts,
} from '../../domain/environment-facts.ts';
import type { Environment, OwnerFacts } from '../../domain/environment.ts';
import { tells } from '../../domain/failure-classes.ts';
import { parseQuantity } from '../../lib/quantity.ts';
import { plural, sayDuration, sayTime } from '../../lib/text.ts';
import { amountWords, code, listWords } from './markdown.ts';
import { timeOf } from './story.ts';

const MAX_LISTED = 5;

/** When a CronJob runs, and how its last runs ended. */
export function cronJobLines({
  schedule,
  timeZone,
  lastScheduledAt,
  lastSucceededAt,
  runs,
  ...more
}: CronJobFacts): readonly string[] {
  const scheduledAt = timeOf(lastScheduledAt);
  const succeededAt = timeOf(lastSucceededAt);
  const parts = [
    `${code(schedule)}${timeZone === undefined ? '' : ` in ${code(timeZone)}`}`,
    scheduledAt === undefined ? 'has not run yet' : `last run ${sayTime(scheduledAt)}`,
    succeededAt === undefined ? 'no success is recorded' : `last success ${sayTime(succeededAt)}`,
    ...(more.concurrencyPolicy === undefined ? [] : [`concurrency ${code(more.concurrencyPolicy)}`]),
    ...(more.active === 0 ? [] : [`${more.active} running`]),
    ...(more.suspended === true ? ['suspended'] : []),
  ];
  const shown = runs.slice(0, MAX_LISTED).map(runWords);
  return [
    `**Schedule**: ${parts.join(', ')}`,
    ...(shown.length === 0 ? [] : [`**Runs**: ${shown.join('; ')}`]),
  ];
}

function runWords({ name, outcome, startedAt, finishedAt, reason }: CronJobFacts['runs'][number]): string {
  const [began, ended] = [timeOf(startedAt), timeOf(finishedAt)];
  const when = began === undefined ? '' : ` at ${sayTime(began)}`;
  const how = reason === undefined ? '' : `, ${code(reason)}`;
  const took = began === undefined || ended === undefined ? '' : ` after ${sayDuration(ended - began)}`;
  return `${code(name)}${when} ${outcome}${took}${how}`;
}

/** How far a Job has come, and what it may. */
export function jobLine(job: JobFacts, { owner }: Environment): string {
  const { completions, active, succeeded, failed, failedIndexes } = job;
  const parts = [
    `${plural(failed, 'pod')} failed`,
    `${succeeded}${completions === undefined ? '' : ` of ${completions}`} succeeded`,
    ...(active === 0 ? [] : [`${active} running`]),
    ...(failedIndexes === undefined ? [] : [`failed indexes ${code(failedIndexes)}`]),
    ...limitWords(job),
  ];
  const which = owner.kind === 'Job' ? '' : ` of ${code(job.name)}`;
  return `**Attempts**${which}: ${parts.join(', ')}`;
}

function limitWords(job: JobFacts): readonly string[] {
  const { backoffLimit, backoffLimitPerIndex, maxFailedIndexes, activeDeadlineSeconds, suspended } = job;
  return [
    ...(backoffLimit === undefined || backoffLimit > MAX_SENSIBLE ? [] : [`backoffLimit ${backoffLimit}`]),
    ...(backoffLimitPerIndex === undefined ? [] : [`backoffLimitPerIndex ${backoffLimitPerIndex}`]),
    ...(maxFailedIndexes === undefined ? [] : [`maxFailedIndexes ${maxFailedIndexes}`]),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [`deadline ${sayDuration(activeDeadlineSeconds * SECOND)}`]),
    ...(suspended === true ? ['suspended'] : []),
  ];
}

/** With a limit for each index the whole has the largest number that there is. */
const MAX_SENSIBLE = 1_000_000;

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
  if (!tells(incident.class, 'allowance'))
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

/** The claims, and what is behind each. */
export function volumeLines(storage: StorageFacts): readonly string[] {
  return storage.claims
    .slice(0, MAX_LISTED)
    .flatMap((claim) => [claimLine(claim, storage), ...volumeLine(claim, storage)]);
}

type Claim = StorageFacts['claims'][number];

function claimLine(claim: Claim, storage: StorageFacts): string {
  const { name, phase, requested, accessModes, usedBy } = claim;
  if (phase === 'NotFound') return `**Claim** ${code(name)}: does not exist${userWords(usedBy, 'wanted')}`;
  const wants = [requested, ...accessModes].filter((part) => part !== undefined).join(' ');
  const parts = [code(phase), ...(wants === '' ? [] : [`wants ${code(wants)}`]), classWords(claim, storage)];
  return `**Claim** ${code(name)}: ${parts.join(', ')}${userWords(usedBy, phase === 'Bound' ? 'mounted' : 'wanted')}`;
}

function userWords(usedBy: readonly string[] = [], how: string): string {
  return usedBy.length === 0 ? '' : `; ${how} by ${listWords(usedBy, MAX_LISTED)}`;
}

function classWords({ storageClass, phase }: Claim, { classes }: StorageFacts): string {
  if (storageClass === undefined || storageClass === '') return 'without a storage class';
  const known = classes.find(({ name }) => name === storageClass);
  // A claim that is bound needs its class no more: those of volumes made by hand are often nothing but a name.
  if (known === undefined || (known.provisioner === undefined && phase === 'Bound'))
    return `class ${code(storageClass)}`;
  if (known.provisioner === undefined) return `class ${code(storageClass)}, which does not exist`;
  const { provisioner, volumeBindingMode } = known;
  const how = [provisioner, volumeBindingMode].filter((part) => part !== undefined).map((part) => code(part));
  return `class ${code(storageClass)} (${how.join(', ')})`;
}

function volumeLine({ volumeName }: Claim, { volumes, attachments }: StorageFacts): readonly string[] {
  if (volumeName === undefined) return [];
  const volume = volumes.find(({ name }) => name === volumeName);
  const held = attachments.filter((one) => one.volume === volumeName);
  const parts = [
    ...(volume === undefined ? [] : aboutVolume(volume)),
    ...attachedWords(held, volume?.driver),
  ];
  return [`**Volume** ${code(volumeName)}: ${parts.join(', ')}`];
}

/** Drivers of CSI are named like hosts; other volumes are not attached to a node. */
function attachedWords(held: StorageFacts['attachments'], driver: string | undefined): readonly string[] {
  if (held.length > 0) return [`attached to ${held.slice(0, MAX_LISTED).map(attachmentWords).join(', ')}`];
  return driver?.includes('.') === true ? ['attached to no node that is known'] : [];
}

function aboutVolume(volume: StorageFacts['volumes'][number]): readonly string[] {
  const { phase, driver, handle, nodeAffinity, message } = volume;
  const at = amountWords({
    ...(driver === undefined ? {} : { driver }),
    ...(handle === undefined ? {} : { handle }),
  });
  return [
    code(phase),
    ...(at === '' ? [] : [code(at)]),
    ...(nodeAffinity.length === 0 ? [] : [`reached from nodes with ${listWords(nodeAffinity, MAX_LISTED)}`]),
    ...(message === undefined ? [] : [code(message)]),
  ];
}

function attachmentWords({ node, attached, error }: StorageFacts['attachments'][number]): string {
  const state = attached ? '' : ' (not yet)';
  return `${code(node)}${state}${error === undefined ? '' : `: ${code(error)}`}`;
}
