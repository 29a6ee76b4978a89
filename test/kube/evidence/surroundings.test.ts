import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FailureClass } from '../../../src/domain/failure-classes.ts';
import type { ObjectRef } from '../../../src/domain/failure.ts';
import { otherChanges } from '../../../src/kube/evidence/template-diff.ts';
import { readRefusal } from '../../../src/kube/evidence/namespace.ts';
import { podRequests, sayAmounts } from '../../../src/kube/evidence/requests-and-usage.ts';
import { verdictOf } from '../../../src/kube/evidence/scheduling.ts';
import { applyCheckout, applyEvent, createScene, ownedBy } from './scene.ts';
import type { Scene } from './scene.ts';

let scene: Scene;

beforeEach(async () => {
  scene = await createScene();
});

afterEach(async () => {
  await scene.close();
});

const meta = (name: string, more: object = {}): object => ({ name, namespace: 'shop', ...more });

function applyPod(name: string, spec: object, status: object = {}, namespace = 'shop'): ObjectRef {
  return scene.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { containers: [{ name: 'app', image: 'a' }], ...spec },
    status,
  });
}

const requesting = (cpu: string, memory = '1Gi'): object => ({
  containers: [{ name: 'app', image: 'a', resources: { requests: { cpu, memory } } }],
});

const unschedulable = (message: string): object => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
});

/** The paths that were asked for while evidence of a bare pod was gathered. */
async function pathsFor(
  pod: ObjectRef,
  classes: readonly FailureClass[] | undefined,
): Promise<readonly string[]> {
  const before = scene.sandbox.requests.length;
  await scene.evidence({ owner: pod, pod, ...(classes === undefined ? {} : { classes }) });
  return scene.sandbox.requests
    .slice(before)
    .map(({ path }) => path.split('?')[0] ?? '')
    .toSorted();
}

describe('what is read', () => {
  test('is more only for the classes that need it', async () => {
    const { pod } = applyCheckout(scene);
    const usual = await pathsFor(pod, undefined);
    for (const one of ['crash', 'image', 'config', 'probe', 'rollout', 'job', 'event'] as const)
      expect(await pathsFor(pod, [one])).toEqual(usual);
    expect((await pathsFor(pod, ['eviction'])).length).toBe(usual.length + 1);
    expect(await pathsFor(pod, ['create'])).toEqual(
      expect.arrayContaining([
        '/api/v1/namespaces/shop',
        '/api/v1/namespaces/shop/resourcequotas',
        '/api/v1/namespaces/shop/limitranges',
      ]),
    );
  });
});

test('a claim that is the owner has no pods of its own, whatever its selector says of volumes', async () => {
  const { pod } = applyCheckout(scene);
  const claim = scene.apply({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: meta('data'),
    spec: { selector: { matchLabels: { app: 'checkout' } } },
    status: { phase: 'Pending' },
  });
  const evidence = await scene.evidence({ owner: claim, classes: ['event'] });
  expect(evidence.pod).toBeUndefined();
  expect(pod.name).toBe('checkout-2-x');
});

test.each([
  ['without a limit', {}, true],
  ['within its limit', { limits: { memory: '1Gi' } }, false],
])('a container that is out of memory %s asks what else runs on the node', async (_how, resources, asks) => {
  applyCheckout(scene);
  const terminated = { exitCode: 137, reason: 'OOMKilled' };
  const pod = applyPod(
    'greedy',
    { nodeName: 'node-1', containers: [{ name: 'app', image: 'a', resources }] },
    {
      phase: 'Running',
      containerStatuses: [{ name: 'app', restartCount: 3, state: { terminated }, lastState: {} }],
    },
  );
  const { node } = await scene.evidence({ owner: pod, pod, classes: ['crash'] });
  expect(node?.pods !== undefined).toBe(asks);
});

