import { type Commands, describeNode, type Hint } from './class-text.ts';
import { nodeHint } from './node.ts';
import { storageCommands, storageHint } from './storage.ts';

/** What an Event means that nothing else tells. */
export const eventHint: Hint = (input) => {
  switch (input.environment.incident.reason) {
    case 'SystemOOM':
      return nodeHint(input);
    case 'ProvisioningFailed':
      return storageHint(input);
    case 'FailedGetResourceMetric':
      return 'It stays at its number of replicas, whatever the load: look at metrics-server, and at whether all containers have requests for what it scales by.';
    case 'FailedKillPod':
      return 'The container runtime does not stop the pod: look at it on the node, and at processes that hang in the kernel, mostly on storage.';
    default:
      return undefined;
  }
};

/** Reads what the Event is about. */
export const eventCommands: Commands = (names, story) => {
  switch (story.environment.incident.reason) {
    case 'ProvisioningFailed':
      return storageCommands(names, story);
    case 'FailedGetResourceMetric':
      return ['kubectl get apiservices v1beta1.metrics.k8s.io', 'kubectl -n kube-system get pods'];
    default:
      return describeNode(names, story);
  }
};
