import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { type Clock, MINUTE } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openClusterFacts } from '../../src/agent/cluster.ts';
import { deploy } from './shop.ts';
import { openStage, registeredCluster, type TestStage, until } from './stage.ts';

jest.setTimeout(60_000);

let stage: TestStage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const UNKNOWN = '7b1c0b0e-0000-4000-8000-000000000000';
const POD_UID = 'uid-of-the-pod';

test('a cluster that the ticket API does not know is told by Event, metric, log and readiness, and loses no ticket', async () => {
  let laterMs = 0;
  const machine: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + laterMs };
  deploy(stage.sandbox).crash();
  const { agent, metrics, lines } = await stage.start(
    'agent-1',
    { clusterId: UNKNOWN },
    (deps) => ({ ...deps, podUid: POD_UID }),
    machine,
  );
  const shown = async (line: string): Promise<boolean> => {
    agent.measure();
    return (await metrics.registry.metrics()).includes(`ankra_support_agent_${line}`);
  };
  await until('a refusal', () => shown('tickets_blocked{reason="cluster"} 1'));
  expect(stage.tickets()).toEqual([]);
  expect(await shown('cluster_unknown 0')).toBe(true);
  // As if ten minutes had passed, in which nothing else has happened.
  laterMs = 11 * MINUTE;
  await until('a ticket all the same', () => stage.tickets().length === 1);
  const event = await until('the Event', () =>
    stage.sandbox.objects
      .list({ kind: 'Event', namespace: 'ankra-support-agent' })
      .find((one) => one['reason'] === 'ClusterUnknown'),
  );
  expect(event).toMatchObject({ type: 'Warning', involvedObject: { kind: 'Pod', uid: POD_UID } });
  await until('the metric', () => shown('cluster_unknown 1'));
  expect(agent.remarks().join()).toContain('tickets go without cluster_id: 422');
  expect(lines.filter(({ msg }) => String(msg).includes('does not know this cluster'))).toHaveLength(1);
  const [row] = stage.desk.store.list({ statuses: [], now: Infinity, limit: 9, offset: 0 }).rows;
  expect(row).toMatchObject({ subject: expect.stringContaining('checkout'), cluster_id: null });
});

test('the first ticket names the cluster by the id that the ticket API knows it by', async () => {
  const { id, name: clusterName } = registeredCluster;
  await stage.start('agent-1', { clusterId: undefined, clusterName });
  deploy(stage.sandbox).crash();
  const [ticket] = await until('a ticket', () => {
    const tickets = stage.tickets();
    return tickets.length > 0 && tickets;
  });
  expect(ticket?.description).toContain(`cluster \`${clusterName}\` \`${id}\``);
});

test('a ticket API that does not answer holds up no Incident for longer than two seconds, and once', async () => {
  const asked: AbortSignal[] = [];
  const clusterFacts = openClusterFacts({
    reader: { cluster: () => Promise.resolve({ uid: 'u' }) },
    clusterId: {
      current: () => undefined,
      resolve: (signal: AbortSignal) => {
        asked.push(signal);
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        );
      },
    } as unknown as Parameters<typeof openClusterFacts>[0]['clusterId'],
    mode: 'file',
  });
  const { signal } = new AbortController();
  const startedAt = performance.now();
  expect(await clusterFacts(signal)).toEqual({ uid: 'u' });
  expect(performance.now() - startedAt).toBeGreaterThan(1_900);
  expect(await clusterFacts(signal)).toEqual({ uid: 'u' });
  expect(asked).toHaveLength(1);
});
