import { describe, expect, test } from '@jest/globals';
import {
  toCronJob,
  toDaemonSet,
  toDeployment,
  toJob,
  toNamespace,
  toReplicaSet,
  toStatefulSet,
} from '../../src/watch/to-workload.ts';
import { toEvent } from '../../src/watch/to-event.ts';
import { toIncident } from '../../src/kube/incident-store/read.ts';
import { toNode } from '../../src/watch/to-node.ts';
import { anObject } from './fixtures.ts';

const at = '2026-11-23T03:00:00Z';
const since = Date.UTC(2026, 10, 23, 3);

describe('toDeployment', () => {
  test('tells wanted, ready and updated replicas', () => {
    const status = { observedGeneration: 2, readyReplicas: 1, updatedReplicas: 3, replicas: 4 };
    expect(toDeployment(anObject({ spec: { replicas: 3 }, status }))).toMatchObject({
      kind: 'Deployment',
      wanted: 3,
      ready: 1,
      updated: 3,
      observed: true,
      conditions: [],
    });
  });

  test('wants one replica unless told otherwise, and none when scaled to zero', () => {
    expect(toDeployment(anObject())?.wanted).toBe(1);
    expect(toDeployment(anObject({ spec: { replicas: 0 } }))?.wanted).toBe(0);
  });

  test('is not observed while its controller has only seen an older spec', () => {
    expect(toDeployment(anObject({ status: { observedGeneration: 1 } }))?.observed).toBe(false);
  });

  test('keeps the conditions that speak of failure', () => {
    const conditions = [
      { type: 'Available', status: 'True', lastTransitionTime: at },
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', lastTransitionTime: at },
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', lastTransitionTime: at },
    ];
    const kept = toDeployment(anObject({ status: { conditions } }))?.conditions;
    expect(kept).toEqual([
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', since },
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', since },
    ]);
  });

  test('a paused rollout is no failure', () => {
    const conditions = [
      { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', lastTransitionTime: at },
    ];
    expect(toDeployment(anObject({ status: { conditions } }))?.conditions).toEqual([]);
  });
});

describe('toStatefulSet', () => {
  test.each([
    ['as counted', {}, 1],
    ['all that a partition leaves to update', { rollingUpdate: { partition: 2 } }, 3],
    ['all when nothing is updated by itself', { type: 'OnDelete' }, 3],
  ])('counts updated replicas %s', (_, updateStrategy, updated) => {
    const status = { observedGeneration: 2, readyReplicas: 2, updatedReplicas: 1 };
    const view = toStatefulSet(anObject({ spec: { replicas: 3, updateStrategy }, status }));
    expect(view).toMatchObject({ kind: 'StatefulSet', wanted: 3, ready: 2, updated });
  });
});

describe('an update that is not through', () => {
  const managedFields = [
    { manager: 'kubectl', operation: 'Apply', time: '2026-11-23T03:09:00Z' },
    { manager: 'kube-controller-manager', subresource: 'status', time: '2026-11-23T02:00:00Z' },
    { manager: 'kube-controller-manager', subresource: 'status', time: at },
  ];
  const status = {
    observedGeneration: 2,
    updatedReplicas: 1,
    desiredNumberScheduled: 3,
    updatedNumberScheduled: 1,
  };
  const set = anObject({ metadata: { managedFields }, spec: { replicas: 3 }, status });

  test.each([
    ['StatefulSet', toStatefulSet],
    ['DaemonSet', toDaemonSet],
  ])('of a %s advanced when its status last changed', (_, project) => {
    expect(project(set)?.progressedAt).toBe(since);
  });

  test('has no time where the API server leaves the managed fields out', () => {
    expect(toStatefulSet(anObject({ spec: { replicas: 3 }, status }))).not.toHaveProperty('progressedAt');
  });

  test('nor when it is through', () => {
    const through = { ...status, updatedReplicas: 3, updatedNumberScheduled: 3 };
    const done = anObject({ metadata: { managedFields }, spec: { replicas: 3 }, status: through });
    expect(toStatefulSet(done)).not.toHaveProperty('progressedAt');
    expect(toDaemonSet(done)).not.toHaveProperty('progressedAt');
  });
});

test('toDaemonSet wants one pod for each node it may run on', () => {
  const status = {
    desiredNumberScheduled: 5,
    numberReady: 4,
    updatedNumberScheduled: 2,
    observedGeneration: 2,
  };
  const expected = { kind: 'DaemonSet', wanted: 5, ready: 4, updated: 2, observed: true };
  expect(toDaemonSet(anObject({ status }))).toMatchObject(expected);
  expect(toDaemonSet(anObject({ spec: { updateStrategy: { type: 'OnDelete' } }, status }))?.updated).toBe(5);
});

test('toDaemonSet takes a node without any pod of it for one that lacks a pod, and not the update', () => {
  const status = { desiredNumberScheduled: 3, currentNumberScheduled: 2, updatedNumberScheduled: 2 };
  expect(toDaemonSet(anObject({ status }))?.updated).toBe(3);
  expect(toDaemonSet(anObject({ status: { ...status, updatedNumberScheduled: 1 } }))?.updated).toBe(2);
});

describe('toJob', () => {
  test('takes a Job that has failed and whose pods still end for failed', () => {
    const target = {
      type: 'FailureTarget',
      status: 'True',
      reason: 'DeadlineExceeded',
      lastTransitionTime: at,
    };
    const ended = { ...target, type: 'Failed' };
    expect(toJob(anObject({ status: { conditions: [target] } }))).toMatchObject({
      failed: { reason: 'DeadlineExceeded' },
      isEnding: true,
    });
    expect(toJob(anObject({ status: { conditions: [target, ended] } }))).not.toHaveProperty('isEnding');
  });

  test.each([
    [
      { failed: 3, succeeded: 1, startTime: '2026-11-23T03:00:00Z' },
      { failed: 3, succeeded: 1, startedAt: since },
    ],
    [{ failed: 3, succeeded: 3 }, undefined],
    [{ succeeded: 3 }, undefined],
    [
      {
        failed: 3,
        conditions: [{ type: 'Failed', status: 'True', lastTransitionTime: '2026-11-23T03:00:00Z' }],
      },
      undefined,
    ],
  ])('counts the pods that fail while it goes on: %j', (status, failing) => {
    expect(toJob(anObject({ status }))?.failing).toEqual(failing);
  });

  test('tells why a Job has failed', () => {
    const failed = {
      type: 'Failed',
      status: 'True',
      reason: 'BackoffLimitExceeded',
      message: 'has reached it',
    };
    const status = { conditions: [{ ...failed, lastTransitionTime: at }] };
    expect(toJob(anObject({ status }))).toMatchObject({
      kind: 'Job',
      complete: false,
      failed: { ...failed, since },
    });
  });

  test('tells that a Job is complete', () => {
    const status = {
      conditions: [
        { type: 'Complete', status: 'True' },
        { type: 'Failed', status: 'False' },
      ],
    };
    const view = toJob(anObject({ status }));
    expect(view?.complete).toBe(true);
    expect(view).not.toHaveProperty('failed');
  });
});

test('toCronJob tells whether it is suspended', () => {
  expect(toCronJob(anObject({ spec: { suspend: true } }))?.suspended).toBe(true);
  expect(toCronJob(anObject())?.suspended).toBe(false);
});

describe('the runs of a CronJob', () => {
  const spec = { schedule: '*/10 * * * *' };
  const status = { lastScheduleTime: at, lastSuccessfulTime: '2026-11-23T02:40:09Z' };

  test('are told while the newest has not succeeded', () => {
    const managedFields = [
      { manager: 'kubectl', time: '2026-11-23T02:00:00Z' },
      { manager: 'kube-controller-manager', subresource: 'status', time: at },
    ];
    const active = [{ kind: 'Job', name: 'checkout-1' }];
    const cronJob = anObject({ metadata: { managedFields }, spec, status: { ...status, active } });
    expect(toCronJob(cronJob)?.unsuccessful).toEqual({
      schedule: '*/10 * * * *',
      lastRunAt: since,
      lastSuccessAt: Date.UTC(2026, 10, 23, 2, 40, 9),
      mayOverlap: true,
      specChangedAt: Date.UTC(2026, 10, 23, 2),
      active: 1,
    });
  });

  test('are planned, in a zone of their own and one after the other', () => {
    const serial = { ...spec, timeZone: 'Europe/Berlin', concurrencyPolicy: 'Forbid' };
    const active = [{ kind: 'Job', name: 'checkout-1' }];
    const schedule = { schedule: '*/10 * * * *', timeZone: 'Europe/Berlin' };
    const waiting = toCronJob(anObject({ spec: serial, status: { lastScheduleTime: at, active } }));
    expect(waiting?.plan).toEqual({ ...schedule, lastRunAt: since, isWaiting: true });
    expect(waiting?.unsuccessful).toEqual({ ...schedule, lastRunAt: since, active: 1 });
    expect(toCronJob(anObject({ spec: serial, status: {} }))?.plan).toEqual(schedule);
    expect(toCronJob(anObject({ spec: { ...serial, suspend: true }, status: {} }))?.plan).toBeUndefined();
  });

  test('may never have succeeded', () => {
    const cronJob = anObject({ spec, status: { lastScheduleTime: at } });
    expect(toCronJob(cronJob)?.unsuccessful).toEqual({
      schedule: '*/10 * * * *',
      lastRunAt: since,
      active: 0,
      mayOverlap: true,
    });
  });

  test.each([
    ['has never run', {}],
    ['has succeeded', { ...status, lastSuccessfulTime: '2026-11-23T03:00:20Z' }],
  ])('are not told of one that %s', (_, healthy) => {
    expect(toCronJob(anObject({ spec, status: healthy }))).not.toHaveProperty('unsuccessful');
  });
});

test('toReplicaSet and toNamespace need metadata alone', () => {
  const ownerReferences = [
    { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout', uid: 'd', controller: true },
  ];
  const { metadata } = anObject({ metadata: { ownerReferences } }) as { metadata: object };
  expect(toReplicaSet({ metadata })?.owner).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: 'checkout',
    uid: 'd',
  });
  expect(toNamespace({ metadata: { name: 'shop', uid: 'n' } })).toMatchObject({
    kind: 'Namespace',
    namespace: '',
    name: 'shop',
  });
});

