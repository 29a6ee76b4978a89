import { SECOND } from '../../src/domain/clock.ts';
import type { KubeConnection } from '../../src/kube/connection/index.ts';
import { systemClock } from '../../src/lib/clock.ts';

/** The namespace of all workloads. */
export const NAMESPACE = 'shop';
const NODES = 20;
/** Requests under way at the same time. */
const WORKERS = 16;
const RUNS_WITHIN_MS = 600 * SECOND;

/** Does `work` for each number from `from` up to `to`, some at a time. */
export async function forEach(
  from: number,
  to: number,
  work: (n: number) => Promise<unknown>,
): Promise<void> {
  let next = from;
  const worker = async (): Promise<void> => {
    while (next < to) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

export function create(api: KubeConnection, path: string, body: unknown): Promise<Made> {
  return api.json<Made>({ method: 'POST', path, body });
}

interface Made {
  readonly metadata: { readonly uid: string };
}

/** Nodes that kwok plays, whose logs are had at this port of loopback, and the namespace. */
export async function createNodes(api: KubeConnection, logsPort: number): Promise<void> {
  await create(api, '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: logsPort } },
  };
  await forEach(0, NODES, async (n) => {
    await create(api, '/api/v1/nodes', { metadata: { name: `node-${n}` } });
    await patch(api, `/api/v1/nodes/node-${n}/status`, { status });
  });
}

/**
 * Deployments numbered `from` to `to` with one ReplicaSet each, and `replicas` pods: as controllers would make them, which do not
 * run here. Resolves when kwok has started all pods.
 */
export async function createWorkloads(
  api: KubeConnection,
  from: number,
  to: number,
  replicas: number,
): Promise<void> {
  await forEach(from, to, async (n) => {
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: `shop-${n}` };
    const made = await create(api, appsPath('deployments'), workload(n, deployment.name));
    const replicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `shop-${n}-5d9c7b8f6` };
    const owner = { ...deployment, uid: made.metadata.uid, controller: true };
    const set = await create(api, appsPath('replicasets'), workload(n, replicaSet.name, owner));
    const podOwner = { ...replicaSet, uid: set.metadata.uid, controller: true };
    for (let k = 0; k < replicas; k += 1) await create(api, podsPath, aPod(n, k, podOwner));
  });
  await allRun(api);
}

const podsPath = `/api/v1/namespaces/${NAMESPACE}/pods`;

function appsPath(plural: string): string {
  return `/apis/apps/v1/namespaces/${NAMESPACE}/${plural}`;
}

async function allRun(api: KubeConnection): Promise<void> {
  const deadline = performance.now() + RUNS_WITHIN_MS;
  const query = { fieldSelector: 'status.phase!=Running', limit: 1 };
  for (;;) {
    const { items } = await api.json<{ items: unknown[] }>({ path: podsPath, query });
    if (items.length === 0) return;
    if (performance.now() > deadline) throw new Error('kwok has not started all pods in ten minutes');
    await systemClock.sleep(SECOND);
  }
}

function workload(n: number, name: string, owner?: unknown): unknown {
  const labels = labelsOf(n);
  return {
    metadata: { name, labels, ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: spec(n) },
    },
  };
}

function labelsOf(n: number): Record<string, string> {
  return { app: `shop-${n}`, team: `team-${n % 7}` };
}

export function podName(n: number, k: number): string {
  return `shop-${n}-5d9c7b8f6-${k}`;
}

function aPod(n: number, k: number, owner: unknown): unknown {
  return {
    metadata: { name: podName(n, k), labels: labelsOf(n), ownerReferences: [owner] },
    spec: { ...spec(n), nodeName: `node-${(n + k) % NODES}` },
  };
}

function spec(n: number): Record<string, unknown> {
  const env = Array.from({ length: 10 }, (_, at) => ({ name: `APP_SETTING_${at}`, value: `value ${at}` }));
  const image = `registry.example.com/app-${n % 40}:1.0`;
  const resources = { requests: { cpu: '10m', memory: '16Mi' } };
  return { containers: [{ name: 'app', image, env, resources }] };
}

/** Makes the pod of a Deployment show its third crash. */
export async function crash(api: KubeConnection, n: number): Promise<void> {
  const finishedAt = new Date().toISOString();
  const terminated = { exitCode: 3, reason: 'Error', startedAt: finishedAt, finishedAt };
  const container = {
    name: 'app',
    image: 'registry.example.com/app:1.0',
    imageID: '',
    ready: false,
    started: false,
    restartCount: 3,
    state: { terminated },
  };
  // As a kubelet says it: programs that only look at the condition would otherwise not see the crash.
  const conditions = ['Ready', 'ContainersReady'].map((type) => ({
    type,
    status: 'False',
    reason: 'ContainersNotReady',
  }));
  await patchPod(api, n, {
    path: '/status',
    body: { status: { conditions, containerStatuses: [container] } },
  });
}

/** A change that means nothing: an annotation. */
export async function touch(api: KubeConnection, n: number, value: string): Promise<void> {
  await patchPod(api, n, { path: '', body: { metadata: { annotations: { 'example.org/touched': value } } } });
}

async function patchPod(
  api: KubeConnection,
  n: number,
  { path, body }: { readonly path: string; readonly body: unknown },
): Promise<void> {
  await patch(api, `${podsPath}/${podName(n, 0)}${path}`, body);
}

async function patch(api: KubeConnection, path: string, body: unknown): Promise<void> {
  await api.json({
    method: 'PATCH',
    path,
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body,
  });
}
