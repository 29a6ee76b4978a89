import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { busyboxImage, type Cluster, ensureCluster, type OwnCluster } from '../cluster/index.ts';
import { aContainer, aPodSpec, aWorkload, type Fields } from './support/classes/objects.ts';
import { evictedStatus, playNode, type PlayedNode, runningStatus } from './support/classes/played-node.ts';
import { aboutOwner } from './support/diagnostics.ts';
import { type FiledTicket, startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, steadyConfig } from './support/installation.ts';
import { deployHookChart, type HookChart } from './support/reported/hook-chart.ts';
import { type PasswordRegistry, startPasswordRegistry } from './support/reported/registry.ts';
import { eventually, throughout } from './support/wait.ts';
import { aNamespace, runs } from './support/workloads.ts';

/**
 * Failures that people have reported of such tools, made to happen for real: the kubelet refuses pods, evicts in a loop, a hook's Job is
 * gone as soon as it has failed, a webhook does not answer, a registry refuses an old password. The same are told as objects in
 * test/cases.
 */
const SECOND = 1_000;
/** `E2E_SLOW=1`: with the times that the agent waits by default, which takes half an hour. */
const isSlow = process.env['E2E_SLOW'] === '1';
const WITHIN = (isSlow ? 900 : 120) * SECOND;
/** What would be filed wrongly, or not at all, would be by now. */
const SOON = (isSlow ? 420 : 20) * SECOND;
const run = `reported-${Date.now().toString(36)}`;
const places = {
  agent: `${run}-agent`,
  refused: `${run}-refused`,
  loop: `${run}-loop`,
  hookKept: `${run}-hook-kept`,
  hookGone: `${run}-hook-gone`,
  hookSeries: `${run}-hook-series`,
  webhook: `${run}-webhook`,
  webhookToo: `${run}-webhook-too`,
  pull: `${run}-pull`,
  pullToo: `${run}-pull-too`,
};
/** One that admits nothing, as nobody answers for it, in the namespaces with this label. */
const INJECTOR = `${run}.injector.example.com`;
const injected = { [run]: 'injected' };

let cluster: Cluster;
let own: OwnCluster;
let desk: TestDesk;
let agent: Installation | undefined;
let registry: PasswordRegistry | undefined;
let node: PlayedNode | undefined;

