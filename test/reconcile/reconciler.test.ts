import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Scope } from '../../src/correlate/index.ts';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { FreshnessOf } from '../../src/domain/ports.ts';
import { LeaseLostError } from '../../src/incidents/index.ts';
import type { ManualRequests } from '../../src/reconcile/manual-requests.ts';
import { createReconcileQueue, Reconciler, type ReconcileQueue } from '../../src/reconcile/reconciler.ts';
import {
  anIncident,
  aSignal,
  CachedCorrelator,
  checkout,
  current,
  KEY,
  NOW,
  nowAt,
  options,
} from '../correlate/fixtures.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

let clock: FakeClock;
let correlator: CachedCorrelator;
let queue: ReconcileQueue;
let acted: string[];
let told: number;
let failing: boolean;
/** Called while a decision is carried out. */
let onAct: () => void;
let failure: Error;
let proofs: string[];
let stop: AbortController;
let done: Promise<void> | undefined;

beforeEach(() => {
  clock = createFakeClock(NOW);
  correlator = new CachedCorrelator();
  failure = new Error('no');
  onAct = () => undefined;
  [acted, told, failing, proofs, stop, done] = [[], 0, false, [], new AbortController(), undefined];
});

afterEach(async () => {
  stop.abort();
  await done;
});

/** An image that cannot be pulled, for the moment. */
function fail(): void {
  const object = { uid: 'p', gone: false };
  const signals = [aSignal({ class: 'image', immediate: false })];
  correlator.observe({ object, owner: checkout, key: KEY, signals }, nowAt(clock.now()));
  queue.enqueue(KEY);
}

function createReconciler(freshnessOf: FreshnessOf = current, requests?: ManualRequests): Reconciler {
  queue = createReconcileQueue({ clock, random: () => 0, isLeader: () => true });
  return new Reconciler({
    clock,
    queue,
    incidents: correlator.incidents,
    correlator: correlator.wrapped,
    freshnessOf,
    healthOf: () => ({ state: 'ready' }),
    prove: (scopes: readonly Scope[]) => void proofs.push(...scopes.map(({ kind }) => kind)),
    actions: {
      act: async ({ kind }) => {
        acted.push(kind);
        onAct();
        if (failing) throw failure;
      },
    },
    requests,
    report: { actionFailed: () => void (told += 1) },
  });
}

async function start(...given: Parameters<typeof createReconciler>): Promise<void> {
  const reconciler = createReconciler(...given);
  fail();
  await run(reconciler);
}

async function run(reconciler: Reconciler): Promise<void> {
  stop = new AbortController();
  done = reconciler.run(stop.signal);
  await clock.advance(0);
}

function unreadable(name = 'unread') {
  const base = { uid: 'u', resourceVersion: '200', namespace: 'support', unreadable: 'spec.class' };
  return { ...base, name, keyPrefix: KEY.slice(0, 63), cluster: undefined };
}

test('decides until nothing is left, and looks again when it is time', async () => {
  await start();
  expect(acted).toEqual(['suspect']);
  await clock.advance(5 * MINUTE + options.groupWaitMs - 1);
  expect(acted).toEqual(['suspect']);
  await clock.advance(1);
  expect(acted.slice(0, 2)).toEqual(['suspect', 'open']);
});

test('decides a few times in a row, and goes on in a second', async () => {
  await start();
  await clock.advance(5 * MINUTE + options.groupWaitMs);
  // Nobody makes the Incident that is decided on.
  const before = acted.length;
  expect(before).toBe(6);
  await clock.advance(SECOND);
  expect(acted).toHaveLength(before + 5);
});

test('opens nothing beside an Incident that cannot be read, and goes on when that is gone', async () => {
  correlator.incidents.upsert(unreadable());
  await start();
  await clock.advance(6 * MINUTE);
  queue.enqueue(KEY);
  await clock.advance(options.groupWaitMs);
  expect(acted).toEqual([]);
  correlator.incidents.remove(unreadable());
  await clock.advance(0);
  expect(acted).toContain('open');
});

test('an unresolved Incident is worked on, whoever else has its key', async () => {
  correlator.incidents.upsert(unreadable());
  correlator.setIncident(anIncident({ filedAt: NOW - 24 * HOUR }), nowAt(NOW));
  await start();
  await clock.advance(6 * MINUTE);
  expect(acted).toContain('comment');
});

test('what fails is told once and tried again, ever more slowly, however often the key is enqueued', async () => {
  await start();
  [acted, failing] = [[], true];
  await clock.advance(5 * MINUTE + options.groupWaitMs);
  const waits: number[] = [];
  for (let last = 0; waits.length < 7;) {
    const before = acted.length;
    await clock.advance(SECOND / 2);
    queue.enqueue(KEY);
    await clock.advance(0);
    if (acted.length === before) continue;
    if (last > 0) waits.push((clock.monotonic() - last) / SECOND);
    last = clock.monotonic();
  }
  expect(waits).toEqual([2, 4, 8, 16, 30, 30, 30]);
  expect(told).toBe(1);
});

