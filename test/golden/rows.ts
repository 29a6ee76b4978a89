import {
  ago, backOff, type Case, checkoutPod, container, crashed, DAY, event, HOUR, log, MINUTE, node, now, owner, pod, POD, ref, rollout,
  SECOND, signal,
} from './parts.ts';
import { withQuote } from '../../src/detect/message.ts';

/** Failures of which the ticket once told a symptom, another cause, or something that was not so; each with what it has to tell. */

const deployment = ref('Deployment');
const ofThree = (ready: number, more: object = {}) => owner(deployment, { replicas: { wanted: 3, ready, updated: 3, available: ready }, ...more });
const noRun = [{ field: 'logs', reason: 'container checkout has not run yet' }];

function crashCase(message: string, reason: string, evidence: Partial<Case['evidence']>): Case {
  return {
    opening: {
      owner: deployment,
      signals: [signal('crash', checkoutPod, { reason, message, since: now - 2 * SECOND, occurrences: 3, immediate: true, container: { name: 'checkout', role: 'app', restartCount: 3 } })],
    },
    evidence: { owner: ofThree(0), rollout: rollout(20 * MINUTE), pod: pod(), node: node(), events: [backOff], ...evidence },
  };
}

const ended = (exitCode: number, reason: string) => ({ lastState: { terminated: { exitCode, reason, startedAt: ago(40 * SECOND), finishedAt: ago(2 * SECOND) } } });

