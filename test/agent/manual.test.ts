import { afterEach, beforeEach, expect, test, jest } from '@jest/globals';
import { deploy } from './shop.ts';
import { openStage, type TestStage, until } from './stage.ts';

const FILE_TICKET = 'support.ankra.app/file-ticket';

// Real waits on a machine that may be busy: each has a deadline of its own.
jest.setTimeout(30_000);

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