describe('storage', () => {
  const mounting = (claimName: string, nodeName?: string): object => ({
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
    ...(nodeName === undefined ? {} : { nodeName }),
  });

  function applyClaim(spec: object, status: object): ObjectRef {
    return scene.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: meta('data'),
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } }, ...spec },
      status,
    });
  }

  test('is the claim, its volume, its class, where it is attached and who uses it', async () => {
    applyClaim(
      { storageClassName: 'fast', volumeName: 'pv-1' },
      { phase: 'Bound', capacity: { storage: '12Gi' } },
    );
    scene.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'pv-1' },
      spec: {
        csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-0a1b' },
        capacity: { storage: '12Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Delete',
        claimRef: { namespace: 'shop', name: 'data' },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }],
          },
        },
      },
      status: { phase: 'Bound' },
    });
    scene.apply({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'fast' },
      provisioner: 'ebs.csi.aws.com',
      volumeBindingMode: 'WaitForFirstConsumer',
      reclaimPolicy: 'Delete',
    });
    for (const [name, volume] of [
      ['va-1', 'pv-1'],
      ['va-2', 'pv-of-others'],
    ]) {
      scene.apply({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'VolumeAttachment',
        metadata: { name },
        spec: { attacher: 'ebs.csi.aws.com', nodeName: 'node-2', source: { persistentVolumeName: volume } },
        status: { attached: true, detachError: { message: 'still in use' } },
      });
    }
    applyPod('other', mounting('data', 'node-2'));
    const pod = applyPod('db-0', mounting('data', 'node-1'));
    const { storage, omitted } = await scene.evidence({ owner: pod, pod, classes: ['storage'] });
    expect(storage).toEqual({
      claims: [
        {
          name: 'data',
          phase: 'Bound',
          createdAt: expect.any(String),
          storageClass: 'fast',
          accessModes: ['ReadWriteOnce'],
          requested: '10Gi',
          capacity: '12Gi',
          volumeName: 'pv-1',
          conditions: [],
          usedBy: ['db-0 on node-1', 'other on node-2'],
        },
      ],
      volumes: [
        {
          name: 'pv-1',
          phase: 'Bound',
          driver: 'ebs.csi.aws.com',
          handle: 'vol-0a1b',
          capacity: '12Gi',
          accessModes: ['ReadWriteOnce'],
          reclaimPolicy: 'Delete',
          claim: 'shop/data',
          nodeAffinity: ['zone in (a)'],
        },
      ],
      classes: [
        {
          name: 'fast',
          provisioner: 'ebs.csi.aws.com',
          volumeBindingMode: 'WaitForFirstConsumer',
          reclaimPolicy: 'Delete',
        },
      ],
      attachments: [
        {
          volume: 'pv-1',
          node: 'node-2',
          attached: true,
          attacher: 'ebs.csi.aws.com',
          error: 'still in use',
        },
      ],
    });
    // The node of the pod is not in the sandbox.
    expect(omitted.map(({ field }) => field)).toEqual(['logs', 'node']);
  });

  test('tells a claim and a class that do not exist from those that may not be read', async () => {
    const pod = applyPod('db-0', mounting('data'));
    const missing = await scene.evidence({ owner: pod, pod, classes: ['storage'] });
    expect(missing.storage?.claims).toEqual([
      { name: 'data', phase: 'NotFound', accessModes: [], conditions: [], usedBy: ['db-0'] },
    ]);
    expect(missing.omitted.map(({ field }) => field)).toEqual(['logs']);

    scene.sandbox.failNext({ path: '/persistentvolumeclaims/data' }, { status: 403 });
    const refused = await scene.evidence({ owner: pod, pod, classes: ['storage'] });
    expect(refused.storage?.claims).toEqual([]);
    expect(refused.omitted).toContainEqual({
      field: 'storage.claims data',
      reason: 'the agent has no right to read it',
    });

    applyClaim({ storageClassName: 'fast' }, { phase: 'Pending' });
    const pending = await scene.evidence({ owner: pod, pod, classes: ['storage'] });
    expect(pending.storage).toMatchObject({ claims: [{ phase: 'Pending' }], classes: [{ name: 'fast' }] });
  });

  test('has the Events of the claim, also where the claim is the owner', async () => {
    const claim = applyClaim({ storageClassName: 'fast' }, { phase: 'Pending' });
    applyEvent(scene, claim, 7, 'ProvisioningFailed');
    const pod = applyPod('db-0', mounting('data'));
    applyEvent(scene, pod, 5, 'FailedScheduling');
    const ofPod = await scene.evidence({ owner: pod, pod, classes: ['storage'] });
    expect(ofPod.events.map(({ reason }) => reason)).toEqual(['ProvisioningFailed', 'FailedScheduling']);
    const ofClaim = await scene.evidence({ owner: claim, classes: ['event'] });
    expect(ofClaim.storage?.claims).toMatchObject([{ name: 'data', usedBy: ['db-0'] }]);
    expect(ofClaim.events.map(({ reason }) => reason)).toEqual(['ProvisioningFailed']);
  });

  test('names the claim of an ephemeral volume after pod and volume', async () => {
    const pod = applyPod('db-0', { volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: {} } }] });
    const { storage } = await scene.evidence({ owner: pod, pod, classes: ['storage'] });
    expect(storage?.claims.map(({ name }) => name)).toEqual(['db-0-scratch']);
  });

  test('of an agent of single namespaces ends at the claim, and says so', async () => {
    applyClaim({ storageClassName: 'fast', volumeName: 'pv-1' }, { phase: 'Bound' });
    const pod = applyPod('db-0', mounting('data'));
    const { storage, omitted } = await scene.evidence(
      { owner: pod, pod, classes: ['storage'] },
      { namespaces: ['shop'] },
    );
    expect(storage).toMatchObject({ claims: [{ volumeName: 'pv-1' }], volumes: [], classes: [] });
    expect(omitted.map(({ field }) => field)).toContain('storage.volumes');
  });
});

