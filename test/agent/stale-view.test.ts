import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SECOND } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Fault } from '../../src/sandbox/faults.ts';
import { deploy } from './shop.ts';
import { openStage, type RunningAgent, type TestStage, until } from './stage.ts';

// Real waits on a machine that may be busy: each has a deadline of its own.
jest.setTimeout(60_000);

/** As the stage configures it. */
const QUIET_MS = SECOND;

let stage: TestStage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

function inPhase(phase: string) {
  return until(
    `an Incident that is ${phase}`,
    () => stage.incidents().find(({ status }) => status['phase'] === phase),
    20 * SECOND,
  );
}

/** Everything that is asked of these paths meets this fault, for four times the quiet time. */
async function breakFor(path: RegExp, fault: Fault, meanwhile: () => void): Promise<void> {
  const giveBack = stage.sandbox.failNext({ path }, { ...fault, times: 100_000 });
  stage.sandbox.disconnectWatches();
  meanwhile();
  const endsAt = systemClock.monotonic() + 4 * QUIET_MS;
  await until('four times quiet', () => systemClock.monotonic() > endsAt);
  giveBack();
}

async function fileCrash(closeRecovered = false) {
  const workload = deploy(stage.sandbox);
  workload.crash();
  const agent = await stage.start('agent-1', closeRecovered ? { closeRecovered } : {});
  await inPhase('Filed');
  return { workload, agent };
}

/** What happened before was seen: a workload that begins to fail after it has its ticket. */
async function seen(name: string): Promise<void> {
  deploy(stage.sandbox, name, 1).crash();
  await until('the ticket', () => stage.tickets().some(({ subject }) => subject.includes(name)));
}

function isCurrentAgain({ msg }: Record<string, unknown>): boolean {
  return msg === 'the watches that failed are current again';
}

/** What would be wrong: something was said of it, or it was filed twice. */
async function expectNothingSaid({ lines }: RunningAgent): Promise<void> {
  expect(stage.tickets().filter(({ subject }) => subject.includes('checkout'))).toHaveLength(1);
  expect(stage.tickets()[0]?.comments).toEqual([]);
  expect(stage.tickets()[0]?.status).toBe('open');
  expect(lines.filter(({ msg }) => msg === 'incident changed')).toEqual([]);
}

const faults: readonly (readonly [string, Fault])[] = [
  ['5xx', { status: 503 }],
  ['429', { status: 429, retryAfterSeconds: 1 }],
  ['connections that are cut', { cut: 'before' }],
];

describe.each(faults)('while pods and workloads cannot be read, by %s', (_what, fault) => {
  test.each([false, true])(
    'a slow crash loop has not recovered, with closeRecovered: %s',
    async (closeRecovered) => {
      const { workload, agent } = await fileCrash(closeRecovered);
      // It runs when it is last seen: by its own times it will have run for long enough.
      workload.runAgain();
      await seen('cart');
      await breakFor(/\/(pods|deployments|replicasets)/, fault, workload.crash);
      await until('a current picture', () => agent.lines.some(isCurrentAgain));
      await expectNothingSaid(agent);
      workload.run();
      await inPhase('Recovered');
      expect(stage.tickets()).toHaveLength(2);
    },
  );
});

test.each([
  ['its ReplicaSets', /\/replicasets/],
  ['Events', /\/events\?/],
])('nothing is said to have recovered while %s cannot be read', async (_what, path) => {
  const { workload, agent } = await fileCrash();
  await breakFor(path, { status: 500 }, workload.run);
  await expectNothingSaid(agent);
  await inPhase('Recovered');
  await until('the comment', () => stage.tickets()[0]?.comments.length === 1);
});

test('after a change of leader in the middle of an outage of the watches nothing is said either', async () => {
  const { workload, agent: first } = await fileCrash();
  workload.runAgain();
  await seen('cart');
  const second = await stage.start('agent-2');
  await until('a ready standby', () => second.agent.ready() === undefined);
  await breakFor(/\/(pods|deployments|replicasets)/, { status: 500 }, () => {
    workload.crash();
    void first.stop();
  });
  await until('a leader', () => second.lines.some(({ msg }) => String(msg).startsWith('leading')));
  await until('a current picture', () => second.lines.some(isCurrentAgain));
  await expectNothingSaid(second);
  workload.run();
  await inPhase('Recovered');
});
