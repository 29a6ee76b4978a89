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

describe('a pod of an owner that makes it anew and that has failed', () => {
  const failedBy = (terminated: ReturnType<typeof aRun>) =>
    aPod(
      { restartPolicy: 'Never', conditions: [], containers: [crashing({ terminated })] },
      { phase: 'Failed' },
    );

  test.each([
    ['failed to create shim task: context canceled', 'StartError', 'StartError'],
    ['exec: "serv": executable file not found in $PATH', 'StartError', 'PodFailed'],
    [undefined, 'Error', 'PodFailed'],
  ])('as %s (%s) is told as %s', (message, reason, told) => {
    const run = aRun({ reason, exitCode: 128, ...(message === undefined ? {} : { message }) });
    expect(signalOf(failedBy(run), owned).reason).toBe(told);
  });
});

describe('a pod that the kubelet has not taken', () => {
  test.each([
    [
      'OutOfcpu',
      "Pod was rejected: Node didn't have enough resource: cpu",
      "Node didn't have enough resource: cpu",
    ],
    ['UnexpectedAdmissionError', 'Allocate failed', 'Allocate failed'],
    ['constructor', 'Pod was rejected: of a later release', 'of a later release'],
  ])('for %s', (reason, said, words) => {
    const detail = { reason, message: said, restartPolicy: 'Always', conditions: [], containers: [] };
    const pod = aPod(detail, { phase: 'Failed' });
    expect(signalOf(pod, owned)).toMatchObject({
      class: 'eviction',
      reason,
      message: `the kubelet has not taken the pod: ${words}`,
      since: pod.createdAt,
    });
  });

  test('is told from one that had run', () => {
    const pod = aPod(
      { reason: 'OutOfDisk', containers: [crashing({ terminated: aRun() })] },
      { phase: 'Failed' },
    );
    expect(signalOf(pod, owned).message).toBe('the kubelet has ended the pod');
  });
});

describe('says nothing', () => {
  test('of a pod of a Job', () => {
    expect(signalsOf({ ...evicted, owner: jobOwner }, owned)).toEqual([]);
  });

  test.each(['NodeShutdown', 'Shutdown', 'Terminated', 'NodeLost', 'DeadlineExceeded'])(
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
