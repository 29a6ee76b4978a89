import { describe, expect, test } from '@jest/globals';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { IncidentStatus, Phase } from '../../src/domain/incident.ts';
import {
  type FilingFacts,
  type Moment,
  nextStep,
  sortMatches,
  type Step,
  unknownFacts,
  waitAfter,
} from '../../src/outbox/next-step.ts';
import { aComment, anIncident, aTicket, defaultOutboxOptions } from './fixtures.ts';

const options = defaultOutboxOptions;
const moment: Moment = { now: 100 * DAY, elapsed: 1_000_000 };
const calm: FilingFacts = { failures: 0, shrink: 0 };
const { elapsed } = moment;
const later = elapsed + 5 * SECOND;
const nothing = { own: [], sameKey: [] };

function step(
  status: Partial<IncidentStatus>,
  facts: Partial<FilingFacts> = {},
  over: { readonly moment?: Partial<Moment>; readonly mode?: 'observe' } = {},
): Step {
  const asked = over.mode === undefined ? options : { ...options, mode: over.mode };
  return nextStep(anIncident(status), { ...calm, ...facts }, { ...moment, ...over.moment }, asked);
}

describe('a Pending incident', () => {
  const own = aTicket('T1');
  const other = aTicket('T2', { uid: 'other' });
  const cases: readonly [string, Partial<FilingFacts>, Step][] = [
    ['is always looked up first', {}, { kind: 'searchTickets' }],
    ['is posted when the look-up found nothing', { matches: nothing }, { kind: 'post' }],
    [
      'takes a ticket with its own marker',
      { matches: { own: [own], sameKey: [other] } },
      { kind: 'adopt', ticket: own, own: true },
    ],
    [
      'joins an open ticket of its owner',
      { matches: { own: [], sameKey: [other] } },
      { kind: 'adopt', ticket: other, own: false },
    ],
    [
      'waits for the list after an unknown outcome',
      { unknownSince: elapsed - SECOND },
      { kind: 'wait', until: elapsed - SECOND + options.lookupDelayMs },
    ],
    [
      'is looked up when the list must show what was accepted',
      { unknownSince: elapsed - options.lookupDelayMs },
      { kind: 'searchTickets' },
    ],
    ['waits out its own back-off', { notBefore: later, matches: nothing }, { kind: 'wait', until: later }],
    [
      'waits out its back-off before a status write, too',
      { notBefore: later, matches: { own: [own], sameKey: [] } },
      { kind: 'wait', until: later },
    ],
  ];
  test.each(cases)('%s', (_name, facts, expected) => {
    expect(step({}, facts)).toEqual(expected);
  });

  test('is filed even if it is over by now', () => {
    expect(step({ recoveredAt: 1 }).kind).toBe('searchTickets');
  });

  test('is only noted in mode observe', () => {
    expect(step({}, {}, { mode: 'observe' })).toEqual({ kind: 'observe' });
    expect(step({}, { notBefore: later }, { mode: 'observe' })).toEqual({ kind: 'wait', until: later });
  });
});

describe('a filed incident', () => {
  const filed = { phase: 'Filed', ticketId: 'T1' } as const;
  const talking = { ...filed, comment: aComment('grown') };

  test('waits for something to happen', () => {
    expect(step(filed)).toEqual({ kind: 'wait' });
  });

  test('says what is to be said', () => {
    expect(step(talking)).toEqual({ kind: 'comment' });
    expect(step({ ...talking, phase: 'Recovered', recoveredAt: 0 })).toEqual({ kind: 'comment' });
  });

  test('has nobody to talk to without a ticket', () => {
    expect(step({ phase: 'Filed', comment: aComment('grown') })).toEqual({ kind: 'wait' });
  });

  test('waits before it repeats what may have been said', () => {
    const unknownSince = elapsed - SECOND;
    expect(step(talking, { unknownSince })).toEqual({
      kind: 'wait',
      until: unknownSince + options.lookupDelayMs,
    });
    expect(step(talking, { unknownSince, verifyAt: later })).toEqual({ kind: 'wait', until: later });
  });

  test('looks for doubles when it is time, before it says anything', () => {
    expect(step(filed, { verifyAt: later })).toEqual({ kind: 'wait', until: later });
    expect(step(talking, { verifyAt: elapsed })).toEqual({ kind: 'verify' });
  });

  test('notes what follows from a filing whose status write had no answer', () => {
    const ticket = aTicket('T1');
    expect(step(filed, { matches: { own: [ticket], sameKey: [] } })).toEqual({
      kind: 'adopt',
      ticket,
      own: true,
    });
  });
});

