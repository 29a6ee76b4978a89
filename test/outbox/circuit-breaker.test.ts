import { beforeEach, describe, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { CircuitBreaker } from '../../src/outbox/circuit-breaker.ts';

let told: string[];
let circuitBreaker: CircuitBreaker;

beforeEach(() => {
  told = [];
  const tell = {
    blocked: (reason: string, cause: string) =>
      told.push(`${reason}${cause === 'unknown' ? '' : ` ${cause}`}`),
    unblocked: () => told.push('open'),
    ended: () => told.push('ended'),
  };
  circuitBreaker = new CircuitBreaker(() => 1, tell);
});

describe('the circuit breaker', () => {
  test('is open at first, and a success is no news', () => {
    circuitBreaker.succeed('create', 0);
    expect(circuitBreaker.blockedUntil).toBe(0);
    expect(told).toEqual([]);
  });

  test('backs off longer and longer, at most a minute', () => {
    const waits = Array.from({ length: 8 }, (_none, index) => {
      circuitBreaker.backOff({ call: 'create', cause: 'unknown', reason: '500' }, index * MINUTE);
      return circuitBreaker.blockedUntil - index * MINUTE;
    });
    expect(waits.map((wait) => wait / SECOND)).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
    expect(told).toEqual(['500']);
  });

  test('honours what the API asked for, even while other calls succeed', () => {
    circuitBreaker.backOff(
      { call: 'create', cause: 'unknown', reason: '429', retryAfterMs: 90 * SECOND },
      1_000,
    );
    circuitBreaker.succeed('create', 999);
    expect(circuitBreaker.blockedUntil).toBe(91 * SECOND);
    expect(told).toEqual(['429']);
  });

  test('pauses from 30 s to 5 min for refused credentials', () => {
    const waits = Array.from({ length: 6 }, (_none, index) => {
      circuitBreaker.pause({ call: 'find', cause: 'unknown', reason: '401' }, index * 10 * MINUTE);
      return circuitBreaker.blockedUntil - index * 10 * MINUTE;
    });
    expect(waits.map((wait) => wait / SECOND)).toEqual([30, 60, 120, 240, 300, 300]);
  });

  test('opens at once for a call that was begun after the block and worked', () => {
    circuitBreaker.backOff({ call: 'find', cause: 'unknown', reason: 'no list' }, 1_000);
    circuitBreaker.succeed('create', 1_000);
    expect(circuitBreaker.blockedUntil).toBe(0);
  });

  test('tells once that the list fails, while tickets are sent without it, and of its end', () => {
    for (const at of [1_000, 2_000, 3_000]) {
      circuitBreaker.backOff({ call: 'find', cause: 'unknown', reason: 'no list' }, at);
      circuitBreaker.succeed('create', at);
    }
    expect(told).toEqual(['no list']);
    circuitBreaker.succeed('find', 4_000);
    expect(told).toEqual(['no list', 'open']);
  });

  test('tells of each setting that is refused after an outage', () => {
    const failed = { call: 'create', reason: 'no' } as const;
    for (const at of [0, 1]) circuitBreaker.backOff({ ...failed, cause: 'notSent' }, at);
    for (const at of [2, 3]) circuitBreaker.pause({ ...failed, cause: 'token' }, at);
    circuitBreaker.backOff({ ...failed, cause: 'notSent' }, 4);
    for (const [at, cause] of (['cluster', 'token', 'cluster'] as const).entries())
      circuitBreaker.pause({ ...failed, cause }, 5 + at);
    expect(told).toEqual(['no notSent', 'no token', 'no cluster', 'no token', 'no cluster']);
  });

  test('does not take a list that works for tickets that are taken', () => {
    circuitBreaker.backOff({ call: 'create', cause: 'unknown', reason: '429' }, 0);
    circuitBreaker.succeed('find', 10_000);
    circuitBreaker.backOff({ call: 'create', cause: 'unknown', reason: '429' }, 20_000);
    expect(circuitBreaker.blockedUntil).toBe(24_000);
    expect(told).toEqual(['429']);
    circuitBreaker.succeed('comment', 30_000);
    circuitBreaker.backOff({ call: 'create', cause: 'unknown', reason: '500' }, 40_000);
    expect(circuitBreaker.blockedUntil).toBe(42_000);
    expect(told).toEqual(['429', 'open', '500']);
  });

  test('ends a row of failed reads by a read', () => {
    circuitBreaker.backOff({ call: 'get', cause: 'unknown', reason: 'no list' }, 0);
    circuitBreaker.succeed('get', 5_000);
    expect(told).toEqual(['no list', 'open']);
  });

  test('knows nothing any more when the term is over', () => {
    circuitBreaker.pause({ call: 'find', cause: 'unknown', reason: '401' }, 0);
    circuitBreaker.reset();
    expect(circuitBreaker).toMatchObject({ blockedUntil: 0, listFailingSince: undefined });
    expect(told).toEqual(['401', 'ended']);
    circuitBreaker.backOff({ call: 'find', cause: 'unknown', reason: 'refused' }, 1_000);
    expect(told).toEqual(['401', 'ended', 'refused']);
  });

  test('remembers since when the list fails, until a list works', () => {
    expect(circuitBreaker.listFailingSince).toBeUndefined();
    circuitBreaker.backOff({ call: 'create', cause: 'unknown', reason: '500' }, 1);
    expect(circuitBreaker.listFailingSince).toBeUndefined();
    circuitBreaker.backOff({ call: 'find', cause: 'unknown', reason: '500' }, 2);
    circuitBreaker.pause({ call: 'find', cause: 'unknown', reason: '403' }, 3);
    circuitBreaker.succeed('create', 4);
    expect(circuitBreaker.listFailingSince).toBe(2);
    circuitBreaker.succeed('find', 5);
    expect(circuitBreaker.listFailingSince).toBeUndefined();
  });

  test('opens when a read shows that the write was accepted whose answer was lost', () => {
    circuitBreaker.backOff({ call: 'create', cause: 'unknown', reason: 'timeout', about: 'shop' }, 0);
    circuitBreaker.settle('find', 'shop', 5_000);
    expect(circuitBreaker.blockedUntil).toBe(0);
    expect(told).toEqual(['timeout', 'open']);
  });

  test('stays closed for the writes of others of which nothing is known', () => {
    circuitBreaker.backOff({ call: 'create', cause: 'unknown', reason: 'timeout', about: 'shop' }, 0);
    circuitBreaker.backOff({ call: 'create', cause: 'unknown', reason: '503', about: 'cart' }, 0);
    circuitBreaker.settle('find', 'shop', 5_000);
    expect(told).toEqual(['timeout']);
    circuitBreaker.settle('get', 'cart', 6_000);
    expect(told).toEqual(['timeout', 'open']);
  });

  test('holds up nobody for one object whose writes are refused, and says so once', () => {
    circuitBreaker.deny({ call: 'create', cause: 'unknown', reason: '403', about: 'shop' }, 1_000, false);
    expect(told).toEqual([]);
    circuitBreaker.deny({ call: 'create', cause: 'unknown', reason: '403', about: 'shop' }, 2_000, true);
    circuitBreaker.deny({ call: 'create', cause: 'unknown', reason: '403', about: 'shop' }, 3_000, true);
    expect(circuitBreaker).toMatchObject({ blockedUntil: 3_000, refusesAllWrites: false });
    expect(told).toEqual(['403']);
  });

  test.each([
    { objects: 2, isSmallest: true },
    { objects: 5, isSmallest: false },
  ])('pauses when writes of $objects objects are refused (smallest: $isSmallest)', (row) => {
    for (let n = 1; n <= row.objects; n += 1) {
      expect(circuitBreaker.refusesAllWrites).toBe(false);
      circuitBreaker.deny(
        { call: 'create', cause: 'unknown', reason: '403', about: `shop-${n}` },
        1_000,
        row.isSmallest,
      );
    }
    expect(circuitBreaker).toMatchObject({ blockedUntil: 31_000, refusesAllWrites: true });
    circuitBreaker.succeed('find', 40_000);
    expect(told).toEqual(['403']);
    circuitBreaker.succeed('create', 50_000, 'cart');
    expect(circuitBreaker).toMatchObject({
      blockedUntil: 0,
      refusesAllWrites: false,
      writeAcceptedAt: 50_000,
    });
    expect(told).toEqual(['403', 'open']);
  });

  test('does not take a refusal that the API has put into words for an accepted write', () => {
    circuitBreaker.succeed('create', 5_000);
    expect(circuitBreaker.writeAcceptedAt).toBe(-Infinity);
  });
});
