import { describe, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { EventView, ObjectView } from '../../src/domain/views.ts';
import { aCronJob, ago, aJob, anEvent, aWorkload, condition, NOW, signalOf, signalsOf } from './fixtures.ts';

const cause = 'exceeded quota: pods, requested: pods=1, used: pods=9, limited: pods=9';
const quota = `pods "checkout-x2x7k" is forbidden: ${cause}`;

describe('create, by the condition of a Deployment', () => {
  const refused = condition('ReplicaFailure', 'True', {
    reason: 'FailedCreate',
    message: quota,
    since: ago(4),
  });

  test('pods are refused', () => {
    expect(signalOf(aWorkload({ conditions: [refused] }))).toMatchObject({
      class: 'create',
      reason: 'FailedCreate',
      message: `pods cannot be created: ${cause}`,
      since: ago(4),
      immediate: false,
    });
  });

  test('not even the ReplicaSet can be made', () => {
    const conditions = [condition('Progressing', 'False', { reason: 'ReplicaSetCreateError' })];
    expect(signalOf(aWorkload({ conditions }))).toMatchObject({
      class: 'create',
      reason: 'ReplicaSetCreateError',
    });
  });

  test.each([
    [
      'Pod Security',
      'pods "checkout-x2x7k" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
    ],
    ['a missing service account', 'error looking up service account shop/checkout: not found'],
    ['an admission webhook', 'admission webhook "policy.example.org" denied the request: no team label'],
  ])('pods are refused by %s', (_, said) => {
    const found = signalOf(aWorkload({ conditions: [{ ...refused, message: said }] }));
    expect(found).toMatchObject({
      class: 'create',
      message: `pods cannot be created: ${said.replace(/^pods "[^"]*" is forbidden: /, '')}`,
    });
  });

  test.each([
    ['pods that cannot be deleted', { conditions: [{ ...refused, reason: 'FailedDelete' }] }],
    ['scaled to zero', { wanted: 0, conditions: [refused] }],
    ['being deleted', { deletedAt: ago(1), conditions: [refused] }],
  ])('not: %s', (_, change) => {
    expect(signalsOf(aWorkload(change))).toEqual([]);
  });
});

describe('create, by the events of a controller', () => {
  const events = [anEvent('FailedCreate', quota, { count: 12, firstAt: ago(3), lastAt: ago(1) })];
  const replicaSet: ObjectView = { ...aWorkload(), kind: 'ReplicaSet', apiVersion: 'apps/v1' };
  const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'checkout', uid: 'r-1' };
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout', uid: 'd-1' };

  const views: readonly (readonly [string, ObjectView])[] = [
    ['StatefulSet', aWorkload({ kind: 'StatefulSet', ready: 2 })],
    ['DaemonSet', aWorkload({ kind: 'DaemonSet', ready: 2 })],
    ['ReplicaSet', replicaSet],
    ['ReplicaSet of a custom kind', { ...replicaSet, owner: rollout }],
    ['Job', aJob()],
  ];
  test.each(views)('%s', (_, view) => {
    expect(signalOf(view, { events })).toMatchObject({
      class: 'create',
      reason: 'FailedCreate',
      message: `pods cannot be created: ${cause}`,
      since: ago(3),
      lastSeenAt: ago(1),
      occurrences: 12,
      clearsAt: ago(1) + 4 * MINUTE,
    });
  });

  test('a CronJob whose Jobs are refused', () => {
    expect(signalOf(aCronJob(), { events }).message).toBe(`Jobs cannot be created: ${cause}`);
  });

  const silent: readonly (readonly [string, ObjectView])[] = [
    ['a ReplicaSet of a Deployment, which says so itself', { ...replicaSet, owner: deployment }],
    ['a StatefulSet that has all its pods', aWorkload({ kind: 'StatefulSet' })],
    ['a Job that is done', aJob({ complete: true })],
    ['a CronJob that is suspended', aCronJob({ suspended: true })],
  ];
  test.each(silent)('not: %s', (_, view) => {
    expect(signalsOf(view, { events })).toEqual([]);
  });

  function lasting(firstAt: number, lastAt: number): readonly EventView[] {
    return [anEvent('FailedCreate', quota, { firstAt, lastAt })];
  }

  test('a single refusal is over long before its hold', () => {
    expect(signalOf(replicaSet, { events: lasting(NOW, NOW) }).clearsAt).toBe(NOW + 30 * SECOND);
  });

  test('the longer it lasts, the longer the next try takes, up to the longest back-off', () => {
    expect(signalOf(replicaSet, { events: lasting(ago(600), NOW) }).clearsAt).toBe(NOW + 20 * MINUTE);
  });

  test('the same refusal in other words is the same refusal', () => {
    const first = anEvent('FailedCreate', 'pods "checkout-aaaaa" is forbidden', {
      firstAt: ago(9),
      lastAt: ago(9),
    });
    const other = anEvent('Unhealthy', 'x', { firstAt: ago(99) });
    expect(signalOf(replicaSet, { events: [...events, first, other] })).toMatchObject({
      since: ago(9),
      occurrences: 13,
    });
  });
});

describe('rollout of a Deployment', () => {
  const exceeded = condition('Progressing', 'False', {
    reason: 'ProgressDeadlineExceeded',
    message: 'ReplicaSet "checkout-7d9f8b6c5" has timed out progressing.',
    since: ago(2),
  });

  test('past its deadline speaks at once: the deadline was the hold', () => {
    expect(signalOf(aWorkload({ conditions: [exceeded] }))).toMatchObject({
      class: 'rollout',
      reason: 'ProgressDeadlineExceeded',
      message:
        'the rollout has not finished within its deadline: ReplicaSet "checkout-7d9f8b6c5" has timed out progressing.',
      since: ago(2),
      immediate: true,
    });
  });

  test.each([
    ['within its deadline', { ready: 1, updated: 1 }],
    ['when a newer spec is on its way', { observed: false, conditions: [exceeded] }],
    ['scaled to zero', { wanted: 0, conditions: [exceeded] }],
  ])('not: %s', (_, change) => {
    expect(signalsOf(aWorkload(change))).toEqual([]);
  });
});

describe.each(['StatefulSet', 'DaemonSet'] as const)('rollout of a %s', (kind) => {
  test('that has not advanced since', () => {
    expect(signalOf(aWorkload({ kind, updated: 1, progressedAt: ago(16) }))).toMatchObject({
      class: 'rollout',
      reason: 'UpdateNotAdvancing',
      message: 'the update does not advance: 1 of 3 pods have the newest revision',
      since: ago(16),
      immediate: false,
    });
  });

  test.each([
    ['through', { progressedAt: ago(16) }],
    ['not seen by its controller yet', { updated: 1, observed: false, progressedAt: ago(16) }],
    ['of unknown age', { updated: 1 }],
  ])('not: %s', (_, change) => {
    expect(signalsOf(aWorkload({ kind, ...change }))).toEqual([]);
  });
});
