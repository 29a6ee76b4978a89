import type { ObjectRef } from './failure.ts';

/**
 * Reasons of Events that a detector reads. Events of all others are not kept: in a cluster in trouble most of them are `BackOff` of pulls and
 * `FailedScheduling`, which only say again what the status of the pod says. The type of `EventView.reason` comes from this list, so
 * that a detector that asks for another reason does not compile.
 */
export const eventReasons = [
  'AmbiguousSelector',
  'BackOff',
  'Failed',
  'FailedAttachVolume',
  'FailedCreate',
  'FailedCreatePodContainer',
  'FailedCreatePodSandBox',
  'FailedDaemonPod',
  'FailedGetContainerResourceMetric',
  'FailedGetExternalMetric',
  'FailedGetObjectMetric',
  'FailedGetPodsMetric',
  'FailedGetResourceMetric',
  'FailedGetScale',
  'FailedKillPod',
  'FailedMapVolume',
  'FailedMount',
  'FailedPodSandBoxStatus',
  'FailedPostStartHook',
  'FailedPrepareDynamicResources',
  'InvalidSelector',
  'NetworkNotReady',
  'NotTriggerScaleUp',
  'ProvisioningFailed',
  'RecreatingFailedPod',
  'SelectorRequired',
  'SystemOOM',
  'TriggeredScaleUp',
  'Unhealthy',
  'VolumePermissionChangeInProgress',
] as const;

export type EventReason = (typeof eventReasons)[number];

const known: ReadonlyMap<string, EventReason> = new Map(eventReasons.map((reason) => [reason, reason]));

/** The reason as one of those that are read; the same instance for all Events. */
export function eventReason(reason: string): EventReason | undefined {
  return known.get(reason);
}

/** An Event names its object. */
interface AboutObject {
  readonly regarding: Omit<ObjectRef, 'apiVersion' | 'series'>;
}

/** What an Event is filed under: the uid of its object, or its kind and name. */
export function regardingKey(event: AboutObject): string {
  const { kind, namespace, name, uid } = event.regarding;
  return isByName(event) ? nameKey(kind, namespace, name) : uid;
}

/** The kubelet writes a node's name where its uid should be, others leave it empty. */
export function isByName({ regarding: { kind, uid } }: AboutObject): boolean {
  return uid === '' || kind === 'Node';
}

/** The key of an object of which only the name is known. */
export function nameKey(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}
