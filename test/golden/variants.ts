import { withQuote } from '../../src/detect/message.ts';
import {
  ago, backOff, type Case, checkoutPod, container, crashed, DAY, event, HOUR, log, MINUTE, node, now, owner, pod, ref, rollout,
  SECOND, signal, startEvents,
} from './parts.ts';

const deployment = ref('Deployment');
const threeOfWhichReady = (ready: number) => owner(deployment, { replicas: { wanted: 3, ready, updated: 3, available: ready } });
const noRun = [{ field: 'logs', reason: 'container checkout has not run yet' }];

function crash(message: string, exitCode: number, reason: string, more: Partial<Case['evidence']> = {}): Case {
  return {
    opening: {
      owner: deployment,
      signals: [
        signal('crash', checkoutPod, {
          reason: reason === 'OOMKilled' ? reason : 'CrashLoopBackOff',
          message,
          since: now - 2 * SECOND,
          occurrences: 3,
          immediate: true,
          container: { name: 'checkout', role: 'app', exitCode, restartCount: 3 },
        }),
      ],
    },
    evidence: {
      owner: threeOfWhichReady(2),
      rollout: rollout(20 * DAY),
      pod: pod(),
      containers: [crashed(exitCode, reason)],
      node: node(),
      events: [backOff],
      logs: [log(['listening on :8080'])],
      ...more,
    },
  };
}

/** A container with a probe that has been killed for it. */
function probed(probe: 'liveness' | 'startup', exitCode: number) {
  return crashed(exitCode, exitCode === 0 ? 'Completed' : 'Error', {
    lastState: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', startedAt: ago(40 * SECOND), finishedAt: ago(2 * SECOND) } },
    probes: { [probe]: 'http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3' },
  });
}

const unhealthy = (probe: string) =>
  event({ reason: 'Unhealthy', message: `${probe} probe failed: Get "http://10.0.3.17:8080/healthz": dial tcp 10.0.3.17:8080: connect: connection refused`, count: 12 });
const killing = (probe: string) =>
  event({ type: 'Normal', reason: 'Killing', message: `Container checkout failed ${probe} probe, will be restarted`, count: 4 });

const crashes: Readonly<Record<string, Case>> = {
  'crash-exit-0-by-liveness': crash('container checkout is restarted by the kubelet (exit code 0): Liveness probe failed: connection refused', 0, 'Completed', {
    containers: [probed('liveness', 0)],
    events: [unhealthy('Liveness'), killing('liveness'), backOff],
    logs: [log(['draining 3 requests', 'bye'])],
  }),
  'crash-startup-probe': crash('container checkout is restarted by the kubelet (exit code 137): Startup probe failed: connection refused', 137, 'Error', {
    containers: [probed('startup', 137)],
    events: [unhealthy('Startup'), killing('startup'), backOff],
    logs: [log(['loading model 1 of 12', 'loading model 2 of 12'])],
  }),
  'crash-exit-137': crash('container checkout exits with code 137 (SIGKILL, Error)', 137, 'Error'),
  'crash-oom-without-limit': crash('container checkout is killed as memory ran out (OOMKilled, exit code 137)', 137, 'OOMKilled', {
    containers: [crashed(137, 'OOMKilled', { resources: { requests: {}, limits: {} } })],
    node: node({ requested: { cpu: '1.1', memory: '2Gi' }, pods: { count: 19, failingCount: 2, failing: ['checkout-6f7d9c5b8-x2x7k', 'search-0'].map((name) => ({ namespace: 'shop', name, reason: 'OOMKilled' })) } }),
  }),
  'crash-lost-run': crash('container checkout exits with code 137 (SIGKILL, ContainerStatusUnknown)', 137, 'ContainerStatusUnknown'),
};

function imageCase(reason: string, message: string, said: string, more: Partial<Case['evidence']> = {}): Case {
  return {
    opening: {
      owner: deployment,
      signals: [signal('image', checkoutPod, { reason, message, since: now - 6 * MINUTE, container: { name: 'checkout', role: 'app', restartCount: 0 } })],
    },
    evidence: {
      owner: threeOfWhichReady(2),
      rollout: rollout(20 * DAY),
      pod: pod({ phase: 'Pending' }),
      containers: [container({ state: { waiting: { reason, message: said } } })],
      node: node(),
      events: [event({ reason: 'Failed', message: `Error: ${reason}`, count: 4 })],
      omitted: noRun,
      ...more,
    },
  };
}

