import { describe, expect, test } from '@jest/globals';
import { HOUR, MINUTE } from '../../src/domain/clock.ts';
import { ago, aNode, condition, signalOf, signalsOf } from './fixtures.ts';

describe('a node', () => {
  test('that is not ready', () => {
    const ready = condition('Ready', 'False', {
      reason: 'KubeletNotReady',
      message: 'container runtime is down',
      since: ago(3),
    });
    expect(signalOf(aNode([ready]))).toMatchObject({
      class: 'node',
      regarding: { kind: 'Node', namespace: '', name: 'node-1' },
      reason: 'KubeletNotReady',
      message: 'the node is not ready: container runtime is down',
      since: ago(3),
      immediate: false,
    });
  });

  test('that does not answer is told once, though all its conditions are Unknown then', () => {
    const unknown = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) =>
      condition(type, 'Unknown', {
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
      }),
    );
    expect(signalOf(aNode(unknown)).message).toBe(
      'the node does not answer: Kubelet stopped posting node status.',
    );
  });

  test.each(['MemoryPressure', 'DiskPressure', 'PIDPressure'])('under %s has 3 minutes more', (type) => {
    const since = ago(10);
    const found = signalOf(aNode([condition(type, 'True', { since })]));
    expect(found).toMatchObject({
      class: 'node',
      reason: type,
      since,
      patienceMs: 3 * MINUTE,
    });
  });

  test('without a network does not', () => {
    const since = ago(10);
    const found = signalOf(aNode([condition('NetworkUnavailable', 'True', { since })]));
    expect(found).toMatchObject({ reason: 'NetworkUnavailable', since });
  });

  test('may have two troubles at once', () => {
    const both = [condition('MemoryPressure', 'True'), condition('DiskPressure', 'True')];
    expect(signalsOf(aNode(both))).toHaveLength(2);
  });

  test.each([
    ['and is cordoned', { unschedulable: true }],
    ['and is still there although it is being taken away', { removing: true as const }],
    ['and is still there although it is being taken away', { deletedAt: ago(61) }],
  ])('%s is in somebody’s hands, for an hour', (words, change) => {
    const young = signalOf(aNode([condition('Ready', 'Unknown', { since: ago(59) })], change));
    expect(young).toMatchObject({ message: `the node does not answer, ${words}`, patienceMs: HOUR });
    expect(young.takesPodsAlong).toBeUndefined();
    const old = signalOf(aNode([condition('Ready', 'Unknown', { since: ago(60) })], change));
    expect(old.takesPodsAlong).toBe(true);
    expect(signalsOf(aNode([condition('MemoryPressure', 'True')], change))).toEqual([]);
    const down = aNode([condition('Ready', 'Unknown', { since: ago(59) })], change);
    const short = signalOf(down, { options: { maintenanceMs: MINUTE } });
    expect(short).toMatchObject({ patienceMs: MINUTE, takesPodsAlong: true });
  });

  test('that was made a moment ago may wait for its network plugin until it is ten minutes old', () => {
    const createdAt = ago(4);
    const unready = condition('Ready', 'False', { since: ago(3) });
    expect(signalOf(aNode([unready], { createdAt })).patienceMs).toBe(9 * MINUTE);
    const lost = condition('Ready', 'Unknown', { since: ago(3) });
    expect(signalOf(aNode([lost], { createdAt })).patienceMs).toBeUndefined();
    expect(signalOf(aNode([unready], { createdAt: ago(60) })).patienceMs).toBeUndefined();
  });

  test('with a condition of somebody else’s says nothing', () => {
    expect(signalsOf(aNode([condition('EtcdIsVoter', 'True'), condition('constructor', 'True')]))).toEqual(
      [],
    );
  });

  describe('that is cordoned and ready', () => {
    test('is told after the time for maintenance', () => {
      expect(signalOf(aNode([], { unschedulable: true, cordonedAt: ago(90), createdAt: 0 }))).toMatchObject({
        class: 'node',
        reason: 'Cordoned',
        since: ago(90),
        patienceMs: HOUR,
      });
    });

    test('is not told where nobody knows since when, nor while it is taken away', () => {
      expect(signalsOf(aNode([], { unschedulable: true }))).toEqual([]);
      expect(signalsOf(aNode([], { unschedulable: true, cordonedAt: ago(90), removing: true }))).toEqual([]);
    });

    test('takes no pods along', () => {
      expect(signalOf(aNode([], { unschedulable: true, cordonedAt: ago(90) }))).not.toHaveProperty(
        'takesPodsAlong',
      );
    });
  });
});
