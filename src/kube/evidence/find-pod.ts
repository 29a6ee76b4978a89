import type * as k8s from '@kubernetes/client-node';
import type { ObjectRef } from '../../domain/failure.ts';
import type { EvidenceTarget } from '../../domain/ports.ts';
import { listPath, objectPath } from './kinds.ts';
import type { EvidenceReader } from './evidence-reader.ts';
import { controllerOf, type OwnerObject, refOfPod, selectorOf } from './owner.ts';
import { worstPod } from './pod.ts';
import type { Fields } from '../object-fields.ts';

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
