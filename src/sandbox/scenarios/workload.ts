import { createHash } from 'node:crypto';
import { fieldAt, textAt, toTime, type Fields, type KubeObject, type StoredObject } from '../api-types.ts';
import { aContainer, aDeployment, aReplicaSet, ownedBy } from '../objects.ts';
import { aCondition, conditionList } from '../pod-status.ts';
import type { Stage } from './stage.ts';

/** One revision of a Deployment: what its pods are made of. */
export interface Release {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly revision: number;
  readonly image: string;
  /** `256Mi` */
  readonly memoryLimit: string;
  /** Image of its init container, if it has one. */
  readonly initImage?: string;
  /** Where its pods run; `node-1` when absent. */
  readonly node?: string;
}

/** The name of the init container of a release that has one. */
export const INIT_CONTAINER = 'migrate';

const revisionKey = 'deployment.kubernetes.io/revision';
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Ten letters and digits that are the same for the same template, as `pod-template-hash`. */
function templateHash({ name, image, memoryLimit, initImage = '' }: Release): string {
  const digest = createHash('sha256').update([name, image, memoryLimit, initImage].join('|')).digest();
  return [...digest.subarray(0, 10)].map((byte) => nameAlphabet[byte % nameAlphabet.length]).join('');
}

/** The name of the ReplicaSet of a release. */
export function replicaSetName(release: Release): string {
  return `${release.name}-${templateHash(release)}`;
}

/** The containers of the release's pods, as in their template. */
export function podContainers(release: Release): { containers: Fields[]; initContainers?: Fields[] } {
  const resources = {
    requests: { cpu: '100m', memory: release.memoryLimit },
    limits: { memory: release.memoryLimit },
  };
  const env = [{ name: 'CONFIG_FILE', value: `/etc/${release.name}/config.yaml` }];
  const ports = [{ containerPort: 8080, protocol: 'TCP' }];
  const containers = [aContainer(release.name, { image: release.image, resources, env, ports })];
  const { initImage } = release;
  if (initImage === undefined) return { containers };
  return { containers, initContainers: [aContainer(INIT_CONTAINER, { image: initImage, resources })] };
}

/** Labels of the release's pods. */
export function podLabels(release: Release): Record<string, string> {
  return { app: release.name, 'pod-template-hash': templateHash(release) };
}

function findDeployment({ sandbox }: Stage, { namespace, name }: Release): StoredObject | undefined {
  return sandbox.objects.get({ kind: 'Deployment', namespace, name });
}

/** Dates an object by the story, which may play in the past. */
export function madeAt(stage: Stage, object: KubeObject): KubeObject {
  object.metadata.creationTimestamp = toTime(stage.now());
  return object;
}

/** Rolls a release out as far as the Deployment and its ReplicaSets: the new one is made, pods are not. */
export function applyRelease(stage: Stage, release: Release): void {
  const { objects } = stage.sandbox;
  const { namespace, name, replicas, revision } = release;
  const annotations = { [revisionKey]: String(revision) };
  const labels = { app: name };
  const options = { name, namespace, labels, annotations, replicas, ...podContainers(release) };
  const status = findDeployment(stage, release)?.['status'] as Fields | undefined;
  const deployment = objects.apply(
    madeAt(stage, aDeployment({ ...options, ...(status === undefined ? {} : { status }) })),
  );
  const replicaSet = aReplicaSet({
    ...options,
    name: replicaSetName(release),
    labels: podLabels(release),
    annotations: {
      ...annotations,
      'deployment.kubernetes.io/desired-replicas': String(replicas),
      'deployment.kubernetes.io/max-replicas': String(replicas + 1),
    },
    owner: ownedBy(deployment),
    replicas: 0,
  });
  objects.apply(madeAt(stage, replicaSet));
}

/** Sets the wanted replicas of a release's ReplicaSet, with the Event that the controller posts. */
export function scaleRelease(stage: Stage, release: Release, replicas: number): void {
  const deployment = findDeployment(stage, release);
  const ref = { kind: 'ReplicaSet', namespace: release.namespace, name: replicaSetName(release) };
  const before = fieldAt(stage.sandbox.objects.get(ref), 'spec.replicas');
  if (deployment === undefined || before === replicas) return;
  stage.sandbox.objects.update(ref, (object) => {
    object['spec'] = { ...(object['spec'] as Fields), replicas };
  });
  const from = typeof before === 'number' ? before : 0;
  stage.report({
    regarding: deployment,
    reason: 'ScalingReplicaSet',
    message: `Scaled ${replicas > from ? 'up' : 'down'} replica set ${ref.name} from ${from} to ${replicas}`,
    component: 'deployment-controller',
  });
}

function isReadyPod(pod: KubeObject): boolean {
  return conditionList(pod['status']).some(({ type, status }) => type === 'Ready' && status === 'True');
}

function countPods(pods: readonly KubeObject[]): { all: number; ready: number; terminating: number } {
  const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return {
    all: alive.length,
    ready: alive.filter(isReadyPod).length,
    terminating: pods.length - alive.length,
  };
}

