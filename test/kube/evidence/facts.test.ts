import { describe, expect, test } from '@jest/globals';
import type { ObjectRef } from '../../../src/domain/failure.ts';
import { containerFacts, containersOf } from '../../../src/kube/evidence/container.ts';
import {
  allowedLabels,
  clusterEventTimes,
  conditions,
  containerIn,
  deletionRequestedAt,
  eventTimes,
  plainNote,
} from '../../../src/kube/object-fields.ts';
import { cronJobFacts, jobFacts } from '../../../src/kube/evidence/job.ts';
import { isUnlimited, loadOf, nodeFacts } from '../../../src/kube/evidence/node.ts';
import { isFinished, podRequests, requestedBy } from '../../../src/kube/evidence/requests-and-usage.ts';
import { chainOf, controllerOf, ownerFacts, selectorOf } from '../../../src/kube/evidence/owner.ts';
import { podFacts, worstPod } from '../../../src/kube/evidence/pod.ts';
import { refusalOf } from '../../../src/kube/evidence/namespace.ts';
import { podsOfRevision, rolloutRules } from '../../../src/kube/evidence/rollout.ts';
import { isKeptFromVolume, isUnscheduled, verdictOf } from '../../../src/kube/evidence/scheduling.ts';
import { otherChanges, templateChanges } from '../../../src/kube/evidence/template-diff.ts';

const at = (minute: number): string => `2026-11-23T03:${String(minute).padStart(2, '0')}:00Z`;
const ms = (minute: number): number => Date.parse(at(minute));
const many = (count: number): string[] => Array.from({ length: count }, (_, n) => `n${n}`);
const checkout: ObjectRef = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'checkout',
  uid: 'd',
};

describe('a container', () => {
  const [container] = containersOf({ spec: { containers: [{ name: 'a', image: 'i' }] } });
  if (container === undefined) throw new Error('no container');
  const factsOf = (status: object) => containerFacts({ ...container, status });

  test('has its role by where it stands, in the order in which they start', () => {
    const pod = {
      spec: {
        initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }],
        containers: [{ name: 'a' }],
        ephemeralContainers: [{ name: 'e' }],
      },
      status: {
        initContainerStatuses: [{ name: 's', restartCount: 2 }],
        containerStatuses: [
          { name: 'a', restartCount: 3 },
          { name: 'i', restartCount: 9 },
        ],
        ephemeralContainerStatuses: [{ name: 'e', restartCount: 4 }],
      },
    };
    expect(containersOf(pod).map(({ role, spec, status }) => [role, spec.name, status.restartCount])).toEqual(
      [
        ['init', 'i', undefined],
        ['sidecar', 's', 2],
        ['app', 'a', 3],
        ['ephemeral', 'e', 4],
      ],
    );
  });

  test('tells nothing that its status does not', () => {
    expect(factsOf({})).toEqual({
      name: 'a',
      role: 'app',
      image: 'i',
      restartCount: 0,
      state: {},
      lastState: {},
      resources: { requests: {}, limits: {} },
      probes: {},
      environmentNames: [],
    });
    expect(factsOf({ ready: 'yes', started: 1, restartCount: -1, state: { waiting: null } })).toEqual(
      factsOf({}),
    );
  });

  test('tells what its status says', () => {
    const terminated = {
      exitCode: 3,
      signal: 9,
      reason: 'Error',
      message: 'm',
      startedAt: at(1),
      finishedAt: at(2),
    };
    const state = { waiting: { reason: 'r', message: 'm' }, running: { startedAt: at(1) } };
    expect(
      factsOf({
        ready: false,
        started: true,
        restartCount: 2,
        imageID: 'id',
        state,
        lastState: { terminated },
      }),
    ).toMatchObject({
      ready: false,
      started: true,
      restartCount: 2,
      imageID: 'id',
      state,
      lastState: { terminated },
    });
    expect(factsOf({ state: { terminated: {} } }).state).toEqual({ terminated: { exitCode: -1 } });
  });
});