const NAME = 'registry.example.com/shop/checkout:1.42.0';
const pull = (words: string) =>
  `Back-off pulling image "${NAME}": ErrImagePull: failed to pull and unpack image "${NAME}": ${words}`;

const images: Readonly<Record<string, Case>> = {
  'image-never': imageCase('ErrImageNeverPull', 'container checkout may not pull its image, and the node does not have it', `Container image "${NAME}" is not present with pull policy of Never`),
  'image-invalid-name': imageCase('InvalidImageName', 'container checkout has an image name that nobody can read: couldn\'t parse image name "Shop/Checkout:1"', 'Failed to apply default image tag "Shop/Checkout:1": couldn\'t parse image name "Shop/Checkout:1": invalid reference format: repository name must be lowercase'),
  'image-no-access': imageCase('ImagePullBackOff', `container checkout cannot pull image ${NAME}: the registry refuses access, or does not have it`, pull('failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://registry.example.com/token: 401 Unauthorized'), {
    pod: pod({ phase: 'Pending', imagePullSecrets: ['registry-example'] }),
  }),
  'image-unreachable': imageCase('ImagePullBackOff', `container checkout cannot pull image ${NAME}: the registry cannot be reached`, pull('failed to do request: Head "https://registry.example.com/v2/shop/checkout/manifests/1.42.0": dial tcp: lookup registry.example.com on 10.96.0.10:53: no such host')),
  'image-rate-limit': imageCase('ImagePullBackOff', `container checkout cannot pull image ${NAME}: the registry limits the rate of pulls`, pull('429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit')),
};

function configCase(reason: string, said: string, more: Partial<Case['evidence']> = {}): Case {
  return {
    opening: {
      owner: deployment,
      signals: [signal('config', checkoutPod, { reason, message: withQuote('container checkout cannot start', said), container: { name: 'checkout', role: 'app', restartCount: 0 } })],
    },
    evidence: {
      owner: threeOfWhichReady(2),
      rollout: rollout(3 * MINUTE),
      pod: pod({ phase: 'Pending' }),
      containers: [container({ state: { waiting: { reason, message: said } } })],
      node: node(),
      events: [event({ reason: 'Failed', message: `Error: ${said}`, count: 8 })],
      omitted: noRun,
      ...more,
    },
  };
}

const START_ERROR =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/app/chekout": stat /app/chekout: no such file or directory: unknown';

const configurations: Readonly<Record<string, Case>> = {
  'config-missing-key': configCase('CreateContainerConfigError', 'couldn\'t find key api-token in Secret shop/checkout-payments'),
  'config-run-as-root': configCase('CreateContainerConfigError', 'container has runAsNonRoot and image will run as root (pod: "checkout-6f7d9c5b8-x2x7k_shop(c2b0ad5e)", container: checkout)'),
  'config-command': configCase('StartError', START_ERROR, {
    containers: [crashed(128, 'StartError', { lastState: { terminated: { exitCode: 128, reason: 'StartError', message: START_ERROR, finishedAt: ago(2 * SECOND) } } })],
    events: [backOff],
    omitted: [{ field: 'logs', reason: 'the node has no log of container checkout any more' }],
  }),
  'config-volume': {
    opening: {
      owner: deployment,
      signals: [signal('config', checkoutPod, { reason: 'FailedMount', message: 'the pod mounts what does not exist: configmap "checkout-config" not found' })],
    },
    evidence: {
      owner: threeOfWhichReady(2),
      rollout: rollout(3 * MINUTE, { changes: [], alsoChanged: ['volumes', 'volumeMounts of checkout'] }),
      pod: pod({ phase: 'Pending' }),
      containers: [container({ state: { waiting: { reason: 'ContainerCreating' } } })],
      node: node(),
      events: [event({ reason: 'FailedMount', message: 'MountVolume.SetUp failed for volume "config" : configmap "checkout-config" not found', count: 8 })],
      omitted: noRun,
    },
  },
};