// The API leaves numbers out that are zero, but for a few.
function numbers(counts: Record<string, number>): Fields {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

function writeReplicaSet(stage: Stage, replicaSet: StoredObject, pods: readonly StoredObject[]): void {
  const { all, ready, terminating: terminatingReplicas } = countPods(pods);
  const counts = numbers({ fullyLabeledReplicas: all, readyReplicas: ready, availableReplicas: ready });
  const { generation: observedGeneration } = replicaSet.metadata;
  stage.sandbox.objects.apply({
    ...replicaSet,
    status: { replicas: all, ...counts, terminatingReplicas, observedGeneration },
  });
}

interface Progress {
  readonly replicaSet: string;
  readonly wanted: number;
  readonly updated: number;
  readonly ready: number;
  readonly all: number;
}

function availability({ ready, wanted }: Progress): Fields {
  // At most a quarter of the replicas, rounded down, may be missing.
  const isAvailable = ready >= wanted - Math.floor(wanted / 4);
  return {
    type: 'Available',
    status: isAvailable ? 'True' : 'False',
    reason: isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: `Deployment ${isAvailable ? 'has' : 'does not have'} minimum availability.`,
  };
}

/** A rollout that was once complete stays so, even when its pods fail later. */
function progressing(
  { replicaSet, wanted, updated, ready, all }: Progress,
  previous: readonly Fields[],
): Fields {
  const complete = completeMessage(replicaSet);
  const isComplete = updated === wanted && ready === wanted && all === wanted;
  const isDone = isComplete || previous.some(({ message }) => message === complete);
  const words = isDone
    ? { reason: 'NewReplicaSetAvailable', message: complete }
    : { reason: 'ReplicaSetUpdated', message: `ReplicaSet "${replicaSet}" is progressing.` };
  return { type: 'Progressing', status: 'True', ...words };
}

function deploymentConditions(previous: unknown, progress: Progress, now: number): Fields[] {
  const known = conditionList(previous);
  return [availability(progress), progressing(progress, known)].map((wanted) => {
    const before = known.find(({ type }) => type === wanted['type']);
    const isSame = before?.['status'] === wanted['status'] && before?.['message'] === wanted['message'];
    return aCondition(
      previous,
      { ...wanted, lastUpdateTime: isSame ? before?.['lastUpdateTime'] : toTime(now) },
      now,
    );
  });
}

function completeMessage(replicaSet: string): string {
  return `ReplicaSet "${replicaSet}" has successfully progressed.`;
}

function podsOf(pods: readonly StoredObject[], owner: string): StoredObject[] {
  return pods.filter((pod) => pod.metadata.ownerReferences?.some(({ name }) => name === owner));
}

function revisionOf({ metadata }: StoredObject): string | undefined {
  return metadata.annotations?.[revisionKey];
}

/** Brings the status of a Deployment and its ReplicaSets up to date with their pods, as the controllers do. */
export function syncWorkload(stage: Stage, { namespace, name }: Pick<Release, 'namespace' | 'name'>): void {
  const { objects } = stage.sandbox;
  const deployment = objects.get({ kind: 'Deployment', namespace, name });
  if (deployment === undefined) return;
  const query = { namespace, labelSelector: `app=${name}` };
  const pods = objects.list({ kind: 'Pod', ...query });
  const replicaSets = objects.list({ kind: 'ReplicaSet', ...query });
  for (const replicaSet of replicaSets)
    writeReplicaSet(stage, replicaSet, podsOf(pods, replicaSet.metadata.name));
  // The newest release, which need not be that of the pod which has just changed.
  const newest = replicaSets.find((candidate) => revisionOf(candidate) === revisionOf(deployment));
  const replicaSet = newest?.metadata.name ?? '';
  const wanted = Number(textAt(deployment, 'spec.replicas'));
  const { all, ready, terminating: terminatingReplicas } = countPods(pods);
  const progress = { replicaSet, wanted, updated: countPods(podsOf(pods, replicaSet)).all, ready, all };
  const { generation: observedGeneration } = deployment.metadata;
  const conditions = deploymentConditions(deployment['status'], progress, stage.now());
  const status = { observedGeneration, ...deploymentCounts(progress), terminatingReplicas, conditions };
  objects.apply({ ...deployment, status });
}

function deploymentCounts({ all, wanted, updated, ready }: Progress): Fields {
  return numbers({
    replicas: all,
    updatedReplicas: updated,
    readyReplicas: ready,
    availableReplicas: ready,
    unavailableReplicas: Math.max(all, wanted) - ready,
  });
}

/** Takes what an earlier run of a scenario has left of a workload out of the cluster. */
export function removeWorkload(
  { sandbox }: Stage,
  { namespace, name }: Pick<Release, 'namespace' | 'name'>,
): void {
  const { objects } = sandbox;
  const query = { namespace, labelSelector: `app=${name}` };
  for (const kind of ['Deployment', 'ReplicaSet', 'Pod'])
    for (const { metadata } of objects.list({ kind, ...query }))
      objects.delete({ kind, namespace, name: metadata.name });
}
