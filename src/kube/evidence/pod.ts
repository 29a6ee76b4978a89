import type * as k8s from '@kubernetes/client-node';
import type { ObjectRef } from '../../domain/failure.ts';
import type { EvidenceTarget } from '../../domain/ports.ts';
import { type EvidenceReader, listPath, objectPath } from './evidence-reader.ts';
import { controllerOf, type OwnerObject, refOfPod, selectorOf } from './owner.ts';
import {
  allowedLabels,
  conditions,
  deletionRequestedAt,
  type Fields,
  fields,
  fieldsList,
  finalizersOf,
  integer,
  MAX_ENTRIES,
  metaOf,
  present,
  type Present,
  text,
  time,
  words,
} from '../object-fields.ts';
import type { Evidence, PodFacts } from '../../domain/environment.ts';
import {
  containerFacts,
  containersOf,
  type ContainerSpec,
  resourcesOf,
  secretValuesOf,
} from './container.ts';
import { type LogOptions, type ReadLogs, readLogs } from './logs.ts';

/** Enough to find one that fails; a larger owner's failing pod is nearly always named by the incident. */
const MAX_PODS = 100;
/** Kinds that have no pods of their own; the selector of a claim is about volumes. */
const podless = new Set(['Node', 'Namespace', 'PersistentVolumeClaim', 'HorizontalPodAutoscaler']);
/** Pod, ReplicaSet, Deployment, an operator's kind, and another above it. */
const MAX_CHAIN = 4;

/** The pod that the target names; where there is none, or it is gone, the owner's pod in which most is wrong. */
export async function findPod(
  reader: EvidenceReader,
  target: EvidenceTarget,
  {
    reading,
    runs,
  }: {
    readonly reading: Promise<Fields<OwnerObject> | undefined>;
    /** Jobs of a CronJob, newest first. */
    readonly runs: Promise<readonly Fields<k8s.V1Job>[]>;
  },
): Promise<Fields<k8s.V1Pod> | undefined> {
  const { owner, pod: named } = target;
  if (owner.kind === 'Pod') return (await reading) as Fields<k8s.V1Pod> | undefined;
  const path = named === undefined ? undefined : objectPath(named);
  if (named !== undefined && path !== undefined) {
    const pod = await reader.object<k8s.V1Pod>(`pod ${named.name}`, path);
    if (pod !== undefined) return pod;
  }
  if (podless.has(owner.kind)) return undefined;
  // A CronJob has no selector: its pods are those of its newest Job.
  const [newest] = owner.kind === 'CronJob' ? await runs : [];
  const labelSelector = selectorOf((newest as Fields<OwnerObject> | undefined) ?? (await reading));
  if (labelSelector === undefined) return undefined;
  const query = { labelSelector, limit: MAX_PODS };
  return worstPod(await reader.list<k8s.V1Pod>('pod', listPath('Pod', owner.namespace), query));
}

/** The controllers between a pod and its owner, nearest first. Reads only where the kinds leave open what comes next. */
export async function readBetween(
  reader: EvidenceReader,
  owner: ObjectRef,
  pod: Fields<k8s.V1Pod> | undefined,
): Promise<readonly ObjectRef[]> {
  const between: ObjectRef[] = [];
  let next = pod === undefined ? undefined : refOfPod(pod, owner.namespace).controller;
  while (next !== undefined && !isSame(next, owner) && between.length < MAX_CHAIN) {
    between.push(next);
    next = isUsualParent(owner, next) ? undefined : await readController(reader, next);
  }
  return between;
}

async function readController(reader: EvidenceReader, ref: ObjectRef): Promise<ObjectRef | undefined> {
  const path = objectPath(ref);
  if (path === undefined) return undefined;
  const object = await reader.object<OwnerObject>('owner.chain', path);
  return object === undefined ? undefined : controllerOf(object, ref.namespace);
}

/** Deployments own ReplicaSets, and CronJobs Jobs, directly. */
function isUsualParent(owner: ObjectRef, child: ObjectRef): boolean {
  return (
    (owner.kind === 'Deployment' && child.kind === 'ReplicaSet') ||
    (owner.kind === 'CronJob' && child.kind === 'Job')
  );
}

function isSame(a: ObjectRef, b: ObjectRef): boolean {
  return a.uid === b.uid || (a.kind === b.kind && a.name === b.name);
}

/** What a person would look up about a pod, its containers apart. */
export function podFacts(pod: Fields<k8s.V1Pod>): PodFacts {
  const meta = metaOf(pod);
  const spec = fields<k8s.V1PodSpec>(pod.spec);
  const status = fields<k8s.V1PodStatus>(pod.status);
  return present({
    name: words(meta.name) ?? '',
    namespace: words(meta.namespace) ?? '',
    uid: words(meta.uid) ?? '',
    phase: words(status.phase) ?? 'Unknown',
    reason: words(status.reason),
    message: words(status.message),
    nodeName: words(spec.nodeName),
    qosClass: words(status.qosClass),
    priorityClassName: words(spec.priorityClassName),
    runtimeClassName: words(spec.runtimeClassName),
    serviceAccountName: words(spec.serviceAccountName),
    imagePullSecrets: namesIn(spec.imagePullSecrets, 'name'),
    restartPolicy: words(spec.restartPolicy),
    resources: podResources(spec),
    createdAt: time(meta.creationTimestamp),
    startedAt: time(status.startTime),
    deletionRequestedAt: deletionRequestedAt(meta),
    finalizers: finalizersOf(meta),
    labels: allowedLabels(meta.labels),
    conditions: conditions(status.conditions),
    readinessGates: namesIn(spec.readinessGates, 'conditionType'),
    volumes: fieldsList<object>(spec.volumes).slice(0, MAX_ENTRIES).map(volumeLine),
  });
}

