import type { ContainerFacts } from '../../../domain/environment.ts';
import type { FailureClass } from '../../../domain/failure.ts';
import type { Story } from '../story.ts';
import { firstMatch, type Hint, type Row } from './asked.ts';
import { configHint } from './config.ts';
import { crashHint } from './crash.ts';
import { createHint } from './create.ts';
import { imageHint } from './image.ts';
import { nodeHint } from './node.ts';
import { probeHint } from './probe.ts';
import { rolloutHint } from './rollout.ts';
import { schedulingHint } from './scheduling.ts';
import { storageHint } from './storage.ts';

const jobHint: Hint = ({ environment: { owner, incident, cronJob, job } }) => {
  if (owner.kind === 'CronJob')
    return cronJob?.concurrencyPolicy === 'Forbid' && cronJob.active > 0
      ? 'A run that does not end holds up all that come after it, as runs may not overlap.'
      : 'Each run begins anew: until the cause is fixed, the next one will most likely fail the same way.';
  if (incident.reason === 'DeadlineExceeded')
    return 'It was stopped because its time was up, and its pods with it: did it hang, or was there more to do than usual? It is not tried again by itself.';
  if (incident.reason === 'PodFailurePolicy')
    return 'Its pod failure policy gave it up at the first failure of this kind: fix the cause, then run it anew.';
  return job?.backoffLimit === 0
    ? 'It may not be tried again (backoffLimit 0): fix the cause, then run it anew.'
    : 'It is not tried again by itself: fix the cause, then run it anew.';
};

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

const startHint: Hint = (asked) =>
  firstMatch(startCauses, asked) ??
  'Before the containers come sandbox, network and volumes: the events say which of them fails.';

/** A pod over its own limit is evicted from a node that lacks nothing. */
const shortages: readonly Row[] = [
  [
    /exceeds the (?:local |total )?limit|exceeded its local ephemeral storage|usage of EmptyDir|ephemeral local storage usage exceeds/i,
    'It used more disk than its own limit: raise the limit, or look for what grows.',
  ],
  [
    /ephemeral-storage|DiskPressure|imagefs|nodefs|inodes/i,
    'The disk of the node was nearly full: look at logs, emptyDir volumes and what the containers write into their own layer, and set requests and limits for ephemeral-storage.',
  ],
  [
    /memory/i,
    'The node was short of memory. Pods that use more than they request go first: compare its use with its request.',
  ],
  [/\bpids?\b/i, 'The node was short of process ids: look for a pod that starts processes without end.'],
  [/Preempting/, 'The node needed its place for a critical pod: look at what the node has room for.'],
];

const evictionHint: Hint = (asked) =>
  firstMatch(shortages, {
    words: `${asked.words}\n${asked.environment.pod?.message ?? ''}`,
    reports: asked.reports,
  }) ?? 'The node was short of something. Compare what the pod uses with what it requests.';

const eventHint: Hint = (asked) => {
  switch (asked.environment.incident.reason) {
    case 'SystemOOM':
      return nodeHint(asked);
    case 'ProvisioningFailed':
      return storageHint(asked);
    case 'FailedGetResourceMetric':
      return 'It stays at its number of replicas, whatever the load: look at metrics-server, and at whether all containers have requests for what it scales by.';
    case 'FailedKillPod':
      return 'The container runtime does not stop the pod: look at it on the node, and at processes that hang in the kernel, mostly on storage.';
    default:
      return undefined;
  }
};

const terminatingHint: Hint = ({ environment: { owner, pod } }) => {
  if (owner.kind === 'Namespace')
    return 'A namespace goes when all in it has gone: look at what is left, and at whoever has to let go of it.';
  return (pod?.finalizers ?? owner.finalizers) === undefined
    ? 'No finalizer holds it: look at the kubelet of its node, which has to stop it.'
    : 'A finalizer holds it: whoever has set it has to take it away. To take it away by hand skips its clean-up.';
};

/** Where the search usually ends, by class. */
const hints: Readonly<Partial<Record<FailureClass, Hint>>> = {
  node: nodeHint,
  storage: storageHint,
  create: createHint,
  image: imageHint,
  config: configHint,
  scheduling: schedulingHint,
  job: jobHint,
  crash: crashHint,
  start: startHint,
  probe: probeHint,
  rollout: rolloutHint,
  eviction: evictionHint,
  event: eventHint,
  terminating: terminatingHint,
};

const all = new Map<string, Hint>(Object.entries(hints));

/** A run that could not begin has the words of the runtime; any other has those of the program, which may say anything. */
const unstartable = new Set(['StartError', 'ContainerCannotRun', 'RunContainerError', 'PostStartHookError']);

function runtimeWords(ended: ContainerFacts['state']['terminated']): string | undefined {
  return unstartable.has(ended?.reason ?? '') ? ended?.message : undefined;
}

/** Older warnings tell of older troubles. */
const MAX_REPORTS = 5;

/** Sentences of ours on where to look first; undefined where there is nothing to say beyond the facts. */
export function hintFor(
  { environment, message }: Pick<Story, 'environment' | 'message'>,
  container: ContainerFacts | undefined,
): string | undefined {
  const { incident, events } = environment;
  const { state, lastState } = container ?? {};
  const texts = [
    incident.reason,
    message,
    state?.waiting?.message,
    ...[state?.terminated, lastState?.terminated].map(runtimeWords),
  ];
  const words = texts.filter((text) => text !== undefined).join('\n');
  const reports = events
    .filter(({ type }) => type === 'Warning')
    .slice(0, MAX_REPORTS)
    .map((event) => event.message)
    .join('\n');
  return all.get(incident.class)?.({ environment, container, words, reports });
}
