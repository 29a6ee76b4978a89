import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type EventReason, eventReasons, regardingKey } from '../../src/domain/events.ts';
import type { EventView } from '../../src/domain/views.ts';
import type { Change } from '../../src/kube/reflector/index.ts';
import { Store } from '../../src/kube/reflector/store.ts';
import { ClusterIndex } from '../../src/observe/cluster-index.ts';
import { EventRetention } from '../../src/watch/event-retention.ts';
import { toEvent } from '../../src/watch/to-event.ts';
import type { WatchedView } from '../../src/watch/resources.ts';
import { anObject } from './fixtures.ts';

interface Written {
  readonly uid: string;
  /** Name, and uid, of what it is about. */
  readonly about: string;
  readonly lastAt: number;
  readonly version?: number;
  readonly kind?: string;
  readonly reason?: EventReason;
  readonly note?: string;
}

function viewOf({ uid, about, lastAt, ...rest }: Written): EventView {
  const { kind = 'Pod', reason = 'Unhealthy', note = '' } = rest;
  return {
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    uid,
    namespace: 'shop',
    name: `${about}.${uid}`,
    createdAt: lastAt,
    regarding: { kind, namespace: 'shop', name: about, uid: about },
    reason,
    note,
    count: 1,
    firstAt: lastAt,
    lastAt,
  };
}

/** A bounded store of Events, as a reflector has it, and the index that is told of its changes. */
function aStore(max: number, maxOfObject = 20) {
  const retention = new EventRetention(max, maxOfObject);
  const index = new ClusterIndex();
  const changes: Change<WatchedView>[] = [];
  const collection = () => {
    const store = new Store<WatchedView>((change) => {
      changes.push(change);
      if (change.view.kind === 'Incident') return;
      if (change.kind === 'upsert') index.upsert(change.view);
      else index.remove(change.view);
    }, retention);
    const write = (written: Written): void => store.merge(identityOf(written), viewOf(written));
    const remove = (written: Written): void => store.remove(identityOf(written), viewOf(written));
    return { store, write, remove };
  };
  return { ...collection(), collection, retention, index, changes };
}

function identityOf({ uid, about, version = 1 }: Written) {
  return { uid, namespace: 'shop', name: `${about}.${uid}`, version: String(version) };
}

function uidsOf(values: Iterable<WatchedView>): readonly string[] {
  return [...values].map(({ uid }) => uid).sort();
}

describe('one object with many Events', () => {
  test('keeps its newest ones, whatever the order in which a list has them', () => {
    const { store, write, retention, index } = aStore(1_000);
    for (let n = 0; n < 50; n += 1) write({ uid: `e-${n}`, about: 'web', lastAt: (n * 7) % 50 });
    const times = [...index.lonelyEvents()].map(({ lastAt }) => lastAt).toSorted((a, b) => a - b);
    expect(times).toEqual(Array.from({ length: 20 }, (_, n) => 30 + n));
    expect(store.size).toBe(20);
    expect(retention.dropped).toEqual({ object: 30, total: 0 });
  });

  // kubernetes/kubernetes#16600: 175,488 Events of one deployment, each with the name of another pod in its message.
  test('does not push out those of others when each of them has words of its own', () => {
    const { store, write, retention } = aStore(100);
    for (let n = 0; n < 60; n += 1) write({ uid: `quiet-${n}`, about: `pod-${n}`, lastAt: n });
    for (let n = 0; n < 5_000; n += 1)
      write({
        uid: `noise-${n}`,
        about: 'rs',
        kind: 'ReplicaSet',
        reason: 'FailedCreate',
        lastAt: 1_000 + n,
        note: `pod "rs-${n}" is forbidden`,
      });
    expect(store.size).toBe(80);
    expect(uidsOf(store.values()).filter((uid) => uid.startsWith('quiet'))).toHaveLength(60);
    expect(retention.dropped).toEqual({ object: 4_980, total: 0 });
  });

  // kubernetes/kubernetes#47366: 21,000 FailedSync Events of one pod that crashed for three days.
  test('of a reason that nobody reads keeps none', () => {
    const raw = { ...anObject(), reason: 'FailedSync', note: 'x', regarding: { kind: 'Pod', uid: 'p-1' } };
    expect(toEvent(raw)).toBeUndefined();
    expect(toEvent({ ...raw, reason: 'FailedMount' })).toBeDefined();
  });
});