describe('a pod', () => {
  test('tells what is there, and nothing else', () => {
    expect(podFacts({ metadata: { name: 'p' } })).toEqual({
      name: 'p',
      namespace: '',
      uid: '',
      phase: 'Unknown',
      labels: {},
      conditions: [],
      volumes: [],
    });
    const spec = { imagePullSecrets: [{ name: 's' }, {}], readinessGates: [{ conditionType: 'g' }] };
    expect(podFacts({ spec })).toMatchObject({ imagePullSecrets: ['s', ''], readinessGates: ['g'] });
    const secrets = many(101).map((name) => ({ name }));
    expect(podFacts({ spec: { imagePullSecrets: secrets } }).imagePullSecrets).toHaveLength(100);
  });

  const aPod = (name: string, status: object, meta: object = {}) => ({
    metadata: { name, ...meta },
    spec: { containers: [{ name: 'a' }, { name: 'b' }] },
    status,
  });
  const state = (value: object, restartCount = 0, name = 'a') => ({ name, state: value, restartCount });
  const ready = [{ type: 'Ready', status: 'True' }];
  const well = aPod('well', { conditions: ready });
  const notReady = aPod('not ready', { conditions: [{ type: 'Ready', status: 'False' }] });
  const restarted = aPod('restarted', {
    conditions: ready,
    containerStatuses: [state({ running: {} }, 101)],
  });
  const often = aPod('often', { conditions: ready, containerStatuses: [state({ running: {} }, 20_000)] });
  const waiting = aPod('waiting', { conditions: ready, containerStatuses: [state({ waiting: {} })] });
  const failed = aPod('failed', { containerStatuses: [state({ terminated: { exitCode: 1 } })] });
  const both = aPod('both', { containerStatuses: [state({ waiting: {} }), state({ waiting: {} }, 0, 'b')] });
  const done = aPod('done', { containerStatuses: [state({ terminated: { exitCode: 0 } })] });
  const over = aPod('over', { ...failed.status, phase: 'Succeeded' });
  const going = aPod('going', failed.status, { deletionTimestamp: at(1) });

  test.each([
    ['none', [], undefined],
    ['the first of equals', [{ ...well, metadata: { name: 'one' } }, well], 'one'],
    ['not ready', [well, notReady], 'not ready'],
    ['more restarts than readiness weighs', [notReady, restarted], 'restarted'],
    ['a failing container before any number of restarts', [often, waiting], 'waiting'],
    ['ended with an error', [often, failed], 'failed'],
    ['not ready beside one that ended well', [done, waiting], 'waiting'],
    ['two failing containers', [failed, both], 'both'],
    ['not what goes', [going, notReady], 'not ready'],
    ['not what is over', [over, well], 'well'],
  ])('of many is the one in which most is wrong: %s', (_what, pods, name) => {
    expect((worstPod(pods)?.metadata as { name?: string } | undefined)?.name).toBe(name);
  });

  test.each([
    [{ reason: 'OOMKilled' }, {}, true],
    [{ reason: 'OOMKilled' }, { memory: '1Gi' }, false],
    [{ reason: 'OOMKilled' }, { cpu: '1' }, true],
    [{ reason: 'Error' }, {}, false],
  ])('that ended with %j under the limits %j took what the node had: %j', (terminated, limits, expected) => {
    const of = (statuses: object) => ({
      spec: { containers: [{ name: 'a', resources: { limits } }] },
      status: { containerStatuses: [{ name: 'a', ...statuses }] },
    });
    expect(isUnlimited(of({ state: { terminated } }))).toBe(expected);
    expect(isUnlimited(of({ state: { running: {} }, lastState: { terminated } }))).toBe(expected);
    expect(isUnlimited(undefined)).toBe(false);
  });

  test.each([
    [
      { type: 'PodScheduled', status: 'False', message: '1 node(s) had volume node affinity conflict.' },
      true,
      true,
    ],
    [{ type: 'PodScheduled', status: 'False', message: 'no room' }, true, false],
    [{ type: 'PodScheduled', status: 'True', message: '' }, false, false],
    [{ type: 'Ready', status: 'False', message: '' }, false, false],
  ])('with the condition %j is unscheduled: %j, kept from its volume: %j', (condition, unscheduled, kept) => {
    const pod = { status: { conditions: [condition] } };
    expect([isUnscheduled(pod), isKeptFromVolume(pod)]).toEqual([unscheduled, kept]);
  });
});

