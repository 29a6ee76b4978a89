import type { ConfigInput } from '../../src/config/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { agentProcess } from '../e2e/support/processes.ts';
import { install, type Installation } from '../e2e/support/installation.ts';
import { eventually } from '../e2e/support/wait.ts';
import { runs } from '../e2e/support/workloads.ts';
import { postsOf, saysRecovered, totalOf } from './posts.ts';
import type { Row } from './report.ts';
import {
  earlyScene,
  healthyScene,
  mendedScene,
  playedScenes,
  realScenes,
  refusedScene,
  rolledScene,
  type Scene,
} from './scenes.ts';
import { containerPatch, type Stage } from './stage.ts';

const SECOND = 1_000;
/** As long as the peers were watched. */
export const WINDOW_MS = 180 * SECOND;
const FILED_WITHIN = 170 * SECOND;
const HEALTHY_FOR_MS = 60 * SECOND;
const AFTER_A_START_MS = 60 * SECOND;
const OUTAGE_MS = 60 * SECOND;

/**
 * As shipped, but for three waits that are longer than the window: two holds of 5 minutes and the quiet of 10 minutes; and for
 * the limit of a storm, as all of these fail in the same minute.
 */
const config: ConfigInput = {
  classes: { scheduling: { for: '30s' }, image: { for: '30s' } },
  resolveAfter: '45s',
  storm: { perMinute: 100, perHour: 1_000 },
};

/** One agent and everything that fails once; then its restarts, and an outage of the receiver. */
export async function runFailures(stage: Stage): Promise<readonly Row[]> {
  const scenes = [...realScenes, rolledScene, mendedScene, healthyScene, ...playedScenes(stage.node.name)];
  await stage.open([...scenes, earlyScene, refusedScene]);
  await stage.begin([earlyScene]);
  await looping(stage, earlyScene);
  const agent = await install(stage.cluster, stage.desk, `${stage.run}-agent`, { config });
  try {
    const counted = await watchWindow(stage, [earlyScene, ...scenes]);
    const names = [earlyScene, ...scenes].map(stage.namespaceOf);
    const restarts = [
      await afterStart(stage, names, '`kill -9` and start again: more POSTs', () => kill(stage, agent)),
      await afterStart(stage, names, 'stopped and started again: more POSTs', () => agent.killPods()),
    ];
    return [...counted, ...restarts, await outage(stage)];
  } finally {
    await agent.uninstall();
    await stage.clear();
  }
}

async function looping(stage: Stage, scene: Scene): Promise<void> {
  await eventually('a loop before the start', FILED_WITHIN, async () => {
    const pods = await stage.podsOf(stage.namespaceOf(scene), 1);
    return pods.some(({ restarts }) => restarts >= 3) ? true : undefined;
  });
}

async function watchWindow(stage: Stage, scenes: readonly Scene[]): Promise<readonly Row[]> {
  const startedAt = Date.now();
  const others = scenes.filter((scene) => scene !== earlyScene);
  await stage.begin(others);
  await Promise.all([roll(stage), fix(stage), removeHealthy(stage)]);
  await systemClock.sleep(Math.max(0, startedAt + WINDOW_MS - Date.now()));
  await recovered(stage);
  return scenes.map((scene) => rowOf(stage, scene, startedAt));
}

async function filed(stage: Stage, scene: Scene): Promise<void> {
  const namespace = stage.namespaceOf(scene);
  await eventually(`a ticket for ${namespace}`, FILED_WITHIN, () => stage.desk.tickets(namespace)[0]);
}

async function patchShop(stage: Stage, scene: Scene, patch: string): Promise<void> {
  await stage.cluster.kubectl(['-n', stage.namespaceOf(scene), 'patch', 'deployment', 'shop', '-p', patch]);
}

async function roll(stage: Stage): Promise<void> {
  await filed(stage, rolledScene);
  await patchShop(stage, rolledScene, containerPatch({ env: [{ name: 'REVISION', value: '2' }] }));
}