describe('toNode', () => {
  const conditions = [
    { type: 'MemoryPressure', status: 'False', lastTransitionTime: at },
    { type: 'DiskPressure', status: 'False', lastTransitionTime: at },
    { type: 'Ready', status: 'True', lastTransitionTime: at },
    // As the EKS node monitoring agent writes it.
    { type: 'NetworkingReady', status: 'True', lastTransitionTime: at },
    // As Terway and K3s write them.
    { type: 'SufficientIP', status: 'True', lastTransitionTime: at },
    { type: 'EtcdIsVoter', status: 'True', lastTransitionTime: at },
    { type: 'CniNotReady', status: 'False', lastTransitionTime: at },
  ];

  test('keeps nothing of a healthy node', () => {
    const view = toNode(anObject({ metadata: { namespace: undefined }, status: { conditions } }));
    expect(view).toMatchObject({ kind: 'Node', namespace: '', conditions: [], unschedulable: false });
  });

  test.each([
    ['Ready', 'False'],
    ['Ready', 'Unknown'],
    ['MemoryPressure', 'True'],
    ['KernelDeadlock', 'True'],
    ['NetworkingReady', 'False'],
    ['SufficientIP', 'False'],
    ['CniNotReady', 'True'],
  ])('keeps %s=%s', (type, status) => {
    const rest = conditions.filter((condition) => condition.type !== type);
    const failure = { type, status, reason: 'R', lastTransitionTime: at };
    expect(toNode(anObject({ status: { conditions: [...rest, failure] } }))?.conditions).toEqual([
      { type, status, reason: 'R', since },
    ]);
  });

  test.each([
    'ToBeDeletedByClusterAutoscaler',
    'karpenter.sh/disrupted',
    'aws-node-termination-handler/spot-itn',
    'aks-node-termination-handler/preempt',
    'cloud.google.com/impending-node-termination',
    'node.kubernetes.io/out-of-service',
    'node.example.com/spot-interruption',
    'machine.example.com/deleting',
  ])('tells that it is removed: %s', (key) => {
    expect(toNode(anObject({ spec: { taints: [{ key, effect: 'NoSchedule' }] } }))?.removing).toBe(true);
  });

  test('any other taint takes nothing away', () => {
    const keys = [
      'node.kubernetes.io/unreachable',
      'node.kubernetes.io/unschedulable',
      'cloud.google.com/gke-preemptible',
      'kubernetes.azure.com/scalesetpriority',
      'DeletionCandidateOfClusterAutoscaler',
      'example.com/undisrupted',
    ];
    const taints = keys.map((key) => ({ key, effect: 'NoExecute' }));
    expect(toNode(anObject({ spec: { taints } }))).not.toHaveProperty('removing');
  });

  test('tells since when it is cordoned, but for the control plane', () => {
    const taints = [
      { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: '2026-11-23T03:00:00Z' },
    ];
    const spec = { unschedulable: true, taints };
    expect(toNode(anObject({ spec }))?.cordonedAt).toBe(Date.UTC(2026, 10, 23, 3));
    expect(toNode(anObject({ spec: { taints } }))).not.toHaveProperty('cordonedAt');
    const labels = { 'node-role.kubernetes.io/control-plane': '' };
    const { metadata } = anObject({ spec }) as { metadata: object };
    expect(toNode(anObject({ spec, metadata: { ...metadata, labels } }))).not.toHaveProperty('cordonedAt');
  });

  test('tells that it is cordoned', () => {
    expect(toNode(anObject({ spec: { unschedulable: true } }))?.unschedulable).toBe(true);
  });
});

