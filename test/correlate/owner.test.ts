import { describe, expect, test } from '@jest/globals';
import { rootOwner } from '../../src/correlate/owner.ts';
import { refOf, type ReplicaSetView } from '../../src/domain/views.ts';
import { aJob, aPod, aWorkload, lookupOf, ownedBy } from './fixtures.ts';

const deployment = aWorkload();
const replicaSet: ReplicaSetView = {
  kind: 'ReplicaSet',
  apiVersion: 'apps/v1',
  namespace: 'shop',
  name: 'checkout-7d9f8b6c5',
  uid: 'rs-1',
  createdAt: 0,
  ...ownedBy(deployment),
};
const pod = aPod('checkout-7d9f8b6c5-x', ownedBy(replicaSet));

describe('the root owner', () => {
  test('of a pod is the Deployment behind its ReplicaSet', () => {
    expect(rootOwner(pod, lookupOf(replicaSet, deployment))).toEqual(refOf(deployment));
  });

  test('of a bare pod is the pod', () => {
    const bare = aPod('bare');
    expect(rootOwner(bare, lookupOf())).toEqual(refOf(bare));
  });

  test('is derived from the name when the ReplicaSet is gone, so that the key stays the same', () => {
    expect(rootOwner(pod, lookupOf(deployment))).toEqual({ ...refOf(deployment), uid: '' });
  });

  test('is a ReplicaSet that is gone when its name was not made by a Deployment', () => {
    const own = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'queue-workers', uid: 'rs-2' };
    expect(rootOwner(aPod('p', { owner: own }), lookupOf())).toEqual({ ...own, namespace: 'shop' });
  });

  test('is what the reference of the ReplicaSet says when the Deployment is not known yet', () => {
    expect(rootOwner(pod, lookupOf(replicaSet))).toEqual(refOf(deployment));
  });

  test('of a mirror pod is the pod: all static pods of a node would be one otherwise', () => {
    const node = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'n-1' };
    const mirror = aPod('kube-proxy-node-1', { owner: node });
    expect(rootOwner(mirror, lookupOf())).toEqual(refOf(mirror));
  });

  test('may be of any kind, and is named as the reference gives it', () => {
    const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', uid: 'r-1' };
    const owned = { ...replicaSet, owner: rollout };
    expect(rootOwner(pod, lookupOf(owned))).toEqual({ ...rollout, namespace: 'shop' });
  });

  test('of a pod of a CronJob is the CronJob', () => {
    const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', uid: 'cj-1' };
    const job = aJob({ name: 'nightly-29391840', owner: cronJob });
    const worker = aPod('nightly-29391840-abc', ownedBy(job));
    expect(rootOwner(worker, lookupOf(job))).toEqual({ ...cronJob, namespace: 'shop' });
  });

  test('of a pod of a CronJob is the CronJob even when the Job is gone', () => {
    const gone = { apiVersion: 'batch/v1', kind: 'Job', name: 'nightly-29391840', uid: 'j-9' };
    expect(rootOwner(aPod('nightly-29391840-abc', { owner: gone }), lookupOf())).toEqual({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      namespace: 'shop',
      name: 'nightly',
      uid: '',
    });
  });

  test('is not guessed from the name of a Job of another API group', () => {
    const volcano = {
      apiVersion: 'batch.volcano.sh/v1alpha1',
      kind: 'Job',
      name: 'train-29391840',
      uid: 'v-1',
    };
    expect(rootOwner(aPod('train-29391840-0', { owner: volcano }), lookupOf())).toEqual({
      ...volcano,
      namespace: 'shop',
      series: 'train-*',
    });
  });

  test('is found although owner references form a circle', () => {
    const left = aJob({
      name: 'left',
      uid: 'j-l',
      owner: ownedBy(aJob({ name: 'right', uid: 'j-r' })).owner,
    });
    const right = aJob({ name: 'right', uid: 'j-r', ...ownedBy(left) });
    expect(['left', 'right']).toContain(rootOwner(left, lookupOf(left, right)).name);
  });
});