describe('scheduling', () => {
  function applyNode(name: string, more: { labels?: object; spec?: object; cpu?: string } = {}): void {
    const amounts = { cpu: more.cpu ?? '4', memory: '8Gi', pods: '10' };
    scene.apply({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: more.labels ?? {} },
      spec: more.spec ?? {},
      status: { capacity: amounts, allocatable: amounts },
    });
  }

  test('says what each node lacks', async () => {
    applyNode('cordoned', { spec: { unschedulable: true }, labels: { disk: 'ssd' } });
    applyNode('small', { cpu: '1', labels: { disk: 'ssd' } });
    applyNode('tainted', {
      spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] },
      labels: { disk: 'ssd' },
    });
    applyNode('tolerated', {
      spec: { taints: [{ key: 'team', effect: 'NoExecute' }] },
      labels: { disk: 'hdd' },
    });
    applyNode('full', { labels: { disk: 'ssd' } });
    applyPod('resident', { ...requesting('3', '2Gi'), nodeName: 'full' }, { phase: 'Running' });
    applyPod('finished', { ...requesting('3', '2Gi'), nodeName: 'full' }, { phase: 'Succeeded' });
    const pod = applyPod(
      'big',
      {
        ...requesting('2'),
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'team', operator: 'Exists' }],
        priority: 7,
      },
      unschedulable('0/5 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.'),
    );
    const { scheduling } = await scene.evidence({ owner: pod, pod, classes: ['scheduling'] });
    expect(scheduling).toMatchObject({
      requests: { cpu: '2', memory: '1Gi' },
      priority: 7,
      nodeSelector: { disk: 'ssd' },
      tolerations: ['team exists'],
      nodeCount: 5,
      refusals: [
        { nodes: 1, reason: 'were unschedulable' },
        { nodes: 2, reason: 'Insufficient cpu' },
      ],
    });
    const lacks = Object.fromEntries((scheduling?.nodes ?? []).map((node) => [node.name, node.lacks]));
    expect(lacks).toEqual({
      cordoned: ['it is cordoned'],
      small: ['cpu: 2 requested, 1 allocatable'],
      tainted: ['taint gpu=yes:NoSchedule is not tolerated'],
      tolerated: ['label disk=ssd is wanted, it is hdd'],
      full: ['cpu: 2 requested, 1 free'],
    });
    const full = scheduling?.nodes.find(({ name }) => name === 'full');
    expect(full?.takenBy).toEqual(['shop/resident cpu=3']);
    expect(full?.free).toEqual({
      cpu: '1',
      memory: '6Gi',
      pods: '9',
    });
  });

  test('compares required node affinity', async () => {
    applyNode('a', { labels: { zone: 'a' } });
    applyNode('b', { labels: { zone: 'b' } });
    const terms = [{ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }];
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'web' } } },
        ],
      },
    };
    const pod = applyPod('web', { affinity }, unschedulable('0/2 nodes are available: whatever.'));
    const { scheduling } = await scene.evidence({ owner: pod, pod, classes: ['scheduling'] });
    expect(scheduling?.affinity).toEqual(['node: zone not in (a)', 'apart from pods app=web by zone']);
    const lacks = (scheduling?.nodes ?? []).map((node) => [node.name, node.lacks]);
    expect(lacks).toEqual([
      ['b', []],
      ['a', ['the required node affinity does not match']],
    ]);
  });

  test('of a pod whose claim is not there is left alone, unless nodes cannot reach the volume', async () => {
    applyNode('a');
    const of = async (name: string, words: string): Promise<number | undefined> => {
      const pod = applyPod(name, {}, unschedulable(words));
      const { scheduling } = await scene.evidence({ owner: pod, pod, classes: ['storage'] });
      return scheduling?.nodes.length;
    };
    expect(await of('a', '0/1 nodes are available: persistentvolumeclaim "data" not found.')).toBeUndefined();
    expect(await of('b', '0/1 nodes are available: 1 node(s) had volume node affinity conflict.')).toBe(1);
  });

  test('of an agent of single namespaces is without the nodes, and says so', async () => {
    const pod = applyPod(
      'big',
      requesting('2'),
      unschedulable('0/1 nodes are available: 1 Insufficient cpu.'),
    );
    const { scheduling, omitted } = await scene.evidence(
      { owner: pod, pod, classes: ['scheduling'] },
      { namespaces: ['shop'] },
    );
    expect(scheduling).toMatchObject({ refusals: [{ nodes: 1, reason: 'Insufficient cpu' }], nodes: [] });
    expect(omitted.map(({ field }) => field)).toContain('scheduling.nodes');
  });

  test.each([
    ['', { refusals: [] }],
    ['skip schedule deleting pod', { refusals: [] }],
    [
      '0/3 nodes are available: 1 node(s) had untolerated taint {a: b}, 2 Insufficient memory. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
      {
        nodeCount: 3,
        refusals: [
          { nodes: 1, reason: 'had untolerated taint {a: b}' },
          { nodes: 2, reason: 'Insufficient memory' },
        ],
      },
    ],
    [
      '0/2 nodes are available: persistentvolumeclaim "data" not found.',
      { nodeCount: 2, refusals: [{ nodes: 2, reason: 'persistentvolumeclaim "data" not found' }] },
    ],
  ])('reads the scheduler: %j', (message, expected) => {
    expect(verdictOf(message)).toEqual(expected);
  });
});

