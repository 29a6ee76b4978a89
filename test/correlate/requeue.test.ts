import { describe, expect, test } from '@jest/globals';
import { Requeue } from '../../src/correlate/requeue.ts';
import { SECOND } from '../../src/domain/clock.ts';
import { NOW } from './fixtures.ts';

const now = { at: NOW, monotonic: 1_000_000 };
const pods = { kind: 'Pod', namespace: 'shop' } as const;
const current = () => ({ since: 0, provenAt: 0 });

describe('an owner is decided about again', () => {
  test('never, when no time was compared with that is still to come', () => {
    const requeue = new Requeue(now);
    expect([requeue.isReached(now.monotonic), requeue.isReached(-Infinity)]).toEqual([true, true]);
    expect(requeue.isProven(5, 5, pods)).toBe(true);
    expect(requeue.wait(current)).toEqual({ awaits: [], requeueAt: undefined });
  });

  test('at the first of the times that are still to come', () => {
    const requeue = new Requeue(now);
    expect(requeue.isReached(now.monotonic + 9)).toBe(false);
    expect(requeue.isProven(now.monotonic + 7, now.monotonic, pods)).toBe(false);
    expect(requeue.isReached(Infinity)).toBe(false);
    expect(requeue.wait(current)).toEqual({ awaits: [], requeueAt: now.monotonic + 7 });
  });

  test('soon, when only a proof is missing, which is asked for', () => {
    const requeue = new Requeue(now);
    expect(requeue.isProven(now.monotonic - 1, now.monotonic - 2, pods)).toBe(false);
    expect(requeue.wait(current)).toEqual({ awaits: [pods], requeueAt: now.monotonic + 2 * SECOND });
  });

  test('later, when what is missing cannot be seen: nobody is asked', () => {
    const requeue = new Requeue(now);
    requeue.isProven(now.monotonic - 1, -Infinity, pods);
    const wait = requeue.wait(() => undefined);
    expect(wait).toEqual({ awaits: [], requeueAt: now.monotonic + 10 * SECOND });
    const blind = new Requeue(now);
    blind.noteBlind();
    expect(blind.wait(current).requeueAt).toBe(now.monotonic + 10 * SECOND);
  });

  test('for the proofs that its members lack, but not at their times', () => {
    const requeue = new Requeue(now);
    const ofMembers = requeue.proofsOnly();
    expect(ofMembers.isReached(now.monotonic + 5)).toBe(false);
    expect(requeue.wait(current)).toEqual({ awaits: [], requeueAt: undefined });
    ofMembers.isProven(now.monotonic, -Infinity, pods);
    expect(requeue.wait(current).awaits).toEqual([pods]);
  });
});
