import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Decision,
  incidentKey,
  incidentName,
  ownerHealth,
  rootOwner,
  type ClusterState,
} from '../../src/correlate/index.ts';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type {
  ContainerView,
  EventView,
  ObjectView,
  OwnerReference,
  PodView,
} from '../../src/domain/views.ts';
import { ClusterIndex } from '../../src/observe/cluster-index.ts';
import { ObjectObserver } from '../../src/observe/object-observer.ts';
import {
  aNode,
  aPod,
  aWorkload,
  aJob,
  anIncident,
  CLUSTER,
  current,
  NOW,
  nowAt,
  options as defaults,
  ownedBy,
  CachedCorrelator,
} from './fixtures.ts';

/** The cases that are easily got wrong, from the object to the decision: with hold and quiet, without settle. */
const options = { ...defaults, groupWaitMs: 0 };

let index: ClusterIndex;
let correlator: CachedCorrelator;
let observer: ObjectObserver;
let now: number;
/** Read anew by each look. */
let excludeNamespaces: string[];

beforeEach(() => {
  excludeNamespaces = [];
  now = NOW;
  index = new ClusterIndex();
  correlator = new CachedCorrelator(options);
  observer = new ObjectObserver({
    index,
    correlator,
    clusterKey: CLUSTER,
    owners: { ask: () => false, refresh: () => undefined },
    rules: { excludeNamespaces, disabledClasses: new Set() },
    detectOptions: { resolveAfterMs: options.resolveAfterMs, ownedEvictions: true },
    queue: { enqueue: () => undefined },
    forMs: options.forMs,
    report: { suppressed: () => undefined, detectorFailed: () => undefined },
  });
});

const clusterState: ClusterState = {
  freshnessOf: current,
  health: (owner) => ownerHealth(owner, index, current),
};

function see(...views: readonly ObjectView[]): void {
  for (const view of views) index.upsert(view);
  for (const view of views) observer.look(view, nowAt(now));
}

function lose(view: ObjectView): void {
  index.remove(view);
  observer.gone(view, nowAt(now));
}

function keyOf(view: ObjectView): string {
  return incidentKey(CLUSTER, rootOwner(view, index));
}

/** Everything that a ticket would hear of now, by workload. */
function decisions(): readonly (readonly [string, Decision['kind']])[] {
  return [...correlator.keys()].flatMap((key) => {
    const decision = decide(key);
    if (decision === undefined || ['suspect', 'note'].includes(decision.kind)) return [];
    const owner = 'findings' in decision ? decision.findings.owner : decision.incident.spec.target;
    return [[`${owner.kind} ${owner.name}`, decision.kind] as const];
  });
}

function decide(key: string): Decision | undefined {
  const decision = correlator.decide(key, nowAt(now), clusterState);
  if (decision !== undefined) correlator.noteDone(decision, nowAt(now));
  return decision;
}

/** Opens what is to be opened, as the reconciler does. */
function openAll(): void {
  for (const key of Array.from(correlator.keys())) {
    const decision = decide(key);
    if (decision?.kind !== 'open') continue;
    const { owner } = decision.findings;
    const name = incidentName(owner, key, 1);
    correlator.setIncident(
      anIncident({}, { name, uid: `i-${key}`, spec: { key, target: owner, openedAt: now } }),
      nowAt(now),
    );
  }
}

function crashed(change: Partial<ContainerView> = {}): ContainerView {
  const terminated = { exitCode: 3, reason: 'Error', startedAt: now - 3 * SECOND, finishedAt: now - SECOND };
  return { name: 'app', role: 'app', restartCount: 4, ready: false, terminated, ...change };
}

function up(change: Partial<ContainerView> = {}): ContainerView {
  return { name: 'app', role: 'app', restartCount: 0, ready: true, runningSince: now, ...change };
}

function withContainers(view: PodView, ...containers: readonly ContainerView[]): PodView {
  return { ...view, detail: { restartPolicy: 'Always', conditions: [], containers } };
}

const web = aWorkload({ kind: 'StatefulSet', name: 'web', uid: 's-1', wanted: 1, ready: 0 });