describe('the requests of a pod', () => {
  const asking = (cpu: string, more: object = {}): object => ({ resources: { requests: { cpu } }, ...more });

  test.each<[string, object, string]>([
    ['containers together', { containers: [asking('1'), asking('500m')] }, '1.5'],
    [
      'the largest init container',
      { containers: [asking('1')], initContainers: [asking('3'), asking('2')] },
      '3',
    ],
    [
      'sidecars beside all that start after them',
      {
        containers: [asking('1')],
        initContainers: [asking('1', { restartPolicy: 'Always' }), asking('3')],
      },
      '4',
    ],
    [
      'what the pod itself requests',
      { containers: [asking('1')], resources: { requests: { cpu: '2' } } },
      '2',
    ],
    ['and its overhead', { containers: [asking('1')], overhead: { cpu: '250m' } }, '1.25'],
  ])('are %s', (_what, spec, cpu) => {
    expect(sayAmounts(podRequests({ spec }))['cpu']).toBe(cpu);
  });
});

describe('the namespace', () => {
  test('tells quota, limits and Pod Security to pods that are refused', async () => {
    scene.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: 'shop',
        labels: {
          team: 'a',
          'pod-security.kubernetes.io/enforce': 'restricted',
          'pod-security.kubernetes.io/enforce-version': 'v1.36',
        },
      },
    });
    scene.apply({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: meta('team'),
      spec: { hard: { pods: '2', 'limits.memory': '4Gi' } },
      status: { hard: { pods: '2' }, used: { pods: '2' } },
    });
    scene.apply({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: meta('limits'),
      spec: { limits: [{ type: 'Container', default: { cpu: '1' }, max: { cpu: '2', memory: '1Gi' } }] },
    });
    const { deployment, pod } = applyCheckout(scene);
    applyEvent(scene, deployment, 5, 'FailedCreate');
    const { namespace, refusal } = await scene.evidence({ owner: deployment, pod, classes: ['create'] });
    expect(namespace).toEqual({
      name: 'shop',
      podSecurity: { enforce: 'restricted' },
      quotas: [
        {
          name: 'team',
          scopes: [],
          resources: [
            { resource: 'pods', hard: '2', used: '2' },
            { resource: 'limits.memory', hard: '4Gi', used: '' },
          ],
        },
      ],
      limitRanges: ['Container: default cpu=1; max cpu=2, memory=1Gi'],
    });
    expect(refusal).toEqual({ by: 'other', message: 'FailedCreate at 5' });
  });

  test('speaks alone where no pod can be made: what another pod of the owner suffers from is not shown', async () => {
    const { deployment, replicaSet, pod } = applyCheckout(scene);
    scene.sandbox.setLogs(['shop', 'checkout-2-x', 'app'], { previous: 'no database\n' });
    applyEvent(scene, deployment, 5, 'ReplicaFailure');
    applyEvent(scene, replicaSet, 6, 'FailedCreate');
    applyEvent(scene, pod, 7, 'BackOff');
    const found = await scene.evidence({ owner: deployment, classes: ['create'] });
    expect(found).not.toHaveProperty('pod');
    expect(found).not.toHaveProperty('node');
    expect([found.containers, found.logs]).toEqual([[], []]);
    expect(found.events.map(({ reason }) => reason)).toEqual(['FailedCreate', 'ReplicaFailure']);
    // What it must not tell is known from the template.
    expect(found.secretValues).toEqual((await scene.evidence({ owner: deployment, pod })).secretValues);
    const both = await scene.evidence({ owner: deployment, pod, classes: ['create', 'crash'] });
    expect(both.pod?.name).toBe(pod.name);
  });

  test('has the Events of the newest run of a CronJob, which can make no pod', async () => {
    const cronJob = scene.apply({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: meta('report'),
      spec: { jobTemplate: { spec: { template: { spec: { containers: [] } } } } },
    });
    const job = scene.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { ...meta('report-1'), ownerReferences: [ownedBy(cronJob)] },
      spec: {},
    });
    applyEvent(scene, job, 6, 'FailedCreate');
    const { events } = await scene.evidence({ owner: cronJob, classes: ['create'] });
    expect(events.map(({ reason, object }) => [reason, object])).toEqual([['FailedCreate', 'Job/report-1']]);
  });

  test('of an agent of single namespaces is without Pod Security, and says so', async () => {
    const { deployment, pod } = applyCheckout(scene);
    const { namespace, omitted } = await scene.evidence(
      { owner: deployment, pod, classes: ['create'] },
      { namespaces: ['shop'] },
    );
    expect(namespace).toEqual({ name: 'shop', podSecurity: {}, quotas: [], limitRanges: [] });
    expect(omitted.map(({ field }) => field)).toContain('namespace.podSecurity');
  });

  test('asked for by hand has its pods that are not ready', async () => {
    const owner = scene.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const waiting = { waiting: { reason: 'ImagePullBackOff' } };
    const status = { phase: 'Pending', containerStatuses: [{ name: 'app', state: waiting }] };
    applyPod('bad', {}, status);
    applyPod('good', {}, { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
    applyPod('done', {}, { phase: 'Succeeded' });
    applyPod('run-of-a-job', {}, { phase: 'Failed' });
    applyPod('put-out', {}, { phase: 'Failed', reason: 'Evicted' });
    applyPod('elsewhere', {}, status, 'other');
    const warned = applyPod('warned', {}, { phase: 'Running' });
    applyEvent(scene, warned, 3, 'Unhealthy');
    const { namespace, events } = await scene.evidence({ owner, classes: ['manual'] });
    expect(namespace?.pods).toEqual({
      count: 6,
      phases: { Pending: 1, Running: 2, Succeeded: 1, Failed: 2 },
      notReady: ['bad: ImagePullBackOff', 'put-out: Evicted', 'warned: NotReady'],
    });
    expect(events.map(({ object }) => object)).toEqual(['Pod/warned']);
  });

  test.each([
    ['pods "a-" is forbidden: exceeded quota: team, requested: pods=1, used: pods=2', 'quota', 'team'],
    ['pods "a-" is forbidden: failed quota: compute: must specify limits.cpu for: app', 'quota', 'compute'],
    [
      'pods "a" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation',
      'podSecurity',
      'restricted:latest',
    ],
    ['admission webhook "policy.example.com" denied the request: no', 'webhook', 'policy.example.com'],
    [
      'Internal error occurred: failed calling webhook "inject.example.com": Post x: refused',
      'webhookUnreachable',
      'inject.example.com',
    ],
    [
      "pods \"a\" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'b' denied request: no",
      'admissionPolicy',
      'no-latest',
    ],
    [
      'pods "a-" is forbidden: error looking up service account shop/app: serviceaccount "app" not found',
      'serviceAccount',
      'app',
    ],
    ['pods "a-" is forbidden: no PriorityClass with name high was found', 'priorityClass', 'high'],
    ['pods "a" is forbidden: maximum cpu usage per Container is 1, but limit is 2', 'limitRange', undefined],
    ['the server is on fire', 'other', undefined],
  ])('reads who refuses: %s', (message, by, name) => {
    expect(readRefusal(message)).toEqual({ by, message, ...(name === undefined ? {} : { name }) });
  });
});

