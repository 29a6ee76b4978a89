import type * as k8s from '@kubernetes/client-node';
import type {
  Condition,
  CronJobView,
  JobView,
  NamespaceView,
  ReplicaSetView,
  RunPlan,
  UnsuccessfulRuns,
  WorkloadView,
} from '../domain/views.ts';
import { fields, type Fields, fieldsList, integer, present, timeAt } from '../kube/object-fields.ts';
import { type BaseFields, changedAt, seriesFrom, toBase, toConditions, word } from './object-meta.ts';

/** A Deployment. One that is paused reports its rollout as it stands, without a deadline: the controller sees to that. */
export function toDeployment(object: unknown): WorkloadView | undefined {
  const deployment = fields<k8s.V1Deployment>(object);
  const base = toBase(deployment.metadata, 'apps/v1');
  if (base === undefined) return undefined;
  const status = fields<k8s.V1DeploymentStatus>(deployment.status);
  return toView(base, {
    kind: 'Deployment',
    wanted: integer(fields<k8s.V1DeploymentSpec>(deployment.spec).replicas) ?? 1,
    ready: integer(status.readyReplicas) ?? 0,
    updated: integer(status.updatedReplicas) ?? 0,
    observed: isObserved(deployment.metadata, status.observedGeneration),
    conditions: toConditions(status.conditions, base.createdAt).filter(isFailure),
  });
}

/** A StatefulSet. `updated` counts a replica as updated when its update strategy leaves it as it is on purpose. */
export function toStatefulSet(object: unknown): WorkloadView | undefined {
  const set = fields<k8s.V1StatefulSet>(object);
  const base = toBase(set.metadata, 'apps/v1');
  if (base === undefined) return undefined;
  const spec = fields<k8s.V1StatefulSetSpec>(set.spec);
  const status = fields<k8s.V1StatefulSetStatus>(set.status);
  const wanted = integer(spec.replicas) ?? 1;
  const strategy = fields<k8s.V1StatefulSetUpdateStrategy>(spec.updateStrategy);
  const held = integer(fields<k8s.V1RollingUpdateStatefulSetStrategy>(strategy.rollingUpdate).partition) ?? 0;
  const updated = Math.min(wanted, (integer(status.updatedReplicas) ?? 0) + held);
  const view = toView(base, {
    kind: 'StatefulSet',
    wanted,
    ready: integer(status.readyReplicas) ?? 0,
    updated: strategy.type === 'OnDelete' ? wanted : updated,
    observed: isObserved(set.metadata, status.observedGeneration),
    conditions: toConditions(status.conditions, base.createdAt).filter(isFailure),
  });
  return withProgress(view, set.metadata);
}

/**
 * A DaemonSet. Wanted is one for each node that it may run on; as for StatefulSets, OnDelete counts as updated. A node without any pod
 * of it lacks a pod, and not the update.
 */
export function toDaemonSet(object: unknown): WorkloadView | undefined {
  const set = fields<k8s.V1DaemonSet>(object);
  const base = toBase(set.metadata, 'apps/v1');
  if (base === undefined) return undefined;
  const strategy = fields<k8s.V1DaemonSetUpdateStrategy>(
    fields<k8s.V1DaemonSetSpec>(set.spec).updateStrategy,
  );
  const status = fields<k8s.V1DaemonSetStatus>(set.status);
  const wanted = integer(status.desiredNumberScheduled) ?? 0;
  const missing = Math.max(0, wanted - (integer(status.currentNumberScheduled) ?? wanted));
  const view = toView(base, {
    kind: 'DaemonSet',
    wanted,
    ready: integer(status.numberReady) ?? 0,
    updated: strategy.type === 'OnDelete' ? wanted : (integer(status.updatedNumberScheduled) ?? 0) + missing,
    observed: isObserved(set.metadata, status.observedGeneration),
    conditions: toConditions(status.conditions, base.createdAt).filter(isFailure),
  });
  return withProgress(view, set.metadata);
}

type WorkloadFields = Pick<WorkloadView, 'kind' | 'wanted' | 'ready' | 'updated' | 'observed' | 'conditions'>;

function toView({ extras, ...base }: BaseFields, own: WorkloadFields): WorkloadView {
  return { ...own, ...base, ...extras };
}

/** An update that is not through: its controller keeps no time of it, the API server does. */
function withProgress(view: WorkloadView, metadata: unknown): WorkloadView {
  if (view.updated >= view.wanted) return view;
  return { ...view, ...present({ progressedAt: changedAt(metadata, 'status') }) };
}

function isObserved(metadata: unknown, observedGeneration: unknown): boolean {
  const generation = integer(fields<k8s.V1ObjectMeta>(metadata).generation) ?? 0;
  return (integer(observedGeneration) ?? 0) >= generation;
}

/** `Failure` conditions are bad when true, all others when not true; a paused rollout is Unknown, not failed. */
function isFailure(condition: Condition): boolean {
  return condition.type.endsWith('Failure') ? condition.status === 'True' : condition.status === 'False';
}

/** A Namespace, from its metadata alone. */
export function toNamespace(object: unknown): NamespaceView | undefined {
  const base = toBase(fields<k8s.V1Namespace>(object).metadata, 'v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  return { kind: 'Namespace', ...own, ...extras };
}

/** A ReplicaSet, from its metadata alone: it is the link between a pod and its Deployment. */
export function toReplicaSet(object: unknown): ReplicaSetView | undefined {
  const base = toBase(fields<k8s.V1ReplicaSet>(object).metadata, 'apps/v1');
  if (base === undefined) return undefined;
  const { extras, ...own } = base;
  return { kind: 'ReplicaSet', ...own, ...extras };
}

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
