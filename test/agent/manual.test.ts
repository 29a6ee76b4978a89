import { afterEach, beforeEach, expect, test, jest } from '@jest/globals';
import { aDeployment, aNamespace, aPod, aReplicaSet, ownedBy } from '../../src/sandbox/objects.ts';
import { aNode } from '../../src/sandbox/node-objects.ts';
import { deploy } from './shop.ts';
import { openStage, type TestStage, until } from './stage.ts';

const FILE_TICKET = 'support.ankra.app/file-ticket';

// Real waits on a machine that may be busy: each has a deadline of its own.
jest.setTimeout(60_000);

let stage: TestStage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

/** Reasons of the Events that answer on the object. */
function answers(): readonly string[] {
  return stage.sandbox.objects
    .list({ kind: 'Event', namespace: 'shop' })
    .map((event) => String(event['reason']))
    .toSorted();
}

function ticketCount(count: number) {
  return until(`${count} tickets`, () => stage.tickets().length === count);
}

test('the annotation files one ticket for a healthy workload and answers on it', async () => {
  const workload = deploy(stage.sandbox);
  workload.run();
  await stage.start();
  workload.annotate(FILE_TICKET, 'slow since 10:00');
  await until('the answers', () => answers().length === 2);
  expect(answers()).toEqual(['TicketFiled', 'TicketRequested']);
  expect(stage.tickets()).toHaveLength(1);
  expect(stage.tickets()[0]?.subject).toContain('slow since 10:00');
  expect(stage.incidents()).toMatchObject([{ spec: { trigger: 'manual' }, status: { phase: 'Filed' } }]);
});

test('the same value never files twice, restarts included; another value is another request', async () => {
  const workload = deploy(stage.sandbox);
  workload.annotate(FILE_TICKET, 'slow');
  const first = await stage.start('agent-1');
  await ticketCount(1);
  await until('the answers', () => answers().length === 2);
  await first.stop();
  await stage.start('agent-2');
  workload.annotate(FILE_TICKET, 'slow again');
  await ticketCount(2);
  workload.annotate(FILE_TICKET, 'slow');
  workload.annotate(FILE_TICKET, 'and again');
  await ticketCount(3);
  expect(stage.incidents()).toHaveLength(3);
});

test('a request about a workload whose ticket is open becomes a comment on it', async () => {
  const workload = deploy(stage.sandbox);
  workload.crash();
  await stage.start();
  await until('the ticket', () => stage.incidents()[0]?.status['phase'] === 'Filed');
  workload.annotate(FILE_TICKET, 'customers complain');
  await until('the comment', () => stage.tickets()[0]?.comments.length === 1);
  expect(stage.tickets()).toHaveLength(1);
  expect(stage.tickets()[0]?.comments[0]).toContain('customers complain');
});

test('a value that cannot be taken is answered, once', async () => {
  const workload = deploy(stage.sandbox);
  const { metrics } = await stage.start();
  workload.annotate(FILE_TICKET, 'two\nlines');
  await until('the answer', () => answers().length === 1);
  workload.run();
  workload.crash();
  await until('a ticket of the crash', () => stage.tickets().length === 1);
  expect(answers()).toEqual(['TicketRefused']);
  expect(await metrics.registry.metrics()).toContain('manual_requests_total{outcome="refused"} 1');
});

test('an annotation that is taken away lets its Incident be cleaned up, and one that returns keeps it', async () => {
  const workload = deploy(stage.sandbox);
  workload.annotate(FILE_TICKET, 'slow');
  await stage.start();
  await until('the ticket', () => stage.incidents()[0]?.status['phase'] === 'Filed');
  workload.annotate(FILE_TICKET, undefined);
  await until('the release', () => stage.incidents()[0]?.status['recoveredAt'] !== undefined);
  workload.annotate(FILE_TICKET, 'slow');
  await until('the return', () => stage.incidents()[0]?.status['recoveredAt'] === undefined);
  expect(stage.tickets()).toHaveLength(1);
});

test('an annotation that was taken away while no agent ran is noticed at the start', async () => {
  const workload = deploy(stage.sandbox);
  workload.annotate(FILE_TICKET, 'slow');
  deploy(stage.sandbox, 'cart', 1).annotate(FILE_TICKET, 'stays');
  const first = await stage.start('agent-1');
  await until('both tickets', () => stage.incidents().every(({ status }) => status['phase'] === 'Filed'));
  await ticketCount(2);
  await first.stop();
  workload.remove();
  await stage.start('agent-2');
  await until('the release', () =>
    stage.incidents().some(({ status }) => status['recoveredAt'] !== undefined),
  );
  const [kept] = stage.incidents().filter(({ spec }) => spec['note'] === 'stays');
  expect(kept?.status['recoveredAt']).toBeUndefined();
  expect(stage.tickets()).toHaveLength(2);
});

