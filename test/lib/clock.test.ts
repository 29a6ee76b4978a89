import { beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { DAY, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { type ClusterClock, createClusterClock } from '../../src/lib/clock.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

let machine: FakeClock;
let clock: ClusterClock;
beforeEach(() => {
  machine = createFakeClock();
  clock = createClusterClock(machine);
});

const START = createFakeClock().now();

/** An answer of a server whose clock is `aheadMs` ahead of the true time; its header counts whole seconds. */
async function hear(aheadMs = 0, tookMs = 10): Promise<void> {
  const sentAt = machine.monotonic();
  await machine.advance(tookMs / 2);
  const trueNow = START + machine.monotonic();
  const serverAt = Math.floor((trueNow + aheadMs) / SECOND) * SECOND;
  await machine.advance(tookMs / 2);
  clock.learn({ serverAt, sentAt, receivedAt: machine.monotonic() });
}

/** How far the clock is from the true time. */
function errorMs(aheadMs = 0): number {
  return clock.now() - (START + machine.monotonic() + aheadMs);
}

describe('the time of the cluster', () => {
  test('is the wall clock before the first answer, and no skew is known', () => {
    expect(clock.now()).toBe(machine.now());
    machine.jump(MINUTE);
    expect(clock.now()).toBe(machine.now());
    expect(clock.skewMs()).toBeUndefined();
  });

  test.each([6 * MINUTE, -6 * MINUTE, DAY, -DAY])(
    'does not move when the wall clock of the machine jumps by %d ms',
    async (jumpMs) => {
      await hear();
      const before = clock.now();
      machine.jump(jumpMs);
      expect(clock.now()).toBe(before);
      expect(Math.abs((clock.skewMs() ?? 0) - jumpMs)).toBeLessThanOrEqual(SECOND);
      await machine.advance(MINUTE);
      await hear();
      expect(Math.abs(errorMs())).toBeLessThanOrEqual(SECOND);
    },
  );

  test('is that of the server where the machine was wrong from the start', async () => {
    machine.jump(-6 * MINUTE);
    await hear();
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(SECOND);
    expect(clock.skewMs()).toBeLessThan(-5 * MINUTE);
  });

  test('runs evenly: what a header in whole seconds cannot tell moves nothing', async () => {
    await hear();
    const offset = clock.now() - clock.monotonic();
    for (let n = 0; n < 50; n += 1) {
      await machine.advance(370);
      await hear(0, 2 + 13 * n);
      expect(clock.now() - clock.monotonic()).toBe(offset);
    }
  });

  test('is not that of one server of three, nor of a proxy, whose clock is wrong', async () => {
    for (let n = 0; n < 6; n += 1) await hear(n % 3 === 0 ? 10 * MINUTE : 0);
    for (let n = 0; n < 24; n += 1) {
      await hear(n % 3 === 0 ? 10 * MINUTE : 0);
      expect(Math.abs(errorMs())).toBeLessThanOrEqual(SECOND);
    }
  });

  test('does not go to and fro between two servers that differ', async () => {
    await hear();
    for (let n = 0; n < 40; n += 1) {
      await hear(n % 2 === 0 ? MINUTE : 0);
      expect(Math.abs(errorMs())).toBeLessThanOrEqual(SECOND);
    }
  });

  test('follows a server whose clock was put right', async () => {
    for (let n = 0; n < 9; n += 1) await hear(-5 * MINUTE);
    for (let n = 0; n < 9; n += 1) await hear();
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(SECOND);
  });

  test('is taken from quick answers where there are any', async () => {
    await hear(0, 40 * SECOND);
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(20 * SECOND);
    await hear(0, 20);
    for (let n = 0; n < 8; n += 1) await hear(0, 30 * SECOND);
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(SECOND);
  });

  test('catches up after a suspended machine, whose monotonic clock stood still', async () => {
    for (let n = 0; n < 9; n += 1) await hear();
    for (let n = 0; n < 9; n += 1) await hear(3 * MINUTE);
    expect(Math.abs(errorMs(3 * MINUTE))).toBeLessThanOrEqual(SECOND);
  });

  test('whatever the wall clock does and however long answers take, it is off by two seconds at most', async () => {
    const step = fc.oneof(
      fc.record({ jump: fc.integer({ min: -DAY, max: DAY }) }),
      fc.record({ hear: fc.integer({ min: 0, max: 900 }) }),
      fc.record({ wait: fc.integer({ min: 0, max: 5 * MINUTE }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        machine = createFakeClock();
        clock = createClusterClock(machine);
        await hear();
        for (const one of steps) {
          if ('jump' in one) machine.jump(one.jump);
          else if ('hear' in one) await hear(0, one.hear);
          else await machine.advance(one.wait);
          expect(Math.abs(errorMs())).toBeLessThanOrEqual(2 * SECOND);
        }
      }),
      { numRuns: 30 },
    );
  });
});

test('waits and durations are the system clock', async () => {
  expect(clock.monotonic()).toBe(machine.monotonic());
  const ending = new AbortController();
  const waiting = clock.sleep(SECOND, ending.signal);
  await machine.advance(SECOND);
  await expect(waiting).resolves.toBeUndefined();
  const cut = clock.sleep(SECOND, ending.signal);
  ending.abort(new Error('ended'));
  await expect(cut).rejects.toThrow('ended');
});