async function apply(...items: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

function filed(owner: string): Promise<FiledTicket> {
  const subject = `${owner}: `;
  return eventually(
    `a ticket for ${owner}`,
    WITHIN,
    () => desk.tickets(subject)[0],
    aboutOwner(cluster, owner),
  );
}

/** Subjects of all tickets about this namespace, up to the reason. */
function owners(text: string): readonly string[] {
  return desk.tickets(text).map(({ subject }) => subject.slice(0, subject.indexOf(': ')));
}

function deployment(namespace: string, name: string, container: Fields, pod: Fields = {}): Fields {
  return aWorkload('Deployment', { namespace, name, pod: aPodSpec(container, pod) });
}

beforeAll(async () => {
  cluster = await ensureCluster();
  if (cluster.own === undefined)
    throw new Error('these tests need the cluster of this project: unset KUBECONFIG');
  own = cluster.own;
  desk = await startTestDesk(cluster);
  const { agent: home, ...others } = places;
  await apply(...Object.values(others).map(aNamespace));
  const pending = { for: '5s' };
  const classes = isSlow ? {} : { create: pending, image: pending, eviction: pending, config: pending };
  // Time for two that fail for the same reason to be seen.
  agent = await install(cluster, desk, home, { config: { ...steadyConfig, groupWait: '5s', classes } });
}, 240 * SECOND);

afterAll(async () => {
  if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write((await agent?.logs()) ?? '');
  if (process.env['E2E_SHOW_TICKETS'] === '1')
    for (const one of desk.tickets('')) process.stderr.write(`${one.subject}\n\n${one.description}\n\n`);
  const hook = `validatingwebhookconfiguration/${run}`;
  await cluster.kubectl(['delete', hook, '--ignore-not-found']);
  await agent?.uninstall();
  const all = Object.values(places);
  await cluster.kubectl(['delete', 'namespace', ...all, '--ignore-not-found', '--wait=false']);
  // After its namespace, so that nobody makes its pod anew.
  await node?.remove();
  await registry?.close();
  await desk.close();
}, 120 * SECOND);

test(
  'the kubelet refuses every pod of a Deployment, which is replaced at once: one ticket for the Deployment, in the words of the kubelet',
  async () => {
    const resources = { requests: { cpu: '64', memory: '64Mi' }, limits: { cpu: '64', memory: '64Mi' } };
    const pinned = { nodeName: 'node-1' };
    await apply(deployment(places.refused, 'model', aContainer(runs, { resources }), pinned));
    const ticket = await filed(`Deployment ${places.refused}/model`);
    expect(ticket.subject).toContain('OutOfcpu');
    expect(ticket.description).toContain("Node didn't have enough resource: cpu");
    await throughout('one ticket', 10 * SECOND, () => owners(places.refused).length === 1);
    // One pod or two in a second, for as long as it stands.
    await cluster.kubectl(['-n', places.refused, 'scale', 'deployment/model', '--replicas=0']);
  },
  WITHIN + 30 * SECOND,
);

test(
  'a pod that fills its emptyDir beyond the limit, evicted ten times on a node that the test plays: one ticket for its StatefulSet',
  async () => {
    node = await playNode(cluster, `${run}-node`);
    const pod = aPodSpec(aContainer(runs), { nodeName: node.name });
    await apply(aWorkload('StatefulSet', { namespace: places.loop, name: 'cache', pod }));
    const full = evictedStatus('Usage of EmptyDir volume "scratch" exceeds the limit "64Mi". ');
    const seen = new Set<string>();
    for (let time = 0; time < 10; time += 1) {
      seen.add(await eventually('another pod', 30 * SECOND, () => podOtherThan(seen)));
      await node.writePodStatus(places.loop, 'cache-0', runningStatus(busyboxImage));
      await node.writePodStatus(places.loop, 'cache-0', full);
    }
    const ticket = await eventually('a ticket', SOON, () => desk.tickets(places.loop)[0]);
    expect(ticket.subject).toContain(`StatefulSet ${places.loop}/cache: `);
  },
  WITHIN + 60 * SECOND,
);

/** The uid of the StatefulSet's pod, when it is a new one. */
async function podOtherThan(seen: ReadonlySet<string>): Promise<string | undefined> {
  const path = 'jsonpath={.metadata.uid}';
  const uid = await cluster.kubectl(['-n', places.loop, 'get', 'pod', 'cache-0', '-o', path]);
  return seen.has(uid) ? undefined : uid;
}

describe('a hook of Helm', () => {
  async function fail(hook: HookChart): Promise<void> {
    expect(await deployHookChart(cluster, hook)).toMatch(/failed/);
  }

  test(
    'whose Job has failed and stays: one ticket',
    async () => {
      await fail({ namespace: places.hookKept, jobName: 'migrate' });
      const ticket = await filed(`Job ${places.hookKept}/migrate`);
      expect(ticket.description).toContain('relation orders does not exist');
    },
    WITHIN + 60 * SECOND,
  );

  test(
    'whose Job is removed as soon as it has failed: one ticket, of what was seen',
    async () => {
      await fail({ namespace: places.hookGone, jobName: 'migrate', deletePolicy: 'hook-failed' });
      await eventually('a ticket', SOON, () => desk.tickets(places.hookGone)[0]);
      expect(owners(places.hookGone)).toEqual([`Job ${places.hookGone}/migrate`]);
    },
    WITHIN,
  );

  test(
    'that has the revision in its name: three failures are one ticket',
    async () => {
      for (let revision = 1; revision <= 3; revision += 1) {
        await fail({ namespace: places.hookSeries, jobName: 'migrate-{{ .Release.Revision }}' });
        await eventually('a ticket', 60 * SECOND, () => desk.tickets(places.hookSeries)[0]);
      }
      await throughout('one ticket', SOON, () => owners(places.hookSeries).length === 1);
    },
    WITHIN + 120 * SECOND,
  );
});

test(
  'a webhook that does not answer: one ticket for it, whatever it keeps from being made',
  async () => {
    await apply(
      ...[places.webhook, places.webhookToo].map((name) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: injected },
      })),
      deadWebhook(),
    );
    await apply(
      deployment(places.webhook, 'web', aContainer(runs)),
      deployment(places.webhookToo, 'api', aContainer(runs)),
    );
    await eventually('a ticket', WITHIN, () => desk.tickets(run).find(isAboutWebhook));
    await throughout('one ticket', SOON, () => desk.tickets(run).filter(isAboutWebhook).length === 1);
  },
  WITHIN + 60 * SECOND,
);

function isAboutWebhook({ subject }: FiledTicket): boolean {
  return subject.includes(places.webhook) || subject.includes(INJECTOR);
}

function deadWebhook(): Fields {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: run },
    webhooks: [
      {
        name: INJECTOR,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        timeoutSeconds: 1,
        namespaceSelector: { matchLabels: injected },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        // Nobody listens there.
        clientConfig: { url: 'https://127.0.0.1:1/inject' },
      },
    ],
  };
}

test(
  'a registry that takes the password of the pull Secret no more: one ticket for it, and those that run go on',
  async () => {
    registry = await startPasswordRegistry();
    const { address } = registry;
    for (const tag of ['1', '2']) await registry.publish(own, `shop/api:${tag}`);
    const secret = (namespace: string): Fields => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/dockerconfigjson',
      metadata: { namespace, name: 'registry' },
      stringData: { '.dockerconfigjson': registry?.dockerConfig() },
    });
    const api = (namespace: string, tag: string): Fields =>
      deployment(namespace, 'api', aContainer(runs, { image: `${address}/shop/api:${tag}` }), {
        imagePullSecrets: [{ name: 'registry' }],
      });
    const both = [places.pull, places.pullToo];
    await apply(...both.map(secret), ...both.map((namespace) => api(namespace, '1')));
    for (const namespace of both)
      await cluster.kubectl(['-n', namespace, 'rollout', 'status', 'deployment/api', '--timeout=60s']);
    await registry.expire();
    await throughout('no ticket', 5 * SECOND, () => desk.tickets(run).every(isNotAboutPull));
    await apply(...both.map((namespace) => api(namespace, '2')));
    const ticket = await filed(`Registry ${address}`);
    expect(ticket.environment).toMatchObject({ incident: { class: 'image', members: { count: 2 } } });
    expect(ticket.description).toMatch(/401|authoriz|credential/i);
    await throughout('one ticket', 15 * SECOND, () => desk.tickets(places.pull).length === 0);
  },
  2 * WITHIN,
);

function isNotAboutPull({ subject }: FiledTicket): boolean {
  return !subject.includes(places.pull) && !subject.includes('Registry ');
}
