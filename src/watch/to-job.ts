import type { V1CronJob, V1CronJobSpec, V1CronJobStatus, V1Job, V1JobStatus } from '@kubernetes/client-node';
import type { CronJobView, JobView, RunPlan, UnsuccessfulRuns } from '../domain/views.ts';
import { fields, fieldsList, integer, present, timeAt } from '../kube/object-fields.ts';
import type { Fields } from '../kube/object-fields.ts';
import { seriesFrom, toBase, toConditions, word } from './base.ts';
import { changedAt } from './managed-fields.ts';

/** A Job. `failed` is the condition Failed; FailureTarget comes before it, while pods are still being removed. */
export function toJob(object: unknown): JobView | undefined {
  const job = fields<V1Job>(object);
  const base = toBase(job.metadata, 'batch/v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  const status = fields<V1JobStatus>(job.status);
  const standing = toConditions(status.conditions, own.createdAt).filter(
    (condition) => condition.status === 'True',
  );
  const complete = standing.some((condition) => condition.type === 'Complete');
  const failed = standing.find((condition) => condition.type === 'Failed');
  const failing = complete || failed !== undefined ? undefined : toFailing(status, own.createdAt);
  return {
    kind: 'Job',
    ...own,
    complete,
    ...present({ failed, failing }),
    ...seriesFrom(job.metadata, base, true),
    ...extras,
  };
}

function toFailing(status: Fields<V1JobStatus>, createdAt: number): JobView['failing'] {
  const failed = integer(status.failed) ?? 0;
  const succeeded = integer(status.succeeded) ?? 0;
  if (failed <= succeeded) return undefined;
  return { failed, succeeded, startedAt: timeAt(status.startTime) ?? createdAt };
}

/** A CronJob: whether it runs at all, and how its runs fare while the newest has not succeeded. */
export function toCronJob(object: unknown): CronJobView | undefined {
  const cronJob = fields<V1CronJob>(object);
  const base = toBase(cronJob.metadata, 'batch/v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  const spec = fields<V1CronJobSpec>(cronJob.spec);
  const status = fields<V1CronJobStatus>(cronJob.status);
  const changed = present({ specChangedAt: changedAt(cronJob.metadata, 'spec') });
  const suspended = spec.suspend === true;
  const unsuccessful = toUnsuccessful(spec, status);
  return {
    kind: 'CronJob',
    ...own,
    suspended,
    ...(unsuccessful === undefined ? {} : { unsuccessful: { ...unsuccessful, ...changed } }),
    ...(suspended ? {} : { plan: { ...toPlan(spec, status), ...changed } }),
    ...extras,
  };
}

function toUnsuccessful(
  spec: Fields<V1CronJobSpec>,
  status: Fields<V1CronJobStatus>,
): UnsuccessfulRuns | undefined {
  const lastRunAt = timeAt(status.lastScheduleTime);
  const lastSuccessAt = timeAt(status.lastSuccessfulTime);
  if (lastRunAt === undefined || (lastSuccessAt ?? 0) >= lastRunAt) return undefined;
  return {
    ...toSchedule(spec),
    lastRunAt,
    active: fieldsList(status.active).length,
    ...present({ lastSuccessAt, mayOverlap: isSerial(spec) ? undefined : (true as const) }),
  };
}

function toPlan(spec: Fields<V1CronJobSpec>, status: Fields<V1CronJobStatus>): RunPlan {
  const isWaiting = isSerial(spec) && fieldsList(status.active).length > 0 ? (true as const) : undefined;
  return { ...toSchedule(spec), ...present({ lastRunAt: timeAt(status.lastScheduleTime), isWaiting }) };
}

function toSchedule({ schedule, timeZone }: Fields<V1CronJobSpec>): Pick<RunPlan, 'schedule' | 'timeZone'> {
  return { schedule: word(schedule) ?? '', ...present({ timeZone: word(timeZone) }) };
}

function isSerial({ concurrencyPolicy }: Fields<V1CronJobSpec>): boolean {
  return concurrencyPolicy === 'Forbid';
}
