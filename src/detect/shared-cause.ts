import { type SharedCause, UNNAMED } from '../domain/failure.ts';
import type { PodDetail } from '../domain/views.ts';
import { networkOf } from './network-cause.ts';

/** What the kubelet and the scheduler say of an object that is not there, or of a key in it: the name is in the first or second group. */
const missing: readonly Blame[] = [
  { kind: 'Secret', pattern: /\bsecret "([^"]+)" not found|\bkey \S+ in Secret [^/\s]+\/([^\s,;]+)/i },
  {
    kind: 'ConfigMap',
    pattern: /\bconfigmap "([^"]+)" not found|\bkey \S+ in ConfigMap [^/\s]+\/([^\s,;]+)/i,
  },
  {
    kind: 'PersistentVolumeClaim',
    pattern:
      /\bpersistentvolumeclaims? "([^"]+)"(?: is)? (?:not found|not bound|bound to non-existent|being deleted)/i,
  },
  { kind: 'SecretProviderClass', pattern: /\bSecretProviderClass\S* "([^"]+)" not found/i },
  {
    // The kubelet (pkg/volume/csi) and the attach controller of a driver that has not registered; its socket, where it has gone.
    kind: 'CSIDriver',
    pattern:
      /\bdriver name (\S+) not found in the list of registered CSI drivers|\bdoes not contain driver ([^\s,;]+)/i,
  },
  { kind: 'CSIDriver', pattern: /\bdial unix \S*\/plugins\/([^/\s]+)\/\S*: connect: / },
  {
    // Amazon's mount helper goes through a proxy on the node itself: the file system is named in its arguments.
    kind: 'FileServer',
    pattern: /-t efs\b.*?\b(fs-[0-9a-f]{8,})\b|\bFailed to resolve "(fs-[0-9a-f]{8,})\./is,
  },
  {
    // mount.nfs(8) and mount.cifs(8): the server is in the arguments that the kubelet quotes before what they say. A path that it does not
    // have is that of one volume. A node without the helper program stands here, as mostly all nodes lack it.
    kind: 'FileServer',
    pattern:
      /-t (?:nfs4?|cifs|ceph|glusterfs) (?:-o \S+ )?(?:\/\/)?([^\s/]+?):?\/.*(?:timed out|connection refused|no route to host|host is down|server is down|failed to resolve|access denied|permission denied|protocol not supported|helper program)|\baccess denied by server while mounting (?!127\.)([^\s:]+):/is,
  },
  {
    kind: 'CSIDriver',
    pattern: /\btimed out waiting for external-attacher of (\S+) CSI driver/i,
  },
];

/**
 * What the API server says when it refuses a pod for something that others need as well (pkg/quota of apiserver, the admission plugins
 * ServiceAccount, Priority and RuntimeClass, and the webhook dispatcher). A webhook that *denies* a pod has a reason of that pod's own.
 */
const refusing: readonly Blame[] = [
  { kind: 'Webhook', pattern: /\bfailed calling webhook "([^"]+)"|\bfailed to call webhook "([^"]+)"/i },
  { kind: 'ResourceQuota', pattern: /\b(?:exceeded|failed) quota: ([^\s,:]+)/i },
  { kind: 'ServiceAccount', pattern: /\bserviceaccounts? "([^"]+)" not found/i },
  { kind: 'PriorityClass', pattern: /\bno PriorityClass with name (\S+) was found/i },
  { kind: 'RuntimeClass', pattern: /\bRuntimeClass "([^"]+)" not found/i },
];

/** What the provisioners of volumes say: of the class of a claim alone, as all its claims lack the same. */
const provisioning: readonly Blame[] = [
  {
    kind: 'StorageClass',
    pattern: /\bStorageClass "([^"]+)"|\bstorageclass(?:\.storage\.k8s\.io)? "([^"]+)" not found/i,
  },
];

/**
 * The APIs of metrics that do not answer (pkg/controller/podautoscaler/metrics). One that answers and does not have the metric is
 * asked for the wrong one.
 */
const METRICS_API =
  /unable to fetch metrics from (resource|custom|external) metrics API: (?!.*could not find the metric)/i;
