import { shellWord } from '../markdown.ts';
import type { Environment } from '../../../domain/environment.ts';
import type { StorageFacts } from '../../../domain/environment-facts.ts';
import { type Commands, firstMatch, type Hint, MAX_NAMED, type Row } from './class-text.ts';

const UNKNOWN =
  'Look at the claim and its events, then at the storage class, the CSI driver and where the volume is attached.';

/** host_path.go of Kubernetes, of a volume that is a path of the node. */
const HOST_PATH = /hostPath type check failed/;

const causes: readonly Row[] = [
  [
    HOST_PATH,
    'The pod mounts a path of its node, which is not there or is something else (hostPath): look at what should make it on this node, and at its type in the pod.',
  ],
  [
    /Multi-Attach|already exclusively attached|volume is already used by/i,
    'The volume takes one node at a time and is held by another one: mostly the old pod has not gone yet, or its node does not answer. It is let go when that pod is deleted, or 6 minutes after the node is gone.',
  ],
  [
    /volume node affinity conflict/i,
    'The volume can only be reached from some nodes, mostly those of its zone, and none of them takes the pod.',
  ],
  [
    /wrong fs type|can't read superblock|fsck/i,
    'The file system on the volume cannot be read: look at the volume before anything writes to it.',
  ],
  [
    /connection refused|no route to host|timed out|deadline exceeded/i,
    'The storage does not answer in time: look at the CSI driver on this node and at the storage itself.',
  ],
  [
    /permission denied|access denied/i,
    'The storage refuses access: look at its export or at the rights of the driver.',
  ],
  [
    /driver name .* not found in the list/i,
    'The CSI driver does not run on this node: look at the pods of its DaemonSet there.',
  ],
  [
    /no such file or directory|is not a directory/i,
    'The path behind the volume does not exist on this node.',
  ],
];

/** Why a volume is not there. What the claims show is surer than what the words say. */
export const storageHint: Hint = (input) =>
  claimHint(input.environment) ?? firstMatch(causes, input) ?? UNKNOWN;

function claimHint({ storage }: Environment): string | undefined {
  if (storage === undefined) return undefined;
  const [worst] = storage.claims.filter(({ phase }) => phase !== 'Bound');
  return worst === undefined ? undefined : phaseHint(worst, storage);
}

function phaseHint(claim: StorageFacts['claims'][number], { classes }: StorageFacts): string | undefined {
  if (claim.phase === 'NotFound')
    return 'The claim does not exist in this namespace: create it, or fix its name in the pod.';
  if (claim.phase === 'Lost')
    return 'The volume behind the claim is gone, and what was on it with it, unless the storage still has it.';
  if (claim.storageClass === undefined)
    return 'The claim names no storage class, and the cluster gave it no default one: name one, or make one the default.';
  if (claim.storageClass === '')
    return 'The claim wants a volume that somebody makes by hand, and none fits: look at size, access mode and selector.';
  const known = classes.find(({ name }) => name === claim.storageClass);
  if (known !== undefined && known.provisioner === undefined)
    return 'The storage class that the claim names does not exist: create it, or recreate the claim with another one, as the class of a claim cannot be changed.';
  return known === undefined ? undefined : provisionerHint(known);
}

function provisionerHint({ provisioner, volumeBindingMode }: StorageFacts['classes'][number]): string {
  if (provisioner === 'kubernetes.io/no-provisioner')
    return 'Volumes of this class are made by hand, and none that is free fits: look at size, access mode and node.';
  if (volumeBindingMode === 'WaitForFirstConsumer')
    return 'The volume is made once the pod has a node: look at why the scheduler finds none, then at the provisioner.';
  return 'The provisioner of the class has not made the volume: its events on the claim, and the log of its pods, say why.';
}

/** Reads claims, volumes and classes. */
export const storageCommands: Commands = ({ kubectl }, { message, environment: { storage, owner } }) => {
  // There is neither a claim nor a class behind it.
  if (HOST_PATH.test(message)) return [];
  const { claims = [], volumes = [] } = storage ?? {};
  const known = claims.filter(({ phase }) => phase !== 'NotFound').slice(0, MAX_NAMED);
  return [
    // A claim that is the owner is described already.
    ...(owner.kind === 'PersistentVolumeClaim' ? [] : known).map(
      ({ name }) => `${kubectl} describe ${shellWord(`pvc/${name}`)}`,
    ),
    ...(known.length === claims.length && known.length > 0 ? [] : [`${kubectl} get pvc`]),
    ...volumes.slice(0, MAX_NAMED).map(({ name }) => `kubectl describe ${shellWord(`pv/${name}`)}`),
    'kubectl get storageclass',
    ...(volumes.length === 0 ? [] : ['kubectl get volumeattachments']),
  ];
};
