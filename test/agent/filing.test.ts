import { afterEach, beforeEach, describe, expect, test, jest } from '@jest/globals';
import { environmentSchema } from '../../src/domain/environment.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { aPod } from '../../src/sandbox/objects.ts';
import { crashLoop, healthyRollout } from '../../src/sandbox/scenarios/index.ts';
import { deploy } from './shop.ts';
import { openStage, type TestStage, until } from './stage.ts';

// Real waits on a machine that may be busy: each has a deadline of its own.
jest.setTimeout(60_000);

let stage: TestStage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

/** Tickets that were asked for, accepted or not. */
function posts(): number {
  return stage.desk.received().filter(({ method, url }) => method === 'POST' && url.endsWith('/tickets'))
    .length;
}

function filed(count = 1) {
  return until(`${count} filed Incidents`, () => {
    const found = stage.incidents().filter(({ status }) => status['phase'] === 'Filed');
    return found.length === count && found;
  });
}

describe('the agent between a cluster and the desk', () => {
  test('files exactly one ticket for a rollout that crash-loops, with everything in it', async () => {
    const { metrics, lines } = await stage.start();
    const story = new AbortController();
    const playing = crashLoop.run({
      sandbox: stage.sandbox,
      clock: systemClock,
      signal: story.signal,
      speed: 100,
    });
    await filed();
    await until('four restarts of a pod', () =>
      stage.sandbox.objects
        .list({ kind: 'Pod', namespace: 'shop' })
        .some(({ status }) => JSON.stringify(status).includes('"restartCount":5')),
    );
    story.abort();
    await playing;
    const [ticket, ...others] = stage.tickets();
    expect(others).toEqual([]);
    expect(posts()).toBe(1);
    expect(ticket?.subject).toMatch(
      /^Deployment shop\/checkout: CrashLoopBackOff.*exits with code 3.*\[k8s-/,
    );
    expect(ticket?.description).toContain('got "stirpe"');
    const body = stage.desk.received().find(({ method }) => method === 'POST')?.body as Record<
      string,
      unknown
    >;
    expect(body).toMatchObject({ source: 'agent', severity: 'critical', acknowledged: true });
    expect(body['cluster_id']).toBe(
      stage.sandbox.objects.get({ kind: 'Namespace', name: 'kube-system' })?.metadata.uid,
    );
    expect(environmentSchema.safeParse(body['environment']).success).toBe(true);
    expect(lines.filter(({ msg }) => msg === 'incident opened')).toHaveLength(1);
    // Told when the answer to the write has come, which the Incident shows before.
    const told = (): number => lines.filter(({ msg }) => msg === 'ticket filed').length;
    await until('the line of the ticket', () => told() > 0);
    expect(told()).toBe(1);
    expect(await metrics.registry.metrics()).toContain(
      'ankra_support_agent_tickets_total{outcome="filed"} 1',
    );
  });

  test('compares nodes for a pod that none takes only when it files: most such pods pass', async () => {
    await stage.start('agent-1', { classes: { scheduling: { for: '3s' } } });
    const { objects, requests } = stage.sandbox;
    const pod = objects.apply(aPod({ name: 'big', namespace: 'shop', labels: {} }));
    const since = new Date().toISOString();
    const words = { reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient cpu.' };
    objects.update({ kind: 'Pod', namespace: 'shop', name: 'big' }, (object) => {
      object['status'] = {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', lastTransitionTime: since, ...words }],
      };
    });
    const asked = (path: string): number => requests.filter((one) => one.path.startsWith(path)).length;
    await until('a first look', () => asked(`/api/v1/namespaces/shop/pods/${pod.metadata.name}`) > 0);
    await filed();
    // Whatever makes it be composed again, each time they are compared once.
    const composed = asked(`/api/v1/namespaces/shop/pods/${pod.metadata.name}`) - 1;
    expect(composed).toBeGreaterThan(0);
    expect(asked('/api/v1/nodes?limit=100')).toBe(composed);
  });

  test('files nothing for a healthy rollout', async () => {
    const { agent } = await stage.start();
    await until('a ready agent', () => agent.ready() === undefined);
    await healthyRollout.run({ sandbox: stage.sandbox, clock: systemClock, speed: 100 });
    // Whatever was to come of it comes before this.
    deploy(stage.sandbox, 'marker', 1).crash();
    await filed();
    expect(stage.incidents().map(({ spec }) => spec['target'])).toMatchObject([{ name: 'marker' }]);
  });

  test('reports a workload that failed before it started', async () => {
    deploy(stage.sandbox).crash();
    await stage.start();
    await filed();
    expect(stage.tickets()).toHaveLength(1);
  });

  test('says on the ticket that the workload has recovered', async () => {
    const workload = deploy(stage.sandbox);
    workload.crash();
    const { lines } = await stage.start();
    await filed();
    workload.run();
    const [ticket] = await until('a comment', () => {
      const tickets = stage.tickets();
      return tickets[0]?.comments.length === 1 && tickets;
    });
    expect(ticket?.comments[0]).toMatch(/\*\*Recovered\*\*.*3 of 3 replicas are ready/);
    expect(stage.incidents()).toMatchObject([{ status: { phase: 'Recovered' } }]);
    expect(lines.filter(({ msg }) => msg === 'incident changed')).toMatchObject([{ change: 'recovered' }]);
  });

  test('leaves ignored workloads alone, and files when they are not ignored any more', async () => {
    const workload = deploy(stage.sandbox);
    workload.annotate('support.ankra.app/ignore', 'true');
    workload.crash();
    const { metrics } = await stage.start();
    await until('a suppression', async () =>
      (await metrics.registry.metrics()).includes('suppressed_total{rule="ignored",class="crash"} 3'),
    );
    expect(stage.incidents()).toEqual([]);
    workload.annotate('support.ankra.app/ignore', undefined);
    await filed();
  });

  test('writes Incidents and asks for nothing in a trial, and files when it is over', async () => {
    deploy(stage.sandbox).crash();
    const trial = await stage.start('trial', { mode: 'observe' });
    await until('an observed Incident', () => stage.incidents()[0]?.status['phase'] === 'Observed');
    expect(stage.desk.received()).toEqual([]);
    await trial.stop();
    // The waits of the stage, without the trial's mode.
    await stage.start('agent-1');
    await filed();
    expect(stage.tickets()).toHaveLength(1);
  });
});

describe('a ticket that a person has closed', () => {
  test('stays closed; when the workload fails again after it had recovered, a new one names it', async () => {
    const workload = deploy(stage.sandbox);
    workload.crash();
    await stage.start();
    await filed();
    const [first] = stage.tickets();
    stage.desk.store.setStatus(first?.id ?? '', 'closed', new Date().toISOString());
    workload.run();
    await until('the recovery', () => stage.incidents()[0]?.status['phase'] === 'Recovered');
    workload.crash();
    await until('a second Incident', () => stage.incidents().length === 2);
    await filed();
    const tickets = stage.tickets();
    expect(tickets).toHaveLength(2);
    const second = tickets.find(({ id }) => id !== first?.id);
    expect(second?.description).toContain(first?.id);
    expect(tickets.find(({ id }) => id === first?.id)?.comments).toEqual([]);
  });

  test('is taken up again while it is open', async () => {
    const workload = deploy(stage.sandbox);
    workload.crash();
    await stage.start();
    await filed();
    workload.run();
    await until('the recovery', () => stage.incidents()[0]?.status['phase'] === 'Recovered');
    workload.crash();
    await until('the recurrence', () => stage.tickets()[0]?.comments.length === 2);
    const tickets = stage.tickets();
    expect(tickets).toHaveLength(1);
    expect(tickets[0]?.comments[1]).toContain('**It has come again**');
    expect(stage.incidents()).toMatchObject([{ status: { phase: 'Filed', recurrences: 1 } }]);
  });
});

test('an Incident that is deleted by hand finds its ticket again', async () => {
  deploy(stage.sandbox).crash();
  await stage.start();
  const [incident] = await filed();
  stage.sandbox.objects.delete({
    kind: 'Incident',
    namespace: 'ankra-support-agent',
    name: incident?.name ?? '',
  });
  await until('a comment of adoption', () => stage.tickets()[0]?.comments.length === 1);
  // It may fail otherwise than before.
  expect(stage.tickets()[0]?.comments[0]).toMatch(
    /fails again\*\*, at [^`]*: `Deployment shop\/checkout: CrashLoopBackOff, /,
  );
  expect(stage.tickets()).toHaveLength(1);
  expect(posts()).toBe(1);
});
