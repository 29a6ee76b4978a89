import { describe, expect, test } from '@jest/globals';
import { ownerHealth } from '../../src/correlate/owner-health.ts';
import type { FreshnessOf } from '../../src/domain/ports.ts';
import { type ContainerView, type ObjectView, refOf, type ViewKind } from '../../src/domain/views.ts';
import { aJob, aNode, aPod, aWorkload, checkout, current, lookupOf, NOW } from './fixtures.ts';

/** Current where this holds. */
function onlyWhere(holds: (kind: ViewKind, namespace?: string) => boolean): FreshnessOf {
  return (kind, namespace) => (holds(kind, namespace) ? current(kind, namespace) : undefined);
}

function stateOf(view: ObjectView): string {
  return ownerHealth(refOf(view), lookupOf(view), current).state;
}

function withContainers(...containers: readonly Partial<ContainerView>[]) {
  const whole = containers.map((change) => ({
    name: 'app',
    role: 'app' as const,
    restartCount: 4,
    ready: true,
    ...change,
  }));
  return { detail: { restartPolicy: 'Always', conditions: [], containers: whole } };
}

describe('the health of a workload', () => {
  test('is ready with all wanted replicas, and tells them', () => {
    expect(ownerHealth(checkout, lookupOf(aWorkload()), current)).toEqual({
      state: 'ready',
      wanted: 3,
      ready: 3,
    });
  });

  test.each([
    ['a replica is missing', { ready: 2 }, 'notReady'],
    ['its controller has not seen the newest spec', { observed: false }, 'notReady'],
    ['it has more than it wants', { ready: 4 }, 'ready'],
    ['nobody wants any', { wanted: 0, ready: 0 }, 'scaledToZero'],
  ])('when %s', (_what, change, state) => {
    expect(stateOf(aWorkload(change))).toBe(state);
  });

  test('is that of a successor with the same name', () => {
    expect(
      ownerHealth({ ...checkout, uid: 'deleted' }, lookupOf(aWorkload({ ready: 1 })), current).state,
    ).toBe('notReady');
  });

  test('is gone when there is no such object', () => {
    expect(ownerHealth(checkout, lookupOf(), current).state).toBe('gone');
  });
});

describe('the health of a bare pod', () => {
  test.each([
    ['keeps no detail', {}, 'ready'],
    ['has finished', { phase: 'Succeeded', ...withContainers({ ready: false }) }, 'ready'],
    ['runs again after restarts', withContainers({}), 'ready'],
    ['is not ready', withContainers({}, { ready: false }), 'notReady'],
    ['has a finished init container', withContainers({ role: 'init', ready: false }, {}), 'ready'],
    ['was evicted, without any container', { phase: 'Failed', ...withContainers() }, 'notReady'],
    ['waits for a node', { phase: 'Pending', ...withContainers() }, 'notReady'],
  ])('that %s', (_what, change, state) => {
    expect(stateOf(aPod('bare', change))).toBe(state);
  });
});

describe('the health of others', () => {
  test.each([
    ['a failed Job', aJob({ failed: { type: 'Failed', status: 'True', since: NOW } }), 'notReady'],
    ['a running Job', aJob(), 'ready'],
    ['a Node', aNode(), 'ready'],
    [
      'a Node that is not ready',
      aNode({ conditions: [{ type: 'Ready', status: 'False', since: NOW }] }),
      'notReady',
    ],
    [
      'a Node with a condition of somebody else',
      aNode({ conditions: [{ type: 'Custom', status: 'True', since: NOW }] }),
      'ready',
    ],
  ])('%s', (_what, view, state) => {
    expect(stateOf(view)).toBe(state);
  });

  test('a kind that is not watched cannot be missed', () => {
    const rollout = { ...checkout, apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' };
    expect(ownerHealth(rollout, lookupOf(), current)).toEqual({ state: 'ready' });
  });

  test('a kind that is not watched is not known to be well while it is being found out whose a failure around it is', () => {
    const rollout = { ...checkout, apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' };
    const lookup = { ...lookupOf(aWorkload()), isOwnerOpen: (namespace: string) => namespace === 'shop' };
    expect(ownerHealth(rollout, lookup, current)).toEqual({ state: 'unknown' });
    expect(ownerHealth({ ...rollout, namespace: 'bank' }, lookup, current)).toEqual({ state: 'ready' });
    expect(ownerHealth(checkout, lookup, current).state).not.toBe('unknown');
  });

  test('a Job of another API group is not watched either', () => {
    const volcano = { ...checkout, apiVersion: 'batch.volcano.sh/v1alpha1', kind: 'Job' };
    expect(ownerHealth(volcano, lookupOf(), current)).toEqual({ state: 'ready' });
  });
});

describe('the health of what cannot be seen is not known', () => {
  const cronJob = { ...checkout, apiVersion: 'batch/v1', kind: 'CronJob' };
  const rollout = { ...checkout, apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' };
  const registry = { apiVersion: '', kind: 'Registry', namespace: '', name: 'registry.example.org', uid: '' };

  test.each([
    ['a Deployment', checkout, 'Deployment'],
    ['a Deployment without its pods', checkout, 'Pod'],
    ['a CronJob without its Jobs', cronJob, 'Job'],
    ['a custom owner without its pods', rollout, 'Pod'],
    ['a node', refOf(aNode()), 'Node'],
    ['a registry without the pods that need it', registry, 'Pod'],
  ])('%s', (_what, owner, hidden) => {
    expect(
      ownerHealth(
        owner,
        lookupOf(aWorkload(), aNode()),
        onlyWhere((kind) => kind !== hidden),
      ).state,
    ).toBe('unknown');
  });

  test('outside of the namespaces that are watched', () => {
    const sees = onlyWhere((_kind, namespace) => namespace === 'other');
    expect(ownerHealth(checkout, lookupOf(), sees).state).toBe('unknown');
    expect(ownerHealth({ ...checkout, namespace: 'other' }, lookupOf(), sees).state).toBe('gone');
  });
});
