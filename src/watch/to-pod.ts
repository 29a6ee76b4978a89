import type * as k8s from '@kubernetes/client-node';
import type { ContainerRole } from '../domain/failure.ts';
import type {
  Condition,
  ContainerView,
  OwnerReference,
  PodDetail,
  PodView,
  Termination,
} from '../domain/views.ts';
import { fields, type Fields, fieldsList, integer, present, text, timeAt } from '../kube/object-fields.ts';
import { type BaseFields, message, seriesFrom, toBase, toConditions, word } from './object-meta.ts';

/** A pod may name thousands; a person reads a few. The API server's own limit is the size of the object. */
const MAX_CONTAINERS = 200;

/** A pod as the stages see it. One that runs as it should and is to stay, or has done its work, keeps no detail. */
export function toPod(object: unknown): PodView | undefined {
  const pod = fields<k8s.V1Pod>(object);
  const base = toBase(pod.metadata, 'v1');
  if (base === undefined) return undefined;
  const spec = fields<k8s.V1PodSpec>(pod.spec);
  const status = fields<k8s.V1PodStatus>(pod.status);
  const node = word(spec.nodeName);
  const phase = word(status.phase) ?? 'Unknown';
  const detail =
    phase === 'Succeeded' ? undefined : toDetail(spec, status, { phase, ...base, ...base.extras });
  if (detail === undefined && isPlain(base.extras)) return plainPod(base, base.extras.owner, { phase, node });
  return {
    kind: 'Pod',
    apiVersion: base.apiVersion,
    uid: base.uid,
    namespace: base.namespace,
    name: base.name,
    createdAt: base.createdAt,
    phase,
    ...(node === undefined ? undefined : { node }),
    ...base.extras,
    ...seriesFrom(pod.metadata, base, false),
    ...deletionDue(pod.metadata),
    ...(detail === undefined ? undefined : { detail }),
  };
}

/** Nothing but a controller: nearly all pods. */
function isPlain(
  extras: BaseFields['extras'],
): extras is BaseFields['extras'] & { readonly owner: OwnerReference } {
  const { deletedAt, fileTicket, ignored, ignoreUntil, owner } = extras;
  const isMarked = fileTicket !== undefined || ignored !== undefined || ignoreUntil !== undefined;
  return owner !== undefined && deletedAt === undefined && !isMarked;
}

/** In one literal: properties that are spread into an object take a list of their own, with room for three more. */
function plainPod(
  { apiVersion, uid, namespace, name, createdAt }: BaseFields,
  owner: OwnerReference,
  { phase, node }: { readonly phase: string; readonly node: string | undefined },
): PodView {
  const kind = 'Pod';
  if (node === undefined) return { kind, apiVersion, uid, namespace, name, createdAt, phase, owner };
  return { kind, apiVersion, uid, namespace, name, createdAt, phase, owner, node };
}

function deletionDue(metadata: unknown): Pick<PodView, 'deletionDueAt'> {
  return present({ deletionDueAt: timeAt(fields<k8s.V1ObjectMeta>(metadata).deletionTimestamp) });
}

function toDetail(
  spec: Fields<k8s.V1PodSpec>,
  status: Fields<k8s.V1PodStatus>,
  pod: Pick<PodView, 'phase' | 'createdAt' | 'deletedAt'>,
): PodDetail | undefined {
  const containers = toContainers(spec, status);
  const conditions = toConditions(status.conditions, pod.createdAt);
  // What keeps one that is to be deleted shows in its Events: those of a pod without detail belong to nobody.
  const mayBeWell = pod.phase === 'Running' && pod.deletedAt === undefined;
  if (mayBeWell && containers.every(isWell) && conditions.every(isAsOnHealthyPod)) return undefined;
  return present({
    reason: word(status.reason),
    message: message(status.message),
    restartPolicy: word(spec.restartPolicy) ?? 'Always',
    givesWay: (integer(spec.priority) ?? 0) < 0 ? (true as const) : undefined,
    ...(pod.phase === 'Pending' ? pendingDetail(spec) : {}),
    conditions,
    containers,
  });
}

/** What a pod waits for that has not begun. */
function pendingDetail(spec: Fields<k8s.V1PodSpec>): Pick<PodDetail, 'gates' | 'scheduler' | 'claims'> {
  return present({ gates: gatesOf(spec), scheduler: schedulerOf(spec), claims: claimsOf(spec) });
}

