import type { FailureClass } from './failure-classes.ts';

/** Names one Kubernetes object. Cluster-scoped objects have the namespace `''`. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** What its name has in common with others that the same generator makes, as `db-init-*`: they are one owner. */
  readonly series?: string;
}

/** An object in a log line: `Deployment/shop/checkout`, or `Node/worker-1` for what is in no namespace. */
export function objectPath({
  kind,
  namespace,
  name,
}: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/**
 * What a detector says about one object at one moment. A signal is a level, not an edge: as long as
 * the object looks like this, every look at it gives the same signal.
 */
export interface Signal {
  readonly class: FailureClass;
  /** The object that fails. */
  readonly regarding: ObjectRef;
  /** The field's own word where there is one: `CrashLoopBackOff`, `OOMKilled`, `Error`. */
  readonly reason: string;
  /** One sentence for a person. Text from the cluster is quoted in it as it stands: redact before use. */
  readonly message: string;
  /** Since when it stands, by the object's own times. `for` of the class counts from here, so a restart loses nothing. */
  readonly since: number;
  /** It only sums up what the pods may tell better: it waits for them. */
  readonly isSummary?: true;
  /** No object says since when: it has stood since it was first seen at this level, whatever `since` is. */
  readonly level?: string;
  /** It was seen to stand since then, in monotonic milliseconds, while a silence kept it back. */
  readonly seenFrom?: number;
  /** When the object was made, of one that its owner replaces. */
  readonly madeAt?: number;
  /** Uid of the owner that has made it. */
  readonly madeBy?: string;
  /** When the revision was made that the pod is of, where its ReplicaSet tells. */
  readonly revisedAt?: number;
  /** When the failure was last seen happening, by the object's own times. */
  readonly lastSeenAt: number;
  /** How often it has happened on this object (restarts, retries), at least 1. */
  readonly occurrences: number;
  /** The cause is final, waiting would not help: `for` of the class does not apply. */
  readonly immediate: boolean;
  /** Waiting may help here longer than `for` of the class, by so much. */
  readonly patienceMs?: number;
  /** The object has come to its end: this stays so when it is removed. */
  readonly isFinal?: true;
  /** It ended so long ago that it is no news. */
  readonly isLeftover?: true;
  /**
   * It is not told yet: it has restarted too seldom for all that one look can tell, or has run on for so long that it may be over. More
   * restarts, or the end of this run, prove it.
   */
  readonly unproven?: 'tooFew' | 'mayBeOver';
  /** The object looks well at the moment; the failure is over at this time unless it happens again. */
  readonly clearsAt?: number;
  /** The container concerned, for signals about one container. */
  readonly container?: ContainerSignal;
  /** Name of the node that the pod is on, for signals about pods. */
  readonly node?: string;
  /** What is missing or out of reach, where others may fail for the same. */
  readonly sharedCause?: SharedCause;
  /** What kubelet, runtime or a driver says, without what only this pod has in it: pods that say the same may fail for the same. Not redacted. */
  readonly saidAlike?: string;
  /** A node that is not there for its pods: what they show is its failure. */
  readonly takesPodsAlong?: true;
  /** A node that is short of something: it puts pods out and takes no new ones. */
  readonly evictsPods?: true;
  /** What a node has in common with others, the narrowest first: several that go together are one failure. */
  readonly nodeGroups?: readonly string[];
  /** The pod finds no node because nodes do not answer, or are short of something. */
  readonly lacksNodes?: true;
  /** The pod's volume is still attached to another node. */
  readonly isVolumeHeld?: true;
}

/** What is known of such a kind. */
export interface SharedCauseKind {
  /** Of its API; empty where it is no object of the cluster. */
  readonly apiVersion: string;
  readonly isNamespaced?: true;
  /** Only pods that need it, and Events, speak of it; of the others also controllers do, which cannot make their pods. */
  readonly isPassive?: true;
}

/** What several owners can fail for at once: objects of the cluster, and things that are none. */
export const sharedCauseKinds = {
  Secret: { apiVersion: 'v1', isNamespaced: true, isPassive: true },
  ConfigMap: { apiVersion: 'v1', isNamespaced: true, isPassive: true },
  ServiceAccount: { apiVersion: 'v1', isNamespaced: true },
  ResourceQuota: { apiVersion: 'v1', isNamespaced: true },
  PersistentVolumeClaim: { apiVersion: 'v1', isNamespaced: true, isPassive: true },
  PersistentVolume: { apiVersion: 'v1', isPassive: true },
  StorageClass: { apiVersion: 'storage.k8s.io/v1', isPassive: true },
  SecretProviderClass: {
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    isNamespaced: true,
    isPassive: true,
  },
  CSIDriver: { apiVersion: 'storage.k8s.io/v1', isPassive: true },
  PriorityClass: { apiVersion: 'scheduling.k8s.io/v1' },
  RuntimeClass: { apiVersion: 'node.k8s.io/v1' },
  /** The `handler` of RuntimeClasses, which the container runtimes have to know. */
  RuntimeHandler: { apiVersion: '', isPassive: true },
  APIService: { apiVersion: 'apiregistration.k8s.io/v1', isPassive: true },
  /** By the name of the webhook in its configuration. */
  Webhook: { apiVersion: '' },
  /** A host of images. */
  Registry: { apiVersion: '', isPassive: true },
  /** A host of NFS, SMB or Ceph volumes. */
  FileServer: { apiVersion: '', isPassive: true },
  /** The DNS server that nodes ask, by its address. */
  NameServer: { apiVersion: '', isPassive: true },
  /** What gives the pods of a node their addresses. */
  NodeNetwork: { apiVersion: '', isPassive: true },
  NodeDisk: { apiVersion: '', isPassive: true },
  /** What starts the containers of a node. */
  NodeRuntime: { apiVersion: '', isPassive: true },
  /** As many volumes as a node may have. */
  NodeVolumes: { apiVersion: '', isPassive: true },
  /** A taint that all nodes have. */
  NodeTaint: { apiVersion: '', isPassive: true },
  /** A resource of which no node has enough left. */
  NodeCapacity: { apiVersion: '', isPassive: true },
  /** The CNI plugin that the runtimes of all nodes ask. */
  NetworkPlugin: { apiVersion: '', isPassive: true },
  /** By the name that its injector gives it in every pod. */
  InjectedContainer: { apiVersion: '', isPassive: true },
  /** No cause is known, and pods of several owners say the same; by the reason of the failure. */
  SameMessage: { apiVersion: '', isPassive: true },
  /** Nodes of a zone or a pool. */
  NodeGroup: { apiVersion: '' },
  /** What ended long before the agent came. */
  Leftovers: { apiVersion: '' },
} as const satisfies Readonly<Record<string, SharedCauseKind>>;

/** The name of a cause whose kind alone is known. */
export const UNNAMED = 'unnamed';

/** Of kinds that have a namespace it is the one of the object that fails; all others are of the whole cluster. */
export interface SharedCause {
  readonly kind: keyof typeof sharedCauseKinds;
  readonly name: string;
}

/** How a container runs inside its pod. A sidecar is an init container with `restartPolicy: Always`. */
export type ContainerRole = 'app' | 'init' | 'sidecar' | 'ephemeral';

/** The container part of a signal. */
export interface ContainerSignal {
  readonly name: string;
  readonly role: ContainerRole;
  readonly exitCode?: number;
  readonly restartCount: number;
}
