import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ObjectRef } from '../../../src/domain/failure.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { KubeRequest } from '../../../src/kube/connection/index.ts';
import { connectionWith } from '../../support/connection.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import {
  applyCheckout,
  applyEvent,
  createScene,
  crashedStatus,
  endedStatus,
  nextTemplate,
  ownedBy,
} from './scene.ts';
import type { Scene } from './scene.ts';

let scene: Scene;

beforeEach(async () => {
  scene = await createScene();
});

afterEach(async () => {
  await scene.close();
});

const place = ['shop', 'checkout-2-x', 'app'] as const;

describe('evidence of a Deployment', () => {
  test('names owner, chain, replicas, pod, container and node', async () => {
    const { deployment, pod } = applyCheckout(scene);
    const evidence = await scene.evidence({ owner: deployment, pod, container: 'app' });
    expect(evidence.owner).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'shop',
      name: 'checkout',
      uid: deployment.uid,
      createdAt: expect.any(String),
      labels: { app: 'checkout' },
      replicas: { wanted: 3, ready: 1, updated: 3, available: 0 },
      conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' }],
      chain: [
        { kind: 'Pod', name: 'checkout-2-x' },
        { kind: 'ReplicaSet', name: 'checkout-2' },
        { kind: 'Deployment', name: 'checkout' },
      ],
    });
    expect(evidence.pod).toMatchObject({
      name: 'checkout-2-x',
      phase: 'Running',
      nodeName: 'node-1',
      qosClass: 'Burstable',
      volumes: [
        'data: persistentVolumeClaim checkout-data',
        'token: projected (serviceAccountToken, configMap ca)',
      ],
    });
    expect(evidence.containers).toEqual([
      {
        name: 'app',
        role: 'app',
        image: 'registry.example/checkout:1.4',
        imageID: 'registry.example/checkout@sha256:00',
        command: ['/bin/checkout', '--serve'],
        ready: false,
        restartCount: 4,
        state: { running: { startedAt: '2026-11-23T03:00:05Z' } },
        lastState: {
          terminated: {
            exitCode: 3,
            reason: 'Error',
            startedAt: '2026-11-23T03:00:03Z',
            finishedAt: '2026-11-23T03:00:04Z',
          },
        },
        resources: { requests: { cpu: '100m' }, limits: { memory: '32Mi' } },
        probes: {
          liveness: 'http-get http://:8080/healthz delay=0s timeout=1s period=5s #success=1 #failure=3',
        },
        environmentNames: ['* (ConfigMap checkout)', 'DB_PASSWORD', 'LOG_LEVEL', 'NEW'],
      },
    ]);
    expect(evidence.node).toMatchObject({
      name: 'node-1',
      zone: 'eu-1a',
      instanceType: 'm5',
      kernelVersion: '6.1',
      capacity: { cpu: '4', memory: '8Gi' },
      taints: [{ key: 'dedicated', value: 'shop', effect: 'NoSchedule' }],
    });
    expect(evidence.omitted).toEqual([]);
  });

  test('tells what the last rollout changed, and of variables only their names', async () => {
    const { deployment, pod } = applyCheckout(scene);
    const { rollout } = await scene.evidence({ owner: deployment, pod });
    expect(rollout).toEqual({
      revision: '2',
      changedAt: '2026-11-22T10:00:00Z',
      changeCause: 'release 2',
      previousRevision: '1',
      previousChangedAt: '2026-11-21T10:00:00Z',
      changes: [
        {
          container: 'app',
          image: { from: 'registry.example/checkout:1.3', to: 'registry.example/checkout:1.4' },
          resources: {
            from: 'requests cpu=100m; limits memory=64Mi',
            to: 'requests cpu=100m; limits memory=32Mi',
          },
          environment: { added: ['NEW'], removed: ['OLD'], changed: ['DB_PASSWORD'] },
        },
      ],
      revisions: [
        {
          name: 'checkout-2',
          revision: '2',
          createdAt: '2026-11-22T10:00:00Z',
          isCurrent: true,
          wanted: 3,
          pods: 0,
          ready: 0,
        },
        {
          name: 'checkout-1',
          revision: '1',
          createdAt: '2026-11-21T10:00:00Z',
          isCurrent: false,
          wanted: 3,
          pods: 0,
          ready: 0,
        },
      ],
    });
  });

  test('keeps secret values apart, for striking out', async () => {
    const { deployment, pod } = applyCheckout(scene);
    const { secretValues, ...rest } = await scene.evidence({ owner: deployment, pod });
    expect(secretValues).toEqual(['correct-horse', 'hunter2-hunter2']);
    expect(JSON.stringify(rest)).not.toContain('correct-horse');
    expect(JSON.stringify(rest)).not.toContain('hunter2');
  });

  test('reads Events of pod, ReplicaSet and owner, newest first', async () => {
    const { deployment, replicaSet, pod } = applyCheckout(scene);
    applyEvent(scene, { ...pod, fieldPath: 'spec.containers{app}' }, 5);
    applyEvent(scene, replicaSet, 7, 'FailedCreate');
    applyEvent(scene, deployment, 6, 'ScalingReplicaSet');
    applyEvent(scene, { ...pod, uid: 'of-another' }, 9);
    const { events } = await scene.evidence({ owner: deployment, pod });
    expect(events.map((event) => [event.object, event.reason])).toEqual([
      ['ReplicaSet/checkout-2', 'FailedCreate'],
      ['Deployment/checkout', 'ScalingReplicaSet'],
      ['Pod/checkout-2-x', 'BackOff'],
    ]);
    expect(events[2]).toEqual({
      type: 'Warning',
      reason: 'BackOff',
      message: 'BackOff at 5',
      count: 5,
      firstAt: '2026-11-23T03:00:00.000Z',
      lastAt: '2026-11-23T03:05:00.000Z',
      object: 'Pod/checkout-2-x',
      container: 'app',
      source: 'kubelet',
    });
    expect((await scene.evidence({ owner: deployment, pod }, { events: 1 })).events).toEqual([events[0]]);
  });

  test('finds the pod in which most is wrong when none is named', async () => {
    const { deployment, replicaSet } = applyCheckout(scene);
    const running = { ...crashedStatus.containerStatuses[0], ready: true, restartCount: 9, lastState: {} };
    const waiting = { ...running, restartCount: 1, state: { waiting: { reason: 'ImagePullBackOff' } } };
    for (const [name, status] of Object.entries({ a: running, worst: waiting, z: running })) {
      scene.apply({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name,
          namespace: 'shop',
          labels: { app: 'checkout' },
          ownerReferences: [ownedBy(replicaSet)],
        },
        spec: nextTemplate.spec,
        status: { phase: 'Running', containerStatuses: [status] },
      });
    }
    const evidence = await scene.evidence({ owner: deployment });
    expect(evidence.pod?.name).toBe('worst');
  });

  test('takes another pod when the named one is gone, and says so', async () => {
    const { deployment, pod } = applyCheckout(scene);
    const evidence = await scene.evidence({ owner: deployment, pod: { ...pod, name: 'checkout-2-gone' } });
    expect(evidence.pod?.name).toBe('checkout-2-x');
    expect(evidence.omitted).toEqual([
      { field: 'pod checkout-2-gone', reason: 'it does not exist any more' },
    ]);
  });
});

