import type { SharedCause } from '../domain/failure.ts';

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
    // mount.nfs(8) and mount.cifs(8): the server is in the arguments that the kubelet quotes before what they say.
    kind: 'FileServer',
    pattern:
      /-t (?:nfs4?|cifs|ceph|glusterfs) (?:-o \S+ )?(?:\/\/)?([^\s/]+?):?\/.*(?:timed out|connection refused|no route to host|host is down|server is down|failed to resolve)/is,
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
  return SILENT_DRIVER.test(text ?? '') ? { kind: 'CSIDriver', name: 'unnamed' } : blamed([VOLUME], text);
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
  return named === undefined && TIMED_OUT.test(text ?? '') ? { kind: 'Webhook', name: 'unnamed' } : named;
}

/** The storage class or the API of metrics that an Event blames. */
export function unservedBy(text: string): SharedCause | undefined {
  const group = metricsGroups[METRICS_API.exec(text)?.[1]?.toLowerCase() ?? ''];
  return group === undefined ? blamed(provisioning, text) : { kind: 'APIService', name: group };
}

/** What kubelet and runtimes say when a pod gets no network: nobody else on its node does either (CNI plugins, the runtime's sandbox). */
const NO_NETWORK =
  /\bnetwork for (?:pod|sandbox)|\bcni\b|network is not ready|no IP addresses available|assign an IP address/i;

/** The plugin that the runtime has asked (libcni; dockershim and cri-dockerd call each of them `cni`), and what is said where there is none. */
const NETWORK_PLUGIN =
  /\bplugin type="([^"]+)"|\bnetworkPlugin (\S+) failed|\bcni (?:plugin not initialized|config uninitialized)/i;

/** What the kernel says of a file system without room, which may be that of a volume. */
const NO_SPACE = /\bno space left on device\b/i;

/** The disk of a node, for what the kubelet or the runtime cannot write there. */
function diskOf(node: string | undefined, text: string): SharedCause | undefined {
  const isNodes = NO_SPACE.test(text) && !VOLUME.pattern.test(text);
  return node !== undefined && isNodes ? { kind: 'NodeDisk', name: node } : undefined;
}

/** What stands in the way on this node, or is missing everywhere, of a container that cannot be made. Its words may be those of a program. */
export function lackedBy(node: string | undefined, text = ''): SharedCause | undefined {
  return diskOf(node, text) ?? blamed(missing, text);
}

/** The same of a volume that cannot be had, which the kubelet or a driver says. */
export function lackedByVolume(node: string | undefined, text = ''): SharedCause | undefined {
  return diskOf(node, text) ?? missingObject(text);
}

/**
 * What a failed sandbox blames: the network plugin, which other nodes have as well and which may fail on one after the other; the network of
 * its node, where no plugin is named; or its disk.
 */
export function sandboxCause(node: string | undefined, text = ''): SharedCause | undefined {
  if (node === undefined || !NO_NETWORK.test(text)) return diskOf(node, text);
  const plugin = NETWORK_PLUGIN.exec(text);
  return plugin === null
    ? { kind: 'NodeNetwork', name: node }
    : { kind: 'NetworkPlugin', name: plugin[1] ?? plugin[2] ?? 'missing' };
}

function blamed(blames: readonly Blame[], text: string | undefined): SharedCause | undefined {
  for (const { kind, pattern } of blames) {
    const found = pattern.exec(text ?? '');
    const name = found?.[1] ?? found?.[2];
    if (name !== undefined) return { kind, name };
  }
  return undefined;
}

/** Where an image without a host in its name comes from. */
const DEFAULT_REGISTRY = 'docker.io';

/** The registry of an image: the part before the first slash where it can be a host, as the container runtimes read it. */
export function registryOf(image: string): SharedCause {
  const first = image.includes('/') ? image.slice(0, image.indexOf('/')) : '';
  const isHost = /[.:]/.test(first) || first === 'localhost';
  return { kind: 'Registry', name: isHost ? first : DEFAULT_REGISTRY };
}

/**
 * `0/3 nodes are available: 2 Insufficient cpu, 1 node(s) had untolerated taint {key: value}.` (framework.FitError of the scheduler). Kubernetes
 * 1.36 tells no key: `1 node(s) had untolerated taint(s)`.
 */
const NODES = /^\d+\/(\d+) nodes are available: (.*)$/s;
const LACK = /\b(\d+) Insufficient ([^\s,]+)/g;
const TAINTED = /\b(\d+) node\(s\) had (?:untolerated taint|taint) \{([^:}]+)/g;
const TAINTED_SOMEHOW = /\b(\d+) node\(s\) had untolerated taint\(s\)/g;
const CONTROL_PLANE = /^node-role\.kubernetes\.io\/(?:control-plane|master)$/;

/** What the scheduler misses on every node that is not of the control plane, or tainted somehow, and that whoever comes next misses as well. */
export function lackOfNodes(text = ''): SharedCause | undefined {
  const [, total, reasons = ''] = NODES.exec(text) ?? [];
  const taints = countsOf(reasons, TAINTED);
  const others = [
    ...taints.filter(({ name }) => CONTROL_PLANE.test(name)),
    ...countsOf(reasons, TAINTED_SOMEHOW),
  ];
  const nodes = Number(total) - sumOf(others);
  const isOnAll = ({ count, name }: Counted): boolean =>
    nodes > 0 && count >= nodes && !CONTROL_PLANE.test(name);
  const taint = taints.find(isOnAll);
  if (taint !== undefined) return { kind: 'NodeTaint', name: taint.name };
  const lack = countsOf(reasons, LACK).find(isOnAll);
  return lack && { kind: 'NodeCapacity', name: lack.name };
}

interface Counted {
  readonly count: number;
  readonly name: string;
}

function countsOf(text: string, pattern: RegExp): readonly Counted[] {
  return [...text.matchAll(pattern)].map(([, count, name = '']) => ({
    count: Number(count),
    name: name.trim().replace(/\.$/, ''),
  }));
}

function sumOf(counted: readonly Counted[]): number {
  return counted.reduce((sum, { count }) => sum + count, 0);
}
