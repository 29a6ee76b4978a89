import { beforeEach, describe, expect, test } from '@jest/globals';
import type { EventView, PodView } from '../../src/domain/views.ts';
import { ClusterIndex } from '../../src/observe/cluster-index.ts';
import { aNode, aPod, aWorkload, NOW, ownedBy } from '../correlate/fixtures.ts';

let index: ClusterIndex;
beforeEach(() => {
  index = new ClusterIndex();
});

const unwell: Partial<PodView> = { detail: { restartPolicy: 'Always', conditions: [], containers: [] } };

function anEvent(change: Partial<EventView> & { readonly regarding: EventView['regarding'] }): EventView {
  return {
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    namespace: 'shop',
    name: 'e',
    uid: 'e-1',
    createdAt: NOW,
    reason: 'Unhealthy',
    note: '',
    count: 1,
    firstAt: NOW,
    lastAt: NOW,
    ...change,
  };
}

describe('objects', () => {
  test('are found by uid and by name until they are gone', () => {
    const view = aWorkload();
    index.upsert(view);
    expect(index.byUid('Deployment', 'd-1')).toBe(view);
    expect(index.byName('Deployment', 'shop', 'checkout')).toBe(view);
    expect([...index.others()]).toEqual([view]);
    index.remove(view);
    expect(index.byUid('Deployment', 'd-1')).toBeUndefined();
    expect(index.byName('Deployment', 'shop', 'checkout')).toBeUndefined();
  });

  test('that are gone do not take their successor with them', () => {
    const [before, after] = [aWorkload(), aWorkload({ uid: 'd-2' })];
    index.upsert(before);
    index.upsert(after);
    index.remove(before);
    expect(index.byName('Deployment', 'shop', 'checkout')).toBe(after);
  });

  test('that are healthy pods of a controller are not kept at all', () => {
    const pod = aPod('checkout-a', ownedBy(aWorkload()));
    index.upsert(pod);
    expect([...index.unwellPods(), ...index.others()]).toEqual([]);
    index.upsert({ ...pod, ...unwell });
    expect([...index.unwellPods()]).toHaveLength(1);
    expect(index.byUid('Pod', pod.uid)).toBeDefined();
    index.upsert(pod);
    expect(index.byUid('Pod', pod.uid)).toBeUndefined();
  });

  test('that are bare pods are kept, as they are owners themselves', () => {
    const pod = aPod('bare');
    index.upsert(pod);
    expect(index.byName('Pod', 'shop', 'bare')).toBe(pod);
  });
});

describe('events', () => {
  const pod = aPod('bare', unwell);
  const aboutPod = { kind: 'Pod', namespace: 'shop', name: 'bare', uid: pod.uid };

  test('are found by what they are about, newest first', () => {
    index.upsert(pod);
    index.upsert(anEvent({ regarding: aboutPod, uid: 'old', lastAt: NOW - 2 }));
    index.upsert(anEvent({ regarding: aboutPod, uid: 'new', lastAt: NOW }));
    index.upsert(anEvent({ regarding: aboutPod, uid: 'mid', lastAt: NOW - 1 }));
    expect(index.eventsOf(pod.uid).map(({ uid }) => uid)).toEqual(['new', 'mid', 'old']);
    expect(index.aboutOf(anEvent({ regarding: aboutPod }))).toBe(pod);
  });

  test.each([
    ['an empty uid', ''],
    ['its name as uid, as the kubelet writes it', 'node-1'],
    ['its uid', 'n-1'],
  ])('about a Node are found with %s', (_what, uid) => {
    const node = aNode();
    const event = anEvent({ regarding: { kind: 'Node', namespace: '', name: 'node-1', uid } });
    index.upsert(event);
    index.upsert(node);
    expect(index.eventsOf('n-1')).toEqual([event]);
    expect(index.aboutOf(event)).toBe(node);
    index.remove(event);
    expect(index.eventsOf('n-1')).toEqual([]);
  });

  test('about an object of the same name that is gone are not about this one', () => {
    index.upsert(pod);
    index.upsert(anEvent({ regarding: { ...aboutPod, uid: 'another' } }));
    expect(index.eventsOf(pod.uid)).toEqual([]);
  });

  test('that say it again replace what they said before', () => {
    index.upsert(anEvent({ regarding: aboutPod, count: 1 }));
    index.upsert(anEvent({ regarding: aboutPod, count: 2 }));
    expect(index.eventsOf(pod.uid).map(({ count }) => count)).toEqual([2]);
  });

  // While pods are not served (404), all of them are taken for gone; their Events are not sent again when they are listed.
  test('are still found when their object was taken for gone and is listed again', () => {
    const event = anEvent({ regarding: aboutPod });
    index.upsert(pod);
    index.upsert(event);
    index.remove(pod);
    expect(index.aboutOf(event)).toBeUndefined();
    index.upsert(pod);
    expect(index.eventsOf(pod.uid)).toEqual([event]);
    index.remove(event);
    expect(index.eventsOf(pod.uid)).toEqual([]);
  });

  test('about kinds that are not watched stand alone', () => {
    const lonely = anEvent({
      regarding: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data', uid: 'c-1' },
    });
    index.upsert(pod);
    index.upsert(lonely);
    index.upsert(anEvent({ regarding: aboutPod, uid: 'e-2' }));
    expect([...index.lonelyEvents()]).toEqual([lonely]);
    index.remove(lonely);
    expect([...index.lonelyEvents()]).toEqual([]);
  });
});
