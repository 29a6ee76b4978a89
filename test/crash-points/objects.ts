import type { ObjectRef } from '../../src/domain/failure.ts';
import type { NewObject } from './api-model.ts';
import { EPOCH } from './world.ts';

/** A pod with one container, as the truth knows it. Times are those of the scheduler. */
export interface PodState {
  readonly name: string;
  readonly uid: string;
  readonly createdAt: number;
  restartCount: number;
  /** Since when it runs, or has ended. */
  since: number;
  isRunning: boolean;
  isReady: boolean;
  lastRun: { readonly from: number; readonly to: number } | undefined;
}

/** To the second, as Kubernetes writes times. */
function timeOf(at: number): string {
  return new Date(EPOCH + at).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The Pod as the API server has it. */
export function podObject(pod: PodState, owner: ObjectRef, now: number): NewObject {
  const { lastRun, isRunning, isReady, since } = pod;
  const terminated =
    lastRun === undefined
      ? undefined
      : {
          exitCode: 1,
          reason: 'Error',
          startedAt: timeOf(lastRun.from),
          finishedAt: timeOf(lastRun.to),
        };
  const status = isReady ? 'True' : 'False';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      namespace: owner.namespace,
      uid: pod.uid,
      creationTimestamp: timeOf(pod.createdAt),
      ownerReferences: [
        {
          apiVersion: owner.apiVersion,
          kind: owner.kind,
          name: owner.name,
          uid: owner.uid,
          controller: true,
        },
      ],
    },
    spec: { restartPolicy: 'Always' },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status, lastTransitionTime: timeOf(now) }],
      containerStatuses: [
        {
          name: 'app',
          restartCount: pod.restartCount,
          ready: isReady,
          started: isRunning,
          state: isRunning ? { running: { startedAt: timeOf(since) } } : { terminated },
          ...(isRunning && terminated !== undefined ? { lastState: { terminated } } : {}),
        },
      ],
    },
  };
}

/** The StatefulSet as the API server has it. */
export function setObject(
  owner: ObjectRef,
  {
    wanted,
    ready,
    annotations,
  }: { readonly wanted: number; readonly ready: number; readonly annotations: object },
): NewObject {
  const { apiVersion, kind, namespace, name, uid } = owner;
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, uid, annotations, generation: 1, creationTimestamp: timeOf(0) },
    spec: { replicas: wanted },
    status: { observedGeneration: 1, replicas: wanted, readyReplicas: ready, updatedReplicas: wanted },
  };
}

/** What the kubelet reports of a readiness probe that fails. */
export function eventObject(pod: PodState, namespace: string, now: number): NewObject {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: {
      name: `${pod.name}.${now}`,
      namespace,
      uid: `event-${pod.uid}-${now}`,
      creationTimestamp: timeOf(now),
    },
    type: 'Warning',
    reason: 'Unhealthy',
    note: 'Readiness probe failed: HTTP probe failed with statuscode: 500',
    regarding: { kind: 'Pod', namespace, name: pod.name, uid: pod.uid },
    deprecatedCount: 1,
    deprecatedFirstTimestamp: timeOf(now),
    deprecatedLastTimestamp: timeOf(now),
  };
}
