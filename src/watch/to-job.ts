import type * as k8s from '@kubernetes/client-node';
import type { CronJobView, JobView, RunPlan, UnsuccessfulRuns } from '../domain/views.ts';
import { fields, type Fields, fieldsList, integer, present, timeAt } from '../kube/object-fields.ts';
import { changedAt, seriesFrom, toBase, toConditions, word } from './object-meta.ts';

/** A Job. `failed` is the condition Failed, or FailureTarget, which comes before it while pods are still being removed. */
export function toJob(object: unknown): JobView | undefined {
  const job = fields<k8s.V1Job>(object);
  const base = toBase(job.metadata, 'batch/v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  const status = fields<k8s.V1JobStatus>(job.status);
  const current = toConditions(status.conditions, own.createdAt).filter(
    (condition) => condition.status === 'True',
  );
  const complete = current.some((condition) => condition.type === 'Complete');
  const ended = current.find((condition) => condition.type === 'Failed');
  const failed = ended ?? current.find((condition) => condition.type === 'FailureTarget');
  const isEnding = failed !== undefined && ended === undefined ? (true as const) : undefined;
  const failing = complete || failed !== undefined ? undefined : toFailing(status, own.createdAt);
  return {
    kind: 'Job',
    ...own,
    complete,
    ...present({ failed, isEnding, failing }),
    ...seriesFrom(job.metadata, base, true),
    ...extras,
  };
}

function toFailing(status: Fields<k8s.V1JobStatus>, createdAt: number): JobView['failing'] {
  const failed = integer(status.failed) ?? 0;
  const succeeded = integer(status.succeeded) ?? 0;
  if (failed <= succeeded) return undefined;
  return { failed, succeeded, startedAt: timeAt(status.startTime) ?? createdAt };
}

/** A CronJob: whether it runs at all, and how its runs end while the newest has not succeeded. */
export function toCronJob(object: unknown): CronJobView | undefined {
  const cronJob = fields<k8s.V1CronJob>(object);
  const base = toBase(cronJob.metadata, 'batch/v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  const spec = fields<k8s.V1CronJobSpec>(cronJob.spec);
  const status = fields<k8s.V1CronJobStatus>(cronJob.status);
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
  spec: Fields<k8s.V1CronJobSpec>,
  status: Fields<k8s.V1CronJobStatus>,
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

function toPlan(spec: Fields<k8s.V1CronJobSpec>, status: Fields<k8s.V1CronJobStatus>): RunPlan {
  const isWaiting = isSerial(spec) && fieldsList(status.active).length > 0 ? (true as const) : undefined;
  return { ...toSchedule(spec), ...present({ lastRunAt: timeAt(status.lastScheduleTime), isWaiting }) };
}

function toSchedule({
  schedule,
  timeZone,
}: Fields<k8s.V1CronJobSpec>): Pick<RunPlan, 'schedule' | 'timeZone'> {
  return { schedule: word(schedule) ?? '', ...present({ timeZone: word(timeZone) }) };
}

function isSerial({ concurrencyPolicy }: Fields<k8s.V1CronJobSpec>): boolean {
  return concurrencyPolicy === 'Forbid';
}