test('what a pod requests, without what is no quantity', () => {
  const container = (cpu: string, more: object = {}) => ({
    resources: { requests: { cpu, memory: 'x' } },
    ...more,
  });
  const spec = {
    initContainers: [container('3'), container('1', { restartPolicy: 'Always' }), container('4')],
    containers: [container('2'), container('1')],
  };
  expect([...podRequests({ spec })]).toEqual([['cpu', 5]]);
  const pods = [{ spec }, { spec, status: { phase: 'Failed' } }, { spec, status: { phase: 'Succeeded' } }];
  expect(pods.map(isFinished)).toEqual([false, true, true]);
  expect([...requestedBy(pods)]).toEqual([
    ['cpu', 5],
    ['pods', 1],
  ]);
});

describe('a node', () => {
  test('tells its heartbeat, whether it is cordoned, and its taints', () => {
    const taints = [{ key: 'a', value: 'b', effect: 'NoSchedule' }, {}];
    const heartbeats = [
      { type: 'MemoryPressure', lastHeartbeatTime: at(9) },
      { type: 'Ready', status: 'True', lastHeartbeatTime: at(1) },
    ];
    const facts = nodeFacts({ spec: { unschedulable: true, taints }, status: { conditions: heartbeats } });
    expect(facts).toMatchObject({
      unschedulable: true,
      heartbeatAt: at(1),
      taints: [taints[0], { key: '', effect: '' }],
    });
    expect(nodeFacts({ spec: { unschedulable: false } })).toEqual({
      name: '',
      conditions: [],
      capacity: {},
      allocatable: {},
      taints: [],
    });
  });

  test('tells whose its pods are, which have no memory limit, and which request most', () => {
    const pod = (name: string, kind: string | undefined, memory: string, limits: object = {}) => ({
      metadata: {
        namespace: 'shop',
        name,
        ...(kind === undefined
          ? {}
          : { ownerReferences: [{ apiVersion: 'apps/v1', kind, name: 'o', uid: 'u', controller: true }] }),
      },
      spec: { containers: [{ name: 'a', resources: { requests: { memory }, limits } }] },
      status: { phase: 'Running' },
    });
    const { pods } = loadOf([
      pod('web-1', 'ReplicaSet', '1Gi', { memory: '2Gi' }),
      pod('web-2', 'ReplicaSet', '2Gi', { memory: '2Gi' }),
      pod('db-0', 'StatefulSet', '4Gi'),
      pod('bare', undefined, '128Mi', { memory: '128Mi' }),
    ]);
    expect(pods).toMatchObject({
      owners: { ReplicaSet: 2, StatefulSet: 1, none: 1 },
      unlimited: 1,
      largest: ['shop/db-0 memory=4Gi', 'shop/web-2 memory=2Gi', 'shop/web-1 memory=1Gi'],
    });
  });

  test('tells which of its pods fail, and in which way', () => {
    const pod = (name: string, status: object) => ({
      metadata: { namespace: 'shop', name },
      spec: { containers: [{ name: 'a' }] },
      status,
    });
    const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
    const waits = { containerStatuses: [{ name: 'a', state: { waiting: { reason: 'CrashLoopBackOff' } } }] };
    const { pods } = loadOf([
      pod('well', ready),
      pod('crashing', waits),
      pod('evicted', { reason: 'Evicted' }),
      pod('pending', { phase: 'Pending' }),
      pod('running', { phase: 'Running' }),
      pod('over', { phase: 'Succeeded' }),
    ]);
    expect(pods).toEqual({
      count: 5,
      failingCount: 4,
      failing: [
        { namespace: 'shop', name: 'crashing', reason: 'CrashLoopBackOff' },
        { namespace: 'shop', name: 'evicted', reason: 'Evicted' },
        { namespace: 'shop', name: 'pending', reason: 'Pending' },
        { namespace: 'shop', name: 'running', reason: 'NotReady' },
      ],
      owners: { none: 5 },
      unlimited: 5,
      largest: [],
    });
    const crowd = loadOf(many(21).map((name) => pod(name, waits))).pods;
    expect([crowd?.failing.length, crowd?.failingCount]).toEqual([20, 21]);
  });
});

