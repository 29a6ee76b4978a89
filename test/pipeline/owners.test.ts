import { beforeEach, describe, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { OwnerReading } from '../../src/domain/ports.ts';
import { type ClusterIndex, createClusterIndex } from '../../src/pipeline/cluster-index.ts';
import { createOwners, type Owners } from '../../src/pipeline/owners.ts';
import { aPod, NOW } from '../correlate/fixtures.ts';
import { createFakeClock, type FakeClock, settle } from '../support/fake-clock.ts';

const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', uid: 'r-1' };
const app = { apiVersion: 'apps.example.org/v1', kind: 'Shop', name: 'shop', uid: 'a-1' };
const detail = { restartPolicy: 'Always', conditions: [], containers: [] };
const pod = aPod('web-1', { owner: rollout, detail });

let clock: FakeClock;
let index: ClusterIndex;
let owners: Owners;
let ending: AbortController;
let reads: string[];
let looked: string[];
let outcomes: string[];
let answer: () => Promise<OwnerReading>;

beforeEach(() => {
  clock = createFakeClock(NOW);
  index = createClusterIndex();
  ending = new AbortController();
  [reads, looked, outcomes] = [[], [], []];
  answer = () => Promise.resolve({ kind: 'read', owner: app });
  owners = createOwners({
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
    expect(index.answerOf('r-1')).toEqual({ owner: app, readAt: NOW });
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
    expect([index.answerOf('r-1'), looked, outcomes]).toEqual([{ asNamed: true }, ['web-1'], [kind]]);
  });

  test('is tried three times, and stays as it is named after that', async () => {
    answer = () => Promise.reject(new Error('the API server does not answer'));
    owners.ask(rollout, pod);
    await clock.advance(SECOND);
    expect([reads.length, looked]).toEqual([1, []]);
    await clock.advance(MINUTE);
    expect([reads.length, index.answerOf('r-1'), looked]).toEqual([3, { asNamed: true }, ['web-1']]);
    expect(outcomes).toEqual(['failed']);
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
    expect([index.answerOf('r-1'), outcomes, reads.length]).toEqual([{ asNamed: true }, ['skipped'], 4]);
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
    expect(index.answerOf('r-1')).toEqual({ owner: app, ignored: true, readAt: clock.now() });
  });

  test('stays as it was when it cannot be read', async () => {
    answer = () => Promise.resolve({ kind: 'absent' });
    await clock.advance(10 * MINUTE);
    owners.refresh(root, pod);
    await settle();
    expect(index.answerOf('r-1')).toEqual({ owner: app, readAt: clock.now() });
  });

  test('is left alone where it is watched, or was never read', async () => {
    await clock.advance(10 * MINUTE);
    owners.refresh({ ...root, uid: 'd-1' }, pod);
    index.answer('as-named', { asNamed: true });
    owners.refresh({ ...root, uid: 'as-named' }, pod);
    await settle();
    expect(reads).toEqual([]);
  });
});
