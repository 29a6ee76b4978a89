import { beforeEach, expect, test } from '@jest/globals';
import { createCorrelator, type Correlator, type Scope } from '../../src/correlate/index.ts';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { LeaseLostError } from '../../src/outbox/index.ts';
import { createClusterIndex } from '../../src/observe/cluster-index.ts';
import type { Stages } from '../../src/reconcile/reconciler.ts';
import { createReconcileKey } from '../../src/reconcile/reconcile-key.ts';
import {
  anIncident,
  aSignal,
  bookDeps,
  checkout,
  current,
  KEY,
  NOW,
  nowAt,
  options,
} from '../correlate/fixtures.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

const running = new AbortController().signal;

let clock: FakeClock;
let book: Correlator;
let acted: string[];
let told: number;
let failing: boolean;
let failure: Error;
/** An Incident that cannot be read has the key. */
let isOccupied: boolean;
let proofs: string[];

beforeEach(() => {
  clock = createFakeClock(NOW);
  book = createCorrelator(options, bookDeps);
  failure = new Error('no');
  [acted, told, failing, isOccupied, proofs] = [[], 0, false, false, []];
  const subject = { uid: 'p', gone: false };
  book.observe(
    { subject, owner: checkout, key: KEY, signals: [aSignal({ class: 'image', immediate: false })] },
    nowAt(NOW),
  );
});

function createWork(currencyOf = current, requests?: Stages['requests']) {
  const stages: Stages = {
    observer: { look: () => undefined, gone: () => undefined, isOwnerOpen: () => false },
    actions: {
      act: async ({ kind }) => {
        acted.push(kind);
        if (failing) throw failure;
      },
    },
    requests,
  };
  const prove = (scopes: readonly Scope[]): void => void proofs.push(...scopes.map(({ kind }) => kind));
  const report = { actionFailed: () => void (told += 1) };
  const aside = { isOccupied: () => isOccupied, isUnreadable: () => isOccupied };
  const deps = { clock, book, index: createClusterIndex(), currencyOf, prove, report, ...aside };
  return createReconcileKey(deps, () => stages);
}

test('decides until nothing is left, and says when to look again', async () => {
  expect(await createWork()(KEY, running)).toBe(5 * MINUTE);
  expect(acted).toEqual(['suspect']);
});

test('opens nothing beside an Incident that cannot be read, and goes on when that is gone', async () => {
  const work = createWork();
  isOccupied = true;
  await clock.advance(6 * MINUTE);
  await work(KEY, running);
  await clock.advance(options.groupWaitMs);
  await work(KEY, running);
  expect(acted).toEqual([]);
  isOccupied = false;
  await work(KEY, running);
  expect(acted).toContain('open');
});

test('a standing Incident is worked on, whoever else has its key', async () => {
  isOccupied = true;
  book.setIncident(anIncident({ filedAt: NOW - 24 * HOUR }), nowAt(NOW));
  await clock.advance(6 * MINUTE);
  await createWork()(KEY, running);
  expect(acted).toContain('comment');
});

test('a request whose Incident is there and cannot be read is not worked on', async () => {
  const worked: string[] = [];
  const requests = {
    isRequest: () => true,
    nameOf: (key: string) => key,
    work: (key: string) => {
      worked.push(key);
      return Promise.resolve(undefined);
    },
  } as unknown as Stages['requests'];
  const work = createWork(current, requests);
  isOccupied = true;
  await work('a', running);
  isOccupied = false;
  await work('b', running);
  expect(worked).toEqual(['b']);
});

test('what fails is told once and tried again, ever more slowly, however often the key is touched', async () => {
  const work = createWork();
  await clock.advance(5 * MINUTE);
  await work(KEY, running);
  await clock.advance(options.groupWaitMs);
  [acted, failing] = [[], true];
  const waits: number[] = [];
  for (let tries = 0; tries < 8; tries += 1) {
    const at = (await work(KEY, running)) ?? 0;
    await clock.advance(SECOND / 2);
    expect(await work(KEY, running)).toBe(at);
    waits.push((at - clock.monotonic()) / SECOND + 0.5);
    await clock.advance(at - clock.monotonic());
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  expect([acted.length, told]).toEqual([8, 1]);
});

test('a failure counts for one key alone', async () => {
  const work = createWork();
  failing = true;
  await work(KEY, running);
  expect(await work('another', running)).toBeUndefined();
});

test('what is not written because the Lease was lost is no failure, and is decided anew in a second', async () => {
  failing = true;
  failure = new LeaseLostError('the Lease was lost');
  const work = createWork();
  expect(await work(KEY, running)).toBe(SECOND);
  expect(told).toBe(0);
  failing = false;
  expect(await work(KEY, running)).toBe(5 * MINUTE);
  expect(acted).toEqual(['suspect', 'suspect']);
});

test('a failure at the end is none', async () => {
  failing = true;
  const ended = AbortSignal.abort();
  expect(await createWork()(KEY, ended)).toBe(5 * MINUTE);
  expect(told).toBe(0);
});

test('what could not be written is decided anew at the next try, and once it is written not again', async () => {
  book.setIncident(
    anIncident({ phase: 'Pending', occurrences: 1, affected: { count: 0, names: [] } }),
    nowAt(NOW),
  );
  const work = createWork();
  await clock.advance(10 * MINUTE);
  failing = true;
  await work(KEY, running);
  expect(acted).toEqual(['note']);
  failing = false;
  await clock.advance(SECOND);
  await work(KEY, running);
  expect(acted).toEqual(['note', 'note']);
  await work(KEY, running);
  expect(acted).toHaveLength(2);
});

test('asks for the proof that a decision waits for', async () => {
  const work = createWork(() => ({ since: 0, provenAt: 0 }));
  await work(KEY, running);
  expect(proofs).toEqual([]);
  await clock.advance(5 * MINUTE);
  await work(KEY, running);
  expect([acted, proofs]).toEqual([['suspect'], ['Pod']]);
});
