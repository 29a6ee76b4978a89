import { systemClock } from '../../src/lib/clock.ts';
import { plural } from '../../src/lib/text.ts';
import { aContainer, aPodSpec, aWorkload } from '../e2e/support/classes/objects.ts';
import { install } from '../e2e/support/installation.ts';
import { runs } from '../e2e/support/workloads.ts';
import type { Row } from './report.ts';
import { down, type Scene, up } from './scenes.ts';
import type { Stage } from './stage.ts';

const SECOND = 1_000;
const DEPLOYMENTS = 50;
const REPLICAS = 6;
const WITHIN_MS = 10 * SECOND;
const WATCHED_MS = 180 * SECOND;
/** Requests at one time. */
const WORKERS = 8;

/** 300 pods of 50 Deployments that crash within 10 s, on a node that is played; the agent as it is shipped. */
export async function runStorm(stage: Stage): Promise<Row> {
  const pod = { ...aPodSpec(aContainer(runs)), nodeName: stage.node.name };
  const scene: Scene = {
    name: 'storm',
    row: 'storm: 300 pods of 50 Deployments in 10 s',
    ideal: DEPLOYMENTS,
    objects: (namespace) =>
      Array.from({ length: DEPLOYMENTS }, (_, n) =>
        aWorkload('Deployment', { namespace, name: `shop-${n}`, pod, spec: { replicas: REPLICAS } }),
      ),
  };
  const namespace = stage.namespaceOf(scene);
  const agent = await install(stage.cluster, stage.desk, `${stage.run}-stormy`, { config: {} });
  try {
    await stage.open([scene]);
    await stage.begin([scene]);
    const pods = await stage.podsOf(namespace, DEPLOYMENTS * REPLICAS);
    await inParallel(pods, (one) => stage.writeStatus(one, up(0)));
    const startedAt = Date.now();
    await inParallel(pods, async (one, n) => {
      const due = startedAt + (n * WITHIN_MS) / pods.length;
      await systemClock.sleep(Math.max(0, due - Date.now()));
      await stage.writeStatus(one, down(3));
    });
    const takenMs = Date.now() - startedAt;
    await systemClock.sleep(WATCHED_MS);
    return rowOf(stage, scene, startedAt, takenMs);
  } finally {
    await agent.uninstall();
  }
}

function rowOf(stage: Stage, scene: Scene, startedAt: number, takenMs: number): Row {
  // The storm's own ticket names no namespace in its subject.
  const all = stage.desk.tickets('').filter(({ createdAt }) => createdAt >= startedAt);
  const comments = all.reduce((sum, ticket) => sum + ticket.comments.length, 0);
  const times = all.map(({ createdAt }) => createdAt);
  const [firstAt, lastAt = startedAt] = [times[0], times.at(-1)];
  const posts = all.length + comments;
  const seconds = (at: number): number => Math.round((at - startedAt) / SECOND);
  return {
    scenario: scene.row,
    ideal: `≤ ${DEPLOYMENTS}`,
    ours: String(posts),
    isRight: posts > 0 && posts <= DEPLOYMENTS,
    ...(firstAt === undefined ? {} : { firstAfterSeconds: seconds(firstAt) }),
    note: `${plural(all.length, 'ticket')}, ${plural(comments, 'comment')}, the last ticket after ${seconds(lastAt)} s; the crashes took ${Math.round(takenMs / SECOND)} s`,
  };
}

async function inParallel<T>(
  items: readonly T[],
  work: (item: T, n: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next; n < items.length; n = next) {
      next += 1;
      await work(items[n] as T, n);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}
