import { beforeEach, describe, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { CircuitBreaker } from '../../src/outbox/circuit-breaker.ts';
import { createStepContext, GoneError, type StepContext } from '../../src/outbox/context.ts';
import { FilingRecords } from '../../src/outbox/filing-records.ts';
import type { FilingFacts, TicketMatches } from '../../src/outbox/next-step.ts';
import { anIncident, createKit, type Kit } from './fixtures.ts';

let kit: Kit;
let records: FilingRecords;
let context: StepContext;
let enqueued: string[];

beforeEach(() => {
  kit = createKit();
  enqueued = [];
  const { incidents, clock, desk } = kit;
  records = new FilingRecords({ incidents, clock, queue: { enqueue: (one) => enqueued.push(one) } });
  const circuitBreaker = new CircuitBreaker(kit.random, kit.observer);
  const { signal } = new AbortController();
  context = createStepContext(kit, { ticketApi: desk, circuitBreaker, records, signal });
});

const { name, spec } = anIncident();
const nothing: TicketMatches = { own: [], sameKey: [] };

function known(one = name): Incident {
  const incident = kit.incidents.named(one);
  if (incident === undefined) throw new Error(`${one} is not known`);
  return incident;
}

function factsOf(one = name): FilingFacts {
  return records.factsOf(known(one));
}

/** As the outbox opens one. */
async function open(one = name, matches?: TicketMatches, given = spec): Promise<Incident> {
  const { created, incident } = await kit.writer.create({ name: one, spec: given });
  if (created) records.begin(incident, matches);
  return incident;
}

describe('an Incident that the watch has seen', () => {
  test('has all of its owner planned anew', () => {
    kit.incidents.upsert(anIncident());
    kit.incidents.upsert(anIncident({}, { name: 'deployment-shop-2', uid: 'u-2' }));
    expect(enqueued.slice(-2).toSorted()).toEqual(['deployment-shop-1', 'deployment-shop-2']);
  });

  test('counts as being filed by another process', async () => {
    await kit.clock.advance(7_000);
    kit.incidents.upsert(anIncident());
    expect(factsOf()).toEqual({ failures: 0, shrink: 0, unknownSince: 7_000 });
  });

  test('keeps what is known of it when it has only changed', async () => {
    kit.incidents.upsert(anIncident());
    await kit.clock.advance(SECOND);
    kit.incidents.upsert(anIncident({ lastError: 'x' }, { resourceVersion: '11' }));
    expect(factsOf()).toMatchObject({ unknownSince: 0 });
  });

  test('is looked through for doubles when another process has filed it', async () => {
    kit.incidents.upsert(anIncident());
    await kit.clock.advance(SECOND);
    const filed = { phase: 'Filed', ticketId: 'T1', filedAt: kit.clock.now() } as const;
    kit.incidents.upsert(anIncident(filed, { resourceVersion: '11' }));
    expect(factsOf()).toMatchObject({ unknownSince: SECOND, verifyAt: SECOND + 2 * MINUTE });
  });

  test('has its ticket searched for when a backup does not know it', async () => {
    kit.incidents.upsert(anIncident({ phase: 'Filed', ticketId: 'T1' }, { resourceVersion: '900000' }));
    await kit.clock.advance(SECOND);
    kit.incidents.upsert(anIncident({}, { resourceVersion: '50' }), true);
    expect(factsOf()).toEqual({ failures: 0, shrink: 0, unknownSince: SECOND });
  });

  test('is told of by the step that is under way, if it is the same', () => {
    kit.incidents.upsert(anIncident());
    const before = known();
    kit.incidents.upsert(anIncident({ phase: 'Filed', ticketId: 'T1' }, { resourceVersion: '11' }));
    records.setFacts(before, { failures: 7, shrink: 0 });
    expect(factsOf().failures).toBe(7);
    kit.incidents.upsert(anIncident({}, { uid: 'u-2', resourceVersion: '12' }));
    records.setFacts(before, { failures: 8, shrink: 0 });
    expect(factsOf().failures).toBe(0);
  });
});

describe('an Incident of our own making', () => {
  test('is taken into work with what was found meanwhile', async () => {
    const incident = await open(name, nothing);
    expect(incident.spec.draft).toBeDefined();
    expect(factsOf()).toEqual({ failures: 0, shrink: 0, matches: nothing });
    expect(enqueued.at(-1)).toBe(name);
  });

  test('is searched for when nothing was found out', async () => {
    await open();
    expect(factsOf()).toEqual({ failures: 0, shrink: 0 });
  });

  test('keeps what was found since by a step', async () => {
    const { incident } = await kit.writer.create({ name, spec });
    records.setFacts(incident, { failures: 1, shrink: 0 });
    records.begin(incident, nothing);
    expect(factsOf()).toEqual({ failures: 1, shrink: 0 });
  });

  test('waits for the ticket of one that was deleted a moment ago', async () => {
    await kit.clock.advance(3_000);
    records.noteSent(anIncident());
    await kit.clock.advance(1_000);
    await open(name, nothing);
    expect(factsOf()).toEqual({ failures: 0, shrink: 0, unknownSince: 3_000 });
  });

  test('does not wait for what was sent long ago', async () => {
    records.noteSent(anIncident({}, { spec: { key: 'old' } }));
    await kit.clock.advance(10 * MINUTE);
    records.noteSent(anIncident({}, { spec: { key: 'new' } }));
    await open(name, nothing, { ...spec, key: 'old' });
    expect(factsOf()).toMatchObject({ matches: nothing });
  });
});

describe('a ticket that was sent', () => {
  test('lets the successor of a deleted Incident wait anew', async () => {
    kit.incidents.upsert(anIncident({}, { uid: 'u-2' }));
    await kit.clock.advance(5_000);
    records.noteSent(anIncident());
    expect(factsOf()).toEqual({ failures: 0, shrink: 0, unknownSince: 5_000 });
  });

  test('lets every other Incident of its owner that waits look again, whatever it has found', async () => {
    kit.incidents.upsert(anIncident());
    await open('shop-2', nothing);
    kit.incidents.upsert(anIncident({ phase: 'Filed', ticketId: 'T1' }, { name: 'shop-0', uid: 'u-0' }));
    await kit.clock.advance(5_000);
    records.noteSent(anIncident());
    expect(factsOf('shop-2')).toEqual({ failures: 0, shrink: 0, unknownSince: 5_000 });
    expect(factsOf('shop-0')).toMatchObject({ unknownSince: 0 });
    expect(factsOf()).toMatchObject({ unknownSince: 0 });
  });
});

describe('the draft', () => {
  test('needs no read where it is of our own making', async () => {
    const incident = await open();
    const whole = await context.load(known());
    expect(whole.spec.draft).toEqual(incident.spec.draft);
    expect(kit.store.calls).toEqual(['create']);
  });

  test('is read from the store otherwise, and is not kept of a filed one', async () => {
    await open();
    kit.incidents.upsert(kit.store.change(name, { phase: 'Filed' }));
    expect((await context.load(known())).spec.draft).toBeDefined();
    expect(kit.store.calls).toEqual(['create', 'get']);
  });

  test('is kept for a bounded number, and for none that is gone', async () => {
    const reads = (): number => kit.store.calls.filter((call) => call === 'get').length;
    for (let n = 1; n <= 60; n += 1) await open(`shop-${n}`);
    await context.load(known('shop-50'));
    expect(reads()).toBe(0);
    await context.load(known('shop-51'));
    expect(reads()).toBe(1);
    for (let n = 1; n <= 50; n += 1) kit.incidents.remove(known(`shop-${n}`));
    await open('shop-61');
    await context.load(known('shop-61'));
    expect(reads()).toBe(1);
  });

  test('cannot be had of an Incident that is gone, or is another one by now', async () => {
    await expect(context.load(anIncident())).rejects.toThrow(GoneError);
    kit.store.objects.set(name, anIncident({}, { uid: 'u-2' }));
    await expect(context.load(anIncident())).rejects.toThrow(GoneError);
  });
});

test('a take-over begins anew with what is known of attempts, and is counted', async () => {
  await open(name, nothing);
  await kit.clock.advance(9_000);
  const { term } = records;
  records.takeOver();
  expect(factsOf()).toEqual({ failures: 0, shrink: 0, unknownSince: 9_000 });
  expect(records.term).toBe(term + 1);
});

test('the newest of a key is the one that was made last', () => {
  kit.incidents.upsert(anIncident());
  const other = { name: 'other', uid: 'u-2', createdAt: 2_000, spec: { key: 'key2' } };
  kit.incidents.upsert(anIncident({}, other));
  expect(context.isNewest(anIncident())).toBe(true);
  kit.incidents.upsert(anIncident({}, { name: 'later', uid: 'u-3', createdAt: 2_000 }));
  expect(context.isNewest(anIncident())).toBe(false);
});