test('a namespace has five requests an hour; the next one waits and says so, also after a restart', async () => {
  const workload = deploy(stage.sandbox);
  const first = await stage.start('agent-1');
  for (let n = 1; n <= 5; n += 1) {
    workload.annotate(FILE_TICKET, `request ${n}`);
    await ticketCount(n);
  }
  workload.annotate(FILE_TICKET, 'request 6');
  await until('the answer', () => answers().includes('TicketDelayed'));
  await first.stop();
  const { metrics } = await stage.start('agent-2');
  await until('the second agent to see it', async () =>
    (await metrics.registry.metrics()).includes('manual_requests_total{outcome="delayed"} 1'),
  );
  expect(stage.tickets()).toHaveLength(5);
  expect(stage.incidents()).toHaveLength(5);
  expect(answers().filter((reason) => reason === 'TicketDelayed')).toHaveLength(1);
});

test('10,000 changes in one namespace stay within its limit and write little, and another is served', async () => {
  const workloads = Array.from({ length: 50 }, (_, n) => deploy(stage.sandbox, `app-${n}`, 1));
  stage.sandbox.objects.apply(aNamespace('calm'));
  stage.sandbox.objects.apply(aDeployment({ name: 'quiet', namespace: 'calm' }));
  await stage.start();
  for (let n = 0; n < 10_000; n += 1) {
    // Every tenth value cannot be taken.
    workloads[n % 50]?.annotate(FILE_TICKET, n % 10 === 9 ? '' : `flood ${n}`);
    if (n % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  stage.sandbox.objects.update({ kind: 'Deployment', namespace: 'calm', name: 'quiet' }, ({ metadata }) => {
    metadata.annotations = { [FILE_TICKET]: 'please look' };
  });
  await until('the ticket of the other', () =>
    stage.tickets().some(({ subject }) => subject.includes('please look')),
  );
  await until('the five of the flood', () => stage.tickets().length === 6);
  expect(stage.incidents().filter(({ spec }) => spec['note'] !== 'please look')).toHaveLength(5);
  // Five requests with two answers each, and no more than four answers for each to those that wait or are refused.
  expect(answers().length).toBeLessThanOrEqual(5 * 2 + 5 * 4);
});

test('an annotation in a template with 100 replicas files one ticket, for the Deployment that carries it', async () => {
  const { objects } = stage.sandbox;
  const annotations = { [FILE_TICKET]: 'slow' };
  const base = { namespace: 'shop', labels: { app: 'big' }, replicas: 100 };
  const deployment = objects.apply(aDeployment({ ...base, name: 'big' }));
  const replicaSet = objects.apply(aReplicaSet({ ...base, name: 'big-1', owner: ownedBy(deployment) }));
  for (let n = 0; n < 100; n += 1) {
    const pod = aPod({
      namespace: 'shop',
      labels: base.labels,
      name: `big-1-${n}`,
      owner: ownedBy(replicaSet),
    });
    objects.apply({ ...pod, metadata: { ...pod.metadata, annotations } });
  }
  await stage.start();
  objects.update({ kind: 'Deployment', namespace: 'shop', name: 'big' }, ({ metadata }) => {
    metadata.annotations = annotations;
  });
  await ticketCount(1);
  // Those of the pods stood before this one: had any been taken up, it would have been filed by the time that this one is.
  objects.apply(aDeployment({ ...base, name: 'after' }));
  objects.update({ kind: 'Deployment', namespace: 'shop', name: 'after' }, ({ metadata }) => {
    metadata.annotations = annotations;
  });
  await ticketCount(2);
  const targets = stage.incidents().map(({ spec }) => spec['target']);
  expect(targets).toEqual([
    expect.objectContaining({ kind: 'Deployment', name: 'after' }),
    expect.objectContaining({ kind: 'Deployment', name: 'big' }),
  ]);
});

test('Nodes and Namespaces can be filed for, and are answered in default', async () => {
  const { objects } = stage.sandbox;
  objects.apply(aNamespace('default'));
  objects.apply(aNode('worker-1', Date.now()));
  await stage.start();
  for (const ref of [
    { kind: 'Node', name: 'worker-1' } as const,
    { kind: 'Namespace', name: 'shop' } as const,
  ])
    objects.update(ref, ({ metadata }) => {
      metadata.annotations = { [FILE_TICKET]: `please look at the ${ref.kind}` };
    });
  await ticketCount(2);
  await until('the answers', () => objects.list({ kind: 'Event', namespace: 'default' }).length === 4);
  expect(
    stage
      .tickets()
      .map(({ subject }) => subject)
      .join(),
  ).toMatch(/at the Node.*at the Namespace|at the Namespace.*at the Node/);
});
