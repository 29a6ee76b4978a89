import { busyboxImage, nodeBaseImage } from '../../cluster/index.ts';

/** Parts of a Deployment that a test chooses; the rest is what every small workload has. */
export interface WorkloadOptions {
  readonly namespace: string;
  readonly name: string;
  readonly replicas?: number;
  /** Shell script of the container `app`. */
  readonly script: string;
  readonly initScript?: string;
  readonly memoryLimit?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Images that the node has already. */
export const images = { busybox: busyboxImage, node: nodeBaseImage };

export function aNamespace(name: string): unknown {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

export function aDeployment(options: WorkloadOptions): unknown {
  const { namespace, name, replicas = 1, script, initScript, memoryLimit } = options;
  const labels = { app: name };
  const base = { image: options.image ?? images.busybox, imagePullPolicy: 'IfNotPresent' };
  const container = {
    ...base,
    name: 'app',
    command: options.command ?? ['/bin/sh', '-c', script],
    env: Object.entries(options.env ?? {}).map(([key, value]) => ({ name: key, value })),
    resources:
      memoryLimit === undefined ? {} : { limits: { memory: memoryLimit }, requests: { memory: memoryLimit } },
  };
  const init =
    initScript === undefined ? [] : [{ ...base, name: 'prepare', command: ['/bin/sh', '-c', initScript] }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          // Without a cluster DNS the kubelet would post a warning for every pod.
          dnsPolicy: 'Default',
          terminationGracePeriodSeconds: 1,
          initContainers: init,
          containers: [container],
        },
      },
    },
  };
}

/** Runs until it is asked to end. */
export const runs = 'trap "exit 0" TERM; echo ready; while true; do sleep 1 & wait $!; done';
