import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { busyboxImage, type Cluster, ensureCluster } from '../cluster/index.ts';
import { type BusyWork, startBusyWork } from './support/classes/busy-namespace.ts';
import { type FailureCase, failureCases } from './support/classes/cases.ts';
import { aContainer, aLabelledNamespace, aPod, aPodSpec, aWorkload } from './support/classes/objects.ts';
import { evictedStatus, type PlayedNode, playNode, runningStatus } from './support/classes/played-node.ts';
import { type EmptyRegistry, startEmptyRegistry } from './support/classes/registry.ts';
import { aboutOwner } from './support/diagnostics.ts';
import { type FiledTicket, keepTickets, startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, steadyConfig } from './support/installation.ts';
import { applyBehindQuotas } from './support/quotas.ts';
import { eventually, throughout } from './support/wait.ts';
import { aNamespace, runs } from './support/workloads.ts';

/**
 * Every class of failure, made to happen for real: one ticket each, and it says what an engineer needs to know. All of
 * them fail at the same time, beside a namespace that is busy and healthy; each test waits for its own.
 */
const SECOND = 1_000;
/** The CronJob needs two full minutes, and the machine has two cores. */
const FILED_WITHIN = 200 * SECOND;
const run = `classes-${Date.now().toString(36)}`;
const played = `${run}-node`;

const places = {
  agent: `${run}-agent`,
  /** A Deployment on the node that falls silent. */
  aboard: `${run}-aboard`,
  /** A bare pod that is evicted. */
  evicted: `${run}-evicted`,
  /** An evicted pod whose owner gets no other one to run. */
  short: `${run}-short`,
  healthy: `${run}-healthy`,
  passing: `${run}-passing`,
};

/** As long as the suite can wait; a healthy workload gets by with them on a busy machine. */
const holds = {
  node: { for: '5s' },
  // The kubelet may show a pod's status seconds after what it did.
  storage: { for: '30s' },
  create: { for: '5s' },
  image: { for: '5s' },
  config: { for: '5s' },
  scheduling: { for: '5s' },
  start: { for: '60s' },
  probe: { for: '20s' },
  eviction: { for: '5s' },
} as const;

let cluster: Cluster;
let desk: TestDesk;
let registry: EmptyRegistry;
let agent: Installation | undefined;
let node: PlayedNode | undefined;
let busy: BusyWork | undefined;

/** What an environment says of one failure. */
interface Failing {
  readonly class: string;
  readonly reason: string;
}

function namespaceOf({ name }: FailureCase): string {
  return `${run}-${name}`;
}

