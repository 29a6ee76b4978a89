import { beforeEach, describe, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { NameTakenError } from '../../src/domain/ports.ts';
import { GoneError } from '../../src/outbox/errors.ts';
import type { TicketMatches } from '../../src/outbox/next-step.ts';
import { createShelf, type Shelf } from '../../src/outbox/shelf.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { anIncident, createMemoryStore, type MemoryStore } from './fixtures.ts';

let store: MemoryStore;
let clock: FakeClock;
let shelf: Shelf;
let changes: number;

beforeEach(() => {
  store = createMemoryStore();
  clock = createFakeClock();
  changes = 0;
  shelf = createShelf(store, clock, () => {
    changes += 1;
  });
});

const { name, spec } = anIncident();
const nothing: TicketMatches = { own: [], sameKey: [] };

function itemNamed(itemName = name): { incident: Incident; facts: object } {
  const item = shelf.items.get(itemName);
  if (item === undefined) throw new Error(`no item ${itemName}`);
  return item;
}

describe('a taken name', () => {
  const ours = { ...spec, cluster: 'c-1' };

  test.each([
    ['the same owner', { key: spec.key, cluster: 'c-1' }],
    ['the same owner, in a version without its cluster', { key: spec.key }],
  ])('of %s gives what stands there', async (_what, theirs) => {
    store.objects.set(name, anIncident({ phase: 'Filed' }, { spec: theirs }));
    expect(await shelf.create({ name, spec: ours })).toMatchObject({ created: false, incident: { name } });
    expect(itemNamed().incident.status.phase).toBe('Filed');
  });

  test.each([
    ['another owner whose key begins the same', { key: `${spec.key}2`, cluster: 'c-1' }],
    ['another cluster', { key: spec.key, cluster: 'c-2' }],
  ])('of %s is taken for no Incident of ours', async (_what, theirs) => {
    store.objects.set(name, anIncident({ phase: 'Filed' }, { spec: theirs }));
    await expect(shelf.create({ name, spec: ours })).rejects.toThrow(NameTakenError);
    expect(shelf.items.size).toBe(0);
  });
});

describe('what is offered', () => {
  test('is kept without its draft, and wakes the worker', () => {
    shelf.offer(anIncident());
    expect(itemNamed().incident.spec.draft).toBeUndefined();
    expect(changes).toBe(1);
  });

  test('counts as being filed by another process', async () => {
    await clock.advance(7_000);
    shelf.offer(anIncident());
    expect(itemNamed().facts).toEqual({ failures: 0, shrink: 0, unknownSince: 7_000 });
  });

  test('never replaces what is newer, of this or a later Incident of the name', () => {
    const later = anIncident({}, { uid: 'u-2', resourceVersion: '100' });
    shelf.offer(later);
    shelf.offer(anIncident({}, { resourceVersion: '99' }));
    expect(itemNamed().incident.uid).toBe('u-2');
    shelf.offer(anIncident({ phase: 'Filed' }, { uid: 'u-2', resourceVersion: '99' }));
    expect(itemNamed().incident.status.phase).toBe('Pending');
  });

  test('keeps what is known of an incident that has only changed', async () => {
    shelf.offer(anIncident());
    await clock.advance(SECOND);
    shelf.offer(anIncident({ lastError: 'x' }, { resourceVersion: '11' }));
    expect(itemNamed().facts).toMatchObject({ unknownSince: 0 });
    expect(itemNamed().incident.status.lastError).toBe('x');
  });

  test('is looked through for doubles when another process has filed it', async () => {
    shelf.offer(anIncident());
    await clock.advance(SECOND);
    shelf.offer(
      anIncident({ phase: 'Filed', ticketId: 'T1', filedAt: clock.now() }, { resourceVersion: '11' }),
    );
    expect(itemNamed().facts).toMatchObject({ unknownSince: SECOND, verifyAt: SECOND + 2 * MINUTE });
  });
});

describe('forget', () => {
  test('spares a later Incident of the same name', () => {
    shelf.offer(anIncident({}, { uid: 'u-2' }));
    shelf.forget(name, 'u-1');
    expect(shelf.items.size).toBe(1);
    shelf.forget(name, 'u-2');
    expect(shelf.items.size).toBe(0);
  });

  test('goes by the name alone when there is no more to go by', () => {
    shelf.offer(anIncident());
    shelf.forget(name);
    expect(shelf.items.size).toBe(0);
  });
});

describe('create', () => {
  test('takes the new Incident into work with the look-up that was made meanwhile', async () => {
    const { created, incident } = await shelf.create({ name, spec }, Promise.resolve(nothing));
    expect(created).toBe(true);
    expect(incident.spec.draft).toBeDefined();
    expect(itemNamed().facts).toEqual({ failures: 0, shrink: 0, matches: nothing });
  });

  test.each([
    ['there is none', undefined],
    ['it has failed', Promise.reject(new Error('503'))],
  ])('looks itself when %s', async (_name, lookup) => {
    await shelf.create({ name, spec }, lookup);
    expect(itemNamed().facts).toEqual({ failures: 0, shrink: 0 });
  });

  test('does not trust what it knows of an Incident that another process has made', async () => {
    store.objects.set(name, anIncident());
    const { created } = await shelf.create({ name, spec }, Promise.resolve(nothing));
    expect(created).toBe(false);
    expect(itemNamed().facts).toEqual({ failures: 0, shrink: 0, unknownSince: 0 });
  });

  test('does not trust a look-up from before a take-over', async () => {
    const opened = shelf.create({ name, spec }, Promise.resolve(nothing));
    shelf.takeOver();
    await opened;
    expect(itemNamed().facts).toEqual({ failures: 0, shrink: 0, unknownSince: 0 });
  });

  test('waits for the ticket of an Incident that was deleted a moment ago', async () => {
    await clock.advance(3_000);
    shelf.noteSent(anIncident());
    await clock.advance(1_000);
    await shelf.create({ name, spec }, Promise.resolve(nothing));
    expect(itemNamed().facts).toEqual({ failures: 0, shrink: 0, unknownSince: 3_000 });
  });

  test('forgets after a while what was sent', async () => {
    shelf.noteSent(anIncident({}, { spec: { key: 'old' } }));
    await clock.advance(10 * MINUTE);
    shelf.noteSent(anIncident({}, { spec: { key: 'new' } }));
    await shelf.create({ name, spec: { ...spec, key: 'old' } }, Promise.resolve(nothing));
    expect(itemNamed().facts).toMatchObject({ matches: nothing });
  });

  test('leaves nothing behind when the store fails', async () => {
    store.failNext('create', { isDone: false });
    await expect(shelf.create({ name, spec })).rejects.toThrow('create failed');
    expect(shelf.items.size).toBe(0);
  });
});

describe('noteSent', () => {
  test('lets the successor of a deleted Incident wait anew', async () => {
    shelf.offer(anIncident({}, { uid: 'u-2' }));
    await clock.advance(5_000);
    shelf.noteSent(anIncident());
    expect(itemNamed().facts).toEqual({ failures: 0, shrink: 0, unknownSince: 5_000 });
  });

  test('lets every other Incident of its owner that waits look again, whatever it has found', async () => {
    shelf.offer(anIncident());
    await shelf.create({ name: 'shop-2', spec }, Promise.resolve(nothing));
    shelf.offer(anIncident({ phase: 'Filed', ticketId: 'T1' }, { name: 'shop-0', uid: 'u-0' }));
    await clock.advance(5_000);
    shelf.noteSent(anIncident());
    expect(itemNamed('shop-2').facts).toEqual({ failures: 0, shrink: 0, unknownSince: 5_000 });
    expect(itemNamed('shop-0').facts).toMatchObject({ unknownSince: 0 });
    expect(itemNamed().facts).toMatchObject({ unknownSince: 0 });
  });
});

describe('successorOf', () => {
  const [first, second] = [anIncident(), anIncident({}, { name: 'deployment-shop-2', uid: 'u-2' })];

  test('of two that stand it is the one with the higher number, whoever looks', () => {
    shelf.offer(second);
    shelf.offer(first);
    expect([shelf.successorOf(first), shelf.successorOf(second)]).toEqual(['deployment-shop-2', undefined]);
  });

  test.each([
    ['of another owner', { spec: { key: 'key2' } }, {}],
    ['that is over', {}, { recoveredAt: 1 }],
    ['that is folded', {}, { phase: 'Folded' as const }],
  ])('is none %s', (_what, over, status) => {
    shelf.offer(first);
    shelf.offer(anIncident(status, { name: 'deployment-shop-2', uid: 'u-2', ...over }));
    expect(shelf.successorOf(first)).toBeUndefined();
  });

  test('is forgotten with it', () => {
    shelf.offer(first);
    shelf.offer(second);
    shelf.forget(second.name);
    expect([shelf.successorOf(first), ...shelf.namesOf('key1')]).toEqual([undefined, first.name]);
  });
});

describe('load', () => {
  test('needs no read for a draft of its own making', async () => {
    const { incident } = await shelf.create({ name, spec });
    const whole = await shelf.load(itemNamed().incident);
    expect(whole.spec.draft).toEqual(incident.spec.draft);
    expect(store.calls).toEqual(['create']);
  });

  test('reads the others from the store, and keeps no draft of a filed one', async () => {
    await shelf.create({ name, spec });
    shelf.offer(store.change(name, { phase: 'Filed' }));
    expect((await shelf.load(itemNamed().incident)).spec.draft).toBeDefined();
    expect(store.calls).toEqual(['create', 'get']);
  });

  test('keeps a bounded number of drafts, and none of what is forgotten', async () => {
    for (let n = 1; n <= 60; n += 1) await shelf.create({ name: `shop-${n}`, spec });
    await shelf.load(itemNamed('shop-50').incident);
    expect(store.calls).not.toContain('get');
    await shelf.load(itemNamed('shop-51').incident);
    expect(store.calls.filter((call) => call === 'get')).toHaveLength(1);
    for (let n = 1; n <= 50; n += 1) shelf.forget(`shop-${n}`);
    await shelf.create({ name: 'shop-61', spec });
    await shelf.load(itemNamed('shop-61').incident);
    expect(store.calls.filter((call) => call === 'get')).toHaveLength(1);
  });

  test('finds out that the Incident is gone, or is another one by now', async () => {
    await expect(shelf.load(anIncident())).rejects.toThrow(GoneError);
    store.objects.set(name, anIncident({}, { uid: 'u-2' }));
    await expect(shelf.load(anIncident())).rejects.toThrow(GoneError);
  });
});

describe('update', () => {
  test('writes on the newest version and asks again after a conflict', async () => {
    store.objects.set(name, anIncident());
    shelf.offer(anIncident());
    store.change(name, { recoveredAt: 7 });
    const seen: (number | undefined)[] = [];
    const written = await shelf.update(anIncident(), ({ status }) => {
      seen.push(status.recoveredAt);
      return { phase: 'Filed' };
    });
    expect(seen).toEqual([undefined, 7]);
    expect(written?.status).toEqual({ phase: 'Filed', recoveredAt: 7 });
    expect(itemNamed().incident.status).toEqual({ phase: 'Filed', recoveredAt: 7 });
  });

  test('shows what it has read even when nothing is to be written then', async () => {
    store.objects.set(name, anIncident());
    shelf.offer(anIncident());
    store.change(name, { phase: 'Filed', ticketId: 'T1' });
    await shelf.update(anIncident(), ({ status }) =>
      status.ticketId === undefined ? { ticketId: 'T2' } : undefined,
    );
    expect(itemNamed().incident.status).toMatchObject({ phase: 'Filed', ticketId: 'T1' });
  });

  test('writes nothing that is declined', async () => {
    shelf.offer(anIncident());
    await shelf.update(anIncident(), () => undefined);
    expect(store.calls).toEqual([]);
  });

  test('never writes on a later Incident of the same name', async () => {
    const later = anIncident({}, { uid: 'u-2', resourceVersion: '20' });
    store.objects.set(name, later);
    shelf.offer(later);
    const written = await shelf.update(anIncident(), () => ({ phase: 'Filed', ticketId: 'T1' }));
    expect(written).toBeUndefined();
    expect(store.objects.get(name)?.status.phase).toBe('Pending');
    expect(itemNamed().incident.uid).toBe('u-2');
  });

  test('forgets an Incident that is gone', async () => {
    shelf.offer(anIncident());
    expect(await shelf.update(anIncident(), () => ({ phase: 'Filed' }))).toBeUndefined();
    expect(shelf.items.size).toBe(0);
  });

  test('gives up on an Incident that keeps changing', async () => {
    store.objects.set(name, anIncident());
    const fighting = shelf.update(anIncident(), () => {
      store.change(name, {});
      return { phase: 'Filed' };
    });
    await expect(fighting).rejects.toThrow('keeps changing');
    expect(store.calls.filter((call) => call === 'patchStatus')).toHaveLength(5);
  });

  describe('on an API server that was restored from a backup', () => {
    const known = anIncident({ phase: 'Filed', ticketId: 'T1' }, { resourceVersion: '900000' });
    const restored = { ...known, resourceVersion: '50' };

    test('goes on from what it reads and writes there, though all versions are lower', async () => {
      store.objects.set(name, restored);
      shelf.offer(known);
      const written = await shelf.update(known, () => ({ phase: 'Recovered' }));
      expect(written?.status.phase).toBe('Recovered');
      expect(itemNamed().incident).toMatchObject({ resourceVersion: '101', status: { phase: 'Recovered' } });
      shelf.offer(restored);
      expect(itemNamed().incident.resourceVersion).toBe('101');
    });

    test('is not needed when the watch has found out', () => {
      shelf.offer(known);
      shelf.offer(restored);
      expect(itemNamed().incident.resourceVersion).toBe('900000');
      shelf.offer(restored, true);
      expect(itemNamed().incident.resourceVersion).toBe('50');
    });

    test('searches for the ticket that the backup does not know, once the list must show it', async () => {
      shelf.offer(known);
      await clock.advance(SECOND);
      shelf.offer(anIncident({}, { resourceVersion: '50' }), true);
      expect(itemNamed().facts).toEqual({ failures: 0, shrink: 0, unknownSince: SECOND });
    });
  });

  test('keeps what the watch has shown since the write, however late its answer is', async () => {
    const slow: MemoryStore = {
      ...store,
      patchStatus: async (...change) => {
        const written = await store.patchStatus(...change);
        shelf.offer(written);
        shelf.offer(store.change(name, { lastError: 'x' }));
        return written;
      },
    };
    shelf = createShelf(slow, clock, () => undefined);
    store.objects.set(name, anIncident());
    shelf.offer(anIncident());
    const newest = await shelf.update(anIncident(), () => ({ phase: 'Filed' }));
    expect(newest?.status).toEqual({ phase: 'Filed', lastError: 'x' });
    expect(itemNamed().incident.status).toEqual({ phase: 'Filed', lastError: 'x' });
  });

  test('passes on any other failure of the store', async () => {
    store.objects.set(name, anIncident());
    store.failNext('patchStatus', { isDone: false });
    await expect(shelf.update(anIncident(), () => ({ phase: 'Filed' }))).rejects.toThrow(
      'patchStatus failed',
    );
  });
});

describe('a take-over', () => {
  test('begins anew with what is known of attempts', async () => {
    await shelf.create({ name, spec }, Promise.resolve(nothing));
    await clock.advance(9_000);
    shelf.takeOver();
    expect(itemNamed().facts).toEqual({ failures: 0, shrink: 0, unknownSince: 9_000 });
  });
});

describe('isNewest', () => {
  test('knows whether a later Incident of the key stands', () => {
    shelf.offer(anIncident());
    shelf.offer(anIncident({}, { name: 'other', uid: 'u-2', createdAt: 2_000, spec: { key: 'key2' } }));
    expect(shelf.isNewest(anIncident())).toBe(true);
    shelf.offer(anIncident({}, { name: 'later', uid: 'u-3', createdAt: 2_000 }));
    expect(shelf.isNewest(anIncident())).toBe(false);
  });
});
