import { ago, type Case, container, event, log, MINUTE, node, now, owner, pod, POD, ref, SECOND, signal } from './parts.ts';

const words = {
  config: 'container app cannot start: secret "orders-db" not found',
  crash: 'container worker exits with code 1 (Error)',
  image: 'container worker cannot pull image registry.example.com/shop/worker:3: the registry cannot be reached',
};

function member(name: string, failureClass: 'config' | 'crash' | 'image', reason: string, since: number) {
  return { owner: ref('Deployment', name), class: failureClass, reason, since: now - since, regarding: ref('Pod', POD), message: words[failureClass], node: 'node-a-1' };
}

const secret = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'orders-db', uid: '' };
const stormTarget = { apiVersion: '', kind: 'Cluster', namespace: '', name: 'many-workloads', uid: '' };

const lacking = ['checkout', 'orders', 'refunds'].map((name) =>
  member(name, 'config', 'CreateContainerConfigError', 2 * MINUTE),
);
const crashing = Array.from({ length: 60 }, (_, n) => member(`worker-${n}`, n % 3 === 0 ? 'image' : 'crash', n % 3 === 0 ? 'ImagePullBackOff' : 'CrashLoopBackOff', 30 * SECOND));

/** All with a revision of a few minutes ago, but for a DaemonSet, of which nobody watches when it was made. */
const rolledOut = Array.from({ length: 12 }, (_, n) => ({
  ...member(`worker-${n}`, 'crash', 'CrashLoopBackOff', 2 * MINUTE + n * SECOND),
  node: `node-${'abc'.charAt(n % 3)}-1`,
  ...(n === 11 ? { owner: ref('DaemonSet', 'log-shipper', 'logging') } : { revisedAt: now - 6 * MINUTE + n * 11 * SECOND }),
}));

const closed = 'failed to start sandbox container task "05db483a6ac6": ttrpc: closed: unknown';
const missing = 'secret "orders-db" not found';

const storm: Case = {
  opening: {
    trigger: 'storm',
    owner: stormTarget,
    signals: [
      signal('image', ref('Pod', POD), {
        reason: 'ImagePullBackOff',
        message: 'container checkout cannot pull image registry.example.com/shop/checkout:1.42.0: the registry cannot be reached',
        container: { name: 'checkout', role: 'app', restartCount: 0 },
      }),
    ],
    affected: crashing.map(({ owner: { name } }) => `Deployment shop/${name}`),
    common: { kind: 'storm', members: crashing, isFirst: false },
  },
  evidence: {
    pod: pod({ phase: 'Pending' }),
    containers: [container({ state: { waiting: { reason: 'ImagePullBackOff' } } })],
    node: node(),
    events: [event({ reason: 'Failed', message: 'Failed to pull image: dial tcp 192.0.2.7:443: i/o timeout', count: 4 })],
  },
};

/** Tickets that speak for several owners. */
export const commonCases: Readonly<Record<string, Case>> = {
  'common-shared': {
    opening: {
      trigger: 'shared',
      owner: secret,
      signals: [
        signal('config', ref('Pod', POD), {
          reason: 'CreateContainerConfigError',
          message: `container checkout cannot start: ${missing}`,
          container: { name: 'checkout', role: 'app', restartCount: 0 },
        }),
      ],
      affected: lacking.map(({ owner: { name } }) => `Deployment shop/${name}`),
      common: { kind: 'shared', members: lacking, isFirst: false },
    },
    evidence: {
      pod: pod({ phase: 'Pending' }),
      containers: [container({ state: { waiting: { reason: 'CreateContainerConfigError', message: missing } } })],
      node: node(),
      events: [event({ reason: 'Failed', message: `Error: ${missing}`, count: 9 })],
    },
  },
  'common-message': {
    opening: {
      trigger: 'shared',
      owner: { apiVersion: '', kind: 'SameMessage', namespace: '', name: 'FailedCreatePodSandBox', uid: '' },
      signals: [signal('start', ref('Pod', POD), { reason: 'FailedCreatePodSandBox', message: `the pod has a node but does not start: ${closed}` })],
      affected: lacking.map(({ owner: { name } }) => `Deployment shop/${name}`),
      common: {
        kind: 'shared',
        members: lacking.map((one) => ({ ...one, class: 'start' as const, reason: 'FailedCreatePodSandBox', message: closed })),
        isFirst: false,
      },
    },
    evidence: {
      pod: pod({ phase: 'Pending' }),
      containers: [container({ state: { waiting: { reason: 'ContainerCreating' } } })],
      node: node(),
      events: [event({ reason: 'FailedCreatePodSandBox', message: closed, count: 9 })],
    },
  },
  'common-storm': storm,
  'common-storm-rollout': {
    ...storm,
    opening: {
      ...storm.opening,
      signals: [signal('crash', ref('Pod', POD), { reason: 'CrashLoopBackOff', message: words.crash, container: { name: 'worker', role: 'app', restartCount: 4 } })],
      common: { kind: 'storm', members: rolledOut, isFirst: false },
    },
    evidence: {
      ...storm.evidence,
      containers: [container({ name: 'worker', restartCount: 4, state: { terminated: { exitCode: 1, reason: 'Error' } } })],
      events: [],
      logs: [log(['starting', 'Error: getaddrinfo ENOTFOUND orders-db.shop.svc (try 7)'], { container: 'worker' })],
      memberLogs: [3, 9, 4].map((tries) => log(['starting', `Error: getaddrinfo ENOTFOUND orders-db.shop.svc (try ${tries})`, 'bye'], { container: 'worker' })),
    },
  },
  'common-first-start': {
    ...storm,
    opening: { ...storm.opening, common: { kind: 'storm', members: crashing.slice(0, 12), isFirst: true } },
    evidence: { ...storm.evidence, logs: [log(['dial tcp: lookup orders-db.shop.svc: no such host'])] },
  },
  'common-node': {
    opening: {
      owner: ref('Node', 'node-a-1', ''),
      signals: [
        signal('node', ref('Node', 'node-a-1', ''), {
          reason: 'NodeStatusUnknown',
          message: 'the node does not answer: Kubelet stopped posting node status.',
        }),
      ],
      affected: ['node-a-1', 'Deployment shop/checkout', 'Deployment shop/orders', 'Deployment shop/refunds'],
      common: { kind: 'node', members: lacking.map((one) => ({ ...one, class: 'crash' as const, reason: 'Error' })), isFirst: false },
    },
    evidence: {
      owner: owner(ref('Node', 'node-a-1', ''), { labels: {}, createdAt: ago(30 * 24 * 60 * MINUTE) }),
      node: node({
        conditions: [
          { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: ago(2 * MINUTE) },
        ],
      }),
    },
  },
};
