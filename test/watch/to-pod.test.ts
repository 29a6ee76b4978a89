import { describe, expect, test } from '@jest/globals';
import { toPod } from '../../src/watch/to-pod.ts';
import { aPod, crashedContainer, healthyConditions, runningContainer } from './fixtures.ts';

const completedInit = {
  ...runningContainer,
  name: 'migrate',
  state: { terminated: { exitCode: 0, reason: 'Completed', finishedAt: '2026-11-23T02:59:01Z' } },
};
const sidecar = { spec: { initContainers: [{ name: 'proxy', restartPolicy: 'Always' }] } };
const deleted = '2026-11-23T03:00:30Z';

describe('toPod', () => {
  test('keeps a healthy pod to a few fields', () => {
    expect(toPod(aPod())).toEqual({
      kind: 'Pod',
      apiVersion: 'v1',
      uid: '0b1f4a0e-7a55-4a3e-8f1e-5a2f6f2f3c11',
      namespace: 'shop',
      name: 'checkout-7d9f8b6c5-x2x7k',
      createdAt: Date.UTC(2026, 10, 23, 2, 59),
      phase: 'Running',
      node: 'node-1',
      owner: {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'checkout-7d9f8b6c5',
        uid: 'f1c2a3b4-0000-4000-8000-000000000001',
      },
    });
  });

  test('tells how a crashing container is and how its last run ended', () => {
    expect(toPod(aPod({ status: { containerStatuses: [crashedContainer] } }))?.detail?.containers).toEqual([
      {
        name: 'app',
        role: 'app',
        restartCount: 4,
        ready: false,
        started: false,
        waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container=app' },
        lastTerminated: {
          exitCode: 3,
          reason: 'Error',
          message: 'no database',
          startedAt: Date.UTC(2026, 10, 23, 3, 0, 0),
          finishedAt: Date.UTC(2026, 10, 23, 3, 0, 1),
        },
      },
    ]);
  });

  const healthy: readonly (readonly [string, object])[] = [
    ['its init container has completed', aPod({ status: { initContainerStatuses: [completedInit] } })],
    [
      'its sidecar runs',
      aPod({ ...sidecar, status: { initContainerStatuses: [{ ...runningContainer, name: 'proxy' }] } }),
    ],
    [
      'somebody has debugged it',
      aPod({ status: { ephemeralContainerStatuses: [{ ...crashedContainer, name: 'debug' }] } }),
    ],
    [
      'it has a readiness gate of its own',
      aPod({ status: { conditions: [...healthyConditions, { type: 'lb', status: 'False' }] } }),
    ],
    ['it has done its work', aPod({ status: { phase: 'Succeeded', containerStatuses: [completedInit] } })],
  ];
  test.each(healthy)('keeps no detail when %s', (_, pod) => {
    expect(toPod(pod)).toBeDefined();
    expect(toPod(pod)).not.toHaveProperty('detail');
  });

  const unwell: readonly (readonly [string, object])[] = [
    ['a container is not ready', { containerStatuses: [{ ...runningContainer, ready: false }] }],
    ['a container has restarted once', { containerStatuses: [{ ...runningContainer, restartCount: 1 }] }],
    ['a container has ended', { containerStatuses: [{ ...completedInit, ready: true }] }],
    ['a container waits', { containerStatuses: [{ ...runningContainer, state: { waiting: {} } }] }],
    [
      'its last run is known',
      { containerStatuses: [{ ...runningContainer, lastState: crashedContainer.lastState }] },
    ],
    [
      'an init container failed',
      { initContainerStatuses: [{ ...completedInit, state: { terminated: { exitCode: 1 } } }] },
    ],
    ['it is Pending', { phase: 'Pending' }],
    ['it has Failed', { phase: 'Failed', reason: 'Evicted' }],
    ['its phase is Unknown', { phase: 'Unknown' }],
    ['its phase is missing', { phase: undefined }],
    ['it is not Ready', { conditions: [{ type: 'Ready', status: 'False' }] }],
    ['it is about to be disrupted', { conditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
  ];
  test.each([
    [-10, true],
    [0, undefined],
    [1_000, undefined],
    [undefined, undefined],
  ])('of priority %p gives way to all others: %p', (priority, givesWay) => {
    const pending = aPod({ spec: { priority }, status: { phase: 'Pending' } });
    expect(toPod(pending)?.detail?.givesWay).toBe(givesWay);
  });

  test('keeps the detail of one that runs well and is being deleted: its Events are told with it', () => {
    const leaving = aPod({ metadata: { deletionTimestamp: '2026-11-23T03:00:00Z' } });
    expect(toPod(leaving)?.detail).toBeDefined();
  });

  test.each(unwell)('keeps the detail when %s', (_, status) => {
    expect(toPod(aPod({ status }))?.detail).toBeDefined();
  });

  test('tells sidecars, init and debug containers apart', () => {
    const pod = aPod({
      spec: { initContainers: [{ name: 'migrate' }, { name: 'proxy', restartPolicy: 'Always' }] },
      status: {
        initContainerStatuses: [completedInit, { ...crashedContainer, name: 'proxy' }],
        ephemeralContainerStatuses: [{ ...runningContainer, name: 'debug' }],
      },
    });
    const roles = toPod(pod)?.detail?.containers.map((container) => [container.name, container.role]);
    expect(roles).toEqual([
      ['migrate', 'init'],
      ['proxy', 'sidecar'],
      ['app', 'app'],
      ['debug', 'ephemeral'],
    ]);
  });

  test('keeps all conditions of an unwell pod, with the times from which holds are counted', () => {
    const scheduled = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes',
    };
    const conditions = [
      { ...scheduled, lastTransitionTime: '2026-11-23T02:59:00Z' },
      { type: 'Initialized', status: 'True' },
    ];
    const since = Date.UTC(2026, 10, 23, 2, 59);
    expect(toPod(aPod({ status: { phase: 'Pending', conditions } }))?.detail?.conditions).toEqual([
      { ...scheduled, since },
      { type: 'Initialized', status: 'True', since },
    ]);
  });

  test('counts a deletion from when it was asked for, and tells when it is due', () => {
    const metadata = { deletionTimestamp: deleted, deletionGracePeriodSeconds: 30 };
    expect(toPod(aPod({ metadata }))).toMatchObject({
      deletedAt: Date.UTC(2026, 10, 23, 3, 0, 0),
      deletionDueAt: Date.UTC(2026, 10, 23, 3, 0, 30),
    });
  });

  test('a static pod is owned by its node', () => {
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'n-1', controller: true },
    ];
    expect(toPod(aPod({ metadata: { ownerReferences } }))?.owner?.kind).toBe('Node');
  });

  test('an owner that is no controller does not own', () => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'c-1' }];
    expect(toPod(aPod({ metadata: { ownerReferences } }))?.owner).toBeUndefined();
  });

  test('reads the two annotations and no other', () => {
    const annotations = {
      'support.ankra.app/file-ticket': 'slow since 10:00',
      'support.ankra.app/ignore': 'true',
      password: 'hunter2',
    };
    const view = toPod(aPod({ metadata: { annotations } }));
    expect(view).toMatchObject({ fileTicket: 'slow since 10:00', ignored: true });
    expect(JSON.stringify(view)).not.toContain('hunter2');
  });

  test('only "true" means ignore', () => {
    expect(
      toPod(aPod({ metadata: { annotations: { 'support.ankra.app/ignore': 'yes' } } })),
    ).not.toHaveProperty('ignored');
  });

  test('cuts long messages', () => {
    const status = { phase: 'Failed', reason: 'Evicted', message: 'word '.repeat(20_000) };
    const message = toPod(aPod({ status }))?.detail?.message ?? '';
    expect(message.length).toBeGreaterThan(1_000);
    expect(message.length).toBeLessThanOrEqual(1_024);
  });

  test('an exit code that is missing never reads as success', () => {
    const state = { terminated: { finishedAt: null } };
    const view = toPod(aPod({ status: { containerStatuses: [{ ...runningContainer, state }] } }));
    expect(view?.detail?.containers[0]?.terminated).toEqual({ exitCode: -1 });
  });

  test.each([[{}], [{ uid: 'u' }], [{ name: 'n' }], [{ uid: '', name: 'n' }]])(
    'gives no view for metadata %j',
    (metadata) => {
      expect(toPod({ metadata })).toBeUndefined();
    },
  );
});
