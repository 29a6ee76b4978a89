import { afterEach, beforeEach, describe, expect, test, jest } from '@jest/globals';
import { deploy } from './shop.ts';
import { openStage, shortLease, type TestStage, until } from './stage.ts';

// Real waits on a machine that may be busy: each has a deadline of its own.
jest.setTimeout(60_000);

let stage: TestStage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

function inPhase(phase: string, count = 1) {
  return until(`${count} Incidents that are ${phase}`, () => {
    const found = stage.incidents().filter(({ status }) => (status['phase'] ?? 'Pending') === phase);
    return found.length === count && found;
  });
}

function requests(method: string, part: string): number {
  return stage.desk.received().filter((request) => request.method === method && request.url.includes(part))
    .length;
}

/** The agent has looked at everything once more: a workload of its own has got its ticket. */
async function afterEverything(name = 'marker'): Promise<void> {
  deploy(stage.sandbox, name, 1).crash();
  await until(`the ticket of ${name}`, () => stage.tickets().some(({ subject }) => subject.includes(name)));
}

describe('a restart', () => {
  test('while the desk is down loses nothing and files once', async () => {
    stage.desk.faults.add({ kind: 'down' });
    deploy(stage.sandbox).crash();
    const first = await stage.start('agent-1');
    await inPhase('Pending');
    await until('a try', () => first.lines.some(({ msg }) => String(msg).startsWith('nothing can be filed')));
    await first.stop();
    await stage.start('agent-2');
    stage.desk.faults.clear();
    await inPhase('Filed');
    await afterEverything();
    expect(stage.tickets()).toHaveLength(2);
  });

  test('after an answer was lost finds the ticket instead of filing again', async () => {
    stage.desk.faults.add({ kind: 'loseAnswer', on: 'create' });
    deploy(stage.sandbox).crash();
    const first = await stage.start('agent-1', { lease: shortLease });
    await until('the ticket', () => stage.tickets().length === 1);
    await first.kill();
    stage.desk.faults.clear();
    await stage.start('agent-2', { lease: shortLease });
    await inPhase('Filed');
    expect(stage.tickets()).toHaveLength(1);
    expect(requests('POST', '/comments')).toBe(0);
  });

  test('after filing files nothing again, and goes on where it was', async () => {
    const workload = deploy(stage.sandbox);
    workload.crash();
    const first = await stage.start('agent-1');
    const [incident] = await inPhase('Filed');
    await first.stop();
    await stage.start('agent-2');
    await afterEverything();
    expect(stage.tickets()).toHaveLength(2);
    workload.run();
    await inPhase('Recovered');
    expect(stage.incidents().map(({ name }) => name)).toContain(incident?.name);
  });

  test('says that a workload recovered that was fixed while no agent ran', async () => {
    const workload = deploy(stage.sandbox);
    workload.crash();
    const first = await stage.start('agent-1');
    await inPhase('Filed');
    await first.stop();
    workload.run();
    await stage.start('agent-2');
    await inPhase('Recovered');
    await until('the comment', () => stage.tickets()[0]?.comments.length === 1);
    expect(stage.tickets()[0]?.comments[0]).toContain('**Recovered**');
  });
});

describe('two agents', () => {
  test('file one ticket, and the standby takes over at once when the leader stops', async () => {
    const workload = deploy(stage.sandbox);
    workload.crash();
    const leader = await stage.start('agent-1');
    await inPhase('Filed');
    const standby = await stage.start('agent-2');
    await until('a ready standby', () => standby.agent.ready() === undefined);
    await leader.stop();
    await afterEverything();
    expect(stage.tickets()).toHaveLength(2);
    expect(standby.lines.some(({ msg }) => msg === 'leading: this replica files')).toBe(true);
  });

  test('survive the sudden death of the leader in the middle of an outage', async () => {
    stage.desk.faults.add({ kind: 'status', status: 503 });
    deploy(stage.sandbox).crash();
    const leader = await stage.start('agent-1', { lease: shortLease });
    await stage.start('agent-2', { lease: shortLease });
    await inPhase('Pending');
    await leader.kill();
    stage.desk.faults.clear();
    await inPhase('Filed');
    expect(stage.tickets()).toHaveLength(1);
  });
});

