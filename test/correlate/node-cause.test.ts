import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ObjectView, PodView } from '../../src/domain/views.ts';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { refOf } from '../../src/domain/views.ts';
import { detect } from '../../src/detect/index.ts';
import { incidentKey } from '../../src/correlate/index.ts';
import { aNode, aPod, aSignal, CachedCorrelator, CLUSTER, current, NOW, nowAt, options } from './fixtures.ts';

let correlator: CachedCorrelator;
beforeEach(() => {
  correlator = new CachedCorrelator({ ...options, groupWaitMs: 0 });
});

function see(view: ObjectView): string {
  const owner = refOf(view);
  const key = incidentKey(CLUSTER, owner);
  const { signals } = detect({ view, events: [], now: NOW, options: { resolveAfterMs: MINUTE } });
  correlator.observe({ object: { uid: view.uid, gone: false }, owner, key, signals }, nowAt(NOW));
  return key;
}

function aLostNode(name: string, agoMs: number, groups: readonly string[] = []): ObjectView {
  const condition = { type: 'Ready', status: 'Unknown', since: NOW - agoMs };
  return aNode({ name, uid: `uid-${name}`, conditions: [condition], groups });
}

function causes(keys: readonly string[]): readonly (string | undefined)[] {
  const clusterState = { health: () => ({ state: 'notReady' }) as const, freshnessOf: current };
  for (const key of keys) correlator.decide(key, nowAt(NOW), clusterState);
  return keys.map((key) => correlator.commonCauseOf(key)?.target.name);
}

describe('nodes that go together', () => {
  test('within minutes with a zone in common are one, the largest group first', () => {
    const keys = [
      see(aLostNode('a', 5 * MINUTE, ['zone 1', 'pool x'])),
      see(aLostNode('b', 4 * MINUTE, ['zone 1', 'pool y'])),
    ];
    expect(causes(keys)).toEqual(['zone 1', 'zone 1']);
  });

  test('with nothing in common are one from three on', () => {
    const two = [see(aLostNode('a', 5 * MINUTE)), see(aLostNode('b', 4 * MINUTE))];
    expect(causes(two)).toEqual([undefined, undefined]);
    expect(causes([...two, see(aLostNode('c', 3 * MINUTE))])).toEqual(['cluster', 'cluster', 'cluster']);
  });

  test('an hour apart are not', () => {
    const keys = [see(aLostNode('a', 70 * MINUTE, ['zone 1'])), see(aLostNode('b', 4 * MINUTE, ['zone 1']))];
    expect(causes(keys)).toEqual([undefined, undefined]);
  });
});

describe('what a node takes along', () => {
  const pod: PodView = aPod('files-1', { node: 'well' });
  const owner = refOf(pod);
  const key = incidentKey(CLUSTER, owner);
  const show = (change: Parameters<typeof aSignal>[0]): void => {
    const signal = aSignal({ regarding: owner, since: NOW - 6 * MINUTE, immediate: true, ...change });
    correlator.observe({ object: { uid: pod.uid, gone: false }, owner, key, signals: [signal] }, nowAt(NOW));
  };

  test('is a volume that it has not given back, for as long as it is gone', () => {
    see(aLostNode('lost', 26 * 60 * MINUTE));
    show({ class: 'storage', node: 'well', isVolumeHeld: true });
    expect(causes([key])).toEqual(['lost']);
  });

  test('is no volume that was held before it went', () => {
    see(aLostNode('lost', 3 * MINUTE));
    show({ class: 'storage', node: 'well', isVolumeHeld: true });
    expect(causes([key])).toEqual([undefined]);
  });

  test.each([
    ['what it has put out', 'eviction', 'full'],
    ['no crash of what still runs there', 'crash', undefined],
  ] as const)('while it is short of something is %s', (_, failureClass, expected) => {
    const pressure = { type: 'DiskPressure', status: 'True', since: NOW - 9 * MINUTE };
    see(aNode({ name: 'full', uid: 'full', conditions: [pressure] }));
    show({ class: failureClass, node: 'full', since: NOW - 10 * SECOND });
    expect(causes([key])).toEqual([expected]);
  });
});
