import { beforeEach, expect, test } from '@jest/globals';
import type { Decision } from '../../src/correlate/index.ts';
import { HOUR, MINUTE } from '../../src/domain/clock.ts';
import type { IncidentSpec, IncidentStatus } from '../../src/domain/incident.ts';
import {
  anIncident,
  aSignal,
  CachedCorrelator,
  keyOf,
  checkout,
  current,
  KEY,
  NOW,
  nowAt,
  options,
  podRef,
} from './fixtures.ts';

/** What the correlator makes of Incidents with words of a later release. */
let correlator: CachedCorrelator;

beforeEach(() => {
  correlator = new CachedCorrelator();
});

function stand(spec: Partial<IncidentSpec>, status: Partial<IncidentStatus> = {}): void {
  correlator.setIncident(anIncident(status, { spec }), nowAt(NOW));
}

function show(failing: boolean, now = NOW): void {
  const object = { uid: 'p', gone: false };
  correlator.observe({ object, owner: checkout, key: KEY, signals: failing ? [aSignal()] : [] }, nowAt(now));
}

function decide(now: number): Decision['kind'] | undefined {
  return correlator.decide(KEY, nowAt(now), { freshnessOf: current, health: () => ({ state: 'ready' }) })
    ?.kind;
}

test('what was opened for a reason that is not known is never said to be over', () => {
  stand({ trigger: 'automatic' });
  expect(decide(NOW + HOUR)).toBe('recover');
  stand({ trigger: 'forecast' });
  expect(decide(NOW + HOUR)).toBeUndefined();
});

test('its ticket hears all the same that it still stands', () => {
  stand({ trigger: 'forecast' });
  show(true);
  expect(decide(NOW + 25 * HOUR)).toBe('comment');
});

test('nothing that is known is worse than a class that is not', () => {
  const worse = aSignal({ class: 'storage' });
  correlator.observe(
    { object: { uid: 'p', gone: false }, owner: checkout, key: KEY, signals: [worse] },
    nowAt(NOW),
  );
  stand({ class: 'crash' });
  expect(decide(NOW + MINUTE)).toBe('comment');
  stand({ class: 'quota' });
  expect(decide(NOW + MINUTE)).not.toBe('comment');
});

test('a cause of a kind that is not known speaks for its members as long as its incident stands', () => {
  const cause = { kind: 'zone', key: 'z', incident: 'zone-1' };
  const zone = (status: Partial<IncidentStatus>, resourceVersion: string) =>
    anIncident(status, { name: 'zone-1', uid: 'z', resourceVersion, spec: { trigger: 'zone', key: 'z' } });
  correlator.setIncident(zone({}, '1'), nowAt(NOW));
  stand({ cause }, { phase: 'Folded', foldedInto: 'zone-1' });
  show(true);
  expect(decide(NOW + HOUR)).not.toBe('unfold');
  correlator.setIncident(zone({ phase: 'Recovered', recoveredAt: NOW + HOUR }, '2'), nowAt(NOW + HOUR));
  expect(decide(NOW + HOUR)).toBe('unfold');
});

test('a common cause whose Incident cannot be read speaks for nobody', () => {
  const secret = { kind: 'Secret', name: 'db' } as const;
  const occupied = new Set<string>();
  correlator = new CachedCorrelator(options, { isKeyOccupied: (key) => occupied.has(key) });
  const keys = ['a', 'b'].map((name) => {
    const owner = { ...checkout, name, uid: name };
    const signals = [aSignal({ class: 'config', regarding: podRef(name), sharedCause: secret })];
    correlator.observe({ object: { uid: name, gone: false }, owner, key: keyOf(owner), signals }, nowAt(NOW));
    return keyOf(owner);
  });
  const kinds = (now: number): readonly unknown[] =>
    keys.map(
      (key) =>
        correlator.decide(key, nowAt(now), { freshnessOf: current, health: () => ({ state: 'notReady' }) })
          ?.kind,
    );
  kinds(NOW + HOUR);
  // Both wait for the incident that they have in common.
  expect(kinds(NOW + HOUR + MINUTE)).toEqual([undefined, undefined]);
  occupied.add(keys.map((key) => correlator.commonCauseOf(key)?.key)[0] ?? '');
  expect(kinds(NOW + HOUR + 2 * MINUTE)).toEqual(['open', 'open']);
});