const metricsGroups: Readonly<Record<string, string>> = {
  resource: 'metrics.k8s.io',
  custom: 'custom.metrics.k8s.io',
  external: 'external.metrics.k8s.io',
};

interface Blame {
  readonly kind: SharedCause['kind'];
  /** The name is in its first or second group. */
  readonly pattern: RegExp;
}

/**
 * A driver that does not answer in time, or still works at what ran into its deadline before (the codes of gRPC, pkg/volume/csi of the
 * kubelet, the drivers' own locks). Whose it is is not said.
 */
const SILENT_DRIVER =
  /\brpc error: code = (?:DeadlineExceeded|Unavailable)\b|\boperation with the given Volume ID \S+ already exists|\battachment timeout for volume\b/i;
/** The volume itself, where nothing else is named. */
const VOLUME: Blame = { kind: 'PersistentVolume', pattern: /\bfor volume "(pvc-[^"]+)"/i };

/** The Secret, ConfigMap, claim, driver or volume that a message blames, if it names one. */
export function missingObject(text: string | undefined): SharedCause | undefined {
  const named = blamed(missing, text);
  if (named !== undefined) return named;
  return SILENT_DRIVER.test(text ?? '') ? { kind: 'CSIDriver', name: UNNAMED } : blamed([VOLUME], text);
}

/** Proxies that are put beside the containers of a pod and run on when those have ended, by the names that their injectors give. */
const injectedProxies: ReadonlySet<string> = new Set([
  'istio-proxy',
  'linkerd-proxy',
  'kuma-sidecar',
  'consul-dataplane',
  'daprd',
  'vault-agent',
]);
/** Those that each workload has in its own template, with settings of its own; a gateway is nothing else. */
const ownProxies: ReadonlySet<string> = new Set(['envoy', 'cloud-sql-proxy', 'cloudsql-proxy']);
/** What the same injectors let run before. */
const preparations: ReadonlySet<string> = new Set([
  'istio-init',
  'istio-validation',
  'linkerd-init',
  'linkerd-network-validator',
  'kuma-init',
  'consul-connect-inject-init',
  'vault-agent-init',
]);

/** Whether a container is a proxy that serves the others of its pod. */
export function isProxy(container: string): boolean {
  return injectedProxies.has(container) || ownProxies.has(container);
}

/** An injected container fails for what all pods have that it is put into: its control plane, its settings, the nodes. */
export function injectedAs(container: string): SharedCause | undefined {
  return injectedProxies.has(container) || preparations.has(container)
    ? { kind: 'InjectedContainer', name: container }
    : undefined;
}

/** An admission that takes too long is cut off without a word about whose it was. */
const TIMED_OUT = /\bTimeout: request did not complete within (?:the )?(?:requested|allotted) timeout/i;

/** What a refusal of pods blames that others need as well. */
export function refusedFor(text: string | undefined): SharedCause | undefined {
  const named = blamed(refusing, text);
  return named === undefined && TIMED_OUT.test(text ?? '') ? { kind: 'Webhook', name: UNNAMED } : named;
}

/** The storage class or the API of metrics that an Event blames. */
export function unservedBy(text: string): SharedCause | undefined {
  const group = metricsGroups[METRICS_API.exec(text)?.[1]?.toLowerCase() ?? ''];
  return group === undefined ? blamed(provisioning, text) : { kind: 'APIService', name: group };
}

/** A handler that the runtimes of the nodes do not have (containerd, CRI-O): all pods whose RuntimeClass names it lack it. The RuntimeClass may have another name. */
const HANDLER: Blame = {
  kind: 'RuntimeHandler',
  pattern: /\bno runtime for "([^"]+)" is configured|\bfailed to find runtime handler (\S+)/i,
};

/** What the kernel says of a file system without room, which may be that of a volume; and of namespaces, control groups and watches that are used up. */
const NO_SPACE = /\bno space left on device\b/i;
const NO_DISK = /fork\/exec|cgroup|start unit|inotify/i;
/** A disk turns read-only after an error: where kubelet and runtime keep their files, not in the tree of a container or on a volume. */
const READ_ONLY =
  / \/(?:var\/lib\/(?:kubelet|containerd|containers|docker|rancher)|run\/(?:containerd|crio|docker|k3s))\/(?!\S*\/(?:merged|rootfs|volumes|volume-subpaths|plugins)\/)\S+: read-only file system/i;
