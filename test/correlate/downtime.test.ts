import { beforeEach, describe, expect, test } from '@jest/globals';
import { carriedMs, Downtimes } from '../../src/correlate/downtime.ts';
import { HOUR, MINUTE } from '../../src/domain/clock.ts';
import { aSignal } from './fixtures.ts';

const HOLD = 10 * MINUTE;
const at = (from: number, to: number) => ({ from: from * MINUTE, to: to * MINUTE });

describe('what counts of the times before', () => {
  test.each([
    ['two failures within the window', [at(0, 4), at(6, 10)], 12, 8],
    ['nothing before the window', [at(-30, -10)], 12, 0],
    ['the part within the window', [at(-20, -4)], 12, 4],
    ['what two pods have failed for at once, once', [at(0, 4), at(2, 6)], 12, 6],
  ])('%s', (_, intervals, until, minutes) => {
    expect(carriedMs(intervals, until * MINUTE, HOLD)).toBe(minutes * MINUTE);
  });
});

describe('the times in which something failed', () => {
  let downtimes: Downtimes;
  const probe = aSignal({ class: 'probe' });
  beforeEach(() => {
    downtimes = new Downtimes();
  });

  test('of an object that comes and goes are its own', () => {
    downtimes.note('a', probe, at(0, 4), false);
    expect(downtimes.before('a', probe)).toEqual([at(0, 4)]);
    expect(downtimes.before('b', probe)).toEqual([]);
  });

  test("of one that is gone and failed to its end are its owner's", () => {
    downtimes.note('a', probe, at(0, 4), false);
    downtimes.note('a', probe, at(6, 8), true);
    expect(downtimes.before('b', probe)).toEqual([at(0, 4), at(6, 8)]);
    expect(downtimes.before('b', aSignal({ class: 'image' }))).toEqual([]);
  });

  test("of a start that came to its end are nobody's, nor what a rollout shows", () => {
    downtimes.note('a', aSignal({ class: 'start' }), at(0, 4), false);
    downtimes.note('a', aSignal({ class: 'rollout' }), at(0, 4), true);
    expect(downtimes.size).toBe(0);
  });

  test('are forgotten after an hour', () => {
    downtimes.note('a', probe, at(0, 4), false);
    expect(downtimes.forgetAt).toBe(4 * MINUTE + HOUR);
    downtimes.forget(4 * MINUTE + HOUR - 1);
    expect(downtimes.size).toBe(1);
    downtimes.forget(4 * MINUTE + HOUR);
    expect(downtimes.size).toBe(0);
  });
});