const crashes: Readonly<Record<string, Case>> = {
  'row-post-start-hook': crashCase('container checkout is stopped as its postStart hook failed (exit code 0)', 'CrashLoopBackOff', {
    containers: [crashed(0, 'Completed', ended(0, 'Completed'))],
    events: [
      event({ reason: 'FailedPostStartHook', message: 'PostStartHook failed', count: 4, container: 'checkout' }),
      event({ type: 'Normal', reason: 'Killing', message: 'FailedPostStartHook', count: 4, container: 'checkout' }),
      backOff,
    ],
    logs: [log(['listening on :8080', 'shutting down'])],
  }),
  // As the kubelet of 1.36 shows it most of the time: the hook's own words are in the status.
  'row-post-start-hook-words': {
    opening: {
      owner: deployment,
      signals: [signal('config', checkoutPod, { reason: 'PostStartHookError', message: 'container checkout is stopped as its postStart hook failed: exit code 4: no route to consul', since: now - MINUTE, container: { name: 'checkout', role: 'app', restartCount: 2 } })],
    },
    evidence: {
      owner: ofThree(0),
      rollout: rollout(20 * MINUTE),
      pod: pod(),
      node: node(),
      containers: [crashed(137, 'Error', { state: { waiting: { reason: 'PostStartHookError', message: `command '/bin/sh -c /register.sh' exited with 4: , message: "no route to consul\\n"` } }, ...ended(137, 'Error') })],
      events: [event({ reason: 'FailedPostStartHook', message: 'PostStartHook failed', count: 2, container: 'checkout' })],
      logs: [log(['listening on :8080'])],
    },
  },
  // A sidecar is an init container that goes on: its hook fails as that of any other, and the app behind it never starts.
  'row-sidecar-hook': {
    opening: {
      owner: deployment,
      signals: [signal('config', checkoutPod, { reason: 'PostStartHookError', message: 'sidecar proxy is stopped as its postStart hook failed: exit code 1: pilot is not ready', since: now - MINUTE, container: { name: 'proxy', role: 'sidecar', restartCount: 4 } })],
    },
    evidence: {
      owner: ofThree(0),
      rollout: rollout(20 * MINUTE),
      pod: pod({ phase: 'Pending' }),
      node: node(),
      containers: [
        crashed(137, 'Error', { name: 'proxy', role: 'sidecar', image: 'registry.example.com/mesh/proxy:1.27', state: { waiting: { reason: 'PostStartHookError', message: `command 'pilot-agent wait' exited with 1: , message: "pilot is not ready\\n"` } }, ...ended(137, 'Error') }),
        container({ state: { waiting: { reason: 'PodInitializing' } } }),
      ],
      events: [event({ reason: 'FailedPostStartHook', message: 'PostStartHook failed', count: 4, container: 'proxy' })],
      logs: [log(['info Agent version 1.27', 'warn Envoy proxy is NOT ready: config not received from XDS server'], { container: 'proxy' })],
    },
  },
  // A sidecar and the init container behind it fail at once, each for its own reason.
  'row-init-and-sidecar': {
    opening: {
      owner: deployment,
      signals: [
        signal('crash', checkoutPod, { reason: 'CrashLoopBackOff', message: 'sidecar sql-proxy exits with code 1 (Error)', since: now - 40 * SECOND, occurrences: 3, immediate: true, container: { name: 'sql-proxy', role: 'sidecar', restartCount: 3, exitCode: 1 } }),
        signal('crash', checkoutPod, { reason: 'CrashLoopBackOff', message: 'init container migrate exits with code 1 (Error)', since: now - 2 * SECOND, occurrences: 3, immediate: true, container: { name: 'migrate', role: 'init', restartCount: 3, exitCode: 1 } }),
      ],
    },
    evidence: {
      owner: ofThree(0),
      rollout: rollout(20 * MINUTE),
      pod: pod({ phase: 'Pending' }),
      node: node(),
      containers: [
        crashed(1, 'Error', { name: 'sql-proxy', role: 'sidecar', image: 'registry.example.com/sql-proxy:2.11' }),
        crashed(1, 'Error', { name: 'migrate', role: 'init', image: 'registry.example.com/shop/migrate:1.42.0' }),
        container({ state: { waiting: { reason: 'PodInitializing' } } }),
      ],
      events: [backOff],
      logs: [
        log(['migrate: connecting to 127.0.0.1:5432', 'error: dial tcp 127.0.0.1:5432: connect: connection refused'], { container: 'migrate' }),
        log(['Authorizing with Application Default Credentials', 'The proxy has encountered a terminal error: unable to start: could not find default credentials'], { container: 'sql-proxy' }),
      ],
    },
  },
  'row-oom-usage': crashCase('container checkout is killed as memory ran out (OOMKilled, exit code 137)', 'OOMKilled', {
    owner: ofThree(2),
    containers: [crashed(137, 'OOMKilled', { ...ended(137, 'OOMKilled'), usage: { cpu: '0.012', memory: '243.1Mi', measuredAt: ago(14 * SECOND) } })],
    node: node({ usage: { cpu: '1.204', memory: '9.1Gi', measuredAt: ago(20 * SECOND) } }),
    logs: [log(['building index 3 of 9'])],
  }),
  // Between two ends all of its pods are ready.
  'row-ready-between-restarts': crashCase('container checkout exits with code 1 (Error)', 'CrashLoopBackOff', {
    owner: ofThree(3),
    containers: [crashed(1, 'Error', { ready: true, state: { running: { startedAt: ago(SECOND) } } })],
    logs: [log(['listening on :8080'])],
  }),
  'row-permission-denied': {
    opening: {
      owner: deployment,
      signals: [signal('config', checkoutPod, { reason: 'StartError', message: 'container checkout cannot start: exec: "/etc": permission denied', immediate: true, container: { name: 'checkout', role: 'app', restartCount: 1 } })],
    },
    evidence: {
      owner: ofThree(0),
      rollout: rollout(3 * MINUTE, { changes: [{ container: 'checkout', command: { from: '/app/checkout', to: '/etc' } }] }),
      pod: pod(),
      containers: [crashed(128, 'StartError', { restartCount: 1, lastState: { terminated: { exitCode: 128, reason: 'StartError', message: 'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "/etc": permission denied', finishedAt: ago(2 * SECOND) } } })],
      node: node(),
      events: [backOff],
    },
  },
  'row-oom-without-limit': crashCase('container checkout is killed as memory ran out (OOMKilled, exit code 137)', 'OOMKilled', {
    owner: ofThree(2),
    containers: [crashed(137, 'OOMKilled', { resources: { requests: { memory: '64Mi' }, limits: {} }, ...ended(137, 'OOMKilled') })],
    node: node({
      conditions: [{ type: 'MemoryPressure', status: 'True', reason: 'KubeletHasInsufficientMemory', lastTransitionTime: ago(MINUTE) }, { type: 'Ready', status: 'True' }],
      requested: { cpu: '1.1', memory: '7.2Gi' },
      pods: { count: 19, failingCount: 1, failing: [{ namespace: 'shop', name: POD, reason: 'OOMKilled' }], owners: { ReplicaSet: 14, DaemonSet: 4, StatefulSet: 1 }, unlimited: 11, largest: ['shop/search-0 memory=4Gi', 'web/front-7b9 memory=512Mi'] },
    }),
    logs: [log(['building index 3 of 9'])],
  }),
  'row-oom-of-pod': crashCase('container checkout is killed as memory ran out (OOMKilled, exit code 137)', 'OOMKilled', {
    owner: ofThree(2),
    pod: pod({ resources: { requests: {}, limits: { memory: '512Mi' } } }),
    containers: [crashed(137, 'OOMKilled', { resources: { requests: {}, limits: {} }, ...ended(137, 'OOMKilled') }), container({ name: 'proxy', ready: true, resources: { requests: {}, limits: {} }, state: { running: { startedAt: ago(3 * MINUTE) } } })],
  }),
  'row-twelve-containers': crashCase('container c1 exits with code 1 (Error)', 'CrashLoopBackOff', {
    containers: Array.from({ length: 12 }, (_, n) => crashed(1, 'Error', { name: `c${n + 1}` })),
    logs: ['c1', 'c2', 'c3'].map((name, n) => log(['starting', `Error: connect ECONNREFUSED 10.0.3.${n + 17}:5432`], { container: name })),
  }),
};

