/**
 * Reasons of Events that a detector reads. Events of all others are not kept: in a cluster in trouble most of them are `BackOff` of pulls and
 * `FailedScheduling`, which only say again what the status of the pod says. The type of `EventView.reason` comes from this list, so
 * that a detector that asks for another reason does not compile.
 */
export const eventReasons = [
  'BackOff',
  'Failed',
  'FailedAttachVolume',
  'FailedCreate',
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
  'NetworkNotReady',
  'NotTriggerScaleUp',
  'ProvisioningFailed',
  'RecreatingFailedPod',
  'SystemOOM',
  'TriggeredScaleUp',
  'Unhealthy',
] as const;

export type EventReason = (typeof eventReasons)[number];

const known: ReadonlyMap<string, EventReason> = new Map(eventReasons.map((reason) => [reason, reason]));

/** The reason as one of those that are read; the same instance for all Events. */
export function eventReason(reason: string): EventReason | undefined {
  return known.get(reason);
}
