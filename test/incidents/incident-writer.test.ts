import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Incident } from '../../src/domain/incident.ts';
import { NameTakenError } from '../../src/domain/ports.ts';
import { type IncidentCache, IncidentWriter } from '../../src/incidents/index.ts';
import { anIncident, createCache, createMemoryStore, type MemoryStore } from '../outbox/fixtures.ts';

let store: MemoryStore;
let cache: IncidentCache;
let writer: IncidentWriter;

beforeEach(() => {
  store = createMemoryStore();
  cache = createCache();
  writer = new IncidentWriter(store, cache);
});

const { name, spec } = anIncident();

function known(): Incident {
  const incident = cache.named(name);
  if (incident === undefined) throw new Error(`${name} is not known`);
  return incident;
}

describe('a taken name', () => {
  test.each([
    ['the same owner', {}],
    ['the same owner, in a version without its cluster', { cluster: undefined }],
  ])('of %s gives what stands there', async (_what, theirs) => {
    store.objects.set(name, anIncident({ phase: 'Filed' }, { spec: theirs }));
    expect(await writer.create({ name, spec })).toMatchObject({ created: false, incident: { name } });
    expect(known().status.phase).toBe('Filed');
  });

  test.each([
    ['another owner whose key begins the same', { key: `${spec.key}2` }],
    ['another cluster', { cluster: 'c-2' }],
  ])('of %s is taken for no Incident of ours', async (_what, theirs) => {
    store.objects.set(name, anIncident({ phase: 'Filed' }, { spec: theirs }));
    await expect(writer.create({ name, spec })).rejects.toThrow(NameTakenError);
    expect(cache.count).toBe(0);
  });
});

describe('create', () => {
  test('shows the cache what was answered, and leaves nothing behind when the store fails', async () => {
    await writer.create({ name, spec });
    expect(known().spec.draft).toBeUndefined();
    cache.remove(known());
    store.objects.clear();
    store.failNext('create', { isDone: false });
    await expect(writer.create({ name, spec })).rejects.toThrow('create failed');
    expect(cache.count).toBe(0);
  });
});

describe('update', () => {
  test('writes on the newest version and asks again after a conflict', async () => {
    store.objects.set(name, anIncident());
    cache.upsert(anIncident());
    store.change(name, { recoveredAt: 7 });
    const seen: (number | undefined)[] = [];
    const written = await writer.update(anIncident(), ({ status }) => {
      seen.push(status.recoveredAt);
      return { phase: 'Filed' };
    });
    expect(seen).toEqual([undefined, 7]);
    expect(written?.status).toEqual({ phase: 'Filed', recoveredAt: 7 });
    expect(known().status).toEqual({ phase: 'Filed', recoveredAt: 7 });
  });

  test('shows what it has read even when nothing is to be written then', async () => {
    store.objects.set(name, anIncident());
    cache.upsert(anIncident());
    store.change(name, { phase: 'Filed', ticketId: 'T1' });
    await writer.update(anIncident(), ({ status }) =>
      status.ticketId === undefined ? { ticketId: 'T2' } : undefined,
    );
    expect(known().status).toMatchObject({ phase: 'Filed', ticketId: 'T1' });
  });

  test('writes nothing that is declined', async () => {
    cache.upsert(anIncident());
    await writer.update(anIncident(), () => undefined);
    expect(store.calls).toEqual([]);
  });

  test('never writes on a later Incident of the same name', async () => {
    const later = anIncident({}, { uid: 'u-2', resourceVersion: '20' });
    store.objects.set(name, later);
    cache.upsert(later);
    const written = await writer.update(anIncident(), () => ({ phase: 'Filed', ticketId: 'T1' }));
    expect(written).toBeUndefined();
    expect(store.objects.get(name)?.status.phase).toBe('Pending');
    expect(known().uid).toBe('u-2');
  });

  test('forgets an Incident that is gone', async () => {
    cache.upsert(anIncident());
    expect(await writer.update(anIncident(), () => ({ phase: 'Filed' }))).toBeUndefined();
    expect(cache.count).toBe(0);
  });

  test('gives up on an Incident that keeps changing', async () => {
    store.objects.set(name, anIncident());
    const fighting = writer.update(anIncident(), () => {
      store.change(name, {});
      return { phase: 'Filed' };
    });
    await expect(fighting).rejects.toThrow('keeps changing');
    expect(store.calls.filter((call) => call === 'patchStatus')).toHaveLength(5);
  });

  describe('on an API server that was restored from a backup', () => {
    const newest = anIncident({ phase: 'Filed', ticketId: 'T1' }, { resourceVersion: '900000' });
    const restored = { ...newest, resourceVersion: '50' };

    test('goes on from what it reads and writes there, though all versions are lower', async () => {
      store.objects.set(name, restored);
      cache.upsert(newest);
      const written = await writer.update(newest, () => ({ phase: 'Recovered' }));
      expect(written?.status.phase).toBe('Recovered');
      expect(known()).toMatchObject({ resourceVersion: '101', status: { phase: 'Recovered' } });
      cache.upsert(restored);
      expect(known().resourceVersion).toBe('101');
    });

    test('is not needed when the watch has found out', () => {
      cache.upsert(newest);
      cache.upsert(restored);
      expect(known().resourceVersion).toBe('900000');
      cache.upsert(restored, true);
      expect(known().resourceVersion).toBe('50');
    });
  });

  test('keeps what the watch has shown since the write, however late its answer is', async () => {
    const slow: MemoryStore = {
      ...store,
      patchStatus: async (...change) => {
        const written = await store.patchStatus(...change);
        cache.upsert(written);
        cache.upsert(store.change(name, { lastError: 'x' }));
        return written;
      },
    };
    writer = new IncidentWriter(slow, cache);
    store.objects.set(name, anIncident());
    cache.upsert(anIncident());
    const newest = await writer.update(anIncident(), () => ({ phase: 'Filed' }));
    expect(newest?.status).toEqual({ phase: 'Filed', lastError: 'x' });
    expect(known().status).toEqual({ phase: 'Filed', lastError: 'x' });
  });

  test('passes on any other failure of the store', async () => {
    store.objects.set(name, anIncident());
    store.failNext('patchStatus', { isDone: false });
    await expect(writer.update(anIncident(), () => ({ phase: 'Filed' }))).rejects.toThrow(
      'patchStatus failed',
    );
  });
});