describe('clean-up', () => {
  const kept: readonly [Phase, number][] = [
    ['Recovered', options.keepRecoveredMs],
    ['Observed', options.keepRecoveredMs],
    ['Folded', HOUR],
    ['Rejected', options.keepRejectedMs],
  ];
  test.each(kept)('keeps %s for a while after it is over', (phase, keepMs) => {
    expect(step({ phase, recoveredAt: moment.now - keepMs })).toEqual({ kind: 'remove' });
    expect(step({ phase, recoveredAt: moment.now - keepMs + SECOND })).toEqual({
      kind: 'wait',
      until: elapsed + SECOND,
    });
  });

  test.each(['Filed', 'Observed', 'Folded', 'Rejected'] as const)('never removes a standing %s', (phase) => {
    expect(step({ phase })).toEqual({ kind: 'wait' });
  });

  test('waits until doubles were looked for and everything is said', () => {
    const over = { phase: 'Recovered', ticketId: 'T1', recoveredAt: 0 } as const;
    expect(step(over, { verifyAt: later })).toEqual({ kind: 'wait', until: later });
    expect(step({ ...over, comment: aComment('recovered') }).kind).toBe('comment');
  });

  test('waits out the back-off of a store that fails', () => {
    expect(step({ phase: 'Recovered', recoveredAt: 0 }, { notBefore: later })).toEqual({
      kind: 'wait',
      until: later,
    });
  });
});

describe('what is known after a take-over', () => {
  test('an attempt of another process may be under way', () => {
    expect(unknownFacts(anIncident(), moment)).toEqual({ failures: 0, shrink: 0, unknownSince: elapsed });
  });

  test('a recent ticket may have a double', () => {
    const recent = anIncident({ phase: 'Filed', filedAt: moment.now - DAY + 1 });
    expect(unknownFacts(recent, moment).verifyAt).toBe(elapsed + 2 * MINUTE);
    const old = anIncident({ phase: 'Filed', filedAt: moment.now - DAY });
    expect(unknownFacts(old, moment).verifyAt).toBeUndefined();
  });
});

describe('sortLookup', () => {
  test('tells own tickets, open or closed, from open ones of the same owner, oldest first', () => {
    const found = [
      aTicket('T5', { createdAt: 5 }),
      aTicket('T4', { createdAt: 4, status: 'closed' }),
      aTicket('T3', { createdAt: 3, uid: 'other' }),
      aTicket('T2', { createdAt: 2, uid: 'other', status: 'resolved' }),
      aTicket('T1', { createdAt: 1, uid: 'other' }),
    ];
    const { own, sameKey } = sortMatches(found, 'k8s-key1-u-1');
    expect(own.map(({ id }) => id)).toEqual(['T4', 'T5']);
    expect(sameKey.map(({ id }) => id)).toEqual(['T1', 'T3']);
  });

  test('orders tickets of the same moment by id, so that all processes keep the same one', () => {
    const found = [aTicket('T2'), aTicket('T1')];
    expect(sortMatches(found, 'k8s-key1-u-1').own.map(({ id }) => id)).toEqual(['T1', 'T2']);
  });
});

describe('waitAfter', () => {
  test.each([
    [1, 2 * SECOND],
    [2, 4 * SECOND],
    [5, 32 * SECOND],
    [50, 5 * MINUTE],
    [5_000, 5 * MINUTE],
  ])('waits at most, after %i failures, %i ms', (failures, longest) => {
    expect(waitAfter(failures, 1)).toBe(longest);
    expect(waitAfter(failures, 0.5)).toBe(longest / 2);
    expect(waitAfter(failures, 0)).toBe(0);
  });

  test('never waits less than was asked for', () => {
    expect(waitAfter(1, 0, 7_000)).toBe(7_000);
    expect(waitAfter(9, 1, 7_000)).toBe(5 * MINUTE);
  });
});

describe('an incident for which a common cause speaks', () => {
  const cause = { kind: 'storm', key: 'k', incident: 'cluster-many-workloads-1' } as const;

  test.each(['file', 'observe'] as const)('is folded whatever the mode: %s', (mode) => {
    const incident = anIncident({}, { spec: { cause } });
    expect(nextStep(incident, calm, moment, { ...options, mode })).toEqual({
      kind: 'join',
      into: 'cluster-many-workloads-1',
    });
  });

  test('is never filed, and removed some time after it is over', () => {
    expect(step({ phase: 'Folded' })).toEqual({ kind: 'wait' });
    const recoveredAt = moment.now - options.keepRecoveredMs;
    expect(step({ phase: 'Folded', recoveredAt })).toEqual({ kind: 'remove' });
  });
});