describe('an owner', () => {
  test.each<[string, object, object | undefined]>([
    [
      'Deployment',
      { spec: { replicas: 3 }, status: { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 } },
      { wanted: 3, ready: 1, updated: 2, available: 1 },
    ],
    ['StatefulSet', {}, { wanted: 1, ready: 0, updated: 0, available: 0 }],
    [
      'DaemonSet',
      {
        status: { desiredNumberScheduled: 4, numberReady: 3, updatedNumberScheduled: 2, numberAvailable: 1 },
      },
      { wanted: 4, ready: 3, updated: 2, available: 1 },
    ],
    ['DaemonSet', { spec: { replicas: 9 } }, { wanted: 0, ready: 0, updated: 0, available: 0 }],
    ['Job', { spec: { replicas: 3 } }, undefined],
  ])('of kind %s, %j, counts replicas', (kind, object, replicas) => {
    expect(
      ownerFacts({ ...checkout, kind }, object, { chain: [], listed: { labels: [], annotations: [] } })
        .replicas,
    ).toEqual(replicas);
  });

  test('of an autoscaler names what it scales', () => {
    const known = { chain: [], listed: { labels: [], annotations: [] } };
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    expect(ownerFacts(checkout, { spec: { scaleTargetRef } }, known).scaleTarget).toEqual({
      kind: 'Deployment',
      name: 'web',
    });
    expect(ownerFacts(checkout, { spec: { scaleTargetRef: { name: 'web' } } }, known)).not.toHaveProperty(
      'scaleTarget',
    );
  });

  test('that is gone is told by its reference', () => {
    expect(ownerFacts(checkout, undefined, { chain: [], listed: { labels: [], annotations: [] } })).toEqual({
      ...checkout,
      labels: {},
      conditions: [],
      chain: [],
    });
    expect(
      ownerFacts(
        checkout,
        { metadata: { uid: 'new' } },
        { chain: [], listed: { labels: [], annotations: [] } },
      ).uid,
    ).toBe('new');
  });

  test('is the controller among the references', () => {
    const other = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' };
    const owners = [
      other,
      { ...other, kind: 'Job', controller: true },
      { ...other, kind: 'Late', controller: true },
    ];
    expect(controllerOf({ metadata: { ownerReferences: owners } }, 'shop')).toEqual({
      ...other,
      kind: 'Job',
      namespace: 'shop',
    });
    expect(controllerOf({ metadata: { ownerReferences: [other] } }, 'shop')).toBeUndefined();
    expect(controllerOf({ metadata: { ownerReferences: [{ controller: true }] } }, 'shop')).toEqual({
      apiVersion: '',
      kind: '',
      namespace: 'shop',
      name: '',
      uid: '',
    });
  });

  test('ends the chain that begins with the pod', () => {
    const between = [{ ...checkout, kind: 'ReplicaSet', name: 'rs' }];
    const root = { kind: 'Deployment', name: 'checkout' };
    const pod = { metadata: { name: 'p' } };
    expect(chainOf(checkout, pod, between)).toEqual([
      { kind: 'Pod', name: 'p' },
      { kind: 'ReplicaSet', name: 'rs' },
      root,
    ]);
    expect(chainOf(checkout, undefined, between)).toEqual([root]);
    expect(chainOf({ ...checkout, kind: 'Pod' }, pod, between)).toEqual([{ kind: 'Pod', name: 'checkout' }]);
  });

  test.each<[object | undefined, string | undefined]>([
    [undefined, undefined],
    [{}, undefined],
    [{ matchLabels: { app: 'web', tier: 'a' } }, 'app=web,tier=a'],
    [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b', 'c'] }] }, 'a in (b,c)'],
    [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b'] }] }, 'a notin (b)'],
    [
      {
        matchExpressions: [
          { key: 'a', operator: 'Exists' },
          { key: 'b', operator: 'DoesNotExist' },
        ],
      },
      'a,!b',
    ],
    [{ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] }, undefined],
    [{ matchLabels: { app: 'web' }, matchExpressions: [{ key: 'a', operator: 'In' }] }, 'app=web,a in ()'],
  ])('selects its pods by %j: %j', (selector, expected) => {
    expect(selectorOf(selector === undefined ? undefined : { spec: { selector } })).toBe(expected);
  });
});

describe('a rollout', () => {
  test.each<[object, object]>([
    [{}, {}],
    [
      { paused: true, progressDeadlineSeconds: 600 },
      { paused: true, progressDeadlineSeconds: 600 },
    ],
    [{ paused: 'yes', strategy: { type: 'Recreate' } }, { strategy: 'Recreate' }],
    [{ strategy: { rollingUpdate: { maxSurge: 1 } } }, {}],
    [
      { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } } },
      { strategy: 'RollingUpdate, maxSurge 25%, maxUnavailable 0' },
    ],
  ])('goes by the rules of %j', (spec, rules) => {
    expect(rolloutRules({ spec } as Parameters<typeof rolloutRules>[0])).toEqual(rules);
  });

  const stateful = { updateRevision: 'r2', updatedReplicas: 1, currentRevision: 'r1', currentReplicas: 2 };
  const daemon = { currentNumberScheduled: 5, updatedNumberScheduled: 2 };
  test.each<[object, string, boolean, number | undefined]>([
    [stateful, 'r2', true, 1],
    [stateful, 'r1', false, 2],
    [stateful, 'r0', false, undefined],
    [{ updateRevision: 'r2' }, 'r2', true, 0],
    [{ currentRevision: 'r1' }, 'r1', false, 0],
    [daemon, 'r2', true, 2],
    [daemon, 'r1', false, 3],
    [{ currentNumberScheduled: 1, updatedNumberScheduled: 2 }, 'r1', false, 0],
    [{ currentNumberScheduled: 3 }, 'r2', true, 0],
    [{ currentNumberScheduled: 3 }, 'r1', false, 3],
  ])('with the status %j has of %s, the newest: %j, %j pods', (status, name, isNewest, pods) => {
    expect(
      podsOfRevision({ status } as unknown as Parameters<typeof podsOfRevision>[0], name, isNewest),
    ).toBe(pods);
  });

  const template = (container: object, more: object = {}, metadata: object = {}) => ({
    metadata,
    spec: { containers: [{ name: 'app', ...container }], ...more },
  });
  test.each<[object, object, object | undefined]>([
    [{ image: 'a:1' }, { image: 'a:1' }, undefined],
    [{ image: 'a:1' }, { image: 'a:2' }, { image: { from: 'a:1', to: 'a:2' } }],
    [{}, { image: 'a:2' }, { image: { from: '(none)', to: 'a:2' } }],
    [{}, { command: ['a'], args: ['b'] }, { command: { from: '(of the image)', to: 'a b' } }],
    [
      { resources: { limits: { memory: '1Gi', cpu: '1' } } },
      { resources: { requests: { cpu: '1' } } },
      { resources: { from: 'limits cpu=1, limits memory=1Gi', to: 'requests cpu=1' } },
    ],
    [{ resources: {} }, { resources: { limits: {} } }, undefined],
    [
      {},
      { livenessProbe: { exec: { command: ['x'] } } },
      {
        probes: {
          from: '(none)',
          to: 'liveness: exec [x] delay=0s timeout=1s period=10s #success=1 #failure=3',
        },
      },
    ],
    [
      { env: [{ name: 'A', value: '1' }, { name: 'B', value: '1' }, { name: 'C' }] },
      { env: [{ name: 'B', value: '2' }, { name: 'C' }, { name: 'D' }] },
      { environment: { added: ['D'], removed: ['A'], changed: ['B'] } },
    ],
    [
      { env: [{ name: 'A', valueFrom: 1 }] },
      { env: [{ name: 'A', valueFrom: 2 }] },
      { environment: { added: [], removed: [], changed: ['A'] } },
    ],
  ])('from %j to %j has changed', (before, after, change) => {
    const expected = change === undefined ? [] : [{ container: 'app', ...change }];
    expect(templateChanges(template(before), template(after))).toEqual(expected);
  });

  test('that adds or takes away a container says so', () => {
    const none = { spec: { containers: [] } };
    const one = template({ image: 'a' });
    expect(templateChanges(none, one)).toMatchObject([
      {
        container: 'app',
        image: { from: '(none)', to: 'a' },
        command: { from: '(none)', to: '(of the image)' },
      },
    ]);
    expect(templateChanges(one, none)).toMatchObject([
      { container: 'app', image: { from: 'a', to: '(none)' } },
    ]);
  });

  test.each<[object, object, readonly string[] | undefined]>([
    [template({ image: 'a' }), template({ image: 'b' }), undefined],
    [template({ stdin: true }), template({}), ['stdin of app']],
    [template({ livenessProbe: {} }), template({}), undefined],
    [template({}, { hostNetwork: true }), template({}), ['hostNetwork']],
    [template({}, { initContainers: [] }), template({}), undefined],
    [
      template({}, {}, { labels: { a: '1', 'pod-template-hash': 'x' } }),
      template({}, {}, { labels: { a: '2' } }),
      ['label a'],
    ],
    [template({}), template({}, {}, { annotations: { b: '1' } }), ['annotation b']],
    [{ spec: {} }, template({ stdin: true }), undefined],
  ])('from %j to %j has changed besides', (before, after, names) => {
    expect(otherChanges(before, after)).toEqual(names);
  });
});