describe('toEvent', () => {
  const regarding = {
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: 'shop',
    name: 'web',
    uid: 'p-1',
    fieldPath: 'spec.containers{app}',
  };
  const event = {
    ...anObject(),
    reason: 'Unhealthy',
    note: 'Liveness probe failed',
    type: 'Warning',
    regarding,
  };

  test.each([
    ['(combined from similar events): Readiness probe failed: timeout', 'Readiness probe failed: timeout'],
    ['(combined from similar events): (combined from similar events): x', 'x'],
    ['it says (combined from similar events): x', 'it says (combined from similar events): x'],
  ])('says what is said, however many were put together: %s', (note, plain) => {
    expect(toEvent({ ...event, note })?.note).toBe(plain);
  });

  test.each([
    ['spec.containers{proxy}', 'proxy'],
    ['spec.initContainers{proxy}', 'proxy'],
    ['spec.containers{}', undefined],
    ['status', undefined],
    [undefined, undefined],
  ])('knows whose probe it is by %s', (fieldPath, container) => {
    const unhealthy = { ...event, reason: 'Unhealthy', regarding: { kind: 'Pod', fieldPath } };
    expect(toEvent(unhealthy)?.container).toBe(container);
    expect(toEvent({ ...unhealthy, reason: 'Failed' })?.container).toBeUndefined();
  });

  test('reads what old reporters fill', () => {
    const old = {
      eventTime: null,
      deprecatedFirstTimestamp: '2026-11-23T03:00:00Z',
      deprecatedLastTimestamp: '2026-11-23T03:05:00Z',
      deprecatedCount: 7,
      deprecatedSource: { component: 'kubelet', host: 'node-1' },
    };
    expect(toEvent({ ...event, ...old })).toMatchObject({
      kind: 'Event',
      regarding: { kind: 'Pod', namespace: 'shop', name: 'web', uid: 'p-1' },
      reason: 'Unhealthy',
      note: 'Liveness probe failed',
      count: 7,
      firstAt: since,
      lastAt: since + 300_000,
    });
  });

  test('reads what new reporters fill, with its series folded in', () => {
    const young = { eventTime: '2026-11-23T03:00:00.000000Z' };
    expect(toEvent({ ...event, ...young })).toMatchObject({ count: 1, firstAt: since, lastAt: since });
    const series = { count: 4, lastObservedTime: '2026-11-23T03:02:00.000000Z' };
    expect(toEvent({ ...event, ...young, series })).toMatchObject({
      count: 4,
      firstAt: since,
      lastAt: since + 120_000,
    });
  });

  test.each(['BackOff', 'FailedScheduling', 'FailedSync', 'PolicyViolation', '', undefined, 'toString'])(
    'drops what no detector reads: %s',
    (reason) => {
      expect(toEvent({ ...event, reason })).toBeUndefined();
    },
  );

  test('keeps no more of a note than the API takes of new ones', () => {
    const note = `Readiness probe failed: ${'body '.repeat(5_000)}`;
    expect(toEvent({ ...event, note })?.note).toHaveLength(1_020);
  });

  test('without any time was seen when it was created', () => {
    const createdAt = Date.UTC(2026, 10, 23, 2, 59);
    expect(toEvent(event)).toMatchObject({ firstAt: createdAt, lastAt: createdAt, count: 1 });
  });
});

