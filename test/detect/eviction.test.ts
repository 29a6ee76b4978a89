import { describe, expect, test } from '@jest/globals';
import { ago, aPod, aRun, bare, condition, crashing, jobOwner, signalOf, signalsOf } from './fixtures.ts';

const message = 'The node was low on resource: memory.';
const evicted = aPod(
  {
    reason: 'Evicted',
    message,
    conditions: [condition('DisruptionTarget', 'True', { reason: 'TerminationByKubelet', since: ago(4) })],
    containers: [crashing()],
  },
  { phase: 'Failed' },
);
const owned = { options: { ownedEvictions: true } };

describe('an evicted pod', () => {
  test('without an owner speaks at once: nobody brings it back', () => {
    expect(signalOf(bare(evicted))).toMatchObject({
      class: 'eviction',
      reason: 'Evicted',
      message: `the kubelet has evicted the pod: ${message}`,
      since: ago(4),
      immediate: true,
    });
  });

  test('with an owner is held, and told only to those who look at the owner', () => {
    expect(signalsOf(evicted)).toEqual([]);
    expect(signalOf(evicted, owned)).toMatchObject({ class: 'eviction', since: ago(4), immediate: false });
  });

  test('was put out when its containers ended, where no condition says', () => {
    const detail = { reason: 'Preempting', restartPolicy: 'Always', conditions: [] };
    const terminated = aRun({ finishedAt: ago(5) });
    const pod = bare({ ...evicted, detail: { ...detail, containers: [crashing({ terminated })] } });
    expect(signalOf(pod)).toMatchObject({ reason: 'Preempting', since: ago(5) });
    expect(signalOf({ ...pod, detail: { ...detail, containers: [] } }).since).toBe(pod.createdAt);
  });
});

describe('says nothing', () => {
  test('of a pod of a Job', () => {
    expect(signalsOf({ ...evicted, owner: jobOwner }, owned)).toEqual([]);
  });

  test.each(['NodeShutdown', 'Terminated', 'NodeLost', 'constructor'])(
    'of a pod that ended by %s',
    (reason) => {
      const pod = aPod({ ...evicted.detail, reason }, { phase: 'Failed' });
      expect(signalsOf(bare(pod), owned)).toEqual([]);
    },
  );

  test('of a pod that has failed by itself, once', () => {
    expect(signalsOf(bare(aPod({ containers: [crashing()] }, { phase: 'Failed' })))).toEqual([]);
  });

  test('of a pod that is being deleted or runs', () => {
    expect(signalsOf(bare({ ...evicted, deletedAt: ago(1) }))).toEqual([]);
    expect(signalsOf(bare({ ...evicted, phase: 'Running' }))).toEqual([]);
  });
});
