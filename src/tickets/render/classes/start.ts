import { type Commands, firstMatch, type Hint, nodeAndPods, type Row } from './class-text.ts';

const startCauses: readonly Row[] = [
  [
    /no runtime for|RuntimeHandler/i,
    'The runtime class of the pod names a handler that the container runtime of this node does not have.',
  ],
  [
    /no IP addresses|no available ip|failed to allocate/i,
    'The network has no address left for this node: look at its address range, and at addresses that are not given back.',
  ],
  [
    /cni|network/i,
    'The network of the pod cannot be set up: look at the pod of the network plugin on this node.',
  ],
  [
    /pulling/i,
    'The image is still being pulled: look at its size, and at the way from the node to the registry.',
  ],
];

/** Why a pod does not start. */
export const startHint: Hint = (input) =>
  firstMatch(startCauses, input) ??
  'Before the containers come sandbox, network and volumes: the events say which of them fails.';

/** Reads the node and what runs there. */
export const startCommands: Commands = (names, story) => [
  ...nodeAndPods(names, story),
  ...(story.environment.pod?.runtimeClassName === undefined ? [] : ['kubectl get runtimeclasses']),
];
