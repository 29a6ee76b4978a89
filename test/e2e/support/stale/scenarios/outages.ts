import { setTimeout as delay } from 'node:timers/promises';
import type { Breakage } from '../breaking-proxy.ts';
import { QUIET_MS, type Scene } from '../scene.ts';
import { eventually } from '../../wait.ts';
import {
  filed,
  isSaidRecovered,
  podsAndWorkloads,
  readsOf,
  saysNothing,
  type Scenario,
  SECOND,
} from '../scenario.ts';

/** From a change of an object until the agent has seen it. */
const SEEN_MS = 3 * SECOND;
/** After an outage: each watch tries again within half a minute. */
const BACK_MS = 35 * SECOND;

/** A loop that is on its ticket, and whose container runs at the moment: nothing that the agent knows of it fails now. */
async function runningLoop(scene: Scene, closeRecovered: boolean): Promise<void> {
  await scene.workloads.crashSlowly('loop');
  await scene.start({ config: { closeRecovered } });
  await filed(scene, 'loop');
  await scene.workloads.untilRunning('loop');
  await delay(SEEN_MS);
}

/** It has gone on failing since then, and is fixed now. */
async function endsWell(scene: Scene, restartsBefore: number, isClosed: boolean): Promise<void> {
  const restarts = await scene.workloads.restarts('loop');
  if (restarts <= restartsBefore) throw new Error('the workload did not fail while nobody saw it');
  await scene.workloads.fix('loop');
  await isSaidRecovered(scene, 'loop', { isClosed });
}

const statusOf = (status: number, headers: Readonly<Record<string, string>> = {}): Breakage => ({
  kind: 'answer',
  status,
  headers,
});
/** The API server has forgotten the history. */
const expired = statusOf(410);

interface Unreadable extends Pick<Scenario, 'id' | 'isSlow'> {
  readonly how: string;
  readonly breakage: Breakage;
  /** Its watches cannot go on where they were, and list again: the breakage is that of the lists. */
  readonly isListed?: boolean;
  readonly closeRecovered: boolean;
  readonly resources?: readonly string[];
}

function breakReads(
  { api }: Scene,
  { resources = podsAndWorkloads, breakage, isListed = false }: Unreadable,
): readonly (() => void)[] {
  const isRead = readsOf(resources);
  if (!isListed) return [api.break(isRead, breakage)];
  return [
    api.break((asked) => asked.verb === 'watch' && isRead(asked), expired),
    api.break((asked) => asked.verb === 'list' && isRead(asked), breakage),
  ];
}

function unreadable(outage: Unreadable): Scenario {
  const { id, isSlow = false, how, closeRecovered } = outage;
  const closing = closeRecovered ? ', and recovered tickets are closed' : '';
  return {
    id,
    isSlow,
    name: `${how} for four times quiet, during a crash loop that runs between two crashes${closing}`,
    play: async (scene) => {
      await runningLoop(scene, closeRecovered);
      const restarts = await scene.workloads.restarts('loop');
      const mends = breakReads(scene, outage);
      await saysNothing(scene, 'loop', 4 * QUIET_MS);
      for (const fix of mends) fix();
      await saysNothing(scene, 'loop', BACK_MS);
      await endsWell(scene, restarts, closeRecovered);
    },
  };
}

/** The Lease comes back first: its holder may decide while it sees nothing new yet. */
const wholeApi: Scenario = {
  id: 'api',
  name: 'the whole API is away for three times quiet, and the Lease comes back before the watches',
  play: async (scene) => {
    await runningLoop(scene, true);
    const restarts = await scene.workloads.restarts('loop');
    await scene.api.refuse();
    await saysNothing(scene, 'loop', 3 * QUIET_MS);
    const isRead = readsOf([...podsAndWorkloads, 'nodes', 'namespaces', 'cronjobs', 'events', 'incidents']);
    const fix = scene.api.break(isRead, { kind: 'answer', status: 503 });
    const leases = (): number =>
      scene.api.asked.filter(({ path, verb }) => verb === 'write' && path.includes('/leases')).length;
    const before = leases();
    await scene.api.accept();
    await eventually('a Lease that is renewed', 60 * SECOND, () =>
      leases() > before + 2 ? true : undefined,
    );
    await saysNothing(scene, 'loop', 1.5 * QUIET_MS);
    fix();
    await saysNothing(scene, 'loop', BACK_MS);
    await endsWell(scene, restarts, true);
  },
};

function paused(id: string, name: string, before: (scene: Scene) => void): Scenario {
  return {
    id,
    name: `the agent is paused for three times quiet${name}`,
    play: async (scene) => {
      await runningLoop(scene, true);
      const restarts = await scene.workloads.restarts('loop');
      scene.agent.pause();
      before(scene);
      await delay(3 * QUIET_MS);
      scene.agent.goOn();
      await saysNothing(scene, 'loop', BACK_MS);
      await endsWell(scene, restarts, true);
    },
  };
}

const open = { closeRecovered: false } as const;
const slow = { closeRecovered: true, isSlow: true } as const;

/** What is not seen is not over. */
export const outages: readonly Scenario[] = [
  unreadable({ id: 'unseen', how: 'pods and workloads answer 503', breakage: statusOf(503), ...open }),
  unreadable({
    id: 'silent',
    how: 'pods and workloads fall silent, open watches as well,',
    breakage: { kind: 'silence' },
    closeRecovered: true,
  }),
  unreadable({ id: 'r500', how: 'pods and workloads answer 500', breakage: statusOf(500), ...slow }),
  unreadable({ id: 'r429', how: 'pods and workloads answer 429', breakage: statusOf(429), ...slow }),
  unreadable({
    id: 'r429after',
    how: 'pods and workloads answer 429 with Retry-After',
    breakage: statusOf(429, { 'retry-after': '5' }),
    ...slow,
  }),
  unreadable({ id: 'r403', how: 'pods and workloads answer 403', breakage: statusOf(403), ...slow }),
  unreadable({ id: 'r404', how: 'pods and workloads answer 404', breakage: statusOf(404), ...slow }),
  unreadable({ id: 'reset', how: 'pods and workloads are reset', breakage: { kind: 'reset' }, ...slow }),
  unreadable({
    id: 'pods',
    how: 'pods alone answer 503',
    resources: ['pods'],
    breakage: statusOf(503),
    ...slow,
  }),
  unreadable({
    id: 'podsquiet',
    how: 'pods alone fall silent',
    resources: ['pods'],
    breakage: { kind: 'silence' },
    ...slow,
  }),
  unreadable({
    id: 'starvedpods',
    how: 'the list of pods comes so slowly that it never ends,',
    resources: ['pods'],
    breakage: { kind: 'trickle', bytesPerSecond: 20 },
    isListed: true,
    ...slow,
  }),
  unreadable({
    id: 'garbled',
    how: 'the failing pod is damaged in the list',
    resources: ['pods'],
    breakage: { kind: 'garble', names: 'loop' },
    isListed: true,
    ...slow,
  }),
  wholeApi,
  paused('suspended', ' and finds its connections dead', ({ api }) => {
    api.break(({ verb }) => verb === 'watch', { kind: 'half-open' });
  }),
  { ...paused('paused', '', () => undefined), isSlow: true },
];