describe('more Events than are kept in all', () => {
  test('the oldest of the busiest object goes first', () => {
    const { store, write, retention } = aStore(5);
    for (const n of [1, 2, 3]) write({ uid: `busy-${n}`, about: 'busy', lastAt: 100 + n });
    for (const n of [1, 2]) write({ uid: `calm-${n}`, about: 'calm', lastAt: n });
    write({ uid: 'new-1', about: 'new', lastAt: 200 });
    expect(uidsOf(store.values())).toEqual(['busy-2', 'busy-3', 'calm-1', 'calm-2', 'new-1']);
    expect(retention.dropped).toEqual({ object: 0, total: 1 });
  });

  // kubeflow/notebooks#1381: one Warning for each of thousands of pods at once.
  test('where each object has one, the oldest goes, also when it is the one that comes', () => {
    const { store, write, changes } = aStore(3);
    for (const n of [4, 2, 5, 3, 1]) write({ uid: `e-${n}`, about: `pod-${n}`, lastAt: n });
    expect(uidsOf(store.values())).toEqual(['e-3', 'e-4', 'e-5']);
    // What is not taken is never told: a list of hundreds of thousands would be as many changes.
    expect(changes.map(({ kind, uid }) => `${kind} ${uid}`)).toEqual([
      'upsert e-4',
      'upsert e-2',
      'upsert e-5',
      'delete e-2',
      'upsert e-3',
    ]);
  });

  test('the bound is one for all collections: each forgets its own', () => {
    const { store, write, collection } = aStore(2);
    const other = collection();
    write({ uid: 'a', about: 'web', lastAt: 1 });
    other.write({ uid: 'b', about: 'db', lastAt: 2 });
    other.write({ uid: 'c', about: 'mq', lastAt: 3 });
    expect([uidsOf(store.values()), uidsOf(other.store.values())]).toEqual([[], ['b', 'c']]);
  });

  test('one that comes again is kept again', () => {
    const { store, write } = aStore(2);
    for (const n of [1, 2, 3]) write({ uid: `e-${n}`, about: `pod-${n}`, lastAt: n });
    write({ uid: 'e-1', about: 'pod-1', lastAt: 9, version: 2 });
    expect(uidsOf(store.values())).toEqual(['e-1', 'e-3']);
  });

  // opsgenie/kubernetes-event-exporter#137: 30 a second until the process is ended, after 19 minutes.
  test('expired ones make room', () => {
    const { store, write, remove, retention } = aStore(30);
    for (let second = 0; second < 1_140; second += 1) {
      write({ uid: `e-${second}`, about: `pod-${second}`, lastAt: second });
      if (second >= 30)
        remove({ uid: `e-${second - 30}`, about: `pod-${second - 30}`, lastAt: 0, version: 2 });
    }
    expect(store.size).toBe(30);
    expect(retention.dropped.total).toBeLessThanOrEqual(1_110);
    store.clear();
    for (let n = 0; n < 30; n += 1) write({ uid: `n-${n}`, about: `pod-${n}`, lastAt: n });
    expect(store.size).toBe(30);
  });
});

test('one that is about another object all at once counts for that one', () => {
  const { store, write } = aStore(10, 2);
  for (const uid of ['a', 'b']) write({ uid, about: 'web', lastAt: 1 });
  for (const uid of ['a', 'b']) write({ uid, about: 'db', lastAt: 2, version: 2 });
  for (const uid of ['c', 'd']) write({ uid, about: 'web', lastAt: 3 });
  expect(uidsOf(store.values())).toEqual(['a', 'b', 'c', 'd']);
});

describe('what was dropped is as if it were not there', () => {
  test('its deletion is no news', () => {
    const { write, remove, changes } = aStore(1);
    write({ uid: 'a', about: 'web', lastAt: 1 });
    write({ uid: 'b', about: 'db', lastAt: 2 });
    const told = changes.length;
    remove({ uid: 'a', about: 'web', lastAt: 1, version: 2 });
    expect(changes).toHaveLength(told);
  });

  test('a list tells again of what it drops again only by the deletion of what was held', () => {
    const { store, write, changes, retention } = aStore(3);
    const list = (): void => {
      store.beginList();
      for (let n = 0; n < 10; n += 1) write({ uid: `e-${n}`, about: `pod-${n}`, lastAt: n });
      store.sweep();
    };
    list();
    const [held, told] = [uidsOf(store.values()), changes.length];
    list();
    expect(uidsOf(store.values())).toEqual(held);
    expect(changes).toHaveLength(told);
    expect(retention.dropped.total).toBe(14);
  });

  test('what is gone from the list leaves, and room is made for another', () => {
    const { store, write } = aStore(2);
    write({ uid: 'a', about: 'web', lastAt: 1 });
    write({ uid: 'b', about: 'db', lastAt: 2 });
    store.beginList();
    write({ uid: 'b', about: 'db', lastAt: 2 });
    store.sweep();
    write({ uid: 'c', about: 'mq', lastAt: 0 });
    expect(uidsOf(store.values())).toEqual(['b', 'c']);
  });
});

test('whatever is written, deleted and listed, never more than the bounds are held, in the store and in the index', () => {
  // What an Event is about never changes.
  const written = fc.record({
    about: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    number: fc.integer({ min: 0, max: 12 }),
    lastAt: fc.integer({ min: 0, max: 30 }),
    version: fc.integer({ min: 1, max: 99 }),
    reason: fc.constantFrom(...eventReasons),
  });
  const named = (one: Omit<Written, 'uid'> & { readonly number: number }): Written => ({
    ...one,
    uid: `${one.about}-${one.number}`,
  });
  const step = fc.oneof(
    { weight: 8, arbitrary: written.map((one) => ['write', named(one)] as const) },
    { weight: 2, arbitrary: written.map((one) => ['remove', named(one)] as const) },
    { weight: 1, arbitrary: fc.constant(['list'] as const) },
    { weight: 1, arbitrary: fc.constant(['sweep'] as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { store, write, remove, index, retention } = aStore(12, 4);
      for (const [what, one] of steps) {
        if (what === 'write') write(one);
        else if (what === 'remove') remove(one);
        else if (what === 'list') store.beginList();
        else store.sweep();
        const held = [...store.values()].filter((view) => view.kind === 'Event');
        const bySubject = Map.groupBy(held, regardingKey);
        expect(held.length).toBeLessThanOrEqual(12);
        expect(Math.max(0, ...[...bySubject.values()].map((of) => of.length))).toBeLessThanOrEqual(4);
        expect(uidsOf(index.lonelyEvents())).toEqual(uidsOf(held));
      }
      // All that is held can leave again: nothing is counted that is not there.
      store.clear();
      for (let n = 0; n < 12; n += 1) write({ uid: `last-${n}`, about: `pod-${n}`, lastAt: n });
      expect(store.size).toBe(12);
      expect(retention.dropped.object).toBeGreaterThanOrEqual(0);
    }),
  );
});
