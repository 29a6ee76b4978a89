import { beforeEach, describe, expect, test } from '@jest/globals';
import { DAY, SECOND } from '../../src/domain/clock.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { type Agenda, createAgenda } from '../../src/outbox/agenda.ts';
import { defaultOutboxOptions, type FilingFacts } from '../../src/outbox/next-step.ts';
import type { Item } from '../../src/outbox/shelf.ts';
import { aComment, anIncident, aTicket } from './fixtures.ts';

const NOW = { now: 1_000_000, elapsed: 100 * SECOND };
const later = NOW.elapsed + 5 * SECOND;
const calm: FilingFacts = { failures: 0, shrink: 0 };

let items: Map<string, Item>;
let busy: Set<string>;
let agenda: Agenda;
let successor: string | undefined;
/** How often it was found out what is to be done for an incident. */
let looks: number;

beforeEach(() => {
  items = new Map();
  busy = new Set();
  looks = 0;
  successor = undefined;
  const options = {
    ...defaultOutboxOptions,
    get mode() {
      looks += 1;
      return 'file' as const;
    },
  };
  agenda = createAgenda({ shelf: { items, successorOf: () => successor }, busy, options });
});

function put(incident: Incident, facts: Partial<FilingFacts> = {}): void {
  items.set(incident.name, { incident, facts: { ...calm, ...facts } });
  agenda.touch(incident.name);
}

function named(name: string, status: Parameters<typeof anIncident>[0] = {}, openedAt = 1_000): Incident {
  return anIncident(status, { name, spec: { openedAt } });
}

/** What would be done, one after the other. */
function all(moment = NOW, heldUntil = 0): readonly string[] {
  const done: string[] = [];
  for (
    let { job } = agenda.next(moment, heldUntil);
    job !== undefined;
    { job } = agenda.next(moment, heldUntil)
  )
    done.push(`${job.step.kind} ${job.item.incident.name}`);
  return done;
}

