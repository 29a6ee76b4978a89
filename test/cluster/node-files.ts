import { join } from 'node:path';
import { bridgeName, containerdSocket, networkName, pkiPath, podRange, type Layout } from './layout.ts';
import { pauseImage } from './image-names.ts';
import { minorOf } from './kubernetes.ts';

/**
 * The kubelet's configuration. Differences from a usual node, each with its reason:
 * cgroup v1 and a host without swap accounting are accepted; nothing is evicted and no image is removed, because
 * images cannot be pulled again; a crash loop shows within 20 s (since 1.32; before it waits five minutes at most); statuses
 * come every 4 s.
 */
export function kubeletConfiguration(layout: Layout): string {
  return `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: ${layout.address}
healthzBindAddress: 127.0.0.1
containerRuntimeEndpoint: unix://${containerdSocket(layout)}
podLogsDir: ${join(layout.dir, 'pod-logs')}
volumePluginDir: ${join(layout.dir, 'volume-plugins')}
tlsCertFile: ${pkiPath(layout, 'kubelet.crt')}
tlsPrivateKeyFile: ${pkiPath(layout, 'kubelet.key')}
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true, cacheTTL: 10s}
  x509: {clientCAFile: ${pkiPath(layout, 'ca.crt')}}
authorization: {mode: Webhook}
failSwapOn: false
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
localStorageCapacityIsolation: false
makeIPTablesUtilChains: false
evictionHard: {}
imageGCHighThresholdPercent: 100
# There is no DNS server, but without an address here every pod gets a Warning event again and again.
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
nodeStatusUpdateFrequency: 4s
${newerKubeletFields(minorOf(layout.kubernetes))}`;
}

/** Fields that a kubelet has since some minor, and the gates that they need (pkg/features/kube_features.go of 1.36.3). */
function newerKubeletFields(minor: number): string {
  const crashLoop = 'crashLoopBackOff: {maxContainerRestartPeriod: 20s}\n';
  return [
    minor >= 31 ? 'failCgroupV1: false\n' : '',
    minor >= 32 ? crashLoop : '',
    minor >= 32 && minor < 35 ? 'featureGates: {KubeletCrashLoopBackOffMax: true}\n' : '',
  ].join('');
}

/**
 * The configuration of a containerd of our own, apart from one that the machine may run.
 * restrict_oom_score_adj: without CAP_SYS_RESOURCE no sandbox could be made otherwise.
 */
export function containerdConfiguration(layout: Layout): string {
  const dir = join(layout.dir, 'containerd');
  return `version = 2
root = "${join(dir, 'root')}"
state = "${join(dir, 'state')}"
oom_score = 0

[grpc]
  address = "${containerdSocket(layout)}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${join(dir, 'opt')}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  disable_apparmor = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(layout.dir, 'cni')}"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
`;
}

/** The pod network: one bridge, addresses given out from a folder of ours. */
export function networkConfiguration(layout: Layout): string {
  const bridge = {
    type: 'bridge',
    bridge: bridgeName,
    isGateway: true,
    hairpinMode: true,
    ipam: {
      type: 'host-local',
      dataDir: join(layout.dir, 'addresses'),
      ranges: [[{ subnet: podRange }]],
      routes: [{ dst: '0.0.0.0/0' }],
    },
  };
  const network = { cniVersion: '1.0.0', name: networkName, plugins: [bridge] };
  return `${JSON.stringify(network, undefined, 2)}\n`;
}
