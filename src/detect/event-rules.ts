import { MINUTE } from '../domain/clock.ts';
import type { EventReason } from '../domain/event-reasons.ts';
import type { ViewKind } from '../domain/views.ts';

/** Rule for a Warning that is a failure by itself, because no level shows it. */
export interface EventRule {
  /** Kind of the object that the event is about. */
  readonly kind: string;
  /** Of that kind; also names the object where it is not watched itself. */
  readonly apiVersion: string;
  readonly reason: EventReason;
  readonly words: string;
  /** How often it must have come, … */
  readonly minCount: number;
  /** … and over how long at least. */
  readonly minSpanMs: number;
  /** It is over when it has not come again for so long. */
  readonly quietMs: number;
}

/** What an autoscaler says of each sort of metric that it does not get (pkg/controller/podautoscaler). */
const metricReasons = [
  'FailedGetResourceMetric',
  'FailedGetContainerResourceMetric',
  'FailedGetPodsMetric',
  'FailedGetObjectMetric',
  'FailedGetExternalMetric',
] as const satisfies readonly EventReason[];

/** Controllers that delete a Failed pod and recreate it: the Event is all that is left of it. */
const replaced = {
  words: 'its pods fail and are recreated, again and again',
  minCount: 3,
  minSpanMs: 5 * MINUTE,
  quietMs: 20 * MINUTE,
};

/** The rules that are shipped. */
export const eventRules: readonly EventRule[] = [
  {
    kind: 'Node',
    apiVersion: 'v1',
    reason: 'SystemOOM',
    words: 'the node ran out of memory and killed a process',
    minCount: 1,
    minSpanMs: 0,
    quietMs: 15 * MINUTE,
  },
  {
    kind: 'Pod',
    apiVersion: 'v1',
    reason: 'FailedKillPod',
    words: 'the pod cannot be stopped',
    minCount: 3,
    minSpanMs: 10 * MINUTE,
    quietMs: 15 * MINUTE,
  },
  { kind: 'DaemonSet', apiVersion: 'apps/v1', reason: 'FailedDaemonPod', ...replaced },
  { kind: 'StatefulSet', apiVersion: 'apps/v1', reason: 'RecreatingFailedPod', ...replaced },
  {
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    reason: 'ProvisioningFailed',
    words: 'no volume can be made for the claim',
    minCount: 3,
    minSpanMs: 5 * MINUTE,
    quietMs: 20 * MINUTE,
  },
  ...metricReasons.map((reason) => ({
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    reason,
    words: 'the autoscaler does not get the metrics it scales by',
    minCount: 10,
    minSpanMs: 15 * MINUTE,
    quietMs: 15 * MINUTE,
  })),
  {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    reason: 'FailedGetScale',
    words: 'the autoscaler does not find what it is to scale',
    minCount: 10,
    minSpanMs: 15 * MINUTE,
    quietMs: 15 * MINUTE,
  },
];

/** Permanent problems of node-problem-detector: conditions of the Node, and what they mean when they are true. */
export const nodeProblems: Readonly<Record<string, string>> = {
  KernelDeadlock: 'the kernel of the node is in a deadlock',
  ReadonlyFilesystem: 'the file system of the node has become read-only',
  XfsShutdown: 'a file system of the node has shut down',
  CperHardwareErrorFatal: 'the hardware of the node reports a fatal error',
  CorruptDockerOverlay2: 'the image store of the node is corrupt',
  KubeletUnhealthy: 'the kubelet of the node is unhealthy',
  ContainerRuntimeUnhealthy: 'the container runtime of the node is unhealthy',
  FrequentKubeletRestart: 'the kubelet of the node restarts again and again',
  FrequentContainerdRestart: 'the container runtime of the node restarts again and again',
  FrequentDockerRestart: 'the container runtime of the node restarts again and again',
  FrequentUnregisterNetDevice: 'the network devices of the node do not go away',
};

/** Kinds that the rules are about and that have views of their own. Of all others there is the Event alone. */
export const watchedRuleKinds: readonly ViewKind[] = ['Node', 'Pod', 'DaemonSet', 'StatefulSet'];