test('what is not written because the Lease was lost is no failure, and is decided anew in a second', async () => {
  [failing, failure] = [true, new LeaseLostError('the Lease was lost')];
  await start();
  await clock.advance(SECOND - 1);
  expect([acted, told]).toEqual([['suspect'], 0]);
  failing = false;
  await clock.advance(1);
  expect(acted).toEqual(['suspect', 'suspect']);
});

test('a failure at the end is none', async () => {
  failing = true;
  onAct = () => stop.abort();
  await start();
  await done;
  expect([acted, told]).toEqual([['suspect'], 0]);
});

test('what could not be written is decided anew at the next try, and once it is written not again', async () => {
  const affected = { count: 0, names: [] };
  correlator.setIncident(anIncident({ phase: 'Pending', occurrences: 1, affected }), nowAt(NOW));
  await start();
  failing = true;
  await clock.advance(10 * MINUTE);
  expect(acted).toEqual(['note']);
  failing = false;
  await clock.advance(SECOND);
  expect(acted).toEqual(['note', 'note']);
  queue.enqueue(KEY);
  await clock.advance(MINUTE);
  expect(acted).toHaveLength(2);
});

test('asks for the proof that a decision waits for', async () => {
  await start(() => ({ since: 0, provenAt: 0 }));
  expect(proofs).toEqual([]);
  await clock.advance(5 * MINUTE);
  expect([acted, proofs]).toEqual([['suspect'], ['Pod']]);
});

/** Takes every key for one of its own, and notes which are worked on. */
function requestsThatNote(worked: string[]): ManualRequests {
  return {
    isRequest: () => true,
    keyOfIncident: (name: string) => `request/${name}`,
    nameOf: (key: string) => key,
    keys: () => ['waiting'],
    work: (key: string) => {
      worked.push(key);
      return Promise.resolve(undefined);
    },
  } as unknown as ManualRequests;
}

test('a request whose Incident is there and cannot be read is not worked on', async () => {
  const worked: string[] = [];
  const reconciler = createReconciler(current, requestsThatNote(worked));
  correlator.incidents.upsert(unreadable('a'));
  await run(reconciler);
  for (const key of ['a', 'b']) queue.enqueue(key);
  await clock.advance(0);
  expect(worked).toEqual(['waiting', 'b']);
});

test('a request is worked on again when its turn has come', async () => {
  const worked: string[] = [];
  const reconciler = createReconciler(current, {
    isRequest: () => true,
    nameOf: (key: string) => key,
    keys: () => ['waiting'],
    work: (key: string) => {
      worked.push(key);
      return Promise.resolve(worked.length === 1 ? clock.now() + MINUTE : undefined);
    },
  } as unknown as ManualRequests);
  await run(reconciler);
  await clock.advance(MINUTE - 1);
  expect(worked).toEqual(['waiting']);
  await clock.advance(HOUR);
  expect(worked).toEqual(['waiting', 'waiting']);
});

test('a standby keeps no list of what happened, and a new leader looks at everything, requests too', async () => {
  const worked: string[] = [];
  const reconciler = createReconciler(current, requestsThatNote(worked));
  correlator.setIncident(anIncident(), nowAt(NOW));
  queue.enqueue('gone');
  queue.enqueueWithin('gone as well', SECOND);
  await clock.advance(MINUTE);
  await run(reconciler);
  await clock.advance(MINUTE);
  expect(worked).toEqual([KEY, 'waiting']);
  queue.enqueue('news');
  await clock.advance(0);
  expect(worked.at(-1)).toBe('news');
  stop.abort();
  await done;
  queue.enqueue('missed');
  await run(reconciler);
  await clock.advance(MINUTE);
  expect(worked.slice(3)).toEqual([KEY, 'waiting']);
});

test('an Incident that changes has its key worked on, and that of its request if a person has asked for it', async () => {
  const worked: string[] = [];
  await run(createReconciler(current, requestsThatNote(worked)));
  correlator.setIncident(anIncident(), nowAt(NOW));
  const request = anIncident({}, { name: 'by-hand', uid: 'i-9', spec: { trigger: 'manual', key: 'k' } });
  correlator.setIncident(request, nowAt(NOW));
  await clock.advance(0);
  correlator.dropIncident(request, nowAt(NOW));
  await clock.advance(0);
  expect(worked).toEqual(['waiting', KEY, 'request/by-hand', 'request/by-hand']);
});

test('an Incident that cannot be read and is gone leads to a look at all keys: which was its own is not known for certain', async () => {
  const worked: string[] = [];
  correlator.incidents.upsert(unreadable());
  correlator.setIncident(anIncident(), nowAt(NOW));
  await run(createReconciler(current, requestsThatNote(worked)));
  worked.length = 0;
  correlator.incidents.remove(unreadable());
  await clock.advance(0);
  expect(worked).toEqual([KEY, 'waiting']);
});
