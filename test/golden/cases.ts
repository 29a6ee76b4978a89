import {
  ago, backOff, type Case, checkoutPod, container, crashed, DAY, event, HOUR, log, MINUTE, node, now, owner, pod, POD, ref,
  rollout, SECOND, signal, startEvents,
} from './parts.ts';
import { variants } from './variants.ts';

const deployment = ref('Deployment');

function crash(reason: string, message: string, name = 'checkout', role: 'app' | 'init' | 'sidecar' = 'app') {
  return signal('crash', checkoutPod, {
    reason,
    message,
    since: now - 2 * SECOND,
    lastSeenAt: now - 2 * SECOND,
    occurrences: 3,
    immediate: true,
    container: { name, role, restartCount: 3 },
  });
}

/** One ticket for each class of failure, and for what differs within a class. The name is that of the file. */
export const cases: Readonly<Record<string, Case>> = {
  'crash-exit-3': {
    opening: {
      owner: deployment,
      signals: [crash('CrashLoopBackOff', 'container checkout exits with code 3 (Error)')],
      occurrences: 9,
      affected: [POD, 'checkout-6f7d9c5b8-kk4wz', 'checkout-6f7d9c5b8-zl9pp'],
    },
    evidence: {
      owner: owner(deployment, { replicas: { wanted: 3, ready: 0, updated: 3, available: 0 } }),
      rollout: rollout(4 * MINUTE, { changeCause: 'release 1.42.0 (#981)' }),
      pod: pod(),
      containers: [crashed(3, 'Error')],
      node: node(),
      events: [
        ...startEvents,
        backOff,
        event({ type: 'Normal', reason: 'ScalingReplicaSet', message: 'Scaled up replica set checkout-6f7d9c5b8 from 2 to 3', object: 'Deployment/checkout', lastAt: ago(3 * MINUTE) }),
      ],
      logs: [
        log([
          'level=info msg="starting checkout" version=1.42.0',
          'level=info msg="connecting to database" host=orders-db.shop.svc attempt=4',
          'level=info msg="database connected" latency=12ms password=hunter2hunter2',
          'level=error msg="invalid configuration" file=/etc/checkout/config.yaml line=17',
          'fatal: payments.provider must be one of [adyen stripe], got "stirpe"',
        ]),
      ],
    },
  },
  oom: {
    opening: {
      owner: deployment,
      signals: [crash('OOMKilled', 'container checkout is killed as memory ran out (OOMKilled, exit code 137)')],
    },
    evidence: {
      owner: owner(deployment, { replicas: { wanted: 3, ready: 2, updated: 3, available: 2 } }),
      rollout: rollout(3 * DAY, { changes: [{ container: 'checkout', resources: { from: 'limits memory=512Mi', to: 'limits memory=256Mi' } }] }),
      pod: pod({ createdAt: ago(3 * DAY), startedAt: ago(3 * DAY) }),
      containers: [
        crashed(137, 'OOMKilled', {
          lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', startedAt: ago(8 * MINUTE), finishedAt: ago(2 * SECOND) } },
        }),
      ],
      node: node(),
      events: [backOff],
      logs: [log(['GET /cart 200 12ms', 'GET /cart/export 200 8421ms', 'GET /cart/export 200 9911ms'])],
    },
  },
  init: {
    opening: {
      owner: ref('StatefulSet'),
      signals: [crash('CrashLoopBackOff', 'init container migrate exits with code 1 (Error)', 'migrate', 'init')],
    },
    evidence: {
      owner: owner(ref('StatefulSet'), { replicas: { wanted: 2, ready: 1, updated: 1, available: 1 } }),
      rollout: rollout(6 * MINUTE, {
        revisions: [
          { name: 'checkout-7c6d', revision: '7', isCurrent: true, pods: 1 },
          { name: 'checkout-5b4c', revision: '6', isCurrent: false, pods: 1 },
        ],
      }),
      pod: pod({ phase: 'Pending' }),
      containers: [
        crashed(1, 'Error', { name: 'migrate', role: 'init', image: 'registry.example.com/shop/migrate:1.42.0' }),
        container({ state: { waiting: { reason: 'PodInitializing' } } }),
      ],
      node: node(),
      events: [backOff],
      logs: [
        log(
          [
            'Traceback (most recent call last):',
            '  File "/app/migrate.py", line 31, in <module>',
            '    main()',
            '  File "/app/migrate.py", line 12, in main',
            '    raise DatabaseError("relation \\"orders\\" already exists")',
            'psycopg.DatabaseError: relation "orders" already exists',
          ],
          { container: 'migrate' },
        ),
      ],
    },
  },
  sidecar: {
    opening: {
      owner: ref('DaemonSet'),
      signals: [crash('CrashLoopBackOff', 'sidecar proxy exits with code 139 (SIGSEGV, Error)', 'proxy', 'sidecar')],
    },
    evidence: {
      owner: owner(ref('DaemonSet'), { replicas: { wanted: 12, ready: 11, updated: 12, available: 11 } }),
      rollout: rollout(20 * DAY, { previousRevision: undefined, changes: [] } as never),
      pod: pod(),
      containers: [
        crashed(139, 'Error', { name: 'proxy', role: 'sidecar', image: 'registry.example.com/mesh/proxy:2.1' }),
        container({ state: { running: { startedAt: ago(3 * MINUTE) } }, ready: true }),
      ],
      node: node(),
      events: [backOff],
      logs: [log([], { container: 'proxy' })],
    },
  },
  'slow-loop': {
    opening: {
      owner: deployment,
      signals: [
        signal('crash', checkoutPod, {
          reason: 'CrashLoopBackOff',
          message: 'container checkout exits with code 143 (SIGTERM, Error)',
          since: now - 9 * MINUTE,
          occurrences: 31,
          immediate: true,
          container: { name: 'checkout', role: 'app', exitCode: 143, restartCount: 31 },
        }),
      ],
    },
    evidence: {
      owner: owner(deployment, { replicas: { wanted: 3, ready: 3, updated: 3, available: 3 } }),
      rollout: rollout(12 * HOUR, { changes: [{ container: 'checkout', environment: { added: ['CACHE_SIZE'], removed: [], changed: ['DB_POOL'] } }] }),
      pod: pod({ createdAt: ago(12 * HOUR), startedAt: ago(12 * HOUR) }),
      containers: [
        container({
          restartCount: 31,
          ready: true,
          state: { running: { startedAt: ago(9 * MINUTE) } },
          lastState: { terminated: { exitCode: 143, reason: 'Error', startedAt: ago(33 * MINUTE), finishedAt: ago(9 * MINUTE) } },
          probes: { liveness: 'http-get http://:8080/healthz delay=5s timeout=1s period=10s #success=1 #failure=3' },
        }),
      ],
      node: node(),
      events: [
        event({ reason: 'Unhealthy', message: 'Liveness probe failed: Get "http://10.0.3.17:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)', count: 97, firstAt: ago(12 * HOUR), lastAt: ago(9 * MINUTE) }),
        event({ type: 'Normal', reason: 'Killing', message: 'Container checkout failed liveness probe, will be restarted', count: 31, firstAt: ago(12 * HOUR), lastAt: ago(9 * MINUTE) }),
      ],
      logs: [log(['shutting down: received SIGTERM', 'draining 14 requests'])],
    },
  },
  'crash-without-log': {
    opening: {
      owner: ref('Rollout', 'checkout'),
      signals: [crash('CrashLoopBackOff', 'container checkout ends with exit code 0 although it should keep running')],
    },
    evidence: {
      owner: owner({ ...ref('Rollout'), apiVersion: 'argoproj.io/v1alpha1' }, { createdAt: undefined } as never),
      pod: pod(),
      containers: [crashed(0, 'Completed')],
      events: [backOff],
      omitted: [
        { field: 'owner', reason: 'the agent does not read objects of kind Rollout' },
        { field: 'logs', reason: 'the node has no log of container checkout any more' },
        { field: 'node', reason: 'the agent has no right to read it' },
      ],
    },
  },
  image: {
    opening: {
      owner: deployment,
      signals: [
        signal('image', checkoutPod, {
          reason: 'ImagePullBackOff',
          message: 'container checkout cannot pull image registry.example.com/shop/checkout:1.42.O: not found',
          immediate: true,
          container: { name: 'checkout', role: 'app', restartCount: 0 },
        }),
      ],
    },
    evidence: {
      owner: owner(deployment, { replicas: { wanted: 3, ready: 3, updated: 1, available: 3 } }),
      rollout: rollout(2 * MINUTE + 3 * SECOND, {
        changes: [{ container: 'checkout', image: { from: 'registry.example.com/shop/checkout:1.41.0', to: 'registry.example.com/shop/checkout:1.42.O' } }],
      }),
      pod: pod({ phase: 'Pending' }),
      containers: [
        container({
          image: 'registry.example.com/shop/checkout:1.42.O',
          state: {
            waiting: {
              reason: 'ImagePullBackOff',
              message: 'Back-off pulling image "registry.example.com/shop/checkout:1.42.O": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "registry.example.com/shop/checkout:1.42.O": registry.example.com/shop/checkout:1.42.O: not found',
            },
          },
        }),
      ],
      node: node(),
      events: [
        event({ reason: 'Failed', message: 'Error: ErrImagePull', count: 4 }),
        event({ type: 'Normal', reason: 'Pulling', message: 'Pulling image "registry.example.com/shop/checkout:1.42.O"', count: 4 }),
      ],
      omitted: [{ field: 'logs', reason: 'container checkout has not run yet' }],
    },
  },
  config: {
    opening: {
      owner: deployment,
      signals: [
        signal('config', checkoutPod, {
          reason: 'CreateContainerConfigError',
          message: 'container checkout cannot start: secret "checkout-payments" not found',
          container: { name: 'checkout', role: 'app', restartCount: 0 },
        }),
      ],
    },
    evidence: {
      owner: owner(deployment, { replicas: { wanted: 3, ready: 2, updated: 1, available: 2 } }),
      rollout: rollout(3 * MINUTE, { changes: [{ container: 'checkout', environment: { added: ['* (Secret checkout-payments)'], removed: [], changed: [] } }] }),
      pod: pod({ phase: 'Pending' }),
      containers: [container({ state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "checkout-payments" not found' } } })],
      node: node(),
      events: [event({ reason: 'Failed', message: 'Error: secret "checkout-payments" not found', count: 8 }), ...startEvents],
      omitted: [{ field: 'logs', reason: 'container checkout has not run yet' }],
    },
  },
  scheduling: {
    opening: {
      owner: deployment,
      signals: [
        signal('scheduling', checkoutPod, {
          reason: 'Unschedulable',
          message: 'no node takes the pod: 0/6 nodes are available: 3 node(s) had untolerated taint(s), 3 Insufficient memory.',
          since: now - 5 * MINUTE,
        }),
      ],
    },
    evidence: {
      owner: owner(deployment, { replicas: { wanted: 4, ready: 3, updated: 4, available: 3 } }),
      rollout: rollout(5 * MINUTE, { changes: [{ container: 'checkout', resources: { from: 'requests memory=64Mi', to: 'requests memory=64Gi' } }] }),
      pod: pod({
        phase: 'Pending',
        nodeName: undefined,
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/6 nodes are available: 3 node(s) had untolerated taint(s), 3 Insufficient memory. no new claims to deallocate, preemption: 0/6 nodes are available: 3 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.',
            lastTransitionTime: ago(5 * MINUTE),
          },
        ],
      } as never),
      containers: [container()],
      scheduling: {
        requests: { cpu: '0.1', memory: '64Gi' },
        nodeSelector: {},
        affinity: [],
        tolerations: ['node.kubernetes.io/not-ready exists:NoExecute for 300s', 'node.kubernetes.io/unreachable exists:NoExecute for 300s'],
        topologySpread: [],
        nodeCount: 6,
        refusals: [
          { nodes: 3, reason: 'had untolerated taint(s)' },
          { nodes: 3, reason: 'Insufficient memory' },
        ],
        nodes: [
          { name: 'node-a-1', lacks: ['memory: 64Gi requested, 15Gi allocatable'] },
          { name: 'node-a-2', lacks: ['memory: 64Gi requested, 15Gi allocatable'] },
          { name: 'node-b-1', lacks: ['memory: 64Gi requested, 30.4Gi allocatable'] },
          ...[1, 2, 3].map((at) => ({ name: `control-${at}`, lacks: ['taint node-role.kubernetes.io/control-plane:NoSchedule is not tolerated', 'memory: 64Gi requested, 7.5Gi allocatable'] })),
        ],
      },
      namespace: { name: 'shop', podSecurity: {}, quotas: [{ name: 'team', scopes: [], resources: [{ resource: 'limits.memory', hard: '100Gi', used: '1Gi' }] }], limitRanges: [] },
      events: [event({ reason: 'FailedScheduling', message: '0/6 nodes are available: 3 node(s) had untolerated taint(s), 3 Insufficient memory.', source: 'default-scheduler', lastAt: ago(4 * MINUTE) })],
      omitted: [{ field: 'logs', reason: 'container checkout has not run yet' }],
    },
  },
  storage: {
    opening: {
      owner: ref('StatefulSet', 'orders-db'),
      signals: [
        signal('storage', ref('Pod', 'orders-db-0'), {
          reason: 'FailedAttachVolume',
          message: 'volume pvc-7d0b cannot be attached: Multi-Attach error: Volume is already exclusively attached to one node and can\'t be attached to another',
          since: now - 7 * MINUTE,
        }),
      ],
    },
    evidence: {
      owner: owner(ref('StatefulSet', 'orders-db'), { replicas: { wanted: 1, ready: 0, updated: 1, available: 0 } }),
      rollout: rollout(40 * DAY),
      pod: pod({ name: 'orders-db-0', phase: 'Pending', volumes: ['data: persistentVolumeClaim data-orders-db-0'] }),
      containers: [container({ name: 'postgres', image: 'postgres:17', state: { waiting: { reason: 'ContainerCreating' } } })],
      node: node(),
      storage: {
        claims: [
          { name: 'data-orders-db-0', phase: 'Bound', createdAt: ago(90 * DAY), storageClass: 'gp3', accessModes: ['ReadWriteOnce'], requested: '100Gi', capacity: '100Gi', volumeName: 'pvc-7d0b', conditions: [], usedBy: ['orders-db-0 on node-a-1'] },
        ],
        volumes: [
          { name: 'pvc-7d0b', phase: 'Bound', driver: 'ebs.csi.aws.com', handle: 'vol-0a1b2c3d', capacity: '100Gi', accessModes: ['ReadWriteOnce'], reclaimPolicy: 'Delete', claim: 'shop/data-orders-db-0', nodeAffinity: ['topology.ebs.csi.aws.com/zone in (eu-central-1a)'] },
        ],
        classes: [{ name: 'gp3', provisioner: 'ebs.csi.aws.com', volumeBindingMode: 'WaitForFirstConsumer', reclaimPolicy: 'Delete' }],
        attachments: [{ volume: 'pvc-7d0b', node: 'node-a-2', attached: true, attacher: 'ebs.csi.aws.com', error: 'rpc error: code = DeadlineExceeded desc = detach of vol-0a1b2c3d did not end' }],
      },
      events: [
        event({ reason: 'FailedAttachVolume', message: 'Multi-Attach error for volume "pvc-7d0b" Volume is already exclusively attached to one node and can\'t be attached to another', object: 'Pod/orders-db-0', source: 'attachdetach-controller', lastAt: ago(7 * MINUTE) }),
        event({ reason: 'FailedMount', message: 'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition', object: 'Pod/orders-db-0', count: 3, lastAt: ago(MINUTE) }),
      ],
    },
  },
  create: {
    opening: {
      owner: deployment,
      signals: [
        signal('create', deployment, {
          reason: 'FailedCreate',
          message: 'pods cannot be created: exceeded quota: team, requested: limits.memory=256Mi, used: limits.memory=4Gi, limited: limits.memory=4Gi',
        }),
      ],
    },
    evidence: {
      owner: owner(deployment, {
        replicas: { wanted: 3, ready: 1, updated: 0, available: 1 },
        conditions: [
          { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.', lastTransitionTime: ago(2 * MINUTE) },
          { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'pods "checkout-6f7d9c5b8-" is forbidden: exceeded quota: team, requested: limits.memory=256Mi, used: limits.memory=4Gi, limited: limits.memory=4Gi', lastTransitionTime: ago(2 * MINUTE) },
        ],
      }),
      rollout: rollout(2 * MINUTE, {
        revisions: [
          { name: 'checkout-6f7d9c5b8', revision: '7', isCurrent: true, wanted: 1, pods: 0, ready: 0 },
          { name: 'checkout-5d4c7b6a9', revision: '6', isCurrent: false, wanted: 1, pods: 1, ready: 1 },
        ],
      }),
      refusal: { by: 'quota', name: 'team', message: 'pods "checkout-6f7d9c5b8-" is forbidden: exceeded quota: team, requested: limits.memory=256Mi, used: limits.memory=4Gi, limited: limits.memory=4Gi' },
      namespace: {
        name: 'shop',
        podSecurity: { enforce: 'baseline' },
        quotas: [{ name: 'team', scopes: [], resources: [{ resource: 'pods', hard: '40', used: '22' }, { resource: 'limits.memory', hard: '4Gi', used: '4Gi' }] }],
        limitRanges: ['Container: default memory=256Mi'],
      },
      events: [event({ reason: 'FailedCreate', message: 'Error creating: pods "checkout-6f7d9c5b8-h2lw4" is forbidden: exceeded quota: team', object: 'ReplicaSet/checkout-6f7d9c5b8', count: 12, source: 'replicaset-controller' })],
    },
  },
  job: {
    opening: {
      owner: ref('Job', 'invoice-run'),
      signals: [
        signal('job', ref('Job', 'invoice-run'), {
          reason: 'BackoffLimitExceeded',
          message: 'the Job has failed as often as it may: Job has reached the specified backoff limit',
          since: now - SECOND,
          immediate: true,
        }),
      ],
    },
    evidence: {
      owner: owner(ref('Job', 'invoice-run'), {
        createdAt: ago(11 * MINUTE),
        conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit', lastTransitionTime: ago(SECOND) }],
      }),
      job: { name: 'invoice-run', completions: 1, parallelism: 1, active: 0, succeeded: 0, failed: 4, backoffLimit: 3, startedAt: ago(11 * MINUTE) },
      pod: pod({ name: 'invoice-run-9x2lq', phase: 'Failed', restartPolicy: 'Never' }),
      containers: [
        container({
          name: 'run',
          image: 'registry.example.com/shop/invoices:8',
          state: { terminated: { exitCode: 2, reason: 'Error', startedAt: ago(2 * MINUTE), finishedAt: ago(2 * SECOND) } },
        }),
      ],
      node: node(),
      events: [event({ reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit', object: 'Job/invoice-run', source: 'job-controller', lastAt: ago(SECOND) })],
      logs: [log(['reading 1812 orders', 'error: order 881273 has no address', 'aborted'], { container: 'run', pod: 'invoice-run-9x2lq' })],
    },
  },
  cronjob: {
    opening: {
      owner: ref('CronJob', 'nightly-report'),
      signals: [
        signal('job', ref('CronJob', 'nightly-report'), {
          reason: 'RunsFailed',
          message: '2 runs of the CronJob in a row have failed',
          since: now - DAY,
          occurrences: 2,
          immediate: true,
        }),
      ],
    },
    evidence: {
      owner: owner(ref('CronJob', 'nightly-report')),
      cronJob: {
        schedule: '0 3 * * *',
        timeZone: 'Europe/Berlin',
        concurrencyPolicy: 'Forbid',
        lastScheduledAt: ago(3 * MINUTE),
        lastSucceededAt: ago(2 * DAY),
        active: 0,
        runs: [
          { name: 'nightly-report-29384', startedAt: ago(3 * MINUTE), finishedAt: ago(MINUTE), outcome: 'failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' },
          { name: 'nightly-report-29382', startedAt: ago(2 * DAY), finishedAt: ago(2 * DAY - 4 * MINUTE), outcome: 'succeeded' },
        ],
      },
      job: { name: 'nightly-report-29384', completions: 1, parallelism: 1, active: 0, succeeded: 0, failed: 1, backoffLimit: 0, startedAt: ago(3 * MINUTE) },
      pod: pod({ name: 'nightly-report-29384-abcde', phase: 'Failed', restartPolicy: 'Never' }),
      containers: [
        container({
          name: 'report',
          image: 'registry.example.com/shop/report:3',
          state: { terminated: { exitCode: 1, reason: 'Error', startedAt: ago(2 * MINUTE), finishedAt: ago(MINUTE), message: 'disk quota exceeded' } },
        }),
      ],
      node: node(),
      logs: [log(['collecting', 'writing /data/report.csv', 'write failed: disk quota exceeded'], { container: 'report', pod: 'nightly-report-29384-abcde' })],
    },
  },
  node: {
    opening: {
      owner: ref('Node', 'node-a-1', ''),
      signals: [
        signal('node', ref('Node', 'node-a-1', ''), {
          reason: 'NodeStatusUnknown',
          message: 'the node does not answer: Kubelet stopped posting node status.',
        }),
      ],
    },
    evidence: {
      owner: owner(ref('Node', 'node-a-1', ''), { labels: {}, createdAt: ago(30 * DAY) }),
      node: node({
        conditions: [
          { type: 'MemoryPressure', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: ago(2 * MINUTE) },
          { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: ago(2 * MINUTE) },
        ],
        taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }],
        providerID: 'aws:///eu-central-1a/i-0a1b2c3d4e5f60718',
        heartbeatAt: ago(4 * MINUTE),
        leaseRenewedAt: ago(2 * MINUTE + 42 * SECOND),
        requested: { cpu: '3.2', memory: '11.5Gi', pods: '38' },
        pods: { count: 38, failingCount: 2, failing: ['checkout-6f7d9c5b8-x2x7k', 'orders-db-0'].map((name) => ({ namespace: 'shop', name, reason: 'NotReady' })) },
      }),
      events: [event({ type: 'Normal', reason: 'NodeNotReady', message: 'Node node-a-1 status is now: NodeNotReady', object: 'Node/node-a-1', source: 'node-controller', lastAt: ago(2 * MINUTE) })],
    },
  },
  probe: {
    opening: {
      owner: deployment,
      signals: [
        signal('probe', checkoutPod, {
          reason: 'Unhealthy',
          message: 'container checkout runs but is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503',
          since: now - 10 * MINUTE,
          occurrences: 61,
          container: { name: 'checkout', role: 'app', restartCount: 0 },
        }),
      ],
    },
    evidence: {
      owner: owner(deployment, { replicas: { wanted: 2, ready: 0, updated: 2, available: 0 } }),
      rollout: rollout(3 * DAY),
      pod: pod({
        createdAt: ago(3 * DAY),
        conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [checkout]', lastTransitionTime: ago(10 * MINUTE) }],
      }),
      containers: [
        container({
          ready: false,
          started: true,
          state: { running: { startedAt: ago(3 * DAY) } },
          probes: {
            readiness: 'http-get http://:8080/ready delay=0s timeout=1s period=10s #success=1 #failure=3',
            liveness: 'http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3',
          },
        }),
      ],
      node: node(),
      events: [event({ reason: 'Unhealthy', message: 'Readiness probe failed: HTTP probe failed with statuscode: 503', count: 61, firstAt: ago(10 * MINUTE) })],
      logs: [log(['GET /ready 503 upstream orders-db: connection refused', 'GET /ready 503 upstream orders-db: connection refused'], { previous: false })],
    },
  },
  rollout: {
    opening: {
      owner: deployment,
      signals: [
        signal('rollout', deployment, {
          reason: 'ProgressDeadlineExceeded',
          message: 'the rollout has not finished within its deadline: ReplicaSet "checkout-6f7d9c5b8" has timed out progressing.',
          since: now - SECOND,
          immediate: true,
        }),
      ],
    },
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
      pod: pod({
        conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [checkout]', lastTransitionTime: ago(10 * MINUTE) }],
      }),
      containers: [container({ ready: false, state: { running: { startedAt: ago(10 * MINUTE) } } })],
      node: node({ unschedulable: true, conditions: [{ type: 'MemoryPressure', status: 'True' }, { type: 'Ready', status: 'True' }] }),
      events: startEvents,
      logs: [log(['waiting for feature flags', 'waiting for feature flags'], { previous: false })],
    },
  },
  eviction: {
    opening: {
      owner: ref('Pod', 'import'),
      signals: [
        signal('eviction', ref('Pod', 'import'), {
          reason: 'Evicted',
          message: 'the kubelet has evicted the pod: The node was low on resource: ephemeral-storage. Threshold quantity: 2Gi, available: 1812Mi.',
          since: now - 4 * SECOND,
          immediate: true,
        }),
      ],
    },
    evidence: {
      owner: owner(ref('Pod', 'import'), { createdAt: ago(2 * HOUR) }),
      pod: pod({
        name: 'import',
        phase: 'Failed',
        reason: 'Evicted',
        message: 'The node was low on resource: ephemeral-storage. Threshold quantity: 2Gi, available: 1812Mi. Container import was using 9Gi, request is 0, has larger consumption of ephemeral-storage. ',
      }),
      containers: [container({ name: 'import', state: { terminated: { exitCode: 137, reason: 'Error', startedAt: ago(2 * HOUR), finishedAt: ago(4 * SECOND) } } })],
      node: node({
        conditions: [{ type: 'DiskPressure', status: 'True', reason: 'KubeletHasDiskPressure' }, { type: 'Ready', status: 'True' }],
        requested: { cpu: '1.4', memory: '6Gi' },
        pods: { count: 22, failingCount: 1, failedCount: 1, failing: [{ namespace: 'shop', name: 'import', reason: 'Evicted' }] },
      }),
      events: [
        event({ reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage. Threshold quantity: 2Gi, available: 1812Mi. ', object: 'Pod/import' }),
        event({ type: 'Normal', reason: 'Killing', message: 'Stopping container import', object: 'Pod/import' }),
      ],
      omitted: [{ field: 'logs', reason: 'the node has no log of container import any more' }],
    },
  },
  start: {
    opening: {
      owner: deployment,
      signals: [
        signal('start', checkoutPod, {
          reason: 'FailedCreatePodSandBox',
          message: 'the pod has a node but does not start: plugin type="cni" failed: no IP addresses available in range set',
          since: now - 5 * MINUTE,
        }),
      ],
    },
    evidence: {
      owner: owner(deployment, { replicas: { wanted: 3, ready: 2, updated: 3, available: 2 } }),
      rollout: rollout(20 * DAY),
      pod: pod({ phase: 'Pending' }),
      containers: [container({ state: { waiting: { reason: 'ContainerCreating' } } })],
      node: node({
        requested: { cpu: '3.8', memory: '9Gi' },
        pods: { count: 107, failingCount: 2, failing: [{ namespace: 'shop', name: POD, reason: 'ContainerCreating' }, { namespace: 'web', name: 'front-7b9', reason: 'ContainerCreating' }] },
      }),
      events: [event({ reason: 'FailedCreatePodSandBox', message: 'Failed to create pod sandbox: plugin type="cni" failed: no IP addresses available in range set', count: 24 })],
      omitted: [{ field: 'logs', reason: 'container checkout has not run yet' }],
    },
  },
  event: {
    opening: {
      owner: { ...ref('PersistentVolumeClaim', 'data'), apiVersion: 'v1' },
      signals: [
        signal('event', { ...ref('PersistentVolumeClaim', 'data'), apiVersion: 'v1' }, {
          reason: 'ProvisioningFailed',
          message: 'no volume can be made for the claim: storageclass.storage.k8s.io "fast" not found',
          since: now - 21 * MINUTE,
          occurrences: 84,
        }),
      ],
    },
    evidence: {
      owner: owner({ ...ref('PersistentVolumeClaim', 'data'), apiVersion: 'v1' }, { createdAt: ago(21 * MINUTE), labels: {} }),
      storage: {
        claims: [{ name: 'data', phase: 'Pending', createdAt: ago(21 * MINUTE), storageClass: 'fast', accessModes: ['ReadWriteOnce'], requested: '10Gi', conditions: [], usedBy: ['importer-0'] }],
        volumes: [],
        classes: [{ name: 'fast' }],
        attachments: [],
      },
      events: [event({ reason: 'ProvisioningFailed', message: 'storageclass.storage.k8s.io "fast" not found', object: 'PersistentVolumeClaim/data', count: 84, firstAt: ago(21 * MINUTE), source: 'persistentvolume-controller' })],
    },
  },
  'comes-again': {
    opening: {
      owner: ref('Pod', 'import'),
      signals: [crash('CrashLoopBackOff', 'container checkout exits with code 127 (Error)')],
      previousTicketId: '7a0f3f3e-9d5c-4f0f-8a55-0f8c5d1f7a11',
      affected: ['import'],
    },
    evidence: {
      owner: owner(ref('Pod', 'import'), { createdAt: ago(9 * MINUTE) }),
      pod: pod({ name: 'import' }),
      containers: [crashed(127, 'Error')],
      node: node(),
      events: [backOff],
      logs: [log(['sh: exec: line 1: /app/imprt: not found'], { pod: 'import' })],
    },
  },
  manual: {
    opening: {
      owner: deployment,
      trigger: 'manual',
      signals: [],
      occurrences: 1,
      note: 'orders lose their coupon since 10:00, see #payments @ https://chat.example.com/x',
    },
    evidence: {
      owner: owner(deployment, { replicas: { wanted: 3, ready: 2, updated: 3, available: 2 } }),
      rollout: rollout(5 * HOUR),
      pod: pod(),
      containers: [crashed(3, 'Error')],
      node: node(),
      events: [backOff],
      logs: [log(['error: coupon service answered 500'])],
    },
  },
  'manual-healthy': {
    opening: { owner: deployment, trigger: 'manual', signals: [], occurrences: 1, note: 'slow since 10:00' },
    evidence: {
      owner: owner(deployment, { replicas: { wanted: 3, ready: 3, updated: 3, available: 3 } }),
      rollout: rollout(3 * DAY),
      pod: pod(),
      containers: [container({ ready: true, state: { running: { startedAt: ago(3 * DAY) } } })],
      node: node(),
      events: startEvents,
      logs: [log(['GET /cart 200 3012ms'], { previous: false })],
    },
  },
  'manual-node': {
    opening: { owner: ref('Node', 'node-a-1', ''), trigger: 'manual', signals: [], occurrences: 1, note: 'fan is loud' },
    evidence: {
      owner: owner(ref('Node', 'node-a-1', ''), { labels: {} }),
      node: node({ leaseRenewedAt: ago(4 * SECOND), requested: { cpu: '3.2', memory: '11.5Gi' }, pods: { count: 38, failingCount: 0, failing: [] } }),
    },
  },
  'manual-namespace': {
    opening: { owner: ref('Namespace', 'shop', ''), trigger: 'manual', signals: [], occurrences: 1, note: 'everything is slow' },
    evidence: {
      owner: owner(ref('Namespace', 'shop', ''), { labels: {} }),
      namespace: {
        name: 'shop',
        phase: 'Active',
        podSecurity: { enforce: 'baseline' },
        quotas: [{ name: 'team', scopes: [], resources: [{ resource: 'pods', hard: '40', used: '22' }, { resource: 'limits.memory', hard: '4Gi', used: '4Gi' }] }],
        limitRanges: ['Container: default memory=256Mi'],
        pods: { count: 24, phases: { Running: 22, Pending: 1, Succeeded: 1 }, notReady: ['checkout-6f7d9c5b8-x2x7k: ImagePullBackOff', 'search-0: NotReady'] },
      },
      events: [event({ reason: 'Failed', message: 'Error: ImagePullBackOff', count: 12 })],
    },
  },
  ...variants,
};