describe('work', () => {
  test('of a Job is what it may and how far it has come', () => {
    const none = { name: '', active: 0, succeeded: 0, failed: 0 };
    expect(jobFacts({})).toEqual(none);
    expect(jobFacts({ spec: { suspend: true }, status: { active: 1, succeeded: 2, failed: 3 } })).toEqual({
      ...none,
      active: 1,
      succeeded: 2,
      failed: 3,
      suspended: true,
    });
    expect(jobFacts({ spec: { suspend: false } })).toEqual(none);
  });

  const condition = (type: string, status = 'True') => ({
    type,
    status,
    lastTransitionTime: at(5),
    reason: 'r',
  });
  test.each([
    [[], 'running', undefined, undefined],
    [[condition('Suspended')], 'suspended', undefined, undefined],
    [[condition('Complete')], 'succeeded', at(5), undefined],
    [[condition('Complete'), condition('Failed')], 'failed', at(5), 'r'],
    [[condition('Failed', 'False')], 'running', undefined, undefined],
    [[condition('FailureTarget')], 'running', undefined, undefined],
  ])('of a CronJob is how its runs ended: %j is %s', (list, outcome, finishedAt, reason) => {
    const [run] = cronJobFacts({}, [{ status: { conditions: list } }]).runs;
    expect([run?.outcome, run?.finishedAt, run?.reason]).toEqual([outcome, finishedAt, reason]);
  });

  test('of a CronJob has no more than ten runs', () => {
    const facts = cronJobFacts(
      { spec: { suspend: true }, status: { active: [{}, {}] } },
      many(11).map(() => ({})),
    );
    expect([facts.runs.length, facts.active, facts.suspended, facts.schedule]).toEqual([10, 2, true, '']);
    expect(cronJobFacts({ spec: { suspend: false } }, [])).toEqual({ schedule: '', active: 0, runs: [] });
  });
});

