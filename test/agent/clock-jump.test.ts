import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { type Clock, DAY, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { deploy } from './shop.ts';
import { openStage, type TestStage, until } from './stage.ts';

// Real waits on a machine that may be busy: each has a deadline of its own.
jest.setTimeout(60_000);

let stage: TestStage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

test.each([6 * MINUTE, -6 * MINUTE, DAY, -DAY])(
  'a jump of the wall clock by %d ms recovers nothing, files nothing twice and hides nothing',
  async (jumpMs) => {
    let aheadMs = 0;
    const machine: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
    const checkout = deploy(stage.sandbox);
    checkout.crash();
    await stage.start('agent-1', { closeRecovered: true }, undefined, machine);
    await until('the ticket', () => stage.tickets().length === 1);
    // Between two crashes, as of a clock that has jumped over the rest of the run it would be well.
    checkout.runAgain();
    aheadMs = jumpMs;
    checkout.crash();
    deploy(stage.sandbox, 'cart', 1).crash();
    await until('a ticket after the jump', () => stage.tickets().length === 2);
    expect(stage.tickets().map(({ comments, status }) => [comments.length, status])).toEqual([
      [0, 'open'],
      [0, 'open'],
    ]);
    for (const { spec } of stage.incidents())
      expect(Math.abs(Date.parse(String(spec['openedAt'])) - systemClock.now())).toBeLessThan(MINUTE);
    checkout.run();
    await until(
      'the recovery',
      () => stage.incidents().some(({ status }) => status['phase'] === 'Recovered'),
      20 * SECOND,
    );
    expect(stage.tickets()).toHaveLength(2);
  },
);