/** What only the node itself can have broken: the driver of its devices (nvidia-container-toolkit), its processes and open files. */
const BROKEN_RUNTIME =
  /\bnvidia-container-(?:cli|runtime)\b.*\berror|\bfork\/exec \S+: resource temporarily unavailable|\bfailed to create fsnotify watcher: too many open files/is;
/** A node has as many volumes as its machine may: the drivers of Azure, AWS and Google Cloud. */
const VOLUME_LIMIT =
  /maximum number of data disks|AttachmentLimitExceeded|maximum number of attachments|maximum_persistent_disks/i;

/** What only this node does not have, in the words of kubelet, runtime and drivers. */
function lackOfNode(node: string | undefined, text: string): SharedCause | undefined {
  if (node === undefined) return undefined;
  const isFull = NO_SPACE.test(text) && !NO_DISK.test(text) && !VOLUME.pattern.test(text);
  if (isFull || READ_ONLY.test(text)) return { kind: 'NodeDisk', name: node };
  if (VOLUME_LIMIT.test(text)) return { kind: 'NodeVolumes', name: node };
  return BROKEN_RUNTIME.test(text) ? { kind: 'NodeRuntime', name: node } : undefined;
}

/** What stands in the way on this node, or is missing everywhere, of a container that cannot be made, in the words of kubelet and runtime. */
export function lackedBy(node: string | undefined, text = ''): SharedCause | undefined {
  return lackOfNode(node, text) ?? blamed(missing, text);
}

/** The same of a volume that cannot be had, which the kubelet or a driver says. */
export function lackedByVolume(node: string | undefined, text = ''): SharedCause | undefined {
  return lackOfNode(node, text) ?? missingObject(text);
}

/** A virtual kubelet gives this reason to a pod that its provider has not made (virtual-kubelet, node/pod.go). */
const NOT_PROVIDED = 'ProviderFailed';

/** The same of a pod that its node has not taken, by its `status`. */
export function refusedByNode(
  node: string | undefined,
  { reason, message }: Pick<PodDetail, 'reason' | 'message'>,
): SharedCause | undefined {
  return reason === NOT_PROVIDED && node !== undefined
    ? { kind: 'NodeRuntime', name: node }
    : lackOfNode(node, message ?? '');
}

/** What a failed sandbox blames: its node, the network, or the handler of its RuntimeClass. */
export function sandboxCause(node: string | undefined, text = ''): SharedCause | undefined {
  return lackOfNode(node, text) ?? networkOf(node, text) ?? blamed([HANDLER], text);
}

function blamed(blames: readonly Blame[], text: string | undefined): SharedCause | undefined {
  for (const { kind, pattern } of blames) {
    const found = pattern.exec(text ?? '');
    const name = found?.[1] ?? found?.[2];
    if (name !== undefined) return { kind, name };
  }
  return undefined;
}

/** The resolver of a node did not answer, which says nothing of the name (package net of Go; CRI-O and containerd quote it). */
const UNRESOLVED =
  /\blookup \S+(?: on (\S+):53)?: (?:server misbehaving|temporary failure|try again|i\/o timeout|(?:read|dial) (?:udp|tcp))/i;

/** Whether a pull failed before any registry was asked. */
export function isNameUnresolved(text: string): boolean {
  return UNRESOLVED.test(text);
}

/** What others lack as well who pull such an image: the name server of their nodes, or the registry. */
export function registryCause(image: string, text: string): SharedCause {
  const found = UNRESOLVED.exec(text);
  return found === null ? registryOf(image) : { kind: 'NameServer', name: found[1] ?? UNNAMED };
}

/** Where an image without a host in its name comes from. */
const DEFAULT_REGISTRY = 'docker.io';

/** The registry of an image: the part before the first slash where it can be a host, as the container runtimes read it. */
function registryOf(image: string): SharedCause {
  const first = image.includes('/') ? image.slice(0, image.indexOf('/')) : '';
  const isHost = /[.:]/.test(first) || first === 'localhost';
  return { kind: 'Registry', name: isHost ? first : DEFAULT_REGISTRY };
}
