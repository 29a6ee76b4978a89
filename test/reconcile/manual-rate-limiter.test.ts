import { describe, expect, test } from '@jest/globals';
import { HOUR, MINUTE } from '../../src/domain/clock.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { ManualRateLimiter } from '../../src/reconcile/manual-limits.ts';

const START = Date.UTC(2026, 5, 1);

function request(namespace: string, openedAt: number): Incident {
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'a', uid: 'u' };
  return { spec: { trigger: 'manual', target, openedAt } } as Incident;
}

function open(incidents: Incident[]) {
  const clock = { now: START };
  const pace = new ManualRateLimiter({
    perHour: 2,
    manualIncidents: () => incidents,
    now: () => clock.now,
  });
  return { pace, clock };
}

describe('the pace of requests', () => {
  test('is counted from the Incidents there are, by namespace', () => {
    const { pace, clock } = open([
      request('shop', START - 50 * MINUTE),
      request('shop', START - MINUTE),
      request('cart', START - MINUTE),
    ]);
    expect(pace.turn('shop')).toBe(START + 10 * MINUTE);
    expect(pace.turn('cart')).toBeUndefined();
    clock.now = START + 10 * MINUTE;
    expect(pace.turn('shop')).toBeUndefined();
  });

  test('counts those that are being written', () => {
    const { pace, clock } = open([request('shop', START - MINUTE)]);
    const done = pace.begin('shop');
    expect(pace.turn('shop')).toBe(clock.now + 2_000);
    expect(pace.turn('cart')).toBeUndefined();
    done();
    expect(pace.turn('shop')).toBeUndefined();
  });

  test('bounds the answers of a namespace', () => {
    const { pace, clock } = open([]);
    const answers = Array.from({ length: 100 }, () => pace.mayAnswer('shop')).filter(Boolean);
    expect(answers).toHaveLength(8);
    expect(pace.mayAnswer('cart')).toBe(true);
    clock.now += HOUR;
    expect(pace.mayAnswer('shop')).toBe(true);
  });

  test('forgets a namespace whose answers are an hour old', () => {
    const { pace, clock } = open([]);
    for (let n = 0; n < 50; n += 1) pace.mayAnswer(`shop-${n}`);
    expect(pace.namespaces()).toBe(50);
    clock.now += HOUR;
    pace.mayAnswer('cart');
    expect(pace.namespaces()).toBe(1);
  });
});
