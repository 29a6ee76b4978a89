import { beforeEach, expect, test } from '@jest/globals';
import { createIncidentBook, type IncidentBook } from '../../src/correlate/index.ts';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { createClusterIndex } from '../../src/pipeline/cluster-index.ts';
import type { Stages } from '../../src/pipeline/index.ts';
import { createKeyWork } from '../../src/pipeline/work.ts';
import { aSignal, bookDeps, checkout, current, KEY, NOW, nowAt, options } from '../correlate/fixtures.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';

const running = new AbortController().signal;

let clock: FakeClock;
let book: IncidentBook;
let acted: string[];
let told: number;
let failing: boolean;

beforeEach(() => {
  clock = createFakeClock(NOW);
  book = createIncidentBook(options, bookDeps);
  [acted, told, failing] = [[], 0, false];
  const subject = { uid: 'p', gone: false };
  book.observe(
    { subject, owner: checkout, key: KEY, signals: [aSignal({ class: 'image', immediate: false })] },
    nowAt(NOW),
  );
});

function createWork() {
  const stages: Stages = {
    observer: { look: () => undefined, gone: () => undefined, isOwnerOpen: () => false },
    actions: {
      act: async ({ kind }) => {
        acted.push(kind);
        if (failing) throw new Error('no');
      },
    },
    requests: undefined,
  };
  const report = { actionFailed: () => void (told += 1) };
  return createKeyWork(
    { clock, book, index: createClusterIndex(), currencyOf: current, report },
    () => stages,
  );
}

test('decides until nothing is left, and says when to look again', async () => {
  expect(await createWork()(KEY, running)).toBe(5 * MINUTE);
  expect(acted).toEqual(['suspect']);
});

test('what fails is told once and tried again, ever more slowly, however often the key is touched', async () => {
  const work = createWork();
  await clock.advance(5 * MINUTE);
  await work(KEY, running);
  await clock.advance(options.settleMs);
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

test('a failure at the end is none', async () => {
  failing = true;
  const ended = AbortSignal.abort();
  expect(await createWork()(KEY, ended)).toBe(5 * MINUTE);
  expect(told).toBe(0);
});
