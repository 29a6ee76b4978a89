import type { V1CronJob, V1CronJobSpec, V1Job, V1JobStatus } from '@kubernetes/client-node';
import type { CronJobView, JobView } from '../domain/views.ts';
import { fields, present } from '../kube/evidence/raw.ts';
import { toBase, toConditions } from './base.ts';

/** A Job. `failed` is the condition Failed; FailureTarget comes before it, while pods are still being removed. */
export function toJob(object: unknown): JobView | undefined {
  const job = fields<V1Job>(object);
  const base = toBase(job.metadata, 'batch/v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  const standing = toConditions(fields<V1JobStatus>(job.status).conditions, own.createdAt).filter(
    (condition) => condition.status === 'True',
  );
  const complete = standing.some((condition) => condition.type === 'Complete');
  const failed = standing.find((condition) => condition.type === 'Failed');
  return { kind: 'Job', ...own, complete, ...present({ failed }), ...extras };
}

/** A CronJob: only whether it runs at all. */
export function toCronJob(object: unknown): CronJobView | undefined {
  const cronJob = fields<V1CronJob>(object);
  const base = toBase(cronJob.metadata, 'batch/v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  const suspended = fields<V1CronJobSpec>(cronJob.spec).suspend === true;
  return { kind: 'CronJob', ...own, suspended, ...extras };
}