/** Those of the pod as a whole, which its containers share (KEP 2837). */
function podResources(spec: Fields<k8s.V1PodSpec>): PodFacts['resources'] {
  const { resources } = spec;
  return typeof resources === 'object' && resources !== null ? resourcesOf({ resources }) : undefined;
}

/** One field of each entry; undefined for none. */
function namesIn(list: unknown, field: string): string[] | undefined {
  const names = fieldsList<Record<string, unknown>>(list).map((entry) => words(entry[field]) ?? '');
  return names.length === 0 ? undefined : names.slice(0, MAX_ENTRIES);
}

/** The pod in which most is wrong; undefined when there is none. Pods that have done their work, or go, come last. */
export function worstPod(pods: readonly Fields<k8s.V1Pod>[]): Fields<k8s.V1Pod> | undefined {
  const [first, ...rest] = pods;
  if (first === undefined) return undefined;
  return rest.reduce((worst, pod) => (badness(pod) > badness(worst) ? pod : worst), first);
}

/** Weights only order pods: failing containers before restarts, restarts before not being ready. */
function badness(pod: Fields<k8s.V1Pod>): number {
  const status = fields<k8s.V1PodStatus>(pod.status);
  if (status.phase === 'Succeeded') return -1;
  const containers = containersOf(pod).map((container) => container.status);
  const failing = containers.filter((container) => isFailing(container.state)).length;
  const restarts = containers.reduce((sum, container) => sum + (integer(container.restartCount) ?? 0), 0);
  const isReady = fieldsList<k8s.V1PodCondition>(status.conditions).some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
  const isGoing = text(metaOf(pod).deletionTimestamp) !== undefined;
  return (failing * 10_000 + Math.min(restarts, 9_000) + (isReady ? 0 : 100)) / (isGoing ? 1_000 : 1);
}

/** Ended with an error, or not able to start. */
function isFailing(value: unknown): boolean {
  const state = fields<k8s.V1ContainerState>(value);
  if (typeof state.waiting === 'object' && state.waiting !== null) return true;
  const exitCode = integer(fields<k8s.V1ContainerStateTerminated>(state.terminated).exitCode);
  return exitCode !== undefined && exitCode !== 0;
}

/** Where a volume source names its object, e.g. `secret.secretName`. */
const nameFields: Readonly<Record<string, string>> = {
  secret: 'secretName',
  configMap: 'name',
  persistentVolumeClaim: 'claimName',
  hostPath: 'path',
  csi: 'driver',
  nfs: 'server',
  image: 'reference',
};

/** A volume in one line: its name, the kind of its source and what the source names; never content. */
function volumeLine(volume: Fields<object>): string {
  const { name, ...sources } = volume as Readonly<Record<string, unknown>>;
  const line = `${text(name) ?? '?'}: ${Object.entries(sources).map(sourceLine).join(', ') || 'no source'}`;
  return words(line) ?? '';
}

function sourceLine([kind, source]: [string, unknown]): string {
  if (kind === 'projected') {
    const parts = fieldsList<object>(fields<{ sources: object[] }>(source).sources);
    const lines = parts.flatMap((part) => Object.entries(part).map(projectionLine));
    return `projected (${lines.join(', ')})`;
  }
  return named(kind, source, nameFields[kind]);
}

/** Inside a projected volume a Secret is named by `name`. */
function projectionLine([kind, source]: [string, unknown]): string {
  return named(kind, source, 'name');
}

function named(kind: string, source: unknown, field: string | undefined): string {
  const name = field === undefined ? undefined : text(fields<Record<string, unknown>>(source)[field]);
  return name === undefined ? kind : `${kind} ${name}`;
}

/** What a pod says of itself and of its containers; nothing where there is none. */
export function podEvidence(
  pod: Fields<k8s.V1Pod> | undefined,
): Present<{ pod: Evidence['pod'] | undefined }> & Pick<Evidence, 'containers'> {
  if (pod === undefined) return { containers: [] };
  return { pod: podFacts(pod), containers: containersOf(pod).map(containerFacts) };
}

/** What the secret-like variables of a pod hold, and of other containers. */
export function secretValuesIn(
  pod: Fields<k8s.V1Pod> | undefined,
  others: readonly ContainerSpec[] = [],
): readonly string[] {
  const own = containersOf(pod ?? {}).map(({ spec }) => spec);
  return [...new Set([...own, ...others].flatMap(secretValuesOf))];
}

interface PodLogs {
  readonly target: EvidenceTarget;
  readonly pod: Fields<k8s.V1Pod> | undefined;
  /** Undefined where logs are not to be read. */
  readonly limits: LogOptions | undefined;
}

/** The last lines of what fails in a pod. */
export async function readPodLogs(
  reader: EvidenceReader,
  { target, pod, limits }: PodLogs,
): Promise<ReadLogs> {
  if (pod === undefined) return { logs: [] };
  if (limits === undefined) {
    reader.omit('logs', 'the reading of logs is switched off');
    return { logs: [] };
  }
  const { self } = refOfPod(pod, target.owner.namespace);
  const path = objectPath(self);
  if (path === undefined) return { logs: [] };
  return readLogs(reader, { path, pod, name: self.name, container: target.container, limits });
}