describe('the agenda', () => {
  test('puts what was denied behind all others, the longest ago first', () => {
    const matches = { own: [], sameKey: [] };
    put(named('denied now', {}, 1), { matches: matches, deniedAt: 9 });
    put(named('denied before', {}, 2), { matches: matches, deniedAt: 8 });
    put(named('new', {}, 3), { matches });
    expect(all()).toEqual(['post new', 'post denied before', 'post denied now']);
  });

  test('holds an adoption that reads the ticket, and no other, while the API is not to be asked', () => {
    const matches = { own: [aTicket('T1')], sameKey: [] };
    put(named('over', { recoveredAt: 5 }), { matches });
    put(named('standing'), { matches });
    put(named('joining', { recoveredAt: 5 }), { matches: { own: [], sameKey: matches.own } });
    expect(all(NOW, later).toSorted()).toEqual(['adopt joining', 'adopt standing']);
    expect(all({ ...NOW, elapsed: later }, later)).toEqual(['adopt over']);
  });

  test('keeps nothing of what is on no shelf: who does not lead never asks it', () => {
    const gone = named('gone');
    agenda.touch(gone.name);
    items.set(gone.name, { incident: gone, facts: calm });
    expect(all()).toEqual([]);
    put(gone);
    items.delete(gone.name);
    agenda.touch(gone.name);
    items.set(gone.name, { incident: gone, facts: calm });
    expect(all()).toEqual([]);
  });

  test('gives what is to get a ticket before what is to be removed or has its speaker, unless tickets are held', () => {
    const cause = { kind: 'storm', key: 's', incident: 's' } as const;
    const fill = (): void => {
      put(named('over', { phase: 'Folded', recoveredAt: -10 * DAY }, 1));
      put(anIncident({}, { name: 'joins', spec: { openedAt: 2, cause } }));
      put(named('new', {}, 3));
    };
    fill();
    expect(all()).toEqual(['lookUp new', 'remove over', 'join joins']);
    fill();
    expect(all(NOW, later)).not.toContain('lookUp new');
  });

  test('gives what is not filed first, then the worse, then the older', () => {
    put(named('talks', { phase: 'Filed', ticketId: 'T1', comment: aComment('grown') }, 1));
    put(named('young', {}, 300));
    put(named('old', {}, 200));
    put(anIncident({}, { name: 'grave', spec: { class: 'node', openedAt: 400 } }));
    expect(all()).toEqual(['lookUp grave', 'lookUp old', 'lookUp young', 'comment talks']);
  });

  test('gives nothing twice, and again what was touched', () => {
    put(named('one'));
    expect(all()).toEqual(['lookUp one']);
    expect(all()).toEqual([]);
    agenda.touch('one');
    expect(all()).toEqual(['lookUp one']);
  });

  test('goes by what it is now and not by what it was', () => {
    put(named('one'));
    put(named('two'));
    put(named('one', { phase: 'Filed', ticketId: 'T1' }));
    items.delete('two');
    agenda.touch('two');
    expect(all()).toEqual([]);
  });

  test('leaves alone what is worked on, until it is touched again', () => {
    busy.add('key1');
    put(named('one'));
    expect(agenda.next(NOW, 0)).toEqual({});
    busy.delete('key1');
    agenda.touch('one');
    expect(all()).toEqual(['lookUp one']);
  });

  test('says when to look again, and gives what is due then', () => {
    put(named('soon'), { notBefore: later });
    put(named('late'), { notBefore: later + SECOND });
    expect(agenda.next(NOW, 0)).toEqual({ until: later });
    expect(all({ ...NOW, elapsed: later })).toEqual(['lookUp soon']);
    expect(agenda.next({ ...NOW, elapsed: later }, 0)).toEqual({ until: later + SECOND });
  });

  test.each([
    ['a look-up', named('one'), {}],
    ['a ticket', named('one'), { matches: { own: [], sameKey: [] } }],
    ['a comment', named('one', { phase: 'Filed', ticketId: 'T1', comment: aComment('grown') }), {}],
    ['a search for doubles', named('one', { phase: 'Filed', ticketId: 'T1' }), { verifyAt: 0 }],
  ])('holds %s while the API is not to be asked', (_what, incident, facts) => {
    put(incident, facts);
    expect(agenda.next(NOW, later)).toEqual({ until: later });
    expect(all({ ...NOW, elapsed: later }, later)).toHaveLength(1);
  });

  test.each([
    ['to take a ticket that was found', named('one'), { matches: { own: [aTicket('T1')], sameKey: [] } }],
    ['to clean up', named('one', { phase: 'Recovered', recoveredAt: -1e12 }), {}],
  ])('needs no API %s', (_what, incident, facts) => {
    put(named('another'));
    put(incident, facts);
    expect(all(NOW, later)).toHaveLength(1);
    expect(agenda.next(NOW, later)).toEqual({ until: later });
  });

  test('folds what another Incident of its owner goes on with', () => {
    successor = 'two';
    put(named('one'));
    expect(agenda.next(NOW, later).job?.step).toEqual({ kind: 'fold', into: 'two' });
  });

  test('does not do any more what was right when it began to wait for the API', () => {
    const talking = named('one', { phase: 'Filed', ticketId: 'T1', comment: aComment('grown') });
    put(talking, { verifyAt: later });
    expect(agenda.next(NOW, later)).toEqual({ until: later });
    expect(all({ ...NOW, elapsed: later }, later)).toEqual(['verify one']);
  });

  test('looks at 5,000 incidents a few times each while they are worked off', () => {
    for (let n = 0; n < 5_000; n += 1) put(named(`shop-${n}`, {}, n));
    for (let n = 0; n < 5_000; n += 1) {
      const { job } = agenda.next(NOW, 0);
      expect(job?.item.incident.name).toBe(`shop-${n}`);
      put(named(`shop-${n}`, { phase: 'Filed', ticketId: 'T1' }));
    }
    expect(agenda.next(NOW, 0)).toEqual({});
    expect(looks).toBeLessThanOrEqual(10_000);
  });
});