const probeWords = 'Readiness probe failed: HTTP probe failed with statuscode: 503';
const timedOut = 'the rollout has not finished within its deadline: ReplicaSet "checkout-6f7d9c5b8" has timed out progressing.';

function rolloutCase(more: Partial<Case['evidence']>): Case {
  return {
    opening: { owner: deployment, signals: [signal('rollout', deployment, { reason: 'ProgressDeadlineExceeded', message: timedOut, since: now - SECOND, immediate: true })] },
    evidence: {
      owner: owner(deployment, {
        replicas: { wanted: 3, ready: 3, updated: 1, available: 3 },
        conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'ReplicaSet "checkout-6f7d9c5b8" has timed out progressing.', lastTransitionTime: ago(SECOND) }],
      }),
      rollout: rollout(10 * MINUTE, {
        strategy: 'RollingUpdate, maxSurge 25%, maxUnavailable 25%',
        progressDeadlineSeconds: 600,
        revisions: [
          { name: 'checkout-6f7d9c5b8', revision: '7', isCurrent: true, wanted: 1, pods: 1, ready: 0 },
          { name: 'checkout-5d4c7b6a9', revision: '6', isCurrent: false, wanted: 3, pods: 3, ready: 3 },
        ],
      }),
      pod: pod({ conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [checkout]', lastTransitionTime: ago(10 * MINUTE) }] }),
      node: node(),
      ...more,
    },
  };
}

