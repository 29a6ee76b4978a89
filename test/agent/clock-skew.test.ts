import { beforeEach, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { type ClusterClock, createClusterClock } from '../../src/lib/clock.ts';
import { reportSkew, showSkew } from '../../src/agent/gauges.ts';
import { createLogger, Metrics } from '../../src/telemetry/index.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

let machine: FakeClock;
let clock: ClusterClock;
let lines: { readonly level: string; readonly aheadSeconds?: number }[];
beforeEach(() => {
  machine = createFakeClock();
  clock = createClusterClock(machine);
  lines = [];
});

function hear(): void {
  const at = machine.monotonic();
  clock.learn({ serverAt: createFakeClock().now() + at, sentAt: at, receivedAt: at });
}

function start(): AbortController {
  const ending = new AbortController();
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const log = createLogger({ level: 'info', version: '0', redact: (text) => text, destination });
  void reportSkew(clock, log, ending.signal);
  return ending;
}

test('a wall clock that goes wrong is told of once, and again for each change, and when it is right', async () => {
  hear();
  const ending = start();
  await machine.advance(MINUTE);
  expect(lines).toEqual([]);
  machine.jump(6 * MINUTE);
  await machine.advance(5 * MINUTE);
  expect(lines).toMatchObject([{ level: 'warn', aheadSeconds: 360 }]);
  machine.jump(-12 * MINUTE);
  await machine.advance(5 * MINUTE);
  expect(lines[1]).toMatchObject({ level: 'warn', aheadSeconds: -360 });
  machine.jump(6 * MINUTE);
  await machine.advance(5 * MINUTE);
  expect(lines.slice(2)).toMatchObject([{ level: 'info' }]);
  ending.abort();
  await machine.advance(MINUTE);
  expect(machine.sleeping).toBe(0);
});

test('half a minute is nothing to speak of', async () => {
  hear();
  const ending = start();
  machine.jump(29 * SECOND);
  await machine.advance(MINUTE);
  expect(lines).toEqual([]);
  ending.abort();
});

test('the skew is a metric from the first answer on', async () => {
  const metrics = new Metrics('0');
  const shown = async () => (await metrics.clockSkew.get()).values[0]?.value;
  machine.jump(-MINUTE);
  showSkew(metrics, clock);
  expect(await shown()).toBe(0);
  hear();
  showSkew(metrics, clock);
  expect(await shown()).toBeCloseTo(-60.5, 5);
});
