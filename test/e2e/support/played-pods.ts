import { SECOND } from '../../../src/domain/clock.ts';
import type { KubeConnection } from '../../../src/kube/connection/index.ts';
import { toTime } from '../../../src/sandbox/api-types.ts';

const pods = '/api/v1/namespaces/shop/pods';

/** Creates the `n`th pod, without an owner. No kubelet plays it. */
export async function createPod(api: KubeConnection, n: number): Promise<void> {
  const containers = [{ name: 'app', image: 'registry.example.com/shop:1' }];
  const body = { metadata: { name: `shop-${n}` }, spec: { nodeName: 'node-1', containers } };
  await api.json({ method: 'POST', path: pods, body });
}

/** Writes the status of a crash loop. */
export async function crash(api: KubeConnection, n: number): Promise<void> {
  const now = Date.now();
  const terminated = {
    exitCode: 3,
    reason: 'Error',
    startedAt: toTime(now - 3 * SECOND),
    finishedAt: toTime(now - 2 * SECOND),
  };
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' };
  await write(api, n, { isReady: false, restartCount: 4, state: { waiting }, lastState: { terminated } });
}

/** Writes the status of a pod that runs. */
export async function heal(api: KubeConnection, n: number): Promise<void> {
  await write(api, n, {
    isReady: true,
    restartCount: 4,
    state: { running: { startedAt: toTime(Date.now()) } },
  });
}

interface ContainerNow {
  readonly isReady: boolean;
  readonly restartCount: number;
  readonly state: object;
  readonly lastState?: object;
}

async function write(api: KubeConnection, n: number, now: ContainerNow): Promise<void> {
  const { isReady: ready, ...container } = now;
  const at = toTime(Date.now());
  const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
    type,
    status: ready || type === 'PodScheduled' || type === 'Initialized' ? 'True' : 'False',
    lastTransitionTime: at,
  }));
  const status = {
    name: 'app',
    image: 'shop:1',
    imageID: '',
    ready,
    started: ready,
    lastState: {},
    ...container,
  };
  await api.json({
    method: 'PATCH',
    path: `${pods}/shop-${n}/status`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { status: { phase: 'Running', conditions, containerStatuses: [status] } },
  });
}