describe('a node', () => {
  const node: ObjectRef = { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'node-1', uid: 'n-1' };

  test('has its last sign of life, what is requested of it, and the pods that fail there', async () => {
    applyCheckout(scene);
    scene.apply({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'node-1', namespace: 'kube-node-lease' },
      spec: { renewTime: '2026-11-23T03:04:05.000000Z' },
    });
    applyPod(
      'fine',
      { ...requesting('500m'), nodeName: 'node-1' },
      { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      'other',
    );
    const { node: facts, omitted } = await scene.evidence({ owner: node, classes: ['node'] });
    expect(facts).toMatchObject({
      providerID: 'kind://docker/kind/node-1',
      leaseRenewedAt: '2026-11-23T03:04:05.000000Z',
      requested: { cpu: '0.6', memory: '1Gi', pods: '2' },
      pods: {
        count: 2,
        failingCount: 1,
        failing: [{ namespace: 'shop', name: 'checkout-2-x', reason: 'NotReady' }],
      },
    });
    expect(omitted).toEqual([]);
  });

  test('tells those that have failed, as evicted ones, apart from the pods that it has', async () => {
    applyCheckout(scene);
    applyPod('gone', { nodeName: 'node-1' }, { phase: 'Failed', reason: 'Evicted' }, 'other');
    const { node: facts } = await scene.evidence({ owner: node, classes: ['node'] });
    expect(facts?.pods).toMatchObject({ count: 1, failingCount: 2, failedCount: 1 });
  });

  test('whose Lease or pods may not be read is told without them', async () => {
    applyCheckout(scene);
    scene.sandbox.failNext({ path: '/leases/' }, { status: 403 });
    scene.sandbox.failNext({ path: 'spec.nodeName' }, { status: 403 });
    const { node: facts, omitted } = await scene.evidence({ owner: node, classes: ['node'] });
    expect(facts).not.toHaveProperty('pods');
    expect(omitted.map(({ field }) => field).toSorted()).toEqual(['node.leaseRenewedAt', 'node.pods']);
  });
});