describe('what is reported', () => {
  test.each<[object, readonly [number, number, number]]>([
    [{}, [1, 0, 0]],
    [{ metadata: { creationTimestamp: at(1) } }, [1, ms(1), ms(1)]],
    [
      {
        deprecatedFirstTimestamp: at(2),
        deprecatedLastTimestamp: at(4),
        deprecatedCount: 7,
        eventTime: at(1),
      },
      [7, ms(2), ms(4)],
    ],
    [
      {
        eventTime: at(3),
        series: { count: 5, lastObservedTime: at(6) },
        deprecatedLastTimestamp: at(9),
        deprecatedCount: 2,
      },
      [5, ms(3), ms(6)],
    ],
    [
      { deprecatedFirstTimestamp: at(5), deprecatedLastTimestamp: at(2), deprecatedCount: 0 },
      [1, ms(5), ms(5)],
    ],
  ])('%j has count and times', (event, [count, firstAt, lastAt]) => {
    expect(eventTimes(event)).toEqual({ count, firstAt, lastAt });
  });

  test.each<[string, readonly [number, number, number], readonly [number, number]]>([
    ['with the clock of the cluster', [500, 501, 540], [501, 540]],
    ['with a clock that is three hours ahead', [500, 680, 690], [500, 510]],
    ['with a clock that is three hours behind', [500, 320, 350], [500, 530]],
    ['made anew after the first was forgotten', [500, 400, 501], [400, 501]],
    ['sent two minutes late', [500, 498, 498], [498, 498]],
  ])('an Event %s has the times of the cluster', (_, [created, first, last], [firstAt, lastAt]) => {
    const minute = (minutes: number): string => new Date(minutes * 60_000).toISOString();
    const event = {
      metadata: { creationTimestamp: minute(created) },
      deprecatedFirstTimestamp: minute(first),
      deprecatedLastTimestamp: minute(last),
    };
    const times = { count: 1, firstAt: firstAt * 60_000, lastAt: lastAt * 60_000 };
    expect(clusterEventTimes(event)).toEqual(times);
  });

  test.each([
    ['(combined from similar events): (combined from similar events): Back-off', 'Back-off'],
    ['Back-off (combined from similar events): x', 'Back-off (combined from similar events): x'],
  ])('%j says %j', (note, said) => {
    expect(plainNote(note)).toBe(said);
  });

  test.each([
    ['spec.containers{app}', 'app'],
    ['spec.initContainers{a.b}', 'a.b'],
    ['spec.containers{}', undefined],
    ['status.containers{app}x', undefined],
    ['', undefined],
  ])('about %j is about the container %j', (path, name) => {
    expect(containerIn(path)).toBe(name);
  });

  const failure = {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: 'exceeded quota: q, used',
  };
  const event = {
    type: 'Warning',
    reason: 'FailedCreate',
    message: 'serviceaccount "s" not found',
    count: 1,
    object: 'x',
  };
  test.each<[object[], object[], string | undefined]>([
    [[], [], undefined],
    [[failure], [event], 'quota'],
    [[{ ...failure, status: 'False' }], [event], 'serviceAccount'],
    [[{ ...failure, reason: 'FailedDelete' }], [], undefined],
    [[{ ...failure, type: 'Progressing', reason: 'ReplicaSetCreateError' }], [], 'quota'],
    [[], [{ ...event, reason: 'BackOff' }], undefined],
  ])('the conditions %j and events %j tell who refuses', (list, events, by) => {
    const given = [list, events] as unknown as Parameters<typeof refusalOf>;
    expect(refusalOf(...given)?.by).toBe(by);
  });

  test.each([
    ['0/1 nodes are available: 1 Too many pods.', 1, ['Too many pods']],
    [
      '0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu. preemption: 0/3 nodes are available: none.',
      3,
      ['were unschedulable', 'Insufficient cpu'],
    ],
    ['1/3 nodes are available: x', undefined, []],
  ])('the verdict %j', (message, nodeCount, reasons) => {
    const verdict = verdictOf(message);
    expect([verdict.nodeCount, verdict.refusals.map(({ reason }) => reason)]).toEqual([nodeCount, reasons]);
  });
});

