import { toTime, type KubeObject } from './api-types.ts';

const healthyConditions = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
] as const;

const nodeInfo = {
  architecture: 'amd64',
  bootID: '5f0b3f0e-6f0c-4c58-9a66-0c2f8b8a4d11',
  containerRuntimeVersion: 'containerd://2.1.4',
  kernelVersion: '6.8.0-1021-aws',
  kubeProxyVersion: '',
  kubeletVersion: 'v1.36.3',
  machineID: 'ec2b7f1d0c5e4a6f9b8d7c6e5f4a3b2c',
  operatingSystem: 'linux',
  osImage: 'Ubuntu 24.04.2 LTS',
  systemUUID: 'ec2b7f1d-0c5e-4a6f-9b8d-7c6e5f4a3b2c',
};

/** A healthy worker node of a cloud zone; `now` is the time of its last heartbeat, a day after it joined. */
export function aNode(name: string, now: number): KubeObject {
  const joined = toTime(now - 24 * 60 * 60 * 1_000);
  const resources = { cpu: '4', 'ephemeral-storage': '102350Mi', memory: '16374052Ki', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      creationTimestamp: joined,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': 'm6i.xlarge',
        'topology.kubernetes.io/region': 'eu-central-1',
        'topology.kubernetes.io/zone': 'eu-central-1a',
      },
    },
    spec: { podCIDR: '10.244.0.0/24', providerID: `aws:///eu-central-1a/i-0a1b2c3d4e5f60718` },
    status: {
      capacity: resources,
      allocatable: { ...resources, cpu: '3920m', memory: '15347428Ki' },
      conditions: healthyConditions.map(([type, status, reason, message]) => ({
        type,
        status,
        lastHeartbeatTime: toTime(now),
        lastTransitionTime: joined,
        reason,
        message,
      })),
      addresses: [
        { type: 'InternalIP', address: '10.0.12.34' },
        { type: 'Hostname', address: name },
      ],
      nodeInfo,
    },
  };
}
