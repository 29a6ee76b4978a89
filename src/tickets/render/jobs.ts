import { SECOND } from '../../domain/clock.ts';
import type { Environment } from '../../domain/environment.ts';
import type { CronJobFacts, JobFacts } from '../../domain/environment-facts.ts';
import { plural, sayDuration, sayTime } from '../../lib/text.ts';
import { code } from './markdown.ts';
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
