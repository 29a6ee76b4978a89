import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { SECOND } from '../../src/domain/clock.ts';
import { deploy } from './shop.ts';
import { openStage, type TestStage, until } from './stage.ts';

// Real waits on a machine that may be busy: each has a deadline of its own.
jest.setTimeout(60_000);

const COUNT = 15;

let stage: TestStage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

function allAre(phase: string) {
  const areAll = (): boolean => stage.incidents().every(({ status }) => status['phase'] === phase);
  return until(`all ${phase}`, areAll, 30 * SECOND);
}

test('failures that come again while the desk is down do not each ask for their ticket', async () => {
  const workloads = Array.from({ length: COUNT }, (_, n) => deploy(stage.sandbox, `shop-${n}`, 1));
  const { lines } = await stage.start('agent-1', { storm: { perMinute: 1_000, perHour: 1_000 } });
  for (const workload of workloads) workload.crash();
  await until('tickets', () => stage.tickets().length === COUNT);
  await allAre('Filed');
  for (const workload of workloads) workload.run();
  await allAre('Recovered');
  await until('a word on each', () => stage.tickets().every(({ comments }) => comments.length === 1));
  stage.desk.faults.add({ kind: 'status', status: 503 });
  const before = stage.desk.received().length;
  for (const workload of workloads) workload.crash();
  const refused = 'a decision could not be carried out and is tried again';
  await until('a try of each', () => lines.filter(({ msg }) => msg === refused).length >= COUNT);
  const asked = new Set(
    stage.desk
      .received()
      .slice(before)
      .map(({ url }) => url),
  );
  // Those that were decided about at once, and a few that found out whether it works again.
  expect(asked.size).toBeLessThan(COUNT / 2);
  stage.desk.faults.clear();
  await allAre('Filed');
  await until('a word on each', () => stage.tickets().every(({ comments }) => comments.length === 2));
});
