import type { KubeConnection } from '../../src/kube/connection/index.ts';
import { systemClock } from '../../src/lib/clock.ts';

const NAMESPACE = 'scale';
const NODES = 20;
/** Requests under way at the same time. */
const WORKERS = 16;
const RUNS_WITHIN_MS = 600_000;

export const podsPath = '/api/v1/pods';

function podPath(n: number): string {
  return `/api/v1/namespaces/${NAMESPACE}/pods/${nameOf(n)}`;
}

export function nameOf(n: number): string {
  return `web-${n}`;
}

/** Does `work` for 0 … count - 1, some at a time. */
async function forEach(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

/** Creates nodes that kwok plays, and pods on them; returns when all pods run. */
export async function createRunningPods(api: KubeConnection, count: number): Promise<void> {
  const create = (path: string, body: unknown): Promise<unknown> => api.json({ method: 'POST', path, body });
  await create('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  await forEach(NODES, (n) => create('/api/v1/nodes', { metadata: { name: `node-${n}` } }));
  await forEach(count, (n) => create(`/api/v1/namespaces/${NAMESPACE}/pods`, aPod(n)));
  const deadline = performance.now() + RUNS_WITHIN_MS;
  while (!(await doAllRun(api))) {
    if (performance.now() > deadline) throw new Error(`kwok has not started ${count} pods in ten minutes`);
    await systemClock.sleep(2_000);
  }
}

async function doAllRun(api: KubeConnection): Promise<boolean> {
  const query = { fieldSelector: 'status.phase!=Running', limit: 1 };
  const others = await api.json<{ items: unknown[]; metadata: { continue?: string } }>({
    path: podsPath,
    query,
  });
  return others.items.length === 0 && (others.metadata.continue ?? '') === '';
}

function aPod(n: number): unknown {
  const setting = (at: number): unknown => ({
    name: `APP_SETTING_${at}`,
    value: `value ${at} of ${nameOf(n)}`,
  });
  return {
    metadata: { name: nameOf(n), labels: { app: `app-${n % 50}`, team: `team-${n % 7}` } },
    spec: {
      nodeName: `node-${n % NODES}`,
      containers: [
        {
          name: 'app',
          image: `registry.example.com/app-${n % 40}:1.0`,
          env: Array.from({ length: 10 }, (_, at) => setting(at)),
          resources: { requests: { cpu: '10m', memory: '16Mi' } },
        },
      ],
    },
  };
}

/** Makes the first `count` pods crash, as fast as the server takes it; `onSent` hears when each request is sent. */
export async function crashPods(
  api: KubeConnection,
  count: number,
  onSent: (name: string) => void,
): Promise<void> {
  await forEach(count, async (n) => {
    onSent(nameOf(n));
    await api.json({
      method: 'PATCH',
      path: `${podPath(n)}/status`,
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
      body: { status: { containerStatuses: [crashing] } },
    });
  });
}

const crashing = {
  name: 'app',
  image: 'registry.example.com/app:1.0',
  imageID: '',
  ready: false,
  started: false,
  restartCount: 3,
  state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' } },
  lastState: { terminated: { exitCode: 3, reason: 'Error' } },
};
