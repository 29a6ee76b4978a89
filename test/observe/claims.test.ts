import { beforeEach, expect, test } from '@jest/globals';
import type { EventView, PodView } from '../../src/domain/views.ts';
import { ClusterIndex } from '../../src/observe/cluster-index.ts';

let index: ClusterIndex;
beforeEach(() => {
  index = new ClusterIndex();
});

const base = { namespace: 'shop', createdAt: 0 };
const pod: PodView = {
  ...base,
  kind: 'Pod',
  apiVersion: 'v1',
  uid: 'p-1',
  name: 'db-0',
  phase: 'Pending',
  owner: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 's-1' },
  detail: { restartPolicy: 'Always', claims: ['data-db-0'], conditions: [], containers: [] },
};
const failed: EventView = {
  ...base,
  kind: 'Event',
  apiVersion: 'events.k8s.io/v1',
  uid: 'e-1',
  name: 'e-1',
  regarding: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data-db-0', uid: 'c-1' },
  reason: 'ProvisioningFailed',
  note: 'failed to provision volume with StorageClass "fast"',
  count: 5,
  firstAt: 1,
  lastAt: 2,
};

test('what is said of a claim is said of the pod that waits for it, which is looked at again', () => {
  index.upsert(pod);
  expect(index.isWaitedFor(failed)).toBe(true);
  expect(index.upsert(failed)).toEqual([pod]);
  expect(index.eventsOf('p-1')).toEqual([failed]);
});

test('whichever comes first', () => {
  expect(index.upsert(failed)).toEqual([]);
  index.upsert(pod);
  expect(index.eventsOf('p-1')).toEqual([failed]);
});

test('until it has started, or is gone, or the Event is', () => {
  index.upsert(pod);
  index.upsert(failed);
  const { detail: _detail, ...started } = pod;
  index.upsert({ ...started, phase: 'Running' });
  expect(index.isWaitedFor(failed)).toBe(false);
  index.upsert(pod);
  index.remove(failed);
  expect(index.eventsOf('p-1')).toEqual([]);
  index.remove(pod);
  expect(index.isWaitedFor(failed)).toBe(false);
});

test('a claim of the same name in another namespace is another one', () => {
  index.upsert({ ...pod, namespace: 'other' });
  expect(index.isWaitedFor(failed)).toBe(false);
});
