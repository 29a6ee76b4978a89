import { describe, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { RateLimiter } from '../../src/outbox/priority.ts';

describe('the pace', () => {
  test('lets so many go in any minute, and no more', () => {
    const pace = new RateLimiter(3);
    for (const at of [0, 10 * SECOND, 50 * SECOND]) {
      expect(pace.freeAt(at)).toBeLessThanOrEqual(at);
      pace.note(at);
    }
    expect(pace.freeAt(51 * SECOND)).toBe(MINUTE);
    pace.note(MINUTE);
    expect(pace.freeAt(MINUTE)).toBe(70 * SECOND);
    expect(pace.freeAt(5 * MINUTE)).toBe(0);
  });

  test('makes up for what has gone beyond it', () => {
    const pace = new RateLimiter(1);
    pace.note(0);
    pace.note(SECOND);
    expect(pace.freeAt(MINUTE)).toBe(61 * SECOND);
  });

  test('without a limit holds nothing', () => {
    const pace = new RateLimiter(Infinity);
    for (let n = 0; n < 10_000; n += 1) pace.note(n);
    expect(pace.freeAt(10_000)).toBe(0);
  });
});
