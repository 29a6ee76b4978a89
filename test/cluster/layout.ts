import { join } from 'node:path';
import { pinnedKubernetes } from './kubernetes.ts';

/** Where one run of a control plane or of the whole cluster lives and listens. */
export interface Layout {
  /** Folder of everything that the run writes. Removed at its end. */
  readonly dir: string;
  /** Folder with the programs etcd, kube-apiserver and so on. */
  readonly binDir: string;
  /** Version of these programs, as in `1.36.3`. */
  readonly kubernetes: string;
  /** IPv4 address of the API server and the kubelet. */
  readonly address: string;
  readonly apiPort: number;
  /** etcd listens on loopback only. */
  readonly etcdPort: number;
  readonly etcdPeerPort: number;
}

/** Name of the only real node. */
export const nodeName = 'node-1';

/** Name of the bridge to which pods are connected. At most 15 characters: the kernel's limit. */
export const bridgeName = 'ankra-agent0';

/** The host's own address on the bridge: pods reach the API server and test servers of the host by it. */
export const hostAddress = '10.244.0.1';

/** Addresses of pods. */
export const podRange = '10.244.0.0/24';

/** Addresses of services; the first is always `kubernetes.default`. */
export const serviceRange = '10.96.0.0/16';

/** Cluster IP of the service `kubernetes` in namespace `default`. */
export const apiServiceAddress = '10.96.0.1';

/** Name of the CNI network: prefix of the files that libcni leaves in its cache. */
export const networkName = 'ankra-support-agent-cluster';

/** Everything that the cluster writes, except for a few folders whose path Kubernetes fixes. */
export const clusterDir = '/var/lib/ankra-support-agent-cluster';

/** The layout of the one cluster of this machine. */
export function clusterLayout(binDir: string, kubernetes = pinnedKubernetes): Layout {
  return {
    dir: clusterDir,
    binDir,
    kubernetes,
    address: hostAddress,
    apiPort: 6443,
    etcdPort: 12_379,
    etcdPeerPort: 12_380,
  };
}

/** Base URL of the API server. */
export function serverUrl(layout: Layout): string {
  return `https://${layout.address}:${layout.apiPort}`;
}

/** Base URL of etcd for clients. */
export function etcdUrl(layout: Layout): string {
  return `http://127.0.0.1:${layout.etcdPort}`;
}

/** A certificate, its key or the CA of a layout: `pki/<file>`. */
export function pkiPath(layout: Layout, file: string): string {
  return join(layout.dir, 'pki', file);
}

/** The kubeconfig of one user: admin, kube-controller-manager, kube-scheduler, kube-proxy or kubelet. */
export function kubeconfigPath(layout: Layout, user: string): string {
  return join(layout.dir, 'kubeconfig', `${user}.yaml`);
}

/** The log of one component. */
export function logPath(layout: Layout, component: string): string {
  return join(layout.dir, 'logs', `${component}.log`);
}

/** The API server's audit log: one JSON object a line, level Metadata. */
export function auditLogPath(layout: Layout): string {
  return join(layout.dir, 'logs', 'audit.log');
}

/** The socket of this cluster's own containerd. */
export function containerdSocket(layout: Layout): string {
  return join(layout.dir, 'containerd', 'containerd.sock');
}

/** Where a cluster says which Kubernetes it is. */
export function versionPath(layout: Layout): string {
  return join(layout.dir, 'kubernetes-version');
}
