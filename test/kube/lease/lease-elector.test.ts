import { describe, expect, test } from '@jest/globals';
import { decideLease } from '../../../src/kube/lease/lease-elector.ts';
import { heldLease, newLease, observeLease, toRecord } from '../../../src/kube/lease/record.ts';

const at = Date.UTC(2026, 10, 23, 3, 0, 0, 123);

function aLease(spec: object): object {
  return {
    metadata: { name: 'agent', namespace: 'ankra', resourceVersion: '5', labels: { team: 'a' } },
    spec: {
      holderIdentity: 'other',
      leaseDurationSeconds: 30,
      acquireTime: '2026-11-23T02:00:00.000000Z',
      renewTime: '2026-11-23T02:59:59.000000Z',
      leaseTransitions: 4,
      ...spec,
    },
  };
}

describe('decideLease', () => {
  const me = { identity: 'me', leaseMs: 30_000 };
  const observed = (spec: object) => observeLease(undefined, aLease(spec), 1_000);

  test('creates the Lease where there is none', () => {
    expect(decideLease(undefined, { ...me, now: 1_000 })).toEqual({ kind: 'create' });
  });

  test.each([
    ['renews its own', { holderIdentity: 'me' }, 1_000, { kind: 'renew' }],
    ['renews its own even when it is long over', { holderIdentity: 'me' }, 900_000, { kind: 'renew' }],
    ['takes one that nobody holds', { holderIdentity: '' }, 1_000, { kind: 'take' }],
    ['takes one without holder', { holderIdentity: null }, 1_000, { kind: 'take' }],
    ['waits for another’s', {}, 30_999, { kind: 'wait', untilAt: 31_000 }],
    ['takes another’s when it is over', {}, 31_000, { kind: 'take' }],
    [
      'goes by the duration in the Lease',
      { leaseDurationSeconds: 60 },
      31_000,
      { kind: 'wait', untilAt: 61_000 },
    ],
    [
      'goes by its own where the Lease names none',
      { leaseDurationSeconds: null },
      30_999,
      { kind: 'wait', untilAt: 31_000 },
    ],
    [
      'does not mind times of another clock',
      { renewTime: '1999-01-01T00:00:00.000000Z' },
      30_999,
      { kind: 'wait', untilAt: 31_000 },
    ],
  ])('%s', (_, spec, now, decision) => {
    expect(decideLease(observed(spec), { ...me, now })).toEqual(decision);
  });
});

describe('observeLease', () => {
  test('ages a record from when it was first seen', () => {
    const first = observeLease(undefined, aLease({}), 1_000);
    const relabelled = { ...aLease({}), metadata: { resourceVersion: '6' } };
    expect(observeLease(first, relabelled, 9_000).seenAt).toBe(1_000);
    expect(observeLease(first, aLease({ renewTime: '2026-11-23T03:00:04.000000Z' }), 9_000).seenAt).toBe(
      9_000,
    );
  });

  test('an update carries the newest resourceVersion all the same', () => {
    const first = observeLease(undefined, aLease({}), 1_000);
    const relabelled = { ...aLease({}), metadata: { resourceVersion: '6' } };
    const claim = { holder: 'me', leaseMs: 30_000, at };
    expect(heldLease(observeLease(first, relabelled, 9_000), claim)).toMatchObject({
      metadata: { resourceVersion: '6' },
    });
  });

  test.each([[undefined], [null], [7], [{ spec: { leaseTransitions: 'x', holderIdentity: {} } }]])(
    'reads %j',
    (object) => {
      expect(toRecord(object)).toMatchObject({ holder: '', transitions: 0 });
    },
  );
});

describe('heldLease', () => {
  const claim = { holder: 'me', leaseMs: 30_000, at };

  test('a new holder begins its own time and counts a transition', () => {
    expect(heldLease(observeLease(undefined, aLease({}), 0), claim)).toEqual({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'agent', namespace: 'ankra', resourceVersion: '5', labels: { team: 'a' } },
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 30,
        acquireTime: '2026-11-23T03:00:00.123000Z',
        renewTime: '2026-11-23T03:00:00.123000Z',
        leaseTransitions: 5,
      },
    });
  });

  test('a renewal changes the time of renewal only', () => {
    const mine = aLease({ holderIdentity: 'me', strategy: 'Kept' });
    expect(heldLease(observeLease(undefined, mine, 0), claim)).toMatchObject({
      spec: {
        acquireTime: '2026-11-23T02:00:00.000000Z',
        renewTime: '2026-11-23T03:00:00.123000Z',
        leaseTransitions: 4,
        strategy: 'Kept',
      },
    });
  });

  test('a new Lease has seen no transition', () => {
    expect(newLease('agent', 'ankra', claim)).toMatchObject({
      metadata: { name: 'agent', namespace: 'ankra' },
      spec: { holderIdentity: 'me', leaseTransitions: 0, leaseDurationSeconds: 30 },
    });
  });
});