function gatesOf({ schedulingGates }: Fields<k8s.V1PodSpec>): readonly string[] | undefined {
  const names = fieldsList<k8s.V1PodSchedulingGate>(schedulingGates).flatMap(({ name }) => word(name) ?? []);
  return names.length === 0 ? undefined : names;
}

function schedulerOf({ nodeName, schedulerName }: Fields<k8s.V1PodSpec>): string | undefined {
  const name = word(nodeName) === undefined ? word(schedulerName) : undefined;
  return name === 'default-scheduler' ? undefined : name;
}

function claimsOf({ volumes }: Fields<k8s.V1PodSpec>): readonly string[] | undefined {
  const names = fieldsList<k8s.V1Volume>(volumes).flatMap(
    ({ persistentVolumeClaim }) =>
      word(fields<k8s.V1PersistentVolumeClaimVolumeSource>(persistentVolumeClaim).claimName) ?? [],
  );
  return names.length === 0 ? undefined : names;
}

/** Conditions that say something about a pod's health, and what they say on a healthy one. Others are free for anyone. */
const healthyStatus: ReadonlyMap<string, string> = new Map([
  ['PodScheduled', 'True'],
  ['Initialized', 'True'],
  ['ContainersReady', 'True'],
  ['Ready', 'True'],
  ['DisruptionTarget', 'False'],
]);

function isAsOnHealthyPod(condition: Condition): boolean {
  return (healthyStatus.get(condition.type) ?? condition.status) === condition.status;
}

function isWell(container: ContainerView): boolean {
  // A debug container comes and goes without meaning anything.
  if (container.role === 'ephemeral') return true;
  if (
    container.restartCount > 0 ||
    container.waiting !== undefined ||
    container.lastTerminated !== undefined
  ) {
    return false;
  }
  if (container.role === 'init') return container.terminated?.exitCode === 0;
  return container.ready && container.terminated === undefined;
}

function toContainers(
  spec: Fields<k8s.V1PodSpec>,
  status: Fields<k8s.V1PodStatus>,
): readonly ContainerView[] {
  const sidecars = new Set(
    fieldsList<k8s.V1Container>(spec.initContainers)
      .filter((container) => container.restartPolicy === 'Always')
      .map((container) => container.name),
  );
  const statuses = (list: unknown): readonly Fields<k8s.V1ContainerStatus>[] =>
    fieldsList<k8s.V1ContainerStatus>(list);
  return [
    ...statuses(status.initContainerStatuses).map((one) =>
      toContainer(one, sidecars.has(one.name) ? 'sidecar' : 'init'),
    ),
    ...statuses(status.containerStatuses).map((one) => toContainer(one, 'app')),
    ...statuses(status.ephemeralContainerStatuses).map((one) => toContainer(one, 'ephemeral')),
  ].slice(0, MAX_CONTAINERS);
}

function toContainer(status: Fields<k8s.V1ContainerStatus>, role: ContainerRole): ContainerView {
  const state = fields<k8s.V1ContainerState>(status.state);
  const lastState = fields<k8s.V1ContainerState>(status.lastState);
  return present({
    name: word(status.name) ?? '',
    role,
    restartCount: Math.max(0, integer(status.restartCount) ?? 0),
    ready: status.ready === true,
    started: typeof status.started === 'boolean' ? status.started : undefined,
    waiting: toWaiting(state.waiting),
    runningSince: timeAt(fields<k8s.V1ContainerStateRunning>(state.running).startedAt),
    terminated: toTermination(state.terminated),
    lastTerminated: toTermination(lastState.terminated),
  });
}

function toWaiting(value: unknown): ContainerView['waiting'] {
  if (typeof value !== 'object' || value === null) return undefined;
  const waiting = fields<k8s.V1ContainerStateWaiting>(value);
  return present({ reason: word(waiting.reason) ?? '', message: message(waiting.message) });
}

function toTermination(value: unknown): Termination | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const terminated = fields<k8s.V1ContainerStateTerminated>(value);
  const signal = integer(terminated.signal);
  return present({
    // The field is required; -1 stands for an object that breaks the rule, so that it never reads as success.
    exitCode: integer(terminated.exitCode) ?? -1,
    signal: signal === 0 ? undefined : signal,
    reason: word(terminated.reason),
    message: message(text(terminated.message)),
    startedAt: timeAt(terminated.startedAt),
    finishedAt: timeAt(terminated.finishedAt),
  });
}