const rollouts: Readonly<Record<string, Case>> = {
  'row-rollout-probe': rolloutCase({
    containers: [container({ ready: false, state: { running: { startedAt: ago(10 * MINUTE) } }, probes: { readiness: 'http-get http://:8080/ready delay=0s timeout=1s period=10s #success=1 #failure=3' } })],
    events: [event({ reason: 'Unhealthy', message: probeWords, count: 58, firstAt: ago(10 * MINUTE) })],
    logs: [log(['GET /ready 503 waiting for feature flags'], { previous: false })],
  }),
  'row-rollout-unscheduled': rolloutCase({
    pod: pod({ phase: 'Pending', nodeName: undefined, conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available: 3 Insufficient cpu.', lastTransitionTime: ago(10 * MINUTE) }] } as never),
    containers: [container({ state: { waiting: { reason: 'ContainerCreating' } } })],
  }),
};

const setRef = ref('StatefulSet', 'orders-db');
const brokenSet: Case = {
  opening: { owner: setRef, signals: [signal('image', ref('Pod', 'orders-db-2'), { reason: 'ImagePullBackOff', message: 'container postgres cannot pull image postgres:17.O: not found', since: now - 6 * MINUTE, container: { name: 'postgres', role: 'app', restartCount: 0 } })] },
  evidence: {
    owner: owner(setRef, { replicas: { wanted: 3, ready: 2, updated: 1, available: 2 } }),
    rollout: rollout(7 * MINUTE, {
      strategy: 'RollingUpdate, partition 0',
      changes: [{ container: 'postgres', image: { from: 'postgres:17.0', to: 'postgres:17.O' } }],
      revisions: [{ name: 'orders-db-7c6d', revision: '7', isCurrent: true, pods: 1 }, { name: 'orders-db-5b4c', revision: '6', isCurrent: false, pods: 2 }],
    }),
    pod: pod({ name: 'orders-db-2', phase: 'Pending', conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [postgres]', lastTransitionTime: ago(6 * MINUTE) }] }),
    containers: [container({ name: 'postgres', image: 'postgres:17.O', state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "postgres:17.O": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/postgres:17.O": failed to resolve reference "docker.io/library/postgres:17.O": docker.io/library/postgres:17.O: not found' } } })],
    node: node(),
    events: [event({ reason: 'Failed', message: 'Error: ImagePullBackOff', object: 'Pod/orders-db-2', count: 14 })],
    omitted: [{ field: 'logs', reason: 'container postgres has not run yet' }],
  },
};

const lost = (owners: Record<string, number>): Case => ({
  opening: { owner: ref('Node', 'node-a-1', ''), signals: [signal('node', ref('Node', 'node-a-1', ''), { reason: 'NodeStatusUnknown', message: 'the node does not answer: Kubelet stopped posting node status.' })] },
  evidence: {
    owner: owner(ref('Node', 'node-a-1', ''), { labels: {}, createdAt: ago(30 * DAY) }),
    node: node({
      conditions: [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: ago(2 * MINUTE) }],
      taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }],
      leaseRenewedAt: ago(2 * MINUTE + 42 * SECOND),
      requested: { cpu: '3.2', memory: '11.5Gi', pods: '38' },
      pods: { count: Object.values(owners).reduce((sum, count) => sum + count, 0), failingCount: 2, failing: [{ namespace: 'shop', name: 'orders-db-0', reason: 'NotReady' }, { namespace: 'kube-system', name: 'cilium-8x2lq', reason: 'NotReady' }], owners, unlimited: 4, largest: ['shop/orders-db-0 memory=4Gi'] },
    }),
  },
});

const tooSmall = '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient nvidia.com/gpu.';

const placements: Readonly<Record<string, Case>> = {
  'row-statefulset-undo': brokenSet,
  'row-lost-node-with-statefulset': lost({ ReplicaSet: 30, DaemonSet: 5, StatefulSet: 2, none: 1 }),
  'row-lost-node-without-state': lost({ ReplicaSet: 12, DaemonSet: 5 }),
  'row-unknown-resource': {
    opening: { owner: deployment, signals: [signal('scheduling', checkoutPod, { reason: 'Unschedulable', message: `no node takes the pod: ${tooSmall}`, since: now - 5 * MINUTE })] },
    evidence: {
      owner: ofThree(0),
      rollout: rollout(6 * MINUTE, { changes: [{ container: 'checkout', resources: { from: 'none', to: 'limits nvidia.com/gpu=1' } }] }),
      pod: pod({ phase: 'Pending', nodeName: undefined, conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: tooSmall, lastTransitionTime: ago(5 * MINUTE) }] } as never),
      containers: [container({ resources: { requests: { 'nvidia.com/gpu': '1' }, limits: { 'nvidia.com/gpu': '1' } } })],
      scheduling: {
        requests: { 'nvidia.com/gpu': '1' }, nodeSelector: {}, affinity: [], tolerations: [], topologySpread: [], nodeCount: 3,
        refusals: [{ nodes: 1, reason: 'had untolerated taint(s)' }, { nodes: 2, reason: 'Insufficient nvidia.com/gpu' }],
        nodes: [
          ...['node-a-1', 'node-a-2'].map((name) => ({ name, lacks: ['nvidia.com/gpu: 1 requested, 0 allocatable'] })),
          { name: 'control-1', lacks: ['taint node-role.kubernetes.io/control-plane:NoSchedule is not tolerated', 'nvidia.com/gpu: 1 requested, 0 allocatable'] },
        ],
      },
      omitted: noRun,
    },
  },
  'row-nodes-full': {
    opening: { owner: deployment, signals: [signal('scheduling', checkoutPod, { reason: 'Unschedulable', message: 'no node takes the pod: 0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient memory.', since: now - 5 * MINUTE })] },
    evidence: {
      owner: ofThree(2),
      rollout: rollout(30 * DAY),
      pod: pod({ phase: 'Pending', nodeName: undefined, conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient memory.', lastTransitionTime: ago(5 * MINUTE) }] } as never),
      containers: [container()],
      scheduling: {
        requests: { memory: '8Gi' }, nodeSelector: {}, affinity: [], tolerations: [], topologySpread: [], nodeCount: 3,
        refusals: [{ nodes: 1, reason: 'had untolerated taint(s)' }, { nodes: 2, reason: 'Insufficient memory' }],
        nodes: [
          { name: 'node-a-1', lacks: ['memory: 8Gi requested, 3.1Gi free'], takenBy: ['shop/orders-db-0 memory=6Gi', 'web/front-7b9 memory=2Gi'] },
          { name: 'node-a-2', lacks: ['memory: 8Gi requested, 2.4Gi free'], takenBy: ['shop/search-0 memory=8Gi'] },
          { name: 'control-1', lacks: ['taint node-role.kubernetes.io/control-plane:NoSchedule is not tolerated', 'memory: 8Gi requested, 7.5Gi allocatable'] },
        ],
      },
      omitted: noRun,
    },
  },
};

const managed = (by: NonNullable<ReturnType<typeof owner>['managed']>, more: Parameters<typeof ofThree>[1] = {}): Case =>
  crashCase('container checkout exits with code 3 (Error)', 'CrashLoopBackOff', {
    owner: ofThree(1, { managed: by, ...more }),
    containers: [crashed(3, 'Error')],
    logs: [log(['level=error msg="PAYMENTS_PROVIDER is not set"'])],
  });

const refused = (name: string) => `pods "checkout-6f7d9c5b8-${name}" is forbidden: exceeded quota: team, requested: limits.memory=256Mi, used: limits.memory=4Gi, limited: limits.memory=4Gi`;
const QUOTA = refused('h2lw4');

const others: Readonly<Record<string, Case>> = {
  'row-undo-argo': managed({ argoCd: { application: 'shop' } }),
  'row-undo-flux': managed({ flux: { kind: 'HelmRelease', namespace: 'shop', name: 'checkout' }, helm: { release: 'checkout', namespace: 'shop' } }),
  'row-undo-helm': managed({ helm: { release: 'checkout', namespace: 'shop', revision: '12', chart: 'checkout-1.4.2' } }),
  'row-ownership': managed(
    {
      lastChange: { manager: 'kubectl-edit', operation: 'Update', at: ago(5 * MINUTE) },
      argoCd: { application: 'shop' },
      sourceRevision: '4f1c9e2',
      configMaps: [{ name: 'checkout-config', changedAt: ago(6 * MINUTE), manager: 'argocd-controller' }, { name: 'feature-flags', changedAt: ago(90 * DAY) }],
    },
    {
      selected: {
        labels: { 'app.kubernetes.io/part-of': 'shop', 'app.kubernetes.io/version': '1.42.0' },
        annotations: { 'support.ankra.app/runbook': 'https://runbooks.example.com/shop/checkout', 'support.ankra.app/team': 'payments', 'support.ankra.app/contact': 'payments@example.com' },
      },
      disruptionBudgets: [{ name: 'checkout', minAvailable: '2', healthy: 1, wanted: 2, allowed: 0 }],
    },
  ),
  'row-undo-old-change': crashCase('container checkout exits with code 3 (Error)', 'CrashLoopBackOff', {
    rollout: rollout(3 * DAY),
    containers: [crashed(3, 'Error')],
    logs: [log(['listening on :8080'])],
  }),
  'row-events-folded': {
    opening: { owner: deployment, signals: [signal('create', deployment, { reason: 'FailedCreate', message: withQuote('pods cannot be created', QUOTA) })] },
    evidence: {
      owner: owner(deployment, { replicas: { wanted: 3, ready: 1, updated: 0, available: 1 }, conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: QUOTA, lastTransitionTime: ago(2 * MINUTE) }] }),
      rollout: rollout(30 * DAY),
      refusal: { by: 'quota', name: 'team', message: QUOTA },
      namespace: { name: 'shop', podSecurity: {}, quotas: [{ name: 'team', scopes: [], resources: [{ resource: 'limits.memory', hard: '4Gi', used: '4Gi' }] }], limitRanges: [] },
      events: ['h2lw4', 'x2x7k', 'zl9pp', 'kk4wz', 'b7k2m', 'q9x4c', 'wz5tn', 'm2v8r'].map((name, n) =>
        event({ reason: 'FailedCreate', message: `Error creating: ${refused(name)}`, object: 'ReplicaSet/checkout-6f7d9c5b8', count: n === 7 ? 6 : 1, source: 'replicaset-controller', lastAt: ago((n + 1) * 10 * SECOND) }),
      ),
    },
  },
  'row-indexed-job': {
    opening: { owner: ref('Job', 'render-frames'), signals: [signal('job', ref('Job', 'render-frames'), { reason: 'FailedIndexes', message: 'indexes of the Job have failed: Job has failed indexes', since: now - HOUR, immediate: true })] },
    evidence: {
      owner: owner(ref('Job', 'render-frames'), { createdAt: ago(3 * HOUR), conditions: [{ type: 'Failed', status: 'True', reason: 'FailedIndexes', message: 'Job has failed indexes', lastTransitionTime: ago(HOUR) }] }),
      pod: pod({ name: 'render-frames-3-9x2lq', phase: 'Failed' }),
      containers: [container({ name: 'render', image: 'registry.example.com/film/render:8', state: { terminated: { exitCode: 1, reason: 'Error', startedAt: ago(2 * HOUR), finishedAt: ago(2 * HOUR - MINUTE) } } })],
      job: { name: 'render-frames', completions: 12, parallelism: 4, active: 0, succeeded: 10, failed: 6, backoffLimit: 2_147_483_647, backoffLimitPerIndex: 2, failedIndexes: '3,7' },
      logs: [log(['frame 3: loading scene', 'error: texture wood_07.exr is truncated'], { container: 'render', pod: 'render-frames-3-9x2lq' })],
    },
  },
  'row-job-fail-index': {
    opening: { owner: ref('Job', 'render-frames'), signals: [signal('job', ref('Job', 'render-frames'), { reason: 'MaxFailedIndexesExceeded', message: 'too many indexes of the Job have failed: Job has exceeded the specified maximal number of failed indexes', since: now - HOUR, immediate: true })] },
    evidence: {
      owner: owner(ref('Job', 'render-frames'), { createdAt: ago(3 * HOUR), conditions: [{ type: 'Failed', status: 'True', reason: 'MaxFailedIndexesExceeded', message: 'Job has exceeded the specified maximal number of failed indexes', lastTransitionTime: ago(HOUR) }] }),
      job: { name: 'render-frames', completions: 12, parallelism: 4, active: 0, succeeded: 2, failed: 5, backoffLimit: 2_147_483_647, backoffLimitPerIndex: 0, maxFailedIndexes: 4, failedIndexes: '0-1,4-6' },
      omitted: [{ field: 'pod', reason: 'none of its pods is there any more' }],
    },
  },
  'row-job-failure-policy': {
    opening: { owner: ref('Job', 'invoice-run'), signals: [signal('job', ref('Job', 'invoice-run'), { reason: 'PodFailurePolicy', message: 'the Job was ended by its pod failure policy: Container run for pod shop/invoice-run-9x2lq failed with exit code 42 matching FailJob rule at index 0', since: now - HOUR, immediate: true })] },
    evidence: {
      owner: owner(ref('Job', 'invoice-run'), { createdAt: ago(2 * HOUR), conditions: [{ type: 'Failed', status: 'True', reason: 'PodFailurePolicy', message: 'Container run for pod shop/invoice-run-9x2lq failed with exit code 42 matching FailJob rule at index 0', lastTransitionTime: ago(HOUR) }] }),
      pod: pod({ name: 'invoice-run-9x2lq', phase: 'Failed' }),
      containers: [container({ name: 'run', image: 'registry.example.com/shop/invoices:8', state: { terminated: { exitCode: 42, reason: 'Error', startedAt: ago(HOUR + MINUTE), finishedAt: ago(HOUR) } } })],
      job: { name: 'invoice-run', completions: 1, parallelism: 1, active: 0, succeeded: 0, failed: 1, backoffLimit: 6 },
      logs: [log(['reading 1812 orders', 'error: schema of the orders is newer than this program'], { container: 'run', pod: 'invoice-run-9x2lq' })],
    },
  },
  'row-job': {
    opening: { owner: ref('Job', 'invoice-run'), signals: [signal('job', ref('Job', 'invoice-run'), { reason: 'BackoffLimitExceeded', message: 'the Job has failed as often as it may: Job has reached the specified backoff limit', since: now - HOUR, immediate: true })] },
    evidence: {
      owner: owner(ref('Job', 'invoice-run'), { createdAt: ago(2 * HOUR), conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit', lastTransitionTime: ago(HOUR) }] }),
      pod: pod({ name: 'invoice-run-9x2lq', phase: 'Failed' }),
      containers: [container({ name: 'run', image: 'registry.example.com/shop/invoices:8', state: { terminated: { exitCode: 2, reason: 'Error', startedAt: ago(HOUR + MINUTE), finishedAt: ago(HOUR) } } })],
      job: { name: 'invoice-run', completions: 1, parallelism: 1, active: 0, succeeded: 0, failed: 4, backoffLimit: 3 },
      logs: [log(['reading 1812 orders', 'error: order 881273 has no address', 'aborted'], { container: 'run', pod: 'invoice-run-9x2lq' })],
    },
  },
};

export const rows: Readonly<Record<string, Case>> = { ...crashes, ...rollouts, ...placements, ...others };
