import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, ensureCluster } from '../cluster/index.ts';
import { startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, quickConfig, removeCrd } from './support/installation.ts';
import { eventually, throughout } from './support/wait.ts';
import { aDeployment, aNamespace, runs } from './support/workloads.ts';

/**
 * The agent of a team that has no right beyond its own namespaces: it sees no nodes and no namespaces, and an administrator
 * installs the custom resource.
 */
const SECOND = 1_000;
const CLUSTER_ID = '5f0c7a9e-3d1b-4c68-9f2e-8a7b6c5d4e3f';
const crd = resolve(import.meta.dirname, '../../deploy/crd.yaml');
const run = `namespaced-${Date.now().toString(36)}`;
const namespaces = {
  agent: `${run}-agent`,
  shop: `${run}-shop`,
  bank: `${run}-bank`,
  others: `${run}-others`,
};

let cluster: Cluster;
let desk: TestDesk;
let agent: Installation;

async function apply(...items: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

async function crash(namespace: string, name: string): Promise<void> {
  await apply(aDeployment({ namespace, name, script: 'echo no connection to the till; exit 3' }));
}

function filed(namespace: string) {
  return desk.tickets(` ${namespace}/`);
}

async function phases(): Promise<string> {
  const path = '{range .items[*]}{.spec.target.namespace}/{.spec.target.name} {.status.phase}{"\\n"}{end}';
  return cluster.kubectl(['get', 'incidents', '-n', namespaces.agent, '-o', `jsonpath=${path}`]);
}

async function isReady(): Promise<string> {
  const path = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
  const selector = ['-l', `app.kubernetes.io/instance=${agent.release}`];
  return cluster.kubectl(['get', 'pods', '-n', agent.namespace, ...selector, '-o', `jsonpath=${path}`]);
}

async function whenReady(withinMs: number): Promise<void> {
  await eventually('a ready agent', withinMs, async () => ((await isReady()) === 'True' ? true : undefined));
}

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
  const { agent: own, shop, bank, others } = namespaces;
  await apply(...[shop, bank, others].map(aNamespace));
  const config = { ...quickConfig, clusterId: CLUSTER_ID, watch: { namespaces: [shop, bank] } };
  await removeCrd(cluster);
  agent = await install(cluster, desk, own, { config, isUnready: true });
}, 120 * SECOND);

afterAll(async () => {
  if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write(await agent.logs());
  await agent.uninstall();
  const all = Object.values(namespaces);
  await cluster.kubectl(['delete', 'namespace', ...all, '--ignore-not-found', '--wait=false']);
  await desk.close();
}, 120 * SECOND);

describe('an agent that watches two namespaces and has no right beyond them', () => {
  test(
    'is not ready before the custom resource is installed, and says what to do',
    async () => {
      const remedy = 'kubectl apply -f deploy/crd.yaml';
      await eventually('the remedy in its log', 60 * SECOND, async () =>
        (await agent.logs()).includes(remedy) ? true : undefined,
      );
      expect(await isReady()).toBe('False');
      await cluster.kubectl(['apply', '-f', crd]);
      // It looks again after 30 to 60 s.
      await whenReady(100 * SECOND);
    },
    180 * SECOND,
  );

  test(
    'files what fails in them, with the id of the cluster that it was told, and nothing of others',
    async () => {
      const { shop, bank, others } = namespaces;
      await Promise.all([crash(others, 'till'), crash(shop, 'till'), crash(bank, 'ledger')]);
      for (const namespace of [shop, bank]) {
        const ticket = await eventually('its ticket', 90 * SECOND, () => filed(namespace)[0]);
        expect(ticket).toMatchObject({ clusterId: CLUSTER_ID, source: 'agent', severity: 'critical' });
        expect(ticket.description).toContain('no connection to the till');
        expect(ticket.subject).toContain('CrashLoopBackOff');
      }
      await throughout('one ticket each', 10 * SECOND, () =>
        [shop, bank].every((namespace) => filed(namespace).length === 1),
      );
      expect(filed(others)).toEqual([]);
    },
    150 * SECOND,
  );

  test(
    'says no recovery of what it may not see any more, and says it once it may',
    async () => {
      const { shop, bank } = namespaces;
      const bindings = ['-n', shop, '-l', `app.kubernetes.io/instance=${agent.release}`];
      await cluster.kubectl(['delete', 'rolebinding', ...bindings]);
      await agent.killPods();
      await apply(
        ...[
          [shop, 'till'],
          [bank, 'ledger'],
        ].map(([namespace = '', name = '']) => aDeployment({ namespace, name, script: runs })),
      );
      await eventually('the recovery of what is seen', 120 * SECOND, () =>
        filed(bank)[0]?.comments.length === 1 ? true : undefined,
      );
      // Mended at the same time, and not a word of it.
      expect(await phases()).toContain(`${shop}/till Filed`);
      expect(filed(shop)[0]?.comments).toEqual([]);
      await agent.upgrade();
      await agent.killPods();
      await eventually('the recovery of what is seen again', 120 * SECOND, () =>
        filed(shop)[0]?.comments.length === 1 ? true : undefined,
      );
      expect([filed(shop).length, filed(bank).length]).toEqual([1, 1]);
    },
    300 * SECOND,
  );
});