async function apply(items: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

function filed(owner: string): Promise<FiledTicket> {
  return eventually(
    `a ticket for ${owner}`,
    FILED_WITHIN,
    () => desk.tickets(`${owner}: `)[0],
    aboutOwner(cluster, owner),
  );
}

/** The pods of a namespace, when there are `count`. */
function podsOf(namespace: string, count: number): Promise<readonly string[]> {
  return eventually(`${count} pods in ${namespace}`, 60 * SECOND, async () => {
    const text = await cluster.kubectl(['-n', namespace, 'get', 'pods', '-o', 'name']);
    const names = text.split('\n').filter((line) => line !== '');
    return names.length >= count ? names.map((name) => name.replace('pod/', '')) : undefined;
  });
}

/** Pods that are bound to the played node; they run as soon as their status says so. */
async function boardNode(host: PlayedNode): Promise<void> {
  const pod = aPodSpec(aContainer(runs), { nodeName: host.name });
  await apply([
    aWorkload('Deployment', { namespace: places.aboard, name: 'shop', pod, spec: { replicas: 2 } }),
    aWorkload('Deployment', { namespace: places.short, name: 'ledger', pod }),
    aPod({ namespace: places.evicted, name: 'batch', pod }),
  ]);
  // At the same time: a pod that nobody writes a status for does not start, and that is a failure of its own after `holds.start`.
  await Promise.all([board(places.short, 1), board(places.evicted, 1), board(places.aboard, 2)]);

  async function board(namespace: string, count: number): Promise<void> {
    const names = await podsOf(namespace, count);
    await Promise.all(names.map((name) => host.writePodStatus(namespace, name, runningStatus(busyboxImage))));
  }
}

/** Writes what a kubelet writes that is short of memory. */
async function evict(host: PlayedNode, namespace: string): Promise<void> {
  for (const name of await podsOf(namespace, 1)) await host.writePodStatus(namespace, name, evictedStatus());
}

const isOwnCluster = (await ensureCluster()).own !== undefined;
const possibleCases = failureCases.filter(({ needsOwnNode }) => needsOwnNode === undefined || isOwnCluster);
for (const { name } of failureCases.filter((one) => !possibleCases.includes(one)))
  process.stderr.write(`SKIPPED, as it needs the cluster of this project: ${name}\n`);

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
  registry = await startEmptyRegistry();
  const { agent: own, ...others } = places;
  await apply([
    ...Object.values(others).map(aNamespace),
    ...possibleCases.map((one) => aLabelledNamespace(namespaceOf(one), one.labels)),
  ]);
  agent = await install(cluster, desk, own, { config: { ...steadyConfig, classes: holds } });
  const objects = possibleCases.flatMap((one) =>
    one.objects({ namespace: namespaceOf(one), registry: registry.address }),
  );
  await applyBehindQuotas(cluster, run, objects);
  busy = startBusyWork(cluster, { namespace: places.healthy, passing: places.passing });
  node = await playNode(cluster, played);
  await boardNode(node);
  await evict(node, places.evicted);
  await evict(node, places.short);
  // Afterwards they would be told as what the node has taken along.
  await Promise.all([`Pod ${places.evicted}/batch`, `Deployment ${places.short}/ledger`].map(filed));
  await node.fallSilent();
}, 400 * SECOND);

afterAll(async () => {
  await busy?.stop().catch(() => undefined);
  if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write((await agent?.logs()) ?? '');
  const folder = process.env['E2E_TICKETS_DIR'];
  if (folder !== undefined) await keepTickets(desk.tickets(run), folder);
  await agent?.uninstall();
  const namespaces = [...Object.values(places), ...failureCases.map(namespaceOf)];
  await cluster.kubectl(['delete', 'namespace', ...namespaces, '--ignore-not-found', '--wait=false']);
  // After their namespaces, so that nobody makes its pods anew.
  await node?.remove();
  await cluster.kubectl(['delete', 'runtimeclass', `${run}-sandbox`, '--ignore-not-found']);
  const hook = `validatingwebhookconfiguration/${run}-webhook`;
  await cluster.kubectl(['delete', hook, '--ignore-not-found']);
  await registry.close();
  await desk.close();
}, 120 * SECOND);

describe('one ticket each, with class, owner and reason', () => {
  test.each(possibleCases)(
    '$name: $class',
    async (expected) => {
      const { kind, name } = expected.owner;
      const namespace = namespaceOf(expected);
      const ticket = await filed(`${kind} ${namespace}/${name}`);
      expect(ticket).toMatchObject({ source: 'agent', severity: 'critical' });
      expect(ticket.environment).toMatchObject({
        incident: { class: expected.class, reason: expect.stringMatching(expected.reason) },
        owner: { kind, namespace, name },
      });
      const { incident } = ticket.environment as { incident: { reason: string } };
      expect(ticket.subject).toContain(`${kind} ${namespace}/${name}: ${incident.reason}, `);
      expect(ticket.subject).toMatch(expected.says);
      const environment = JSON.stringify(ticket.environment);
      for (const part of expected.holds ?? []) expect(environment).toMatch(part);
      // The rights of the chart are enough for all that is read.
      expect(JSON.stringify(ticket.environment['omitted'])).not.toContain('no right');
    },
    FILED_WITHIN + 10 * SECOND,
  );
});

test(
  'a failing Deployment that is scaled up gets no other cause from pods that have just been made',
  async () => {
    const namespace = `${run}-crash`;
    await filed(`Deployment ${namespace}/checkout`);
    await cluster.kubectl(['-n', namespace, 'scale', 'deployment/checkout', '--replicas=4']);
    await podsOf(namespace, 4);
    await throughout('no comment', 5 * SECOND, () => desk.tickets(`${namespace}/`)[0]?.comments.length === 0);
    expect(desk.tickets(`${namespace}/`)).toHaveLength(1);
  },
  FILED_WITHIN + 60 * SECOND,
);

