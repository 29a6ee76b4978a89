import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { agentImage, busyboxImage, type Cluster, ensureCluster } from '../cluster/index.ts';
import { startTestDesk, type TestDesk } from './support/desk.ts';
import { install, type Installation, quickConfig } from './support/installation.ts';
import { laterTag, provideLaterRelease } from './support/later-release.ts';
import { eventually, throughout } from './support/wait.ts';
import { aDeployment, aNamespace, runs } from './support/workloads.ts';

/**
 * Two replicas of the agent, upgraded to a release with other words and back again, on a real cluster with an Incident in every phase.
 * In each roll-out one release leads while the other stands by, so that each reads what the other writes.
 */
const SECOND = 1_000;
const WITHIN = 120 * SECOND;
const run = `upgrade-${Date.now().toString(36)}`;
const agentNamespace = `${run}-agent`;
const namespace = `${run}-shop`;
const thisTag = agentImage.slice(agentImage.lastIndexOf(':') + 1);
/** Lacks the Secret that others lack as well. */
const lacking = ['orders', 'refunds'] as const;

let cluster: Cluster;
let desk: TestDesk;
let agent: Installation;

interface IncidentObject {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly trigger: string;
    readonly cluster?: string;
    readonly target: { readonly namespace: string; readonly name: string };
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

async function apply(...items: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
}

/** A Deployment whose image has a name that no image can have: its incident opens at once. */
function fail(...names: readonly string[]): Promise<void> {
  return apply(
    ...names.map((name) =>
      aDeployment({ namespace, name, script: 'exit 0', image: `Shop/${name.toUpperCase()}:1` }),
    ),
  );
}

function heal(...names: readonly string[]): Promise<void> {
  return apply(...names.map((name) => aDeployment({ namespace, name, script: runs, image: busyboxImage })));
}

/** Those of our workloads: others may fail in the cluster as well. */
async function incidents(): Promise<readonly IncidentObject[]> {
  const text = await cluster.kubectl(['-n', agentNamespace, 'get', 'incidents', '-o', 'json']);
  const { items } = JSON.parse(text) as { readonly items: readonly IncidentObject[] };
  return items.filter(({ spec }) => spec.target.namespace === namespace);
}

/** The phases of the Incidents of one workload. One that has not been tried yet has no status at all. */
async function phasesOf(name: string): Promise<readonly unknown[]> {
  return (await incidents())
    .filter(({ spec }) => spec.target.name === name)
    .map(({ status }) => status?.['phase'] ?? 'Pending');
}

async function statusOf(name: string): Promise<Readonly<Record<string, unknown>>> {
  return (await incidents()).find(({ spec }) => spec.target.name === name)?.status ?? {};
}

function untilPhase(name: string, phase: string): Promise<unknown> {
  return eventually(`${name} is ${phase}`, WITHIN, async () =>
    (await phasesOf(name)).includes(phase) ? true : undefined,
  );
}

function subjectOf(name: string): string {
  return `${namespace}/${name}:`;
}

/** How often it is said on the ticket of a workload. */
function saidOn(name: string, words: string): number {
  const bodies = desk.tickets(subjectOf(name)).flatMap(({ comments }) => comments);
  return bodies.filter((body) => body.includes(words)).length;
}

function untilSaid(name: string, words: string, times = 1): Promise<unknown> {
  return eventually(`"${words}" ${times} times on the ticket of ${name}`, WITHIN, () =>
    saidOn(name, words) === times ? true : undefined,
  );
}

const RECOVERED = '**Recovered**';
const AGAIN = '**It has come again**';

async function patchStatus(name: string, status: Readonly<Record<string, unknown>>): Promise<void> {
  const object = (await incidents()).find(({ spec }) => spec.target.name === name);
  const args = ['-n', agentNamespace, 'patch', 'incident', object?.metadata.name ?? '', '--type=merge'];
  await cluster.kubectl([...args, '--subresource=status', '-p', JSON.stringify({ status })]);
}

/** One of a trial that is over, as a request by hand: its object is there no more. */
function observedIncident(cluster_: string): unknown {
  return {
    apiVersion: 'support.ankra.app/v1alpha1',
    kind: 'Incident',
    metadata: { name: 'pod-trial-00000000-1', namespace: agentNamespace },
    spec: {
      trigger: 'manual',
      cluster: cluster_,
      target: { apiVersion: 'v1', kind: 'Pod', namespace, name: 'trial', uid: 'u-1' },
      key: '0'.repeat(64),
      class: 'manual',
      reason: 'RequestedByHand',
      openedAt: new Date().toISOString(),
    },
  };
}

/** One ticket for each workload, whatever it is called, and no second Incident of an owner that stands. */
function oneEach(forMs: number, ...names: readonly string[]): Promise<void> {
  return throughout(`one ticket each for ${names.join(', ')}`, forMs, () =>
    names.every((name) => desk.tickets(subjectOf(name)).length === 1),
  );
}

const filed = ['filed', 'stays', 'told'] as const;

beforeAll(async () => {
  cluster = await ensureCluster();
  desk = await startTestDesk(cluster);
  await provideLaterRelease(cluster);
  const config = {
    ...quickConfig,
    // Time for both that lack the Secret to be seen.
    groupWait: '5s',
    resolveAfter: '10s',
    classes: { config: { for: '5s' } },
  };
  agent = await install(cluster, desk, agentNamespace, { replicaCount: 2, config });
  await apply(aNamespace(namespace));
}, 300 * SECOND);

afterAll(async () => {
  if (process.env['E2E_SHOW_LOGS'] === '1') process.stderr.write(await agent.logs());
  await agent.uninstall();
  await cluster.kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  await desk.close();
}, 120 * SECOND);

describe('an upgrade', () => {
  test(
    'begins with an Incident in every phase',
    async () => {
      await fail(...filed, 'recovers');
      await Promise.all([...filed, 'recovers'].map((name) => untilPhase(name, 'Filed')));
      await heal('recovers');
      await untilSaid('recovers', RECOVERED);
      const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }];
      const lackingSecret = lacking.map((name) =>
        withEnv(aDeployment({ namespace, name, script: runs }), env),
      );
      await apply(...lackingSecret);
      await Promise.all(lacking.map((name) => untilPhase(name, 'Folded')));
      await eventually('the ticket of their Secret', WITHIN, () => desk.tickets('Secret')[0]);
      desk.desk.faults.add({ kind: 'status', status: 400, detail: 'not like this', on: 'create', times: 3 });
      await fail('refused');
      await untilPhase('refused', 'Rejected');
      const { spec } = (await incidents())[0] ?? {};
      await apply(observedIncident(spec?.cluster ?? ''));
      await patchStatus('trial', { phase: 'Observed' });
      desk.desk.faults.add({ kind: 'down', on: 'create' });
      await fail('waits');
      await untilPhase('waits', 'Pending');
      const phases = new Set((await incidents()).map(({ status }) => status?.['phase'] ?? 'Pending'));
      expect(phases).toEqual(new Set(['Filed', 'Folded', 'Observed', 'Pending', 'Recovered', 'Rejected']));
    },
    300 * SECOND,
  );