describe('toIncident', () => {
  const spec = {
    trigger: 'automatic',
    target: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web', uid: 'p-1' },
    key: 'abc',
    class: 'crash',
    reason: 'Error',
    openedAt: at,
    draft: { subject: 's', description: 'd', category: 'technical', severity: 'critical', environment: '{}' },
  };

  test('drops the draft', () => {
    const view = toIncident(anObjectWith(spec));
    expect(view).toMatchObject({
      kind: 'Incident',
      name: 'checkout',
      namespace: 'shop',
      status: { phase: 'Pending' },
    });
    expect(view).not.toHaveProperty('spec.draft');
    expect(view).toHaveProperty('spec.openedAt', since);
  });

  test('says of one that was edited beyond reading what it is and what is wrong', () => {
    const view = toIncident(anObjectWith({ ...spec, key: 7 }));
    expect(view).toMatchObject({ kind: 'Incident', name: 'checkout', namespace: 'shop' });
    expect(view).toHaveProperty('unreadable', expect.stringContaining('spec.key'));
    expect(view).not.toHaveProperty('spec');
  });

  test('throws for what has no version', () => {
    expect(() => toIncident({ metadata: { name: 'checkout', uid: 'u-1' }, spec })).toThrow('metadata');
  });

  function anObjectWith(given: object): object {
    return { ...anObject({ spec: given }), status: undefined };
  }
});