describe('a replaced pod with another uid', () => {
  const first = aPod('web-0', ownedBy(web));
  const second = { ...first, uid: 'uid-second' };

  test('goes on with the incident of the first, and its health is that of the owner', () => {
    see(web, withContainers(first, crashed()));
    openAll();
    see(withContainers(second, up()));
    lose(first);
    now += 11 * MINUTE;
    expect(decisions()).toEqual([]);
    see(withContainers(second, crashed()));
    expect([decisions(), correlator.size]).toEqual([[], 1]);
    see({ ...web, ready: 1 });
    lose(second);
    now += 11 * MINUTE;
    expect(decide(keyOf(web))).toMatchObject({ kind: 'recover', how: 'replaced' });
  });
});

test('a restart count that a restart of the node has reset is no recovery', () => {
  const pod = aPod('web-0', ownedBy(web));
  see(web, withContainers(pod, crashed({ restartCount: 7 })));
  openAll();
  see(withContainers(pod, crashed({ restartCount: 0 })));
  now += HOUR;
  expect(decisions()).toEqual([]);
});

describe('static pods', () => {
  const node: OwnerReference = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'n-1' };
  const [scheduler, proxy] = [
    aPod('kube-scheduler-node-1', { owner: node }),
    aPod('kube-proxy-node-1', { owner: node }),
  ];

  test('of one node are incidents of their own', () => {
    see(aNode(), withContainers(scheduler, crashed()), withContainers(proxy, crashed()));
    expect(decisions()).toEqual([
      ['Pod kube-scheduler-node-1', 'open'],
      ['Pod kube-proxy-node-1', 'open'],
    ]);
  });

  test('that run again have healed, and are not taken for deleted', () => {
    see(aNode(), withContainers(proxy, crashed()));
    openAll();
    now += 11 * MINUTE;
    expect(decisions()).toEqual([]);
    see(proxy);
    now += 11 * MINUTE;
    expect(decide(keyOf(proxy))).toMatchObject({ kind: 'recover', how: 'healed' });
  });
});

describe('Jobs', () => {
  test('that try again below their limit fail nobody', () => {
    const job = aJob();
    see(job, withContainers(aPod('import-x', ownedBy(job)), crashed()));
    expect(correlator.size).toBe(0);
  });

  test('of another API group do not speak for their pods', () => {
    const owner = {
      apiVersion: 'batch.volcano.sh/v1alpha1',
      kind: 'Job',
      name: 'train-29391840',
      uid: 'v-1',
    };
    see(withContainers(aPod('train-29391840-0', { owner }), crashed()));
    openAll();
    expect(
      correlator.findings(
        incidentKey(CLUSTER, { ...owner, namespace: 'shop', series: 'train-*' }),
        nowAt(now),
        clusterState,
      )?.isDue,
    ).toBe(true);
  });

  test('of a CronJob that cannot pull their image are one incident of the CronJob', () => {
    const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', uid: 'c-1' };
    const notFound = { reason: 'ErrImagePull', message: 'failed to pull image "shop/app:2": not found' };
    for (const run of ['29391840', '29391900']) {
      const job = aJob({ name: `nightly-${run}`, uid: run, owner: cronJob });
      const pod = aPod(`nightly-${run}-x`, { ...ownedBy(job), phase: 'Pending' });
      const waiting = crashed({ restartCount: 0, waiting: notFound });
      see(job, withContainers(pod, waiting));
    }
    openAll();
    expect([...correlator.keys()]).toEqual([incidentKey(CLUSTER, { ...cronJob, namespace: 'shop' })]);
  });
});

