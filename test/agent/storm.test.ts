import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { deploy } from './shop.ts';
import { openStage, type TestStage, until } from './stage.ts';

jest.setTimeout(240_000);

/** How many workloads fail. The whole of it: `STORM=5000 npm test -- test/agent/storm`, with the default of `incidents.max`. */
const isWhole = process.env['STORM'] !== undefined;
const MANY = Number(process.env['STORM'] ?? 600);
const MAX_INCIDENTS = isWhole ? 2_000 : 200;
const WITHIN_MS = 120_000;

let stage: TestStage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

test('a storm while the desk is down costs so many Incidents and no more, and one ticket when the desk is back', async () => {
  stage.desk.faults.add({ kind: 'down' });
  for (let n = 0; n < MANY; n += 1) {
    deploy(stage.sandbox, `w-${n}`, 1).crash();
    const current = `starting\n2026-11-30T10:00:${n % 60}Z fatal: no provider after ${n} ms\n`;
    stage.sandbox.setLogs(['shop', `w-${n}-7d9f8b6c5-pod0`, 'app'], { current });
  }
  const running = await stage.start('agent-1', { incidents: { max: MAX_INCIDENTS } });
  await until(
    'the folded Incidents',
    () => stage.incidents().filter(({ status }) => status['phase'] === 'Folded').length >= MAX_INCIDENTS - 1,
    WITHIN_MS,
  );
  const isTold = ({ msg }: Record<string, unknown>): boolean => String(msg).startsWith('there are as many');
  await until('the line that it is full', () => running.lines.some(isTold), WITHIN_MS);
  stage.desk.faults.clear();
  await until('the ticket', () => stage.tickets().length > 0, WITHIN_MS);
  const [ticket, ...others] = stage.tickets();
  expect(others).toEqual([]);
  expect(ticket?.subject).toContain(`Storm: ${MANY} workloads`);
  expect(ticket?.description).toContain(
    `the 4 of ${MANY} whose logs were read write \`… fatal: no provider after … ms\``,
  );
  // Four are made at once, each after a look at how many there are.
  expect(stage.incidents().length).toBeLessThan(MAX_INCIDENTS + 4);
  if (isWhole)
    process.stderr.write(`${Math.round(process.memoryUsage.rss() / 1e6)} MB with sandbox and desk\n`);
});
