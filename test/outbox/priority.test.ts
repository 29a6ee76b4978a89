import { describe, expect, test } from '@jest/globals';
import { DAY } from '../../src/domain/clock.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { type FilingFacts, goesOn, nextStep } from '../../src/outbox/next-step.ts';
import { type DueStep, isMoreUrgent, needsTicketApi } from '../../src/outbox/priority.ts';
import { aComment, anIncident, aTicket, defaultOutboxOptions } from './fixtures.ts';

const moment = { now: 1_000_000, elapsed: 100_000 };
const found = { own: [], sameKey: [] };

function due(incident: Incident, facts: Partial<FilingFacts> = {}): DueStep {
  const whole = { failures: 0, shrink: 0, ...facts };
  const step = nextStep(incident, whole, moment, defaultOutboxOptions);
  if (step.kind === 'wait') throw new Error(`${incident.name} waits`);
  return { incident, facts: whole, step };
}

function named(name: string, status: Parameters<typeof anIncident>[0] = {}, openedAt = 1_000): Incident {
  return anIncident(status, { name, spec: { openedAt } });
}

/** What is done, in its order, whatever the order in which it came. */
function inOrder(...steps: readonly DueStep[]): readonly string[] {
  const sorted = (given: readonly DueStep[]): readonly string[] =>
    given
      .toSorted((left, right) => Number(isMoreUrgent(right, left)) - Number(isMoreUrgent(left, right)))
      .map(({ step, incident }) => `${step.kind} ${incident.name}`);
  expect(sorted(steps.toReversed())).toEqual(sorted(steps));
  return sorted(steps);
}

describe('first comes', () => {
  test('what is not filed, then what is worse, then what is older', () => {
    expect(
      inOrder(
        due(named('talks', { phase: 'Filed', ticketId: 'T1', comment: aComment('grown') }, 1)),
        due(named('young', {}, 300)),
        due(named('old', {}, 200)),
        due(anIncident({}, { name: 'worst', spec: { class: 'node', openedAt: 400 } })),
      ),
    ).toEqual(['searchTickets worst', 'searchTickets old', 'searchTickets young', 'comment talks']);
  });

  test('what is to get a ticket, before what is to be removed or is covered', () => {
    const cause = { kind: 'storm', key: 's', incident: 's' } as const;
    expect(
      inOrder(
        due(named('over', { phase: 'Folded', recoveredAt: -10 * DAY }, 1)),
        due(anIncident({}, { name: 'joins', spec: { openedAt: 2, cause } })),
        due(named('new', {}, 3)),
      ),
    ).toEqual(['searchTickets new', 'remove over', 'join joins']);
  });

  test('what was not denied, then what was denied the longest ago', () => {
    expect(
      inOrder(
        due(named('denied now', {}, 1), { matches: found, deniedAt: 9 }),
        due(named('denied before', {}, 2), { matches: found, deniedAt: 8 }),
        due(named('new', {}, 3), { matches: found }),
      ),
    ).toEqual(['post new', 'post denied before', 'post denied now']);
  });
});

describe('the ticket API is needed', () => {
  const own = { own: [aTicket('T1')], sameKey: [] };

  test.each([
    [true, 'to search', named('one'), {}],
    [true, 'to file', named('one'), { matches: found }],
    [true, 'to comment', named('one', { phase: 'Filed', ticketId: 'T1', comment: aComment('grown') }), {}],
    [true, 'to search for doubles', named('one', { phase: 'Filed', ticketId: 'T1' }), { verifyAt: 0 }],
    [
      true,
      'to see whether a ticket of its own tells of a recovery',
      named('one', { recoveredAt: 5 }),
      { matches: own },
    ],
    [false, 'to take a ticket of its own that cannot', named('one'), { matches: own }],
    [
      false,
      "to join another one's ticket",
      named('one', { recoveredAt: 5 }),
      { matches: { own: [], sameKey: own.own } },
    ],
    [false, 'to clean up', named('one', { phase: 'Recovered', recoveredAt: -1e12 }), {}],
    [false, 'to go on elsewhere', named('one'), { successor: 'two' }],
  ])('%s: %s', (isNeeded, _what, incident, facts) => {
    expect(needsTicketApi(due(incident, facts))).toBe(isNeeded);
  });
});

describe('of two Incidents of an owner', () => {
  const [first, second] = [anIncident(), anIncident({}, { name: 'deployment-shop-2', uid: 'u-2' })];

  test('the one with the higher number goes on, whoever looks', () => {
    expect([goesOn(first, second), goesOn(second, first)]).toEqual([true, false]);
  });

  test.each([{ recoveredAt: 1 }, { phase: 'Folded' as const }])('one that is %o does not go on', (status) => {
    expect(goesOn(first, { ...second, status: { ...second.status, ...status } })).toBe(false);
  });
});
