import { beforeEach, describe, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { OwnerReading } from '../../src/domain/ports.ts';
import { ClusterIndex } from '../../src/observe/cluster-index.ts';
import { CustomOwners } from '../../src/observe/custom-owners.ts';
import { aPod, NOW } from '../correlate/fixtures.ts';
import { createFakeClock, type FakeClock, settle } from '../support/fake-clock.ts';

const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', uid: 'r-1' };
const app = { apiVersion: 'apps.example.org/v1', kind: 'Shop', name: 'shop', uid: 'a-1' };
const detail = { restartPolicy: 'Always', conditions: [], containers: [] };
const pod = aPod('web-1', { owner: rollout, detail });

let clock: FakeClock;
let index: ClusterIndex;
let owners: CustomOwners;
let ending: AbortController;
let reads: string[];
let looked: string[];
let outcomes: string[];
let answer: () => Promise<OwnerReading>;

beforeEach(() => {
  clock = createFakeClock(NOW);
  index = new ClusterIndex();
  ending = new AbortController();
  [reads, looked, outcomes] = [[], [], []];
  answer = () => Promise.resolve({ kind: 'read', owner: app });
  owners = new CustomOwners({
    clock,
    index,
    signal: ending.signal,
    reader: {
      read: ({ uid }, namespace) => {
        reads.push(`${namespace}/${uid}`);
        return answer();
      },
    },
    look: ({ name }) => looked.push(name),
    report: { ownerRead: (outcome) => outcomes.push(outcome) },
  });
  index.upsert(pod);
});

describe('an owner that nobody knows', () => {
  test('is read once for all that ask, which are looked at after it', async () => {
    const other = aPod('web-2', { owner: rollout, detail });
    index.upsert(other);
    expect([owners.ask(rollout, pod), owners.ask(rollout, other), owners.ask(rollout, pod)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(looked).toEqual([]);
    await settle();
    expect([reads, looked, outcomes]).toEqual([['shop/r-1'], ['web-1', 'web-2'], ['read']]);
    expect(index.answerOf('r-1')).toEqual({ owner: app, readAt: 0 });
  });

  test('has nobody looked at that is well or gone by then', async () => {
    owners.ask(rollout, pod);
    index.remove(pod);
    await settle();
    expect(looked).toEqual([]);
  });

  test.each(['refused', 'absent'] as const)('stays as it is named when the read is %s', async (kind) => {
    answer = () => Promise.resolve({ kind });
    owners.ask(rollout, pod);
    await settle();
    expect([index.answerOf('r-1'), looked, outcomes]).toEqual([
      { asNamed: true, readAt: 0 },
      ['web-1'],
      [kind],
    ]);
    expect(owners.isOpen('shop')).toBe(false);
  });

  test('is tried for five minutes, ever more slowly, and is what it is named after that', async () => {
    answer = () => Promise.reject(new Error('the API server does not answer'));
    owners.ask(rollout, pod);
    await clock.advance(SECOND);
    expect([reads.length, looked]).toEqual([1, []]);
    await clock.advance(5 * MINUTE - 2 * SECOND);
    expect([looked, index.answerOf('r-1'), owners.isOpen('shop'), owners.isOpen('other')]).toEqual([
      [],
      undefined,
      true,
      false,
    ]);
    await clock.advance(SECOND);
    // After 0, 2, 6, 14 and 30 s, and then every half minute.
    expect([reads.length, looked, outcomes]).toEqual([14, ['web-1'], ['failed']]);
    expect(index.answerOf('r-1')).toEqual({ asNamed: true, readAt: 5 * MINUTE });
  });

  test('that could not be read keeps open whose the failures around it are, until it is read again', async () => {
    answer = () => Promise.reject(new Error('the conversion webhook does not answer'));
    owners.ask(rollout, pod);
    await clock.advance(6 * MINUTE);
    expect(owners.isOpen('shop')).toBe(true);
    answer = () => Promise.resolve({ kind: 'read', owner: app });
    await clock.advance(10 * MINUTE);
    owners.refresh({ ...rollout, namespace: 'shop' }, pod);
    await settle();
    expect([index.answerOf('r-1')?.owner, owners.isOpen('shop')]).toEqual([app, false]);
  });

  test('that nobody asks for any more does not keep it open for ever', async () => {
    answer = () => Promise.reject(new Error('the conversion webhook does not answer'));
    owners.ask(rollout, pod);
    await clock.advance(6 * MINUTE);
    await clock.advance(15 * MINUTE);
    expect(owners.isOpen('shop')).toBe(false);
  });

  test('does not hold up others while it is tried again', async () => {
    answer = () => Promise.reject(new Error('the conversion webhook does not answer'));
    for (let n = 0; n < 8; n += 1) owners.ask({ ...rollout, uid: `broken-${n}` }, pod);
    await settle();
    reads = [];
    owners.ask({ ...rollout, uid: 'sound' }, pod);
    await settle();
    expect(reads).toEqual(['shop/sound']);
  });

  test('is found by a later try', async () => {
    let tries = 0;
    answer = () =>
      (tries += 1) < 2 ? Promise.reject(new Error('reset')) : Promise.resolve({ kind: 'read' });
    owners.ask(rollout, pod);
    await clock.advance(MINUTE);
    expect([reads.length, index.answerOf('r-1')?.asNamed]).toEqual([2, undefined]);
  });

  test('is not waited for where too many are', async () => {
    answer = () => new Promise(() => undefined);
    for (let n = 0; n < 1_000; n += 1) owners.ask({ ...rollout, uid: `many-${n}` }, pod);
    expect(owners.ask(rollout, pod)).toBe(false);
    await settle();
    expect([index.answerOf('r-1'), outcomes, reads.length]).toEqual([
      { asNamed: true, readAt: 0 },
      ['skipped'],
      4,
    ]);
    expect(owners.isOpen('shop')).toBe(true);
    await settle();
  });

  test('is not read any more when the agent ends', async () => {
    answer = () => Promise.reject(new Error('reset'));
    owners.ask(rollout, pod);
    await settle();
    ending.abort();
    await clock.advance(MINUTE);
    expect([reads.length, index.answerOf('r-1'), outcomes, clock.sleeping]).toEqual([1, undefined, [], 0]);
  });
});

describe('an owner that was read long ago', () => {
  const root = { ...rollout, namespace: 'shop' };
  beforeEach(async () => {
    owners.ask(rollout, pod);
    await settle();
    [reads, looked] = [[], []];
  });

  test('is read again for its marks; whose it is stays, or its key would change', async () => {
    answer = () => Promise.resolve({ kind: 'read', ignored: true });
    owners.refresh(root, pod);
    await settle();
    expect(reads).toEqual([]);
    await clock.advance(10 * MINUTE);
    owners.refresh(root, pod);
    await settle();
    expect([reads, looked]).toEqual([['shop/r-1'], ['web-1']]);
    expect(index.answerOf('r-1')).toEqual({ owner: app, ignored: true, readAt: clock.monotonic() });
  });

  test('stays as it was when it cannot be read', async () => {
    answer = () => Promise.resolve({ kind: 'absent' });
    await clock.advance(10 * MINUTE);
    owners.refresh(root, pod);
    await settle();
    expect(index.answerOf('r-1')).toEqual({ owner: app, readAt: clock.monotonic() });
  });

  test('is no open question while it is read again, nor when that fails', async () => {
    answer = () => Promise.reject(new Error('reset'));
    await clock.advance(10 * MINUTE);
    owners.refresh(root, pod);
    await settle();
    expect([reads.length, owners.isOpen('shop')]).toEqual([1, false]);
    await clock.advance(6 * MINUTE);
    expect([outcomes.at(-1), owners.isOpen('shop')]).toEqual(['failed', false]);
  });

  test('is left alone where it is watched', async () => {
    await clock.advance(10 * MINUTE);
    owners.refresh({ ...root, uid: 'd-1' }, pod);
    await settle();
    expect(reads).toEqual([]);
  });

  test.each(['refused', 'absent'] as const)(
    'is asked for again that was %s: the right may have been given',
    async (kind) => {
      answer = () => Promise.resolve({ kind });
      owners.ask({ ...rollout, uid: 'r-2' }, pod);
      await clock.advance(10 * MINUTE);
      answer = () => Promise.resolve({ kind: 'read', owner: app });
      owners.refresh({ ...root, uid: 'r-2' }, pod);
      await settle();
      expect(index.answerOf('r-2')).toEqual({ owner: app, readAt: clock.monotonic() });
    },
  );
});