async function fix(stage: Stage): Promise<void> {
  await filed(stage, mendedScene);
  await patchShop(stage, mendedScene, containerPatch({ command: ['/bin/sh', '-c', runs] }));
}

async function recovered(stage: Stage): Promise<void> {
  const namespace = stage.namespaceOf(mendedScene);
  const look = (): true | undefined => (stage.desk.tickets(namespace).some(saysRecovered) ? true : undefined);
  await eventually('a word of recovery', FILED_WITHIN, look).catch(() => undefined);
}

async function removeHealthy(stage: Stage): Promise<void> {
  const namespace = stage.namespaceOf(healthyScene);
  await stage.podsOf(namespace, 5);
  await systemClock.sleep(HEALTHY_FOR_MS);
  await stage.cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
}

function rowOf(stage: Stage, { row, name, ideal, recovers }: Scene, startedAt: number): Row {
  const over = recovers === true ? 1 : 0;
  const namespace = stage.namespaceOf({ name });
  const { tickets, comments, firstAt } = postsOf(stage.desk, namespace);
  const said = stage.desk.tickets(namespace).filter(saysRecovered).length;
  const others = tickets + comments - said;
  const say = (posts: number, recovered: number): string =>
    over === 1 ? `${posts}, recovered: ${recovered}` : String(posts + recovered);
  return {
    scenario: row,
    ideal: say(ideal, over),
    ours: say(others, said),
    isRight: others === ideal && said === over,
    ...(firstAt === undefined ? {} : { firstAfterSeconds: Math.round((firstAt - startedAt) / SECOND) }),
  };
}

/** Ends the agent's process as the kernel would; its kubelet starts it again. */
async function kill({ cluster }: Stage, { namespace, release }: Installation): Promise<void> {
  const selector = `app.kubernetes.io/instance=${release}`;
  const names = await cluster.kubectl(['-n', namespace, 'get', 'pods', '-l', selector, '-o', 'name']);
  for (const name of names.trim().split('\n')) {
    const pid = await agentProcess(name.replace('pod/', ''));
    if (pid === undefined) throw new Error(`the process of ${name} is not on this machine`);
    process.kill(pid, 'SIGKILL');
  }
}

async function afterStart(
  { desk, cluster, run }: Stage,
  namespaces: readonly string[],
  scenario: string,
  end: () => Promise<void>,
): Promise<Row> {
  const before = totalOf(desk, namespaces);
  await end();
  await systemClock.sleep(5 * SECOND);
  await cluster.kubectl(['-n', `${run}-agent`, 'rollout', 'status', 'deployment', '--timeout=60s']);
  await systemClock.sleep(AFTER_A_START_MS);
  const more = totalOf(desk, namespaces) - before;
  return { scenario, ideal: '0', ours: String(more), isRight: more === 0 };
}

async function outage(stage: Stage): Promise<Row> {
  const { desk } = stage;
  const namespace = stage.namespaceOf(refusedScene);
  desk.desk.faults.add({ kind: 'status', status: 503 });
  await stage.begin([refusedScene]);
  await systemClock.sleep(OUTAGE_MS);
  const early = postsOf(desk, namespace).tickets;
  desk.desk.faults.clear();
  const mendedAt = Date.now();
  await eventually('the ticket after the outage', FILED_WITHIN, () => desk.tickets(namespace)[0]).catch(
    () => undefined,
  );
  await systemClock.sleep(20 * SECOND);
  const { tickets, firstAt } = postsOf(desk, namespace);
  const note = firstAt === undefined ? '' : `${Math.round((firstAt - mendedAt) / SECOND)} s after its end`;
  const ours = tickets === 0 ? 'lost' : tickets === 1 ? 'delivered' : `delivered ${tickets} times`;
  const isRight = early === 0 && tickets === 1;
  return { scenario: refusedScene.row, ideal: 'delivered', ours, isRight, note };
}
