import { describe, expect, test } from '@jest/globals';
import { toTime } from '../../src/sandbox/api-types.ts';
import {
  conditionList,
  podStatus,
  type ContainerNow,
  type FinishedRun,
} from '../../src/sandbox/pod-status.ts';

const start = Date.UTC(2026, 10, 23, 3, 0, 0);
const run: FinishedRun = {
  exitCode: 3,
  reason: 'Error',
  startedAt: start,
  finishedAt: start + 1_000,
  containerId: 'containerd://1',
};
const app: ContainerNow = {
  name: 'app',
  image: 'app:1',
  isInit: false,
  restartCount: 0,
  state: { type: 'running', startedAt: start, containerId: 'containerd://2' },
};

function statusOf(
  containers: readonly ContainerNow[],
  previous?: unknown,
  now = start,
): Record<string, unknown> {
  return podStatus({ containers, podIP: '10.244.0.9', hostIP: '10.0.0.1', startedAt: start, previous }, now);
}

function conditions(status: unknown): Record<string, unknown> {
  return Object.fromEntries(conditionList(status).map(({ type, status: value }) => [String(type), value]));
}

describe('a pod', () => {
  test('whose container runs is ready', () => {
    const status = statusOf([app]);
    expect(status).toMatchObject({
      phase: 'Running',
      containerStatuses: [{ ready: true, started: true, lastState: {} }],
    });
    expect(conditions(status)).toMatchObject({ Ready: 'True', ContainersReady: 'True', Initialized: 'True' });
  });

  test('whose container has ended shows that run, and the one before as last state', () => {
    const before = { ...run, exitCode: 4, containerId: 'containerd://0' };
    const status = statusOf([
      { ...app, state: { type: 'terminated', run }, lastRun: before, restartCount: 5 },
    ]);
    expect(status).toMatchObject({
      phase: 'Running',
      containerStatuses: [
        {
          ready: false,
          restartCount: 5,
          containerID: 'containerd://1',
          state: { terminated: { exitCode: 3, finishedAt: toTime(start + 1_000) } },
          lastState: { terminated: { exitCode: 4, containerID: 'containerd://0' } },
        },
      ],
    });
    expect(conditionList(status)).toContainEqual(
      expect.objectContaining({
        type: 'Ready',
        status: 'False',
        reason: 'ContainersNotReady',
        message: 'containers with unready status: [app]',
      }),
    );
  });

  test('that waits between two runs is still Running', () => {
    const waiting = { type: 'waiting', reason: 'CrashLoopBackOff', message: 'back-off' } as const;
    const status = statusOf([{ ...app, state: waiting, lastRun: run, restartCount: 1 }]);
    expect(status).toMatchObject({
      phase: 'Running',
      containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } } }],
    });
  });

  test('whose init container fails is Pending and not initialized', () => {
    const init: ContainerNow = { ...app, name: 'migrate', isInit: true, state: { type: 'terminated', run } };
    const waiting: ContainerNow = { ...app, state: { type: 'waiting', reason: 'PodInitializing' } };
    const status = statusOf([init, waiting]);
    expect(status).toMatchObject({
      phase: 'Pending',
      initContainerStatuses: [{ name: 'migrate', ready: false }],
    });
    expect(conditionList(status)).toContainEqual(
      expect.objectContaining({
        type: 'Initialized',
        status: 'False',
        message: 'containers with incomplete status: [migrate]',
      }),
    );
  });
});

test('a condition keeps its time until its status changes', () => {
  const first = statusOf([app]);
  const later = statusOf([app], first, start + 60_000);
  const ended = statusOf([{ ...app, state: { type: 'terminated', run } }], later, start + 120_000);
  const times = [first, later, ended].map(
    (status) => conditionList(status).find(({ type }) => type === 'Ready')?.['lastTransitionTime'],
  );
  expect(times).toEqual([toTime(start), toTime(start), toTime(start + 120_000)]);
});
