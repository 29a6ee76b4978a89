import { setTimeout as delay } from 'node:timers/promises';
import { createKubeConnection, type KubeConnection } from '../../../../src/kube/connection/index.ts';
import { systemClock } from '../../../../src/lib/clock.ts';
import type { Cluster } from '../../../cluster/index.ts';

/** The kubelet renews its Lease every 10 s; the cluster of the tests gives a node up after 16 s. */
const RENEW_MS = 2_000;
/** Keeps all pods away that do not name the node. */
const TAINT = { key: 'support.ankra.app/played', effect: 'NoSchedule' };

/** Of pods that may be put onto a played node. */
export const playedToleration = { ...TAINT, operator: 'Exists' };

/**
 * A node without a machine: the test writes through the API what a kubelet would. What the controllers make of it
 * when it falls silent (Unknown, taints, pods that are not ready) is real.
 */
export interface PlayedNode {
  readonly name: string;
  /** Writes the status of a pod that is bound to the node, as its kubelet would. */
  writePodStatus(namespace: string, name: string, status: unknown): Promise<void>;
  /** From now on nothing is heard of the node. */
  fallSilent(): Promise<void>;
  /** Falls silent and removes it, with its pods, which no kubelet would end. */
  remove(): Promise<void>;
}

export async function playNode(cluster: Cluster, name: string): Promise<PlayedNode> {
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(nodeObject(name)) });
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(leaseObject(name)) });
  // Over one kept connection: on a busy machine a process for each renewal may take longer than the node is given.
  const source = { kind: 'kubeconfig', path: cluster.adminKubeconfigPath } as const;
  const admin = await createKubeConnection(source, { clock: systemClock, version: 'e2e' });
  const stopRenewing = renewLease(admin, name);
  return {
    name,
    writePodStatus: (namespace, pod, status) =>
      merge(admin, `/api/v1/namespaces/${namespace}/pods/${pod}/status`, { status }),
    fallSilent: stopRenewing,
    remove: async () => {
      await stopRenewing();
      admin.close();
      const pods = ['delete', 'pods', '-A', `--field-selector=spec.nodeName=${name}`];
      await cluster.kubectl([...pods, '--grace-period=0', '--force', '--wait=false']);
      await cluster.kubectl(['delete', 'node', name, '--ignore-not-found']);
      await cluster.kubectl(['-n', 'kube-node-lease', 'delete', 'lease', name, '--ignore-not-found']);
    },
  };
}

async function merge(admin: KubeConnection, path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/merge-patch+json' };
  await admin.json({ method: 'PATCH', path, headers, body });
}

/** Renews the Lease until the returned function is called, which waits for the last renewal. */
function renewLease(admin: KubeConnection, name: string): () => Promise<void> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`;
  const stop = new AbortController();
  const { signal } = stop;

  async function renew(): Promise<void> {
    while (!signal.aborted) {
      await merge(admin, path, { spec: { renewTime: microTime() } }).catch((error: unknown) => {
        process.stderr.write(`the played node could not renew its lease: ${String(error)}\n`);
      });
      await delay(RENEW_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  const done = renew();
  return async () => {
    stop.abort();
    await done;
  };
}

/** The status of a pod with one container `app`, as it is while all is well. */
export function runningStatus(image: string): unknown {
  const now = new Date().toISOString();
  return {
    phase: 'Running',
    startTime: now,
    conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: now,
    })),
    containerStatuses: [
      {
        name: 'app',
        image,
        imageID: '',
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: now } },
      },
    ],
  };
}

/** The status of a pod whose container `app` crashes again and again. */
export function crashedStatus(image: string): unknown {
  const now = Date.now();
  const terminated = {
    exitCode: 3,
    reason: 'Error',
    startedAt: new Date(now - 2_000).toISOString(),
    finishedAt: new Date(now - 1_000).toISOString(),
  };
  const app = { name: 'app', image, imageID: '', ready: false, started: false, restartCount: 5 };
  return {
    phase: 'Running',
    startTime: new Date(now - 60_000).toISOString(),
    containerStatuses: [{ ...app, state: { terminated }, lastState: { terminated } }],
  };
}

const LOW_ON_MEMORY = 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi.';

/** The status that the kubelet gives to a pod which it has put out, for want of memory if it is not said. */
export function evictedStatus(message = LOW_ON_MEMORY): unknown {
  const lastTransitionTime = new Date().toISOString();
  const condition = { status: 'True', reason: 'TerminationByKubelet', lastTransitionTime };
  return {
    phase: 'Failed',
    reason: 'Evicted',
    message,
    conditions: [{ type: 'DisruptionTarget', message, ...condition }],
    containerStatuses: null,
  };
}

function nodeObject(name: string): unknown {
  const now = new Date().toISOString();
  const resources = { cpu: '4', memory: '8Gi', pods: '110' };
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'kubelet is posting ready status',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: { taints: [TAINT] },
    status: { capacity: resources, allocatable: resources, conditions: [ready] },
  };
}

function leaseObject(name: string): unknown {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'kube-node-lease', name },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTime() },
  };
}

/** A Lease counts microseconds. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