describe('logs', () => {
  test('are of the run that ended, not of the one that runs now', async () => {
    const { deployment, pod } = applyCheckout(scene);
    scene.sandbox.setLogs(place, { previous: 'one\n\u001b[31mtwo\u001b[0m\n', current: 'three\n' });
    const { logs } = await scene.evidence({ owner: deployment, pod });
    expect(logs).toEqual([
      { container: 'app', pod: 'checkout-2-x', previous: true, lines: ['one', '\u001b[31mtwo\u001b[0m'] },
    ]);
  });

  test('are of the current run while that has ended and waits for the next', async () => {
    const { deployment, pod } = applyCheckout(scene, endedStatus);
    scene.sandbox.setLogs(place, { previous: 'the run before\n', current: 'the last run\n' });
    const { logs } = await scene.evidence({ owner: deployment, pod });
    expect(logs).toEqual([
      { container: 'app', pod: 'checkout-2-x', previous: true, lines: ['the last run'] },
    ]);
  });

  test('are of the current run where no other can be read', async () => {
    const { deployment, pod } = applyCheckout(scene);
    scene.sandbox.setLogs(place, { current: 'now\n' });
    scene.sandbox.failNext({ path: 'previous=true' }, 400);
    const { logs } = await scene.evidence({ owner: deployment, pod });
    expect(logs).toEqual([{ container: 'app', pod: 'checkout-2-x', previous: false, lines: ['now'] }]);
  });

  test('are asked for once more while the container is started again and has none', async () => {
    const waiting = { waiting: { reason: 'CrashLoopBackOff' } };
    const [status] = crashedStatus.containerStatuses;
    const { deployment, pod } = applyCheckout(scene, {
      ...crashedStatus,
      containerStatuses: [{ ...status, state: waiting }],
    });
    scene.sandbox.failNext({ path: '/log' }, 400);
    const waits: number[] = [];
    const sleep = async (ms: number): Promise<void> => {
      waits.push(ms);
      scene.sandbox.setLogs(place, { previous: 'the run that began meanwhile\n' });
    };
    const reader = scene.reader({ clock: { ...systemClock, sleep } });
    const { logs, omitted } = await reader.evidence({ owner: deployment, pod });
    expect(logs).toMatchObject([{ previous: true, lines: ['the run that began meanwhile'] }]);
    expect(omitted).toEqual([]);
    expect(waits).toEqual([1_500]);
  });

  test('are asked for once where the runtime never keeps any', async () => {
    const { deployment, pod } = applyCheckout(scene);
    const never = 'Error response from daemon: configured logging driver does not support reading\n';
    scene.sandbox.setLogs(place, { previous: never, current: never });
    const sleep = (): Promise<void> => Promise.reject(new Error('waited'));
    const reader = scene.reader({ clock: { ...systemClock, sleep } });
    expect((await reader.evidence({ owner: deployment, pod })).logs).toEqual([]);
  });

  test('of a pod that is gone are asked for once', async () => {
    const { deployment, pod } = applyCheckout(scene);
    scene.sandbox.failNext({ path: 'previous=true' }, 404);
    scene.sandbox.failNext({ path: '/log' }, 404);
    const sleep = (): Promise<void> => Promise.reject(new Error('waited'));
    const reader = scene.reader({ clock: { ...systemClock, sleep } });
    expect(await reader.evidence({ owner: deployment, pod })).toMatchObject({
      logs: [],
      omitted: [{ field: 'logs', reason: 'the node has no log of container app any more' }],
    });
  });

  test('keep the end when a log is longer than the limits', async () => {
    const { deployment, pod } = applyCheckout(scene);
    const lines = Array.from({ length: 200 }, (_, index) => `${index} ${'x'.repeat(1_000)}`);
    scene.sandbox.setLogs(place, { previous: `${lines.join('\n')}\n` });
    const { logs } = await scene.evidence({ owner: deployment, pod }, { logLines: 100, logBytes: 4_096 });
    expect(logs[0]?.lines.map((line) => line.split(' ')[0])).toEqual(['196', '197', '198', '199']);
    const limits = { logLines: 3, logBytes: 4_096, logFileBytes: 65_536 };
    const { logs: shown, logFile } = await scene.evidence({ owner: deployment, pod }, limits);
    expect(shown[0]?.lines).toHaveLength(3);
    expect(logFile?.lines.at(-1)).toEqual(shown[0]?.lines.at(-1));
    expect(Buffer.byteLength(logFile?.lines.join('\n') ?? '')).toBeGreaterThan(60_000);
    expect(Buffer.byteLength(logFile?.lines.join('\n') ?? '')).toBeLessThanOrEqual(65_536);
    const all = await scene.evidence({ owner: deployment, pod }, { logLines: 5, logBytes: 16_384 });
    expect(all).not.toHaveProperty('logFile');
    expect(all.logs[0]?.lines.map((line) => line.split(' ')[0])).toEqual(['195', '196', '197', '198', '199']);
  });

  test('of another pod are its last lines alone, and nothing is read where logs are not', async () => {
    const { deployment, pod } = applyCheckout(scene);
    const lines = Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(1_000)}`);
    scene.sandbox.setLogs(place, { previous: `${lines.join('\n')}\n` });
    const asked: unknown[] = [];
    const connection = connectionWith(scene.connection, {
      json: async <T>(request: KubeRequest) => {
        asked.push(request.path.split('/').at(-1));
        return scene.connection.json<T>(request);
      },
      text: async (request) => {
        asked.push(request.query?.['limitBytes']);
        return scene.connection.text(request);
      },
    });
    const options = { logLines: 100, logBytes: 4_096, logFileBytes: 131_072 };
    const target = { owner: deployment, pod };
    const read = await scene.reader({ connection }, options).lastLines(target);
    expect(read?.logs[0]?.lines.map((line) => line.split(' ')[0])).toEqual(['36', '37', '38', '39']);
    expect(asked.slice(0, 2)).toEqual(['checkout-2-x', 8 * 4_096]);
    const known = asked.length;
    const off = scene.reader({ connection }, { ...options, logsEnabled: false });
    expect(await off.lastLines(target)).toBeUndefined();
    expect(asked).toHaveLength(known);
  });

  test('say why they are missing', async () => {
    const { deployment, pod } = applyCheckout(scene);
    const off = await scene.evidence({ owner: deployment, pod }, { logsEnabled: false });
    expect(off).toMatchObject({
      logs: [],
      omitted: [{ field: 'logs', reason: 'the reading of logs is switched off' }],
    });
    scene.sandbox.failNext({ path: '/log' }, { status: 403 });
    const refused = await scene.evidence({ owner: deployment, pod });
    expect(refused.omitted).toEqual([{ field: 'logs', reason: 'the agent has no right to read it' }]);
    const state = { waiting: { reason: 'ContainerCreating' } };
    applyCheckout(scene, {
      phase: 'Pending',
      containerStatuses: [{ name: 'app', state, lastState: {}, restartCount: 0 }],
    });
    const early = await scene.evidence({ owner: deployment, pod });
    expect(early.omitted).toEqual([{ field: 'logs', reason: 'container app has not run yet' }]);
  });
});

describe('other owners', () => {
  test.each(['StatefulSet', 'DaemonSet'])(
    'a %s tells its last rollout from ControllerRevisions',
    async (kind) => {
      const labels = { app: 'store' };
      const owner = scene.apply({
        apiVersion: 'apps/v1',
        kind,
        metadata: { name: 'store', namespace: 'shop' },
        spec: { replicas: 2, selector: { matchLabels: labels }, template: nextTemplate },
        status: { readyReplicas: 1, numberReady: 1, desiredNumberScheduled: 2 },
      });
      for (const [revision, image] of [
        [1, 'store:1'],
        [2, 'store:2'],
      ] as const) {
        scene.apply({
          apiVersion: 'apps/v1',
          kind: 'ControllerRevision',
          metadata: {
            name: `store-${revision}`,
            namespace: 'shop',
            labels,
            ownerReferences: [ownedBy(owner)],
          },
          revision,
          data: { spec: { template: { spec: { containers: [{ name: 'db', image }] }, $patch: 'replace' } } },
        });
      }
      const evidence = await scene.evidence({ owner });
      expect(evidence.owner?.replicas).toMatchObject({ wanted: 2, ready: 1 });
      expect(evidence.rollout).toMatchObject({
        revision: '2',
        previousRevision: '1',
        changes: [{ container: 'db', image: { from: 'store:1', to: 'store:2' } }],
      });
    },
  );

  test('a CronJob shows the pod of its newest Job', async () => {
    const owner = scene.apply({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'report', namespace: 'shop' },
      spec: {},
    });
    for (const [name, creationTimestamp] of [
      ['report-1', '2026-11-23T01:00:00Z'],
      ['report-2', '2026-11-23T02:00:00Z'],
    ] as const) {
      const selector = { matchLabels: { 'job-name': name } };
      const job = scene.apply({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name, namespace: 'shop', creationTimestamp, ownerReferences: [ownedBy(owner)] },
        spec: { selector },
      });
      scene.apply({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: `${name}-x`,
          namespace: 'shop',
          labels: selector.matchLabels,
          ownerReferences: [ownedBy(job)],
        },
        spec: nextTemplate.spec,
        status: { phase: 'Failed', containerStatuses: [] },
      });
    }
    const { owner: facts } = await scene.evidence({ owner });
    expect(facts?.chain.map((link) => link.name)).toEqual(['report-2-x', 'report-2', 'report']);
  });

  test('a bare pod is its own owner', async () => {
    const pod = scene.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'debug', namespace: 'shop' },
      spec: nextTemplate.spec,
      status: crashedStatus,
    });
    const evidence = await scene.evidence({ owner: pod, pod });
    expect(evidence.owner?.chain).toEqual([{ kind: 'Pod', name: 'debug' }]);
    expect(evidence.pod?.name).toBe('debug');
    expect(evidence.containers).toHaveLength(1);
  });

  test('a Node is read as node and owner, with the Events about its name', async () => {
    applyCheckout(scene);
    const node: ObjectRef = {
      apiVersion: 'v1',
      kind: 'Node',
      namespace: '',
      name: 'node-1',
      uid: 'whatever',
    };
    applyEvent(scene, { ...node, uid: 'node-1' }, 4, 'NodeNotReady');
    const evidence = await scene.evidence({ owner: node });
    expect(evidence.node?.name).toBe('node-1');
    expect(evidence.owner?.conditions).toEqual([{ type: 'Ready', status: 'True' }]);
    expect(evidence.events.map((event) => event.reason)).toEqual(['NodeNotReady']);
    expect(evidence.pod).toBeUndefined();
  });

  test('a Namespace has no pod', async () => {
    const owner = scene.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const evidence = await scene.evidence({ owner });
    expect(evidence).toMatchObject({
      owner: { kind: 'Namespace', name: 'shop' },
      containers: [],
      omitted: [],
    });
  });

  test('a kind that cannot be read is named as given, with the chain up to it', async () => {
    const { pod } = applyCheckout(scene);
    const rollout = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      namespace: 'shop',
      name: 'checkout',
      uid: 'r-1',
    };
    scene.sandbox.objects.update({ kind: 'ReplicaSet', namespace: 'shop', name: 'checkout-2' }, (set) => {
      set.metadata.ownerReferences = [{ ...rollout, controller: true }];
    });
    const evidence = await scene.evidence({ owner: rollout, pod });
    expect(evidence.owner).toEqual({
      ...rollout,
      labels: {},
      conditions: [],
      chain: [
        { kind: 'Pod', name: 'checkout-2-x' },
        { kind: 'ReplicaSet', name: 'checkout-2' },
        { kind: 'Rollout', name: 'checkout' },
      ],
    });
    expect(evidence.omitted).toEqual([
      { field: 'owner', reason: 'the agent does not read objects of kind Rollout' },
    ]);
  });
});

describe('what cannot be read', () => {
  test.each([
    ['owner', /\/deployments\/checkout$/, 500, 'the API server answered 500'],
    ['pod checkout-2-x', /\/pods\/checkout-2-x$/, 403, 'the agent has no right to read it'],
    ['node', /\/nodes\/node-1/, 503, 'the API server answered 503'],
    ['rollout', /\/replicasets/, 403, 'the agent has no right to read it'],
    ['events', /\/events/, 404, 'it does not exist any more'],
  ])('%s is left out and noted, all else is there', async (field, path, status, reason) => {
    const { deployment, pod } = applyCheckout(scene);
    scene.sandbox.failNext({ path }, { status });
    const evidence = await scene.evidence({ owner: deployment, pod });
    expect(evidence.omitted).toEqual([{ field, reason }]);
    expect(evidence.owner?.name).toBe('checkout');
    expect(evidence.pod?.name).toBe('checkout-2-x');
  });

  test('an agent of single namespaces leaves nodes alone', async () => {
    const { deployment, pod } = applyCheckout(scene);
    const evidence = await scene.evidence({ owner: deployment, pod }, { namespaces: ['shop'] });
    expect(evidence.node).toBeUndefined();
    expect(scene.sandbox.requests.filter((request) => request.path.includes('/nodes'))).toEqual([]);
  });

  test('an aborted call rejects with the reason', async () => {
    const { deployment } = applyCheckout(scene);
    const signal = AbortSignal.abort(new Error('stopping'));
    await expect(scene.reader().evidence({ owner: deployment }, signal)).rejects.toThrow('stopping');
  });
});

describe('cluster', () => {
  test('is identified by kube-system, its version and the provider of a node', async () => {
    applyCheckout(scene);
    const uid = scene.sandbox.objects.get({ kind: 'Namespace', name: 'kube-system' })?.metadata.uid;
    const clusterIdentity = { id: 'c-1', name: 'production' };
    expect(await scene.reader({ clusterIdentity }).cluster()).toEqual({
      id: 'c-1',
      name: 'production',
      version: expect.stringMatching(/^v1\./),
      uid,
      provider: 'kind',
    });
  });

  test('is read once, its version once in ten minutes, and what was missing at once', async () => {
    const clock = createFakeClock();
    applyCheckout(scene);
    const reader = scene.reader({ clock });
    scene.sandbox.failNext({ path: '/version' }, 503);
    expect(await reader.cluster()).not.toHaveProperty('version');
    expect(await reader.cluster()).toHaveProperty('version');
    const before = scene.sandbox.requests.length;
    await clock.advance(599_999);
    await reader.cluster();
    expect(scene.sandbox.requests).toHaveLength(before);
    await clock.advance(1);
    await reader.cluster();
    // Who it is does not change.
    expect(scene.sandbox.requests.slice(before).map(({ path }) => path)).toEqual(['/version']);
  });
});