test('labels are told that say what an object is and where, and a hundred at most', () => {
  const told = {
    app: 'a',
    version: '1',
    'helm.sh/chart': 'c',
    'app.kubernetes.io/name': 'n',
    'topology.kubernetes.io/zone': 'z',
  };
  expect(allowedLabels({ ...told, team: 'secret', 'example.com/app': 'x', odd: 7 })).toEqual(told);
  const crowd = Object.fromEntries(many(101).map((name) => [`app.kubernetes.io/${name}`, 'x']));
  expect(Object.keys(allowedLabels(crowd))).toHaveLength(100);
  expect(conditions(many(101).map((type) => ({ type, status: 'True' })))).toHaveLength(100);
});

test('a deletion was asked for before its grace period, whose end the object has', () => {
  expect(deletionRequestedAt({ deletionTimestamp: at(5), deletionGracePeriodSeconds: 60 })).toBe(
    '2026-11-23T03:04:00.000Z',
  );
  expect(deletionRequestedAt({ deletionTimestamp: at(5), deletionGracePeriodSeconds: -60 })).toBe(
    '2026-11-23T03:05:00.000Z',
  );
  expect(deletionRequestedAt({ deletionTimestamp: at(5) })).toBe('2026-11-23T03:05:00.000Z');
  expect(deletionRequestedAt({})).toBeUndefined();
});
