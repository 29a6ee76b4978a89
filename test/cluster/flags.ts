import { join } from 'node:path';
import { minorOf } from './kubernetes.ts';
import {
  auditLogPath,
  etcdUrl,
  kubeconfigPath,
  nodeName,
  pkiPath,
  podRange,
  serviceRange,
  type Layout,
} from './layout.ts';

/** Name and value of each flag of a program, without the leading dashes. */
type Flags = Readonly<Record<string, string>>;

/** Turns flags into arguments, one `--name=value` for each. */
export function toArguments(flags: Flags): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

/** etcd on loopback, without fsync: this data lives as long as a test. */
export function etcdArguments(layout: Layout): string[] {
  const peerUrl = `http://127.0.0.1:${layout.etcdPeerPort}`;
  return toArguments({
    name: 'default',
    'data-dir': join(layout.dir, 'etcd'),
    'listen-client-urls': etcdUrl(layout),
    'advertise-client-urls': etcdUrl(layout),
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `default=${peerUrl}`,
    'unsafe-no-fsync': 'true',
  });
}

/** The flags that an API server needs with and without a node. */
export function apiServerFlags(layout: Layout): Flags {
  return {
    'etcd-servers': etcdUrl(layout),
    'bind-address': layout.address,
    'secure-port': String(layout.apiPort),
    'cert-dir': join(layout.dir, 'pki'),
    'tls-cert-file': pkiPath(layout, 'kube-apiserver.crt'),
    'tls-private-key-file': pkiPath(layout, 'kube-apiserver.key'),
    'client-ca-file': pkiPath(layout, 'ca.crt'),
    'authorization-mode': 'Node,RBAC',
    'allow-privileged': 'true',
    'service-cluster-ip-range': serviceRange,
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': pkiPath(layout, 'service-account.pub'),
    'service-account-signing-key-file': pkiPath(layout, 'service-account.key'),
    // A token lives as long as the pod asked for, so that a test can see one expire.
    'service-account-extend-token-expiration': 'false',
    'audit-policy-file': join(layout.dir, 'config', 'audit-policy.yaml'),
    'audit-log-path': auditLogPath(layout),
  };
}

/** The API server of the whole cluster: it also speaks to the kubelet. */
export function apiServerArguments(layout: Layout): string[] {
  return toArguments({
    ...apiServerFlags(layout),
    'advertise-address': layout.address,
    'kubelet-certificate-authority': pkiPath(layout, 'ca.crt'),
    'kubelet-client-certificate': pkiPath(layout, 'admin.crt'),
    'kubelet-client-key': pkiPath(layout, 'admin.key'),
    'kubelet-preferred-address-types': 'InternalIP',
  });
}

/** An API server alone: there is no controller to make service accounts, and no pod to reach its service. */
export function loneApiServerArguments(layout: Layout): string[] {
  return toArguments({
    ...apiServerFlags(layout),
    'endpoint-reconciler-type': 'none',
    'disable-admission-plugins': 'ServiceAccount',
  });
}

/**
 * The controllers; a lost node turns NotReady after 16 s instead of 50. Each may ask more often than 20 times a second, as suites side by side
 * make hundreds of objects at once.
 */
export function controllerManagerArguments(layout: Layout): string[] {
  return toArguments({
    kubeconfig: kubeconfigPath(layout, 'kube-controller-manager'),
    'bind-address': '127.0.0.1',
    'service-account-private-key-file': pkiPath(layout, 'service-account.key'),
    'root-ca-file': pkiPath(layout, 'ca.crt'),
    'use-service-account-credentials': 'true',
    'leader-elect': 'false',
    'node-monitor-grace-period': '16s',
    'kube-api-qps': '200',
    'kube-api-burst': '400',
  });
}

/** The scheduler. */
export function schedulerArguments(layout: Layout): string[] {
  return toArguments({
    kubeconfig: kubeconfigPath(layout, 'kube-scheduler'),
    'bind-address': '127.0.0.1',
    'leader-elect': 'false',
  });
}

/** The kubelet's flags; the rest is in its configuration file. */
export function kubeletArguments(layout: Layout): string[] {
  return toArguments({
    config: join(layout.dir, 'config', 'kubelet.yaml'),
    kubeconfig: kubeconfigPath(layout, 'kubelet'),
    'root-dir': join(layout.dir, 'kubelet'),
    'hostname-override': nodeName,
    'node-ip': layout.address,
  });
}

/** kube-proxy's flags; the rest is in its configuration file. */
export function proxyArguments(layout: Layout): string[] {
  return toArguments({
    config: join(layout.dir, 'config', 'kube-proxy.yaml'),
    'hostname-override': nodeName,
  });
}

/** kube-proxy's configuration. */
export function proxyConfiguration(layout: Layout): string {
  // Of its own accord since 1.31; the gate is gone in a later version (pkg/features/kube_features.go).
  const gate = minorOf(layout.kubernetes) < 31 ? 'featureGates: {NFTablesProxyMode: true}\n' : '';
  return `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
${gate}mode: nftables
clusterCIDR: ${podRange}
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
clientConnection:
  kubeconfig: ${kubeconfigPath(layout, 'kube-proxy')}
nftables:
  # Two pods on one bridge would answer each other directly, past the translation of the service address.
  masqueradeAll: true
# The kernel's own limits stay as they are.
conntrack:
  maxPerCore: 0
  tcpEstablishedTimeout: 0s
  tcpCloseWaitTimeout: 0s
`;
}

/** What the API server writes down: who asked for what, never a body. */
export const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
`;