  test(
    'files what waited once, and files nothing again',
    async () => {
      await agent.upgrade({ 'image.tag': laterTag });
      desk.desk.faults.clear();
      await untilPhase('waits', 'Ticketed');
      await fail('born-later', 'over-later');
      await Promise.all(['born-later', 'over-later'].map((name) => untilPhase(name, 'Ticketed')));
      await oneEach(10 * SECOND, ...filed, 'recovers', 'waits', 'born-later', 'over-later');
      expect(desk.tickets(subjectOf('refused'))).toEqual([]);
      expect(await phasesOf('refused')).toEqual(['Rejected']);
      expect(await phasesOf('trial')).toEqual(['Observed']);
      for (const name of lacking) expect(desk.tickets(subjectOf(name))).toEqual([]);
    },
    300 * SECOND,
  );

  test(
    'lets what was filed before recover and come again on its ticket',
    async () => {
      await heal('filed', 'over-later');
      await fail('recovers');
      await untilSaid('filed', RECOVERED);
      await untilSaid('over-later', RECOVERED);
      await untilSaid('recovers', AGAIN);
      await untilPhase('over-later', 'Resolved');
      // A phase that the other fields tell is left as the release before has written it.
      expect(await statusOf('filed')).toMatchObject({ phase: 'Filed', recoveredAt: expect.any(String) });
      await oneEach(SECOND, 'filed', 'recovers', 'over-later');
    },
    300 * SECOND,
  );
});

describe('a downgrade', () => {
  const later = {
    acknowledgedBy: { team: 'shop' },
    comment: {
      kind: 'handedOver',
      marker: 'c-later',
      at: new Date().toISOString(),
      text: '**Handed over** to the night shift.',
    },
  };

  test(
    'files nothing again, and says what the later release had still to say',
    async () => {
      // Written while nobody could send it.
      desk.desk.faults.add({ kind: 'down', on: 'comment' });
      await patchStatus('told', later);
      await agent.upgrade({ 'image.tag': thisTag });
      desk.desk.faults.clear();
      await untilSaid('told', 'Handed over');
      await oneEach(20 * SECOND, ...filed, 'recovers', 'waits', 'born-later', 'over-later');
      expect(await statusOf('told')).toMatchObject({ acknowledgedBy: later.acknowledgedBy });
      expect(await phasesOf('born-later')).toEqual(['Ticketed']);
    },
    300 * SECOND,
  );

  test(
    'lets what the later release has filed recover and come again on its ticket, in its words',
    async () => {
      await heal('born-later');
      await fail('over-later');
      await untilSaid('born-later', RECOVERED);
      await untilSaid('over-later', AGAIN);
      expect(await statusOf('born-later')).toMatchObject({
        phase: 'Ticketed',
        recoveredAt: expect.any(String),
      });
      await fail('born-later');
      await untilSaid('born-later', AGAIN);
      await heal('stays');
      await untilSaid('stays', RECOVERED);
      await oneEach(10 * SECOND, ...filed, 'recovers', 'waits', 'born-later', 'over-later');
      for (const name of lacking) expect(desk.tickets(subjectOf(name))).toEqual([]);
    },
    300 * SECOND,
  );

  test('says which Incidents have words that it does not know', async () => {
    expect(await agent.logs()).toContain('an Incident has words of a later release');
  });
});

interface Templated {
  readonly spec: { readonly template: { readonly spec: { readonly containers: Record<string, unknown>[] } } };
}

function withEnv(deployment: unknown, env: unknown): unknown {
  for (const container of (deployment as Templated).spec.template.spec.containers) container['env'] = env;
  return deployment;
}
