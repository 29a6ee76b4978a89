import type { Environment } from '../../../domain/environment.ts';
import { firstMatch, type Hint, type Row, together } from './class-text.ts';

const SILENT =
  'The kubelet has not been heard of: look at whether the machine runs and has network, then at the kubelet on it (journalctl -u kubelet).';

/** What becomes of pods on a node that is lost, by who has made them. The taint manager marks them for deletion after 300 s by default. */
const fates: ReadonlyMap<string, string> = new Map([
  ['ReplicaSet', 'Pods of Deployments are replaced on other nodes about 5 minutes after the node was lost.'],
  [
    'StatefulSet',
    'Pods of StatefulSets are not replaced: after 5 minutes they are Terminating, and stay so until the node is back, is deleted, or is declared to be off (below).',
  ],
  ['DaemonSet', 'Pods of DaemonSets stay bound to the node and run nowhere else.'],
  ['Job', 'Pods of Jobs are replaced after about 5 minutes, and begin their work anew.'],
  ['none', 'Pods that nobody manages are lost: nobody makes them again.'],
]);

/** Of the kinds that are on the node; of all usual ones where that was not read. */
function fateWords({ node }: Environment): string {
  const owners = node?.pods?.owners;
  const kinds = owners === undefined ? ['ReplicaSet', 'StatefulSet', 'DaemonSet'] : Object.keys(owners);
  return [...fates].flatMap(([kind, fate]) => (kinds.includes(kind) ? [fate] : [])).join(' ');
}

const causes: readonly Row[] = [
  [
    /^Cordoned/,
    'No pod is put onto it: look for a drain or a reboot that was begun and not ended, then kubectl uncordon.',
  ],
  [/NodeStatusUnknown|stopped posting/i, SILENT],
  [
    /cni|network plugin|NetworkPluginNotReady|NetworkUnavailable/i,
    'The network of the node is not set up: look at the pod of the network plugin on this node.',
  ],
  [
    /PLEG|container runtime|containerd|cri-o/i,
    'The kubelet runs, the container runtime does not keep up or does not answer: look at it on the machine (journalctl -u containerd), and at disk and load.',
  ],
  [
    /MemoryPressure|SystemOOM/,
    'The machine is short of memory: compare what its pods use with what they request; pods without requests go first.',
  ],
  [
    /DiskPressure/,
    'The disk of the machine is nearly full: images, logs and emptyDir volumes are the usual reasons. The kubelet removes unused images and then evicts pods.',
  ],
  [/PIDPressure/, 'Too many processes run on the machine: look for a pod that starts them without end.'],
  [/shutdown|shutting down/i, 'The node is shutting down.'],
];

const UNKNOWN = 'Look at the kubelet and at the machine itself.';

/** What is wrong with a node. */
export const nodeHint: Hint = (input) => {
  const found = firstMatch(causes, input) ?? UNKNOWN;
  return found === SILENT || found === UNKNOWN ? together([found, fateWords(input.environment)]) : found;
};

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

/** Why a pod was evicted. */
export const evictionHint: Hint = (input) =>
  firstMatch(shortages, {
    words: `${input.words}\n${input.environment.pod?.message ?? ''}`,
    reports: input.reports,
  }) ?? 'The node was short of something. Compare what the pod uses with what it requests.';