describe('what is done on purpose', () => {
  const deployment = aWorkload({ name: 'shop', uid: 'd-9' });
  const stopped = { exitCode: 143, reason: 'Error', startedAt: NOW - MINUTE, finishedAt: NOW };
  const pod = withContainers(aPod('shop-1', ownedBy(deployment)), {
    name: 'app',
    role: 'app',
    restartCount: 4,
    ready: false,
    terminated: stopped,
  });
  const leaving: Partial<PodView> = { deletedAt: NOW, deletionDueAt: NOW + 30 * SECOND };

  test('exit 143 of the old pods of a rollout', () => {
    see({ ...deployment, updated: 1 }, { ...pod, ...leaving });
    expect(decisions()).toEqual([]);
  });

  test('scaling down from three to one, and to zero', () => {
    see({ ...deployment, wanted: 1, ready: 1 }, { ...pod, ...leaving });
    expect(decisions()).toEqual([]);
    see({ ...deployment, wanted: 0, ready: 0 });
    lose(pod);
    expect(correlator.size).toBe(0);
  });

  test('draining: the node is cordoned and goes away, its pods are evicted', () => {
    const conditions = [
      { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', since: NOW },
    ];
    const restarting = { ...pod, detail: { restartPolicy: 'Always', conditions, containers: [crashed()] } };
    const notReady = [
      { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', since: NOW - 10 * MINUTE },
    ];
    const node = aNode({ unschedulable: true, conditions: notReady });
    see(node, restarting, { ...restarting, ...leaving });
    expect(correlator.size).toBe(1);
    expect(decide(keyOf(node))).toMatchObject({ kind: 'suspect' });
  });

  test('a crash that stood is over when its owner is scaled to zero', () => {
    const crashing = withContainers(aPod('shop-2', ownedBy(deployment)), crashed());
    see(deployment, crashing);
    openAll();
    lose(crashing);
    see({ ...deployment, wanted: 0, ready: 0 });
    now += 11 * MINUTE;
    expect(decide(keyOf(deployment))).toMatchObject({ kind: 'recover', how: 'scaledToZero' });
  });
});

describe('Failed pods that stay behind', () => {
  const deployment = aWorkload({ name: 'shop', uid: 'd-9' });
  const failed = (name: string, reason: string): PodView => ({
    ...aPod(name, { ...ownedBy(deployment), phase: 'Failed' }),
    detail: { restartPolicy: 'Always', reason, conditions: [], containers: [] },
  });

  test('of a shutdown of their node say nothing, whether a replacement runs or not', () => {
    see({ ...deployment, ready: 0 }, failed('shop-1', 'Terminated'), failed('shop-2', 'NodeShutdown'));
    expect(decisions()).toEqual([]);
  });

  test('of fifty evictions are one incident, and only while the owner lacks replicas', () => {
    const evicted = Array.from({ length: 50 }, (_, n) => failed(`shop-${n}`, 'Evicted'));
    see({ ...deployment, ready: 1 }, ...evicted);
    now += 10 * MINUTE;
    expect(decisions()).toEqual([['Deployment shop', 'open']]);
    openAll();
    see({ ...deployment, ready: 3 });
    now += 11 * MINUTE;
    expect(decisions()).toEqual([['Deployment shop', 'recover']]);
  });
});

test('a bare pod is its own incident, and over when it is deleted', () => {
  const pod = withContainers(aPod('debug'), crashed());
  see(pod);
  openAll();
  lose(pod);
  now += 11 * MINUTE;
  expect(decide(keyOf(pod))).toMatchObject({ kind: 'recover', how: 'gone' });
});

test('a restart count that jumps from 0 to 5 while it runs', () => {
  const pod = aPod('web-0', { ...ownedBy(web), createdAt: now - 5 * SECOND });
  const last = { exitCode: 3, reason: 'Error', startedAt: now - 2 * SECOND, finishedAt: now };
  see(web, pod);
  see(withContainers(pod, up({ restartCount: 5, lastTerminated: last })));
  expect(decisions()).toEqual([['StatefulSet web', 'open']]);
});

describe('a rule that comes while an incident stands', () => {
  const job = aJob({ name: 'worker', uid: 'v-2', apiVersion: 'batch.volcano.sh/v1alpha1' });
  const pod = aPod('worker-0', ownedBy(job));

  test('is no recovery, however long it lasts; that is said when it is true', () => {
    see(withContainers(pod, crashed()));
    openAll();
    excludeNamespaces.push('shop');
    see(withContainers(pod, crashed()));
    now += 24 * HOUR;
    see(withContainers(pod, crashed({ restartCount: 99 })));
    expect(decisions()).toEqual([]);
    see(pod);
    now += 11 * MINUTE;
    expect(decide(keyOf(pod))).toMatchObject({ kind: 'recover', how: 'healed' });
  });

  test('and is known after a restart of the agent as well, and when the object is gone', () => {
    const key = keyOf(pod);
    const target = rootOwner(pod, index);
    const name = incidentName(target, key, 1);
    excludeNamespaces.push('shop');
    correlator.setIncident(anIncident({}, { name, spec: { key, target } }), nowAt(now));
    see(withContainers(pod, crashed()));
    now += HOUR;
    expect(decisions()).toEqual([]);
    lose(withContainers(pod, crashed()));
    now += 11 * MINUTE;
    expect(decisions()).toEqual([['Job worker', 'recover']]);
  });
});

describe('what has ended', () => {
  const failed = { type: 'Failed', status: 'True', since: NOW - MINUTE, reason: 'BackoffLimitExceeded' };

  test('is told from what was seen when it is removed in the second it fails', () => {
    const job = aJob({ failed });
    index.upsert(job);
    lose(job);
    expect(decisions()).toEqual([['Job import', 'open']]);
  });

  test('is forgotten when a run of the same name has succeeded meanwhile', () => {
    const job = aJob({ failed });
    see(job);
    lose(job);
    see(aJob({ uid: 'job-2', createdAt: NOW, complete: true }));
    expect(decisions()).toEqual([]);
    expect(correlator.size).toBe(0);
  });

  test('and is not told in time is forgotten', () => {
    const job = aJob({ failed });
    see(job);
    lose(job);
    now += HOUR;
    expect(decisions()).toEqual([]);
    expect(correlator.size).toBe(0);
  });
});

describe('a failure that comes and goes', () => {
  const unhealthy = (lastAt: number): EventView => ({
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    uid: 'e-1',
    namespace: 'shop',
    name: 'e-1',
    createdAt: NOW,
    regarding: { kind: 'Pod', namespace: 'shop', name: 'web-0', uid: 'p-1' },
    reason: 'Unhealthy',
    note: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
    count: 3,
    firstAt: NOW,
    lastAt,
  });
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 's-1' };
  const base = aPod('web-0', { uid: 'p-1', owner, createdAt: NOW - HOUR });
  const ready = (): PodView => withContainers(base, up({ runningSince: NOW - HOUR }));
  const unready = (): PodView => ({
    ...withContainers(base, up({ ready: false, runningSince: NOW - HOUR })),
    detail: {
      restartPolicy: 'Always',
      conditions: [{ type: 'Ready', status: 'False', since: now }],
      containers: [up({ ready: false, runningSince: NOW - HOUR })],
    },
  });

  test('is told when it has stood for its hold within three of them', () => {
    const told: number[] = [];
    for (let minute = 0; minute < 30 && told.length === 0; minute += 1) {
      now = NOW + minute * MINUTE;
      if (minute % 6 === 0) {
        index.upsert(unhealthy(now));
        see(unready());
      }
      if (minute % 6 === 4) see(ready());
      if (decisions().length > 0) told.push(minute);
    }
    expect(told).toEqual([14]);
  });
});

describe('pods that their owner makes anew', () => {
  const vm = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name: 'vm1', uid: 'v-1' };
  const failedPod = (n: number, madeAt: number, endedAt: number, owner: OwnerReference = vm): PodView => ({
    ...withContainers(
      aPod(`launcher-${n}`, { uid: `l-${n}`, owner, createdAt: madeAt }),
      crashed({ restartCount: 0, terminated: { exitCode: 1, startedAt: madeAt, finishedAt: endedAt } }),
    ),
    phase: 'Failed',
  });

  test('again and again are told, at the third', () => {
    see(failedPod(1, NOW - 9 * MINUTE, NOW - 8 * MINUTE), failedPod(2, NOW - 6 * MINUTE, NOW - 5 * MINUTE));
    expect(decisions()).toEqual([]);
    see(failedPod(3, NOW - 3 * MINUTE, NOW - MINUTE));
    expect(decisions()).toEqual([['VirtualMachineInstance vm1', 'open']]);
  });

  test('are counted when they are gone', () => {
    for (const n of [1, 2, 3]) {
      const pod = failedPod(n, now - 2 * MINUTE, now - MINUTE);
      see(pod);
      lose(pod);
      now += 3 * MINUTE;
    }
    expect(decisions()).toEqual([['VirtualMachineInstance vm1', 'open']]);
  });

  test('at once are one failure, and not three', () => {
    see(...[1, 2, 3].map((n) => failedPod(n, NOW - 9 * MINUTE, NOW - n * MINUTE)));
    expect(decisions()).toEqual([]);
  });

  test('are the results of runs where each owner is made once', () => {
    const run = { ...vm, kind: 'TaskRun', name: 'build-x7k2p' };
    see(...[3, 2, 1].map((n) => failedPod(n, NOW - n * 3 * MINUTE, NOW - n * 3 * MINUTE + MINUTE, run)));
    expect(decisions()).toEqual([]);
  });
});

