import type * as k8s from '@kubernetes/client-node';
import type { PodFacts } from '../../domain/environment.ts';
import { containersOf } from './container.ts';
import {
  MAX_ENTRIES,
  allowedLabels,
  conditions,
  deletionRequestedAt,
  finalizersOf,
  time,
  words,
} from './facts.ts';
import { metaOf, fields, type Fields, fieldsList, integer, present, text } from '../object-fields.ts';
import { volumeLine } from './volume.ts';

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
