import { describe, expect, test } from '@jest/globals';
import { MINUTE } from '../../src/domain/clock.ts';
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
      subject: { kind: 'Node', namespace: '', name: 'node-1' },
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
      since: since + 3 * MINUTE,
      lastSeenAt: since,
    });
    expect(found.message).toContain('since 2026-11-23 02:50:00 UTC');
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

  const notReady = condition('Ready', 'Unknown');
  test.each([
    ['cordoned', { unschedulable: true }],
    ['being taken away by an autoscaler', { removing: true as const }],
    ['being deleted', { deletedAt: ago(1) }],
  ])('that is %s is in somebody’s hands', (_, change) => {
    expect(signalsOf(aNode([notReady]))).toHaveLength(1);
    expect(signalsOf(aNode([notReady], change))).toEqual([]);
  });

  test('with a condition of somebody else’s says nothing', () => {
    expect(signalsOf(aNode([condition('EtcdIsVoter', 'True'), condition('constructor', 'True')]))).toEqual(
      [],
    );
  });
});
