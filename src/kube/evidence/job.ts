import type * as k8s from '@kubernetes/client-node';
import type { ObjectRef } from '../../domain/failure.ts';
import type { CronJobFacts, JobFacts } from '../../domain/environment-facts.ts';
import {
  fields,
  type Fields,
  fieldsList,
  integer,
  metaOf,
  nameOf,
  present,
  time,
  timeAt,
  words,
} from '../object-fields.ts';
import { type EvidenceReader, listPath } from './evidence-reader.ts';
import { controllerOf } from './owner.ts';

/** Jobs of a namespace that are read at once, and how often: nothing selects those of one owner, and they come in the order of their names. */
const JOBS_OF_PAGE = 100;
const MAX_PAGES = 10;
/** By default a CronJob keeps three Jobs that succeeded and one that failed. */
const MAX_RUNS = 10;

/** Jobs of a CronJob that are still there, newest first. Where a namespace has too many Jobs to look through, that is noted. */
export async function readRuns(
  reader: EvidenceReader,
  cronJob: ObjectRef,
): Promise<readonly Fields<k8s.V1Job>[]> {
  const path = listPath('batch/Job', cronJob.namespace);
  const runs: Fields<k8s.V1Job>[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < MAX_PAGES && token !== ''; pages += 1) {
    const query = { limit: JOBS_OF_PAGE, ...(token === undefined ? {} : { continue: token }) };
    const page = await reader.page<k8s.V1Job>('cronJob.runs', path, query);
    runs.push(...page.items.filter((job) => controllerOf(job, cronJob.namespace)?.uid === cronJob.uid));
    token = page.continueToken;
    if (token !== '' && pages === MAX_PAGES - 1) omitRest(reader, page.left);
  }
  return runs.toSorted((a, b) => createdAt(b) - createdAt(a));
}

function omitRest(reader: EvidenceReader, left: number): void {
  const read = JOBS_OF_PAGE * MAX_PAGES;
  reader.omit(
    'cronJob.runs',
    `the first ${read} of ${read + left} Jobs of the namespace were looked through, by name: others of its runs may be there`,
  );
}

function createdAt(object: Fields<k8s.V1Job>): number {
  return timeAt(metaOf(object).creationTimestamp) ?? 0;
}

/** What a Job may do and how far it has come. */
export function jobFacts(job: Fields<k8s.V1Job>): JobFacts {
  const spec = fields<k8s.V1JobSpec>(job.spec);
  const status = fields<k8s.V1JobStatus>(job.status);
  return present({
    name: nameOf(job),
    completionMode: words(spec.completionMode),
    completions: integer(spec.completions),
    parallelism: integer(spec.parallelism),
    active: integer(status.active) ?? 0,
    succeeded: integer(status.succeeded) ?? 0,
    failed: integer(status.failed) ?? 0,
    failedIndexes: words(status.failedIndexes),
    backoffLimit: integer(spec.backoffLimit),
    backoffLimitPerIndex: integer(spec.backoffLimitPerIndex),
    maxFailedIndexes: integer(spec.maxFailedIndexes),
    activeDeadlineSeconds: integer(spec.activeDeadlineSeconds),
    suspended: spec.suspend === true ? true : undefined,
    startedAt: time(status.startTime),
    completedAt: time(status.completionTime),
  });
}

/** When a CronJob runs, and how its last runs ended. */
export function cronJobFacts(
  cronJob: Fields<k8s.V1CronJob>,
  runs: readonly Fields<k8s.V1Job>[],
): CronJobFacts {
  const spec = fields<k8s.V1CronJobSpec>(cronJob.spec);
  const status = fields<k8s.V1CronJobStatus>(cronJob.status);
  return present({
    schedule: words(spec.schedule) ?? '',
    timeZone: words(spec.timeZone),
    concurrencyPolicy: words(spec.concurrencyPolicy),
    startingDeadlineSeconds: integer(spec.startingDeadlineSeconds),
    suspended: spec.suspend === true ? true : undefined,
    lastScheduledAt: time(status.lastScheduleTime),
    lastSucceededAt: time(status.lastSuccessfulTime),
    active: fieldsList(status.active).length,
    runs: runs.slice(0, MAX_RUNS).map(runFacts),
  });
}

function runFacts(job: Fields<k8s.V1Job>): CronJobFacts['runs'][number] {
  const status = fields<k8s.V1JobStatus>(job.status);
  const all = fieldsList<k8s.V1JobCondition>(status.conditions).filter(
    (condition) => condition.status === 'True',
  );
  const failed = all.find(({ type }) => type === 'Failed');
  const ended = failed ?? all.find(({ type }) => type === 'Complete');
  const isSuspended = all.some(({ type }) => type === 'Suspended');
  return present({
    name: nameOf(job),
    startedAt: time(status.startTime),
    finishedAt: time(ended?.lastTransitionTime),
    outcome: outcomeOf(failed !== undefined, ended !== undefined, isSuspended),
    reason: words(failed?.reason),
    message: words(failed?.message),
  });
}

function outcomeOf(
  hasFailed: boolean,
  hasEnded: boolean,
  isSuspended: boolean,
): CronJobFacts['runs'][number]['outcome'] {
  if (hasFailed) return 'failed';
  if (hasEnded) return 'succeeded';
  return isSuspended ? 'suspended' : 'running';
}