describe('an outage', () => {
  test('of the desk delays tickets and comments and loses none', async () => {
    const workload = deploy(stage.sandbox);
    workload.crash();
    await stage.start();
    await inPhase('Filed');
    stage.desk.faults.add({ kind: 'status', status: 503 });
    workload.run();
    deploy(stage.sandbox, 'cart', 1).crash();
    await inPhase('Recovered');
    await inPhase('Pending');
    stage.desk.faults.clear();
    await inPhase('Filed');
    await until('the comment', () => stage.tickets()[0]?.comments.length === 1);
    expect(stage.tickets()).toHaveLength(2);
  });

  test('a workload that recovers before its ticket could be filed is filed all the same, and the ticket says so', async () => {
    stage.desk.faults.add({ kind: 'down' });
    const workload = deploy(stage.sandbox);
    workload.crash();
    await stage.start();
    await inPhase('Pending');
    workload.run();
    await until('the recovery', () => stage.incidents()[0]?.status['recoveredAt'] !== undefined);
    stage.desk.faults.clear();
    await inPhase('Recovered');
    expect(stage.tickets()).toHaveLength(1);
    expect(stage.tickets()[0]?.description).toContain('It has recovered meanwhile');
  });

  test('of the watches, with history forgotten, misses nothing that happened meanwhile', async () => {
    const workload = deploy(stage.sandbox);
    const gone = deploy(stage.sandbox, 'gone', 1);
    gone.crash();
    const { agent } = await stage.start();
    await inPhase('Filed');
    const withdraw = stage.sandbox.failNext({ path: 'watch=' }, { status: 500, times: 1_000 });
    stage.sandbox.disconnectWatches();
    workload.crash();
    gone.remove();
    stage.sandbox.compact();
    withdraw();
    await until('the ticket', () => stage.tickets().some(({ subject }) => subject.includes('checkout')));
    await inPhase('Recovered');
    expect(stage.tickets()).toHaveLength(2);
    expect(agent.live()).toBeUndefined();
  });

  test('of the Incident store delays the ticket, and one line tells of it', async () => {
    const withdraw = stage.sandbox.failNext(
      { method: 'POST', path: '/incidents' },
      { status: 500, times: 1_000 },
    );
    const { agent, lines } = await stage.start();
    await until('a ready agent', () => agent.ready() === undefined);
    deploy(stage.sandbox).crash();
    const failed = () => lines.filter(({ msg }) => String(msg).startsWith('a decision could not'));
    await until('the failure', () => failed().length > 0);
    withdraw();
    await inPhase('Filed');
    expect(stage.tickets()).toHaveLength(1);
    expect(failed()).toHaveLength(1);
  });
});

test('a leader whose pods cannot be watched decides nothing by an old list, and goes on when they can', async () => {
  const giveBack = stage.sandbox.failNext({ path: /\/pods\?.*watch=/ }, { status: 503, times: 1_000 });
  deploy(stage.sandbox).crash();
  const { agent, lines } = await stage.start();
  await until('a leader', () => lines.some(({ msg }) => msg === 'leading: this replica files'));
  // Several times as long as it takes to file.
  await until('many tries', () => triesOf(stage, '/pods?') > 6);
  expect(stage.incidents()).toEqual([]);
  giveBack();
  await inPhase('Filed');
  expect(agent.ready()).toBeUndefined();
});

function triesOf({ sandbox }: TestStage, part: string): number {
  return sandbox.requests.filter(({ path }) => path.includes(part) && path.includes('watch=')).length;
}

test.each([
  [
    404,
    'missing',
    /custom resource incidents\.support\.ankra\.app is not installed.*kubectl apply -f deploy\/crd\.yaml/,
  ],
  [403, 'forbidden', /may not list and watch .*\/incidents.*docs\/install\.md/],
])(
  'without its Incidents (%i) an agent is not ready, does not lead, and says what to do, once',
  async (status, reason, remedy) => {
    const incidents = { method: 'GET', path: '/incidents' };
    const giveBack = stage.sandbox.failNext(incidents, { status, times: 1_000 });
    deploy(stage.sandbox).crash();
    const { agent, lines } = await stage.start();
    await until('the reason', () => remedy.test(agent.ready() ?? ''));
    const told = (): readonly unknown[] => lines.filter((line) => line['reason'] === reason);
    expect(told()).toEqual([expect.objectContaining({ level: 'error', msg: expect.stringMatching(remedy) })]);
    expect(lines.some(({ msg }) => String(msg).startsWith('leading'))).toBe(false);
    giveBack();
    await inPhase('Filed');
    expect(agent.ready()).toBeUndefined();
    expect(told()).toHaveLength(1);
    expect(stage.tickets()).toHaveLength(1);
  },
);

test('what is not watched any more has not recovered for that', async () => {
  deploy(stage.sandbox).crash();
  const first = await stage.start('agent-1');
  await inPhase('Filed');
  await first.stop();
  const clusterId = stage.sandbox.objects.get({ kind: 'Namespace', name: 'kube-system' })?.metadata.uid ?? '';
  await stage.start('agent-2', { clusterId, watch: { namespaces: ['other'] } });
  const seen = deploy(stage.sandbox, 'cart', 1, 'other');
  seen.crash();
  await inPhase('Filed', 2);
  seen.run();
  // The quiet of the first began before that of the second.
  await inPhase('Recovered');
  expect(stage.incidents().find(({ name }) => name.includes('checkout'))?.status['phase']).toBe('Filed');
});

test('an agent ends in order, gives the Lease up and leaves nothing running', async () => {
  const running = await stage.start();
  await until('a leader', () => running.lines.some(({ msg }) => msg === 'leading: this replica files'));
  await running.stop();
  const lease = stage.sandbox.objects.get({
    kind: 'Lease',
    namespace: 'ankra-support-agent',
    name: 'ankra-support-agent',
  });
  expect(lease?.['spec']).toMatchObject({ holderIdentity: '' });
  // What was on its way when it ended has arrived.
  await fetch(stage.sandbox.url);
  const ofAgent = () =>
    stage.sandbox.requests.filter(({ userAgent }) => userAgent.startsWith('ankra-support-agent'));
  const before = ofAgent().length;
  deploy(stage.sandbox).crash();
  await fetch(stage.sandbox.url);
  expect(before).toBeGreaterThan(0);
  expect(ofAgent()).toHaveLength(before);
});