function createCase(message: string, refusal: NonNullable<Case['evidence']['refusal']>, more: Partial<Case['evidence']> = {}): Case {
  return {
    opening: { owner: deployment, signals: [signal('create', deployment, { reason: 'FailedCreate', message: withQuote('pods cannot be created', message) })] },
    evidence: {
      owner: owner(deployment, {
        replicas: { wanted: 3, ready: 1, updated: 0, available: 1 },
        conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime: ago(2 * MINUTE) }],
      }),
      rollout: rollout(2 * MINUTE),
      refusal,
      events: [event({ reason: 'FailedCreate', message: `Error creating: ${message}`, object: 'ReplicaSet/checkout-6f7d9c5b8', count: 12, source: 'replicaset-controller' })],
      ...more,
    },
  };
}

const SECURITY = 'pods "checkout-6f7d9c5b8-h2lw4" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "checkout" must set securityContext.allowPrivilegeEscalation=false)';
const SILENT_WEBHOOK = 'Internal error occurred: failed calling webhook "sidecar.mesh.example.com": failed to call webhook: Post "https://injector.mesh.svc:443/inject?timeout=10s": no endpoints available for service "injector"';
const POLICY = 'admission webhook "images.policy.example.com" denied the request: images must come from registry.example.com';

const refusals: Readonly<Record<string, Case>> = {
  'create-pod-security': createCase(SECURITY, { by: 'podSecurity', name: 'restricted:latest', message: SECURITY }, {
    namespace: { name: 'shop', podSecurity: { enforce: 'restricted', warn: 'restricted' }, quotas: [], limitRanges: [] },
  }),
  'create-webhook': createCase(POLICY, { by: 'webhook', name: 'images.policy.example.com', message: POLICY }),
  'create-webhook-silent': createCase(SILENT_WEBHOOK, { by: 'webhookUnreachable', name: 'sidecar.mesh.example.com', message: SILENT_WEBHOOK }),
};

const selectorWords = "0/6 nodes are available: 3 node(s) had untolerated taint(s), 3 node(s) didn't match Pod's node affinity/selector.";

const placements: Readonly<Record<string, Case>> = {
  'scheduling-selector': {
    opening: {
      owner: ref('StatefulSet', 'trainer'),
      signals: [signal('scheduling', ref('Pod', 'trainer-0'), { reason: 'Unschedulable', message: `no node takes the pod: ${selectorWords}`, since: now - 5 * MINUTE })],
    },
    evidence: {
      owner: owner(ref('StatefulSet', 'trainer'), { createdAt: ago(6 * MINUTE), replicas: { wanted: 1, ready: 0, updated: 1, available: 0 } }),
      rollout: rollout(6 * MINUTE, { revision: '1', previousRevision: undefined, changes: [] } as never),
      pod: pod({
        name: 'trainer-0',
        phase: 'Pending',
        nodeName: undefined,
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: selectorWords, lastTransitionTime: ago(5 * MINUTE) }],
      } as never),
      containers: [container({ name: 'trainer', resources: { requests: { cpu: '2', 'nvidia.com/gpu': '1' }, limits: { 'nvidia.com/gpu': '1' } } })],
      scheduling: {
        requests: { cpu: '2', 'nvidia.com/gpu': '1' },
        nodeSelector: { 'example.com/gpu': 'a100' },
        affinity: [],
        tolerations: ['node.kubernetes.io/not-ready exists:NoExecute for 300s', 'node.kubernetes.io/unreachable exists:NoExecute for 300s'],
        topologySpread: [],
        nodeCount: 6,
        refusals: [
          { nodes: 3, reason: 'had untolerated taint(s)' },
          { nodes: 3, reason: "didn't match Pod's node affinity/selector" },
        ],
        nodes: [
          { name: 'node-g-1', lacks: ['taint gpu=true:NoSchedule is not tolerated'] },
          { name: 'node-g-2', lacks: ['taint gpu=true:NoSchedule is not tolerated'] },
          { name: 'node-g-3', lacks: ['it is cordoned', 'taint gpu=true:NoSchedule is not tolerated'] },
          ...['node-a-1', 'node-a-2', 'node-b-1'].map((name) => ({
            name,
            lacks: ['label example.com/gpu=a100 is wanted, it has none', 'nvidia.com/gpu: 1 requested, 0 allocatable'],
          })),
        ],
      },
      events: [event({ reason: 'FailedScheduling', message: selectorWords, object: 'Pod/trainer-0', source: 'default-scheduler', lastAt: ago(4 * MINUTE) })],
      omitted: noRun,
    },
  },
  'scheduling-too-big': {
    opening: {
      owner: deployment,
      signals: [signal('scheduling', checkoutPod, { reason: 'Unschedulable', message: 'no node takes the pod: 0/2 nodes are available: 2 Insufficient cpu.', since: now - 5 * MINUTE })],
    },
    evidence: {
      owner: threeOfWhichReady(2),
      rollout: rollout(5 * MINUTE, { changes: [{ container: 'checkout', resources: { from: 'requests cpu=500m', to: 'requests cpu=500' } }] }),
      pod: pod({
        phase: 'Pending',
        nodeName: undefined,
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes are available: 2 Insufficient cpu.', lastTransitionTime: ago(5 * MINUTE) }],
      } as never),
      containers: [container({ resources: { requests: { cpu: '500' }, limits: {} } })],
      scheduling: {
        requests: { cpu: '500' },
        nodeSelector: {},
        affinity: [],
        tolerations: [],
        topologySpread: [],
        nodeCount: 2,
        refusals: [{ nodes: 2, reason: 'Insufficient cpu' }],
        nodes: ['node-a-1', 'node-a-2'].map((name) => ({ name, lacks: ['cpu: 500 requested, 3.92 allocatable'] })),
      },
      omitted: noRun,
    },
  },
};

