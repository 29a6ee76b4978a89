import { autoscalerCommands, autoscalerHint } from './autoscaler.ts';
import { type Commands, type Hint, describeNode } from './class-text.ts';
import { nodeHint } from './node.ts';
import { storageCommands, storageHint } from './storage.ts';

/** Why a Job or CronJob fails. */
export const jobHint: Hint = ({ environment: { owner, incident, cronJob, job } }) => {
  if (incident.reason === 'PodDoesNotEnd')
    return 'Its work is over, and the proxy beside it runs on, so that it is never done: let the work end the proxy, or make it an init container with restartPolicy Always, which ends by itself.';
  if (owner.kind === 'CronJob')
    return cronJob?.concurrencyPolicy === 'Forbid' && cronJob.active > 0
      ? 'A run that does not end holds up all that come after it, as runs may not overlap.'
      : 'Each run is a new one: until the cause is fixed, the next one will most likely fail the same way.';
  if (incident.reason === 'DeadlineExceeded')
    return 'It was stopped because its time was up, and its pods with it: did it hang, or was there more to do than usual? It is not tried again by itself.';
  if (incident.reason === 'PodFailurePolicy')
    return 'Its pod failure policy gave it up at the first failure of this kind: fix the cause, then run it again.';
  return job?.backoffLimit === 0
    ? 'It may not be tried again (backoffLimit 0): fix the cause, then run it again.'
    : 'It is not tried again by itself: fix the cause, then run it again.';
};

/** Why a deletion does not end. */
export const terminatingHint: Hint = ({ environment: { owner, pod } }) => {
  if (owner.kind === 'Namespace')
    return 'A namespace goes when all in it has gone: look at what is left, and at whoever has to let go of it.';
  return (pod?.finalizers ?? owner.finalizers) === undefined
    ? 'No finalizer holds it: look at the kubelet of its node, which has to stop it.'
    : 'A finalizer holds it: whoever has set it has to take it away. To take it away by hand skips its clean-up.';
};

/** Reads what is left, or who holds it. */
export const terminatingCommands: Commands = ({ kubectl, owner, pod }, { environment }) =>
  environment.owner.kind === 'Namespace'
    ? [
        `kubectl api-resources --verbs=list --namespaced -o name | xargs -n 1 ${kubectl} get --show-kind --ignore-not-found`,
      ]
    : [`${kubectl} get ${pod ?? owner} -o jsonpath='{.metadata.finalizers}'`];

/** What an Event means that nothing else tells. */
export const eventHint: Hint = (input) => {
  switch (input.environment.incident.reason) {
    case 'SystemOOM':
      return nodeHint(input);
    case 'ProvisioningFailed':
      return storageHint(input);
    case 'FailedKillPod':
      return 'The container runtime does not stop the pod: look at it on the node, and at processes that hang in the kernel, mostly on storage.';
    default:
      return input.environment.owner.kind === 'HorizontalPodAutoscaler' ? autoscalerHint(input) : undefined;
  }
};

/** Reads what the Event is about. */
export const eventCommands: Commands = (names, story) => {
  const { incident, owner } = story.environment;
  if (owner.kind === 'HorizontalPodAutoscaler') return autoscalerCommands(names, story);
  return incident.reason === 'ProvisioningFailed'
    ? storageCommands(names, story)
    : describeNode(names, story);
};