describe('work', () => {
  const failed = [
    {
      type: 'Failed',
      status: 'True',
      reason: 'BackoffLimitExceeded',
      message: 'often enough',
      lastTransitionTime: '2026-11-23T03:00:09Z',
    },
  ];

  function applyJob(name: string, more: object = {}, status: object = {}): ObjectRef {
    return scene.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: meta(name, more),
      spec: {
        backoffLimit: 2,
        maxFailedIndexes: 4,
        activeDeadlineSeconds: 60,
        completions: 1,
        parallelism: 1,
      },
      status: { failed: 3, startTime: '2026-11-23T03:00:00Z', conditions: failed, ...status },
    });
  }

  test('of a Job is how far it has come and what it may', async () => {
    const owner = applyJob('migrate');
    const { job } = await scene.evidence({ owner, classes: ['job'] });
    expect(job).toEqual({
      name: 'migrate',
      completions: 1,
      parallelism: 1,
      active: 0,
      succeeded: 0,
      failed: 3,
      backoffLimit: 2,
      maxFailedIndexes: 4,
      activeDeadlineSeconds: 60,
      startedAt: '2026-11-23T03:00:00Z',
    });
  });

  test('of a CronJob is its schedule and its last runs', async () => {
    const owner = scene.apply({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: meta('report'),
      spec: { schedule: '0 3 * * *', timeZone: 'Europe/Berlin', concurrencyPolicy: 'Forbid' },
      status: { lastScheduleTime: '2026-11-23T02:00:00Z', active: [{}] },
    });
    const of = (creationTimestamp: string): object => ({
      creationTimestamp,
      ownerReferences: [ownedBy(owner)],
    });
    applyJob('report-1', of('2026-11-22T02:00:00Z'), { conditions: [{ type: 'Complete', status: 'True' }] });
    applyJob('report-2', of('2026-11-23T02:00:00Z'));
    applyJob('of-nobody');
    const before = scene.sandbox.requests.length;
    const { job, cronJob } = await scene.evidence({ owner, classes: ['job'] });
    expect(cronJob).toEqual({
      schedule: '0 3 * * *',
      timeZone: 'Europe/Berlin',
      concurrencyPolicy: 'Forbid',
      lastScheduledAt: '2026-11-23T02:00:00Z',
      active: 1,
      runs: [
        {
          name: 'report-2',
          startedAt: '2026-11-23T03:00:00Z',
          finishedAt: '2026-11-23T03:00:09Z',
          outcome: 'failed',
          reason: 'BackoffLimitExceeded',
          message: 'often enough',
        },
        { name: 'report-1', startedAt: '2026-11-23T03:00:00Z', outcome: 'succeeded' },
      ],
    });
    expect(job?.name).toBe('report-2');
    const lists = scene.sandbox.requests.slice(before).filter(({ path }) => path.includes('/jobs?'));
    expect(lists).toHaveLength(1);
  });
});

test('what else a rollout changed is told by name only', () => {
  const before = {
    metadata: { labels: { app: 'a', 'pod-template-hash': '1' }, annotations: { 'checksum/config': 'aa' } },
    spec: { serviceAccountName: 'a', containers: [{ name: 'app', image: '1', ports: [] }] },
  };
  const after = {
    metadata: { labels: { app: 'a', 'pod-template-hash': '2' }, annotations: { 'checksum/config': 'bb' } },
    spec: {
      serviceAccountName: 'a',
      volumes: [{ name: 'x' }],
      containers: [{ name: 'app', image: '2', ports: [{ containerPort: 1 }] }],
    },
  };
  expect(otherChanges(before, after)).toEqual(['volumes', 'ports of app', 'annotation checksum/config']);
  expect(otherChanges(before, before)).toBeUndefined();
});
