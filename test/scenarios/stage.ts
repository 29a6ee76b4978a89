import { type KubeConnection, createKubeConnection } from '../../src/kube/connection/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type Cluster, ensureCluster } from '../cluster/index.ts';
import type { Fields } from '../e2e/support/classes/objects.ts';
import { type PlayedNode, playNode } from '../e2e/support/classes/played-node.ts';
import { startTestDesk, type TestDesk } from '../e2e/support/desk.ts';
import { provideImage } from '../e2e/support/image.ts';
import { eventually } from '../e2e/support/wait.ts';
import { aNamespace } from '../e2e/support/workloads.ts';
import type { Scene } from './scenes.ts';

const POD_WITHIN_MS = 60_000;
const PLAYED_STEP_MS = 1_200;

/** The cluster, the desk and the namespaces of one run. */
export interface Stage {
  readonly run: string;
  readonly cluster: Cluster;
  readonly desk: TestDesk;
  readonly node: PlayedNode;
  readonly api: KubeConnection;
  readonly namespaceOf: (scene: Pick<Scene, 'name'>) => string;
  /** Creates the namespaces of scenes. */
  readonly open: (scenes: readonly Scene[]) => Promise<void>;
  /** Makes scenes fail. */
  readonly begin: (scenes: readonly Scene[]) => Promise<void>;
  readonly podsOf: (namespace: string, count: number) => Promise<readonly Pod[]>;
  readonly writeStatus: (pod: Pod, status: unknown) => Promise<void>;
  /** Deletes what was opened so far. */
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly restarts: number;
}

/** The real cluster with the agent's image, a desk that its pods reach, and a node that is played. */
export async function openStage(): Promise<Stage> {
  const run = `cmp-${Date.now().toString(36)}`;
  const cluster = await ensureCluster();
  await provideImage(cluster);
  const desk = await startTestDesk(cluster);
  const node = await playNode(cluster, `${run}-node`);
  const source = { kind: 'kubeconfig', path: cluster.adminKubeconfigPath } as const;
  const api = await createKubeConnection(source, { clock: systemClock, version: 'scenarios' });
  const opened = new Set<string>();

  const namespaceOf: Stage['namespaceOf'] = ({ name }) => `${run}-${name}`;
  const apply = async (items: readonly unknown[]): Promise<void> => {
    if (items.length === 0) return;
    const list = { apiVersion: 'v1', kind: 'List', items };
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
  };
  const podsOf: Stage['podsOf'] = (namespace, count) =>
    eventually(`${count} pods in ${namespace}`, POD_WITHIN_MS, async () => {
      const pods = await listPods(api, namespace);
      return pods.length >= count ? pods : undefined;
    });
  const writeStatus: Stage['writeStatus'] = async ({ namespace, name }, status) => {
    await api.json({
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/pods/${name}/status`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { status },
    });
  };
  const clear = async (): Promise<void> => {
    const names = [...opened];
    opened.clear();
    if (names.length === 0) return;
    await cluster.kubectl(['delete', 'namespace', ...names, '--ignore-not-found', '--wait=false']);
  };
  const play = async (scene: Scene): Promise<void> => {
    for (const status of scene.statuses ?? []) {
      for (const pod of await podsOf(namespaceOf(scene), 1)) await writeStatus(pod, status());
      await systemClock.sleep(PLAYED_STEP_MS);
    }
  };

  return {
    run,
    cluster,
    desk,
    node,
    api,
    namespaceOf,
    podsOf,
    writeStatus,
    clear,
    open: async (scenes) => {
      for (const scene of scenes) opened.add(namespaceOf(scene));
      await apply(scenes.map((scene) => aNamespace(namespaceOf(scene))));
    },
    begin: async (scenes) => {
      await apply(scenes.flatMap((scene) => scene.objects(namespaceOf(scene))));
      await Promise.all(scenes.map(play));
    },
    close: async () => {
      await clear();
      await node.remove();
      api.close();
      await desk.close();
    },
  };
}

interface PodObject {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
}

async function listPods(api: KubeConnection, namespace: string): Promise<readonly Pod[]> {
  const { items } = await api.json<{ items: readonly PodObject[] }>({
    path: `/api/v1/namespaces/${namespace}/pods`,
  });
  return items.map(({ metadata: { name }, status }) => ({
    namespace,
    name,
    restarts: status?.containerStatuses?.[0]?.restartCount ?? 0,
  }));
}

/** A patch of a workload's first container. */
export function containerPatch(change: Fields): string {
  return JSON.stringify({ spec: { template: { spec: { containers: [{ name: 'app', ...change }] } } } });
}
