import type { KubeConnection } from '../../../../src/kube/connection/index.ts';
import { eventually } from '../wait.ts';
import { aDeployment, images, runs } from '../workloads.ts';

/** Shorter than quiet: a run up to then proves nothing. */
const RUN_SECONDS = 15;

/**
 * Fails at once three times, which is when it counts as a loop, and from then on after each run of fifteen seconds. The cluster of this
 * project waits at most twenty seconds between two runs.
 */
const slowLoop = [
  'n=$(cat /state/runs 2>/dev/null || echo 0)',
  'echo $((n + 1)) > /state/runs',
  'echo "run $n"',
  `if [ "$n" -ge 3 ]; then sleep ${RUN_SECONDS}; fi`,
  'echo "the database is gone"',
  'exit 3',
].join('\n');

/** Deployments of one namespace, run by a real kubelet. */
export interface Workloads {
  /** A crash loop that runs between two crashes. */
  crashSlowly(name: string): Promise<void>;
  /** Crashes at once, after it has written this line. */
  crash(name: string, line?: string): Promise<void>;
  /** An image that nobody has. */
  lackImage(name: string): Promise<void>;
  /** Changes what it runs to something that runs. Resolves when the new pod is ready and the old one gone. */
  fix(name: string): Promise<void>;
  /** Resolves when its container, in a loop that counts as one, has just begun to run. */
  untilRunning(name: string): Promise<void>;
  /** How often its container has been started again. */
  restarts(name: string): Promise<number>;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly status: {
      readonly containerStatuses?: readonly {
        readonly restartCount: number;
        readonly ready: boolean;
        readonly state: { readonly running?: { readonly startedAt: string } };
      }[];
    };
  }[];
}

const POD_WITHIN_MS = 120_000;
const LOOP_RESTARTS = 3;
const JUST_MS = 4_000;

export function createWorkloads(admin: KubeConnection, namespace: string): Workloads {
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;

  async function deploy(name: string, script: string, image?: string): Promise<void> {
    const made = aDeployment({ namespace, name, script, ...(image === undefined ? {} : { image }) });
    await admin.json({ method: 'POST', path: deployments, body: withState(made) });
  }

  async function podsOf(name: string): Promise<PodList['items']> {
    const query = { labelSelector: `app=${name}` };
    return (await admin.json<PodList>({ path: `/api/v1/namespaces/${namespace}/pods`, query })).items;
  }

  return {
    crashSlowly: (name) => deploy(name, slowLoop),
    crash: (name, line = 'the database is gone') => deploy(name, `echo '${line}'; exit 3`),
    lackImage: (name) => deploy(name, runs, '127.0.0.1:1/nobody/has-it:1'),
    fix: async (name) => {
      const fixed = [{ name: 'app', image: images.busybox, command: ['/bin/sh', '-c', runs] }];
      await admin.json({
        method: 'PATCH',
        path: `${deployments}/${name}`,
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
        body: { spec: { template: { spec: { containers: fixed } } } },
      });
      await eventually(`${name} that runs`, POD_WITHIN_MS, async () => {
        const pods = await podsOf(name);
        const [only, ...others] = pods;
        const status = only?.status.containerStatuses?.[0];
        return others.length === 0 && status?.ready === true && status.restartCount === 0 ? true : undefined;
      });
    },
    untilRunning: async (name) => {
      await eventually(`${name} that runs between two crashes`, POD_WITHIN_MS, async () => {
        const status = (await podsOf(name))[0]?.status.containerStatuses?.[0];
        const isLoop = (status?.restartCount ?? 0) >= LOOP_RESTARTS;
        const startedAt = Date.parse(status?.state.running?.startedAt ?? '');
        return isLoop && Date.now() - startedAt < JUST_MS ? true : undefined;
      });
    },
    restarts: async (name) => (await podsOf(name))[0]?.status.containerStatuses?.[0]?.restartCount ?? 0,
  };
}

/** A volume that outlives a container, in which it counts its runs. */
function withState(deployment: unknown): unknown {
  const copy = structuredClone(deployment) as {
    spec: { template: { spec: { volumes?: unknown; containers: { volumeMounts?: unknown }[] } } };
  };
  const { spec } = copy.spec.template;
  spec.volumes = [{ name: 'state', emptyDir: {} }];
  for (const container of spec.containers) container.volumeMounts = [{ name: 'state', mountPath: '/state' }];
  return copy;
}