describe('on a node that the test plays through the API', () => {
  test(
    'a bare pod whose status the test writes as Evicted: one ticket',
    async () => {
      const ticket = await filed(`Pod ${places.evicted}/batch`);
      expect(ticket.environment).toMatchObject({ incident: { class: 'eviction', reason: 'Evicted' } });
      expect(ticket.subject).toContain('Evicted, the kubelet has evicted the pod: The node was low on');
    },
    FILED_WITHIN + 10 * SECOND,
  );

  test(
    'an owned pod whose status the test writes as Evicted, while no other one runs: one ticket for the owner',
    async () => {
      const ticket = await filed(`Deployment ${places.short}/ledger`);
      const { incident } = ticket.environment as { incident: Failing & { alsoFailing: readonly Failing[] } };
      // Where the machine was so busy that its successor is due as well, which nobody starts, that one leads.
      expect([incident, ...incident.alsoFailing]).toContainEqual(
        expect.objectContaining({ class: 'eviction', reason: 'Evicted' }),
      );
    },
    FILED_WITHIN + 10 * SECOND,
  );

  test(
    'the node falls silent: one ticket for the node, and none for the pods on it',
    async () => {
      const ticket = await filed(`Node ${played}`);
      expect(ticket.environment).toMatchObject({
        incident: { class: 'node', reason: 'NodeStatusUnknown' },
        owner: { kind: 'Node', name: played },
      });
      expect(ticket.subject).toContain('NodeStatusUnknown, the node does not answer');
      expect(ticket.environment['node']).toMatchObject({
        leaseRenewedAt: expect.any(String),
        heartbeatAt: expect.any(String),
        requested: { pods: expect.any(String) },
        pods: { failing: expect.arrayContaining([expect.objectContaining({ namespace: places.aboard })]) },
      });
    },
    FILED_WITHIN + 10 * SECOND,
  );
});

describe('when all have failed', () => {
  test(
    'there is one ticket for each and no other one, and none for the busy healthy namespace',
    async () => {
      const expected = [
        ...possibleCases.map((one) => `${one.owner.kind} ${namespaceOf(one)}/${one.owner.name}`),
        `Deployment ${places.short}/ledger`,
        `Pod ${places.evicted}/batch`,
        `Node ${played}`,
      ].toSorted();
      const owners = (): readonly string[] =>
        desk
          .tickets(run)
          .map(({ subject }) => subject.slice(0, subject.indexOf(': ')))
          .toSorted();
      await throughout('no further ticket', 15 * SECOND, () => owners().length <= expected.length);
      expect(await busy?.stop()).toBeGreaterThan(3);
      expect(owners()).toEqual(expected);
      expect(await incidents()).toEqual(expected);
      // Nothing has changed for the worse or the better: the evicted hear of their node, on which no kubelet runs. On a slow machine it has
      // reported nothing for as long as the class `start` waits, and that is so.
      const ofTheNode = /^\*\*Others fail with it\*\* .*: Node |the kubelet there has reported nothing of it/;
      const comments = desk.tickets(run).flatMap((ticket) => ticket.comments);
      expect(comments.filter((text) => !ofTheNode.test(text))).toEqual([]);
    },
    90 * SECOND,
  );
});

/** The owners of all Incidents of this run, as the subjects name them. */
async function incidents(): Promise<readonly string[]> {
  const text = await cluster.kubectl(['-n', places.agent, 'get', 'incidents', '-o', 'json']);
  const { items } = JSON.parse(text) as {
    items: { spec: { target: { kind: string; namespace: string; name: string } } }[];
  };
  return items
    .map(({ spec: { target } }) => target)
    .filter(({ namespace, name }) => `${namespace}/${name}`.includes(run))
    .map(({ kind, namespace, name }) => `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`)
    .toSorted();
}
