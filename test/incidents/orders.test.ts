import { expect, test } from '@jest/globals';
import type { Incident } from '../../src/domain/incident.ts';
import { IncidentCache } from '../../src/incidents/index.ts';
import { anIncident, CLUSTER, keyOf } from '../correlate/fixtures.ts';

/**
 * One Incident that two clients write: a person (or another replica) and this process. The API server makes versions one after the other;
 * the watch brings them in their order but late, and the answers to our own writes come in any order.
 */
interface Delivery {
  readonly by: 'watch' | 'answer' | 'deletion';
  /** What the delivery shows; of a deletion the last version. */
  readonly version: number;
}

function at(version: number): Incident {
  return anIncident({ occurrences: version }, { resourceVersion: String(version) });
}

/** All ways in which what the watch brings, in its order, can mix with answers in any order. */
function* mixed(seen: readonly Delivery[], answers: readonly Delivery[]): Iterable<readonly Delivery[]> {
  const [first, ...others] = seen;
  if (first === undefined && answers.length === 0) yield [];
  if (first !== undefined) for (const order of mixed(others, answers)) yield [first, ...order];
  for (const answer of answers)
    for (const order of mixed(
      seen,
      answers.filter((one) => one !== answer),
    ))
      yield [answer, ...order];
}

/** Which of the versions 1 to `last` this process has written: all possibilities. */
function* writers(last: number): Iterable<readonly number[]> {
  for (let bits = 0; bits < 2 ** last; bits += 1)
    yield Array.from({ length: last }, (_none, n) => n + 1).filter((n) => (bits >> (n - 1)) & 1);
}

function newCache(): IncidentCache {
  const report = { foreign: () => undefined, unreadable: () => undefined };
  return new IncidentCache({ clusterKey: CLUSTER, keyOf, report });
}

function deliver(cache: IncidentCache, { by, version }: Delivery): void {
  if (by === 'watch') cache.upsert(at(version));
  else if (by === 'deletion') cache.remove(at(version));
  // A write goes out on the version before it.
  else cache.noteAnswer(at(version), at(version - 1));
}

const LAST = 4;

test('whatever comes first, the watch or the answers to our writes, the newest that came is what is known', () => {
  let orders = 0;
  for (const ours of writers(LAST)) {
    const seen = Array.from({ length: LAST }, (_none, n): Delivery => ({ by: 'watch', version: n + 1 }));
    const answers = ours.map((version): Delivery => ({ by: 'answer', version }));
    for (const order of mixed(seen, answers)) {
      const cache = newCache();
      let newest = 0;
      let told = 0;
      cache.onChange(({ before, after }) => {
        told += 1;
        expect(Number(after?.resourceVersion)).toBeGreaterThan(Number(before?.resourceVersion ?? 0));
      });
      for (const delivery of order) {
        const before = newest;
        newest = Math.max(newest, delivery.version);
        const count = told;
        deliver(cache, delivery);
        expect(cache.named(at(1).name)?.resourceVersion).toBe(String(newest));
        // Nobody hears of what is no news.
        expect(told - count).toBe(newest > before ? 1 : 0);
      }
      orders += 1;
    }
  }
  expect(orders).toBe(2_721);
});

test('after a deletion, whatever of it comes late, nothing is known any more', () => {
  for (const ours of writers(LAST)) {
    const seen = Array.from({ length: LAST }, (_none, n): Delivery => ({ by: 'watch', version: n + 1 }));
    const answers = ours.map((version): Delivery => ({ by: 'answer', version }));
    for (const order of mixed([...seen, { by: 'deletion', version: LAST }], answers)) {
      const cache = newCache();
      for (const delivery of order) deliver(cache, delivery);
      expect(cache.named(at(1).name)).toBeUndefined();
    }
  }
});

test('on a server that was restored, the watch and the answers on top of what it brought are taken', () => {
  // Known until then: 1000 and more. Restored: version 5, on which this process and another client write 6 to 8.
  const seen = [5, 6, 7, 8].map((version): Delivery => ({ by: 'watch', version }));
  for (const ours of writers(3)) {
    const answers = ours.map((n): Delivery => ({ by: 'answer', version: n + 5 }));
    for (const order of mixed(seen.slice(1), answers)) {
      const cache = newCache();
      cache.upsert(at(1_000));
      cache.upsert(at(5), true);
      let newest = 5;
      for (const delivery of order) {
        deliver(cache, delivery);
        newest = Math.max(newest, delivery.version);
        expect(cache.named(at(1).name)?.resourceVersion).toBe(String(newest));
      }
    }
  }
});

test('on a server that was restored and nobody has noticed, an answer on top of what is known is taken, and the next as well', () => {
  const cache = newCache();
  cache.upsert(at(1_000));
  // A conflict has shown what the server has by now; the write after it was on that.
  expect(cache.noteAnswer(at(5), at(1_000)).resourceVersion).toBe('5');
  expect(cache.noteAnswer(at(6), at(5)).resourceVersion).toBe('6');
  cache.upsert(at(5));
  cache.upsert(at(6));
  expect(cache.named(at(1).name)?.resourceVersion).toBe('6');
});