describe('a workload that lacks pods, without a word about why', () => {
  const set = aWorkload({ kind: 'StatefulSet', name: 'db', uid: 'db', wanted: 3, ready: 1, updated: 3 });
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'db' };
  const pending = (n: number, message: string): PodView => ({
    ...withContainers(aPod(`db-${n}`, { uid: `db-${n}`, owner })),
    phase: 'Pending',
    detail: {
      restartPolicy: 'Always',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message, since: NOW }],
      containers: [],
    },
  });

  test('is told after its hold, counted from when it was first seen so', () => {
    see(set);
    now += 15 * MINUTE - 1;
    see(set);
    expect(decisions()).toEqual([]);
    now += 1;
    expect(decisions()).toEqual([['StatefulSet db', 'open']]);
  });

  test('is named by what its pods say, where they say it', () => {
    const refused: PodView = {
      ...aPod('db-1', { uid: 'db-1', owner }),
      phase: 'Failed',
      detail: {
        reason: 'UnexpectedAdmissionError',
        message: 'Pod was rejected: the device is lost',
        restartPolicy: 'Always',
        conditions: [],
        containers: [],
      },
    };
    see(set, refused);
    now += 16 * MINUTE;
    see(set);
    const decision = decide(keyOf(set));
    expect(decision).toMatchObject({ kind: 'open' });
    expect(decision !== undefined && 'findings' in decision && decision.findings.signals[0]?.class).toBe(
      'eviction',
    );
  });

  test('begins anew when its numbers change', () => {
    see(set);
    now += 10 * MINUTE;
    see({ ...set, ready: 2 });
    now += 10 * MINUTE;
    expect(decisions()).toEqual([]);
  });

  test('lacks nothing of its own where they are held back', () => {
    see(set, pending(1, 'gated'), pending(2, 'gated'));
    now += HOUR;
    expect(decisions()).toEqual([]);
  });

  test('nor where they are on a node that fails', () => {
    const node = aNode({ conditions: [{ type: 'Ready', status: 'Unknown', since: NOW }] });
    const lost = (n: number): PodView => ({
      ...withContainers(aPod(`db-${n}`, { uid: `db-${n}`, owner, node: node.name }), up({ ready: false })),
      deletedAt: NOW,
    });
    see(node, set, lost(1), lost(2));
    now += HOUR;
    expect(decisions()).toEqual([[`Node ${node.name}`, 'open']]);
  });
});

test('a node that was seen to be well has not failed before that, whatever its clock says', () => {
  see(aNode());
  now += MINUTE;
  see(aNode({ conditions: [{ type: 'Ready', status: 'Unknown', since: NOW - HOUR }] }));
  expect(decisions()).toEqual([]);
  now += 2 * MINUTE;
  expect(decisions()).toHaveLength(1);
});