const waitingForClaim = (words: string): Partial<Case['evidence']> => ({
  pod: pod({
    name: 'orders-db-0',
    phase: 'Pending',
    nodeName: undefined,
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: words, lastTransitionTime: ago(6 * MINUTE) }],
    volumes: ['data: persistentVolumeClaim data-orders-db-0'],
  } as never),
  owner: owner(ref('StatefulSet', 'orders-db'), { createdAt: ago(6 * MINUTE), replicas: { wanted: 1, ready: 0, updated: 1, available: 0 } }),
  containers: [container({ name: 'postgres', image: 'postgres:17' })],
  omitted: [{ field: 'logs', reason: 'container postgres has not run yet' }],
});

function claimCase(words: string, more: Partial<Case['evidence']>): Case {
  const message = `a volume keeps the pod from getting a node: ${words}`;
  return {
    opening: { owner: ref('StatefulSet', 'orders-db'), signals: [signal('storage', ref('Pod', 'orders-db-0'), { reason: 'Unschedulable', message, since: now - 6 * MINUTE })] },
    evidence: { ...waitingForClaim(words), ...more },
  };
}

const claim = { name: 'data-orders-db-0', accessModes: ['ReadWriteOnce'], conditions: [], usedBy: ['orders-db-0'] };

const volumes: Readonly<Record<string, Case>> = {
  'storage-no-claim': claimCase('0/3 nodes are available: persistentvolumeclaim "data-orders-db-0" not found.', {
    storage: { claims: [{ ...claim, phase: 'NotFound', accessModes: [] }], volumes: [], classes: [], attachments: [] },
  }),
  'storage-no-class': claimCase('0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.', {
    storage: {
      claims: [{ ...claim, phase: 'Pending', createdAt: ago(6 * MINUTE), storageClass: 'fast', requested: '100Gi' }],
      volumes: [],
      classes: [{ name: 'fast' }],
      attachments: [],
    },
    events: [
      event({ reason: 'ProvisioningFailed', message: 'storageclass.storage.k8s.io "fast" not found', object: 'PersistentVolumeClaim/data-orders-db-0', count: 25, source: 'persistentvolume-controller' }),
      event({ reason: 'FailedScheduling', message: '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.', object: 'Pod/orders-db-0', source: 'default-scheduler', lastAt: ago(5 * MINUTE) }),
    ],
  }),
};

const work: Readonly<Record<string, Case>> = {
  'job-deadline': {
    opening: {
      owner: ref('Job', 'reindex'),
      signals: [signal('job', ref('Job', 'reindex'), { reason: 'DeadlineExceeded', message: 'the Job was not done within its deadline: Job was active longer than specified deadline', since: now - SECOND, immediate: true })],
    },
    evidence: {
      owner: owner(ref('Job', 'reindex'), {
        createdAt: ago(HOUR),
        conditions: [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline', lastTransitionTime: ago(SECOND) }],
      }),
      job: { name: 'reindex', completions: 5, parallelism: 2, active: 0, succeeded: 3, failed: 2, backoffLimit: 6, activeDeadlineSeconds: 3_600, startedAt: ago(HOUR) },
      events: [event({ reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline', object: 'Job/reindex', source: 'job-controller', lastAt: ago(SECOND) })],
    },
  },
};

const gated = [
  { type: 'ContainersReady', status: 'True', lastTransitionTime: ago(15 * MINUTE) },
  { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: 'corresponding condition of pod readiness gate "example.org/load-balancer" does not exist.', lastTransitionTime: ago(15 * MINUTE) },
];

const rollouts: Readonly<Record<string, Case>> = {
  'rollout-readiness-gate': {
    opening: {
      owner: deployment,
      signals: [signal('rollout', deployment, { reason: 'ProgressDeadlineExceeded', message: 'the rollout has not finished within its deadline: ReplicaSet "checkout-6f7d9c5b8" has timed out progressing.', since: now - SECOND, immediate: true })],
    },
    evidence: {
      owner: owner(deployment, {
        replicas: { wanted: 3, ready: 3, updated: 1, available: 3 },
        conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'ReplicaSet "checkout-6f7d9c5b8" has timed out progressing.', lastTransitionTime: ago(SECOND) }],
      }),
      rollout: rollout(15 * MINUTE, {
        changes: [],
        alsoChanged: ['readinessGates'],
        strategy: 'RollingUpdate, maxSurge 25%, maxUnavailable 25%',
        progressDeadlineSeconds: 600,
        revisions: [
          { name: 'checkout-6f7d9c5b8', revision: '7', isCurrent: true, wanted: 1, pods: 1, ready: 0 },
          { name: 'checkout-5d4c7b6a9', revision: '6', isCurrent: false, wanted: 3, pods: 3, ready: 3 },
        ],
      }),
      pod: pod({ conditions: gated, readinessGates: ['example.org/load-balancer'] }),
      containers: [container({ ready: true, state: { running: { startedAt: ago(15 * MINUTE) } } })],
      node: node(),
      events: startEvents,
      logs: [log(['listening on :8080'], { previous: false })],
    },
  },
  'rollout-statefulset': {
    opening: {
      owner: ref('StatefulSet', 'orders-db'),
      signals: [signal('rollout', ref('StatefulSet', 'orders-db'), { reason: 'UpdateNotAdvancing', message: 'the update does not advance: 1 of 3 pods have the newest revision', since: now - 15 * MINUTE })],
    },
    evidence: {
      owner: owner(ref('StatefulSet', 'orders-db'), { replicas: { wanted: 3, ready: 2, updated: 1, available: 2 } }),
      rollout: rollout(20 * MINUTE, {
        changes: [],
        alsoChanged: ['annotation kubectl.kubernetes.io/restartedAt'],
        strategy: 'RollingUpdate, partition 0',
        revisions: [
          { name: 'orders-db-7c6d', revision: '7', isCurrent: true, pods: 1 },
          { name: 'orders-db-5b4c', revision: '6', isCurrent: false, pods: 2 },
        ],
      }),
      pod: pod({
        name: 'orders-db-2',
        conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [postgres]', lastTransitionTime: ago(16 * MINUTE) }],
      }),
      containers: [container({ name: 'postgres', image: 'postgres:17', restartCount: 0, ready: false, state: { running: { startedAt: ago(16 * MINUTE) } }, probes: { readiness: 'exec [pg_isready] delay=0s timeout=1s period=10s #success=1 #failure=3' } })],
      node: node(),
      logs: [log(['LOG:  starting standby recovery', 'LOG:  waiting for WAL to become available at 0/3000018'], { container: 'postgres', pod: 'orders-db-2', previous: false })],
    },
  },
};

const others: Readonly<Record<string, Case>> = {
  'node-disk-pressure': {
    opening: {
      owner: ref('Node', 'node-a-1', ''),
      signals: [signal('node', ref('Node', 'node-a-1', ''), { reason: 'DiskPressure', message: 'the node is short of disk space since 2026-11-23 03:07:45 UTC: kubelet has disk pressure', since: now - 2 * MINUTE })],
    },
    evidence: {
      owner: owner(ref('Node', 'node-a-1', ''), { labels: {}, createdAt: ago(30 * DAY) }),
      node: node({
        heartbeatAt: ago(8 * SECOND),
        leaseRenewedAt: ago(3 * SECOND),
        conditions: [
          { type: 'DiskPressure', status: 'True', reason: 'KubeletHasDiskPressure', message: 'kubelet has disk pressure', lastTransitionTime: ago(5 * MINUTE) },
          { type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: ago(30 * DAY) },
        ],
        taints: [{ key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' }],
        requested: { cpu: '2.1', memory: '9Gi', pods: '31' },
        pods: { count: 31, failingCount: 1, failedCount: 1, failing: [{ namespace: 'batch', name: 'import-2j4kq', reason: 'Evicted' }] },
      }),
      events: [event({ reason: 'FreeDiskSpaceFailed', message: 'Failed to garbage collect required amount of images. Attempted to free 4203917312 bytes, but only found 0 bytes eligible to free.', object: 'Node/node-a-1', count: 3 })],
    },
  },
  'start-no-runtime': {
    opening: {
      owner: deployment,
      signals: [signal('start', checkoutPod, { reason: 'FailedCreatePodSandBox', message: 'the pod has a node but does not start: no runtime for "gvisor" is configured', since: now - 5 * MINUTE })],
    },
    evidence: {
      owner: threeOfWhichReady(2),
      rollout: rollout(20 * DAY),
      pod: pod({ phase: 'Pending', runtimeClassName: 'gvisor' }),
      containers: [container({ state: { waiting: { reason: 'ContainerCreating' } } })],
      node: node({ requested: { cpu: '1.2', memory: '3Gi' }, pods: { count: 14, failingCount: 1, failing: [{ namespace: 'shop', name: checkoutPod.name, reason: 'ContainerCreating' }] } }),
      events: [event({ reason: 'FailedCreatePodSandBox', message: 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "gvisor" is configured', count: 24 })],
      omitted: noRun,
    },
  },
  'event-autoscaler': {
    opening: {
      owner: { ...ref('HorizontalPodAutoscaler'), apiVersion: 'autoscaling/v2' },
      signals: [signal('event', { ...ref('HorizontalPodAutoscaler'), apiVersion: 'autoscaling/v2' }, { reason: 'FailedGetResourceMetric', message: 'the autoscaler cannot scale: missing request for cpu in container checkout of Pod checkout-6f7d9c5b8-x2x7k', since: now - 16 * MINUTE, occurrences: 64 })],
    },
    evidence: {
      owner: owner({ ...ref('HorizontalPodAutoscaler'), apiVersion: 'autoscaling/v2' }, {
        scaleTarget: { kind: 'Deployment', name: 'checkout' },
        conditions: [
          { type: 'AbleToScale', status: 'True', reason: 'SucceededGetScale', message: 'the HPA controller was able to get the target\'s current scale', lastTransitionTime: ago(3 * DAY) },
          { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: 'the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in container checkout of Pod checkout-6f7d9c5b8-x2x7k', lastTransitionTime: ago(16 * MINUTE) },
        ],
      }),
      events: [event({ reason: 'FailedGetResourceMetric', message: 'failed to get cpu utilization: missing request for cpu in container checkout of Pod checkout-6f7d9c5b8-x2x7k', object: 'HorizontalPodAutoscaler/checkout', count: 64, firstAt: ago(16 * MINUTE), source: 'horizontal-pod-autoscaler' })],
    },
  },
  'terminating-namespace': {
    opening: {
      owner: ref('Namespace', 'review-4711', ''),
      signals: [signal('terminating', ref('Namespace', 'review-4711', ''), { reason: 'Terminating', message: 'the namespace was deleted and something in it does not go', since: now - 31 * MINUTE })],
    },
    evidence: {
      owner: owner(ref('Namespace', 'review-4711', ''), {
        labels: {},
        deletionRequestedAt: ago(61 * MINUTE),
        conditions: [
          { type: 'NamespaceContentRemaining', status: 'True', reason: 'SomeResourcesRemain', message: 'Some resources are remaining: certificates.cert-manager.io has 1 resource instances', lastTransitionTime: ago(60 * MINUTE) },
          { type: 'NamespaceFinalizersRemaining', status: 'True', reason: 'SomeFinalizersRemain', message: 'Some content in the namespace has finalizers remaining: finalizer.acme.cert-manager.io in 1 resource instances', lastTransitionTime: ago(60 * MINUTE) },
        ],
      }),
      namespace: { name: 'review-4711', phase: 'Terminating', podSecurity: {}, quotas: [], limitRanges: [], pods: { count: 0, phases: {}, notReady: [] } },
    },
  },
  'terminating-pod': {
    opening: {
      owner: deployment,
      signals: [signal('terminating', checkoutPod, { reason: 'Terminating', message: 'the pod is still there after the grace period of its deletion', since: now - 31 * MINUTE })],
    },
    evidence: {
      owner: threeOfWhichReady(3),
      rollout: rollout(20 * DAY),
      pod: pod({ deletionRequestedAt: ago(61 * MINUTE), finalizers: ['example.com/drain'] }),
      containers: [container({ ready: false, state: { terminated: { exitCode: 0, reason: 'Completed', startedAt: ago(DAY), finishedAt: ago(60 * MINUTE) } } })],
      node: node(),
    },
  },
  'manual-statefulset': {
    opening: { owner: ref('StatefulSet', 'orders-db'), trigger: 'manual', signals: [], occurrences: 1, note: 'disk fills up' },
    evidence: {
      owner: owner(ref('StatefulSet', 'orders-db'), { replicas: { wanted: 1, ready: 1, updated: 1, available: 1 } }),
      rollout: rollout(3 * DAY, { revisions: [{ name: 'orders-db-7c6d', revision: '7', isCurrent: true, pods: 1 }] }),
      pod: pod({ name: 'orders-db-0', volumes: ['data: persistentVolumeClaim data-orders-db-0'] }),
      containers: [container({ name: 'postgres', image: 'postgres:17', ready: true, state: { running: { startedAt: ago(3 * DAY) } } })],
      node: node(),
      namespace: {
        name: 'shop',
        podSecurity: { enforce: 'baseline' },
        quotas: [{ name: 'team', scopes: [], resources: [{ resource: 'requests.storage', hard: '200Gi', used: '120Gi' }] }],
        limitRanges: [],
      },
      storage: {
        claims: [{ ...claim, phase: 'Bound', storageClass: 'gp3', requested: '100Gi', capacity: '100Gi', volumeName: 'pvc-7d0b', usedBy: ['orders-db-0 on node-a-1'] }],
        volumes: [{ name: 'pvc-7d0b', phase: 'Bound', driver: 'ebs.csi.aws.com', handle: 'vol-0a1b2c3d', capacity: '100Gi', accessModes: ['ReadWriteOnce'], reclaimPolicy: 'Delete', claim: 'shop/data-orders-db-0', nodeAffinity: ['topology.ebs.csi.aws.com/zone in (eu-central-1a)'] }],
        classes: [{ name: 'gp3', provisioner: 'ebs.csi.aws.com', volumeBindingMode: 'WaitForFirstConsumer', reclaimPolicy: 'Delete' }],
        attachments: [{ volume: 'pvc-7d0b', node: 'node-a-1', attached: true, attacher: 'ebs.csi.aws.com' }],
      },
      logs: [log(['LOG:  checkpoint complete'], { container: 'postgres', pod: 'orders-db-0', previous: false })],
    },
  },
  'manual-cronjob': {
    opening: { owner: ref('CronJob', 'nightly-report'), trigger: 'manual', signals: [], occurrences: 1, note: 'report of Friday is missing' },
    evidence: {
      owner: owner(ref('CronJob', 'nightly-report')),
      cronJob: {
        schedule: '0 3 * * 1-4',
        timeZone: 'Europe/Berlin',
        concurrencyPolicy: 'Forbid',
        lastScheduledAt: ago(3 * DAY),
        lastSucceededAt: ago(3 * DAY),
        active: 0,
        runs: [{ name: 'nightly-report-29380', startedAt: ago(3 * DAY), finishedAt: ago(3 * DAY - 4 * MINUTE), outcome: 'succeeded' }],
      },
      job: { name: 'nightly-report-29380', completions: 1, parallelism: 1, active: 0, succeeded: 1, failed: 0, backoffLimit: 6, startedAt: ago(3 * DAY) },
    },
  },
};

/** Tickets of one class that differ by their cause. */
export const variants: Readonly<Record<string, Case>> = {
  ...crashes,
  ...images,
  ...configurations,
  ...refusals,
  ...placements,
  ...volumes,
  ...work,
  ...rollouts,
  ...others,
};
