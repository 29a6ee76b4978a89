/** Objects as a Kubernetes 1.36 API server sends them, trimmed to what matters here. */

interface Meta {
  [field: string]: unknown;
}

const metadata: Meta = {
  name: 'checkout-7d9f8b6c5-x2x7k',
  namespace: 'shop',
  uid: '0b1f4a0e-7a55-4a3e-8f1e-5a2f6f2f3c11',
  resourceVersion: '812',
  creationTimestamp: '2026-11-23T02:59:00Z',
  labels: { app: 'checkout' },
  ownerReferences: [
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'checkout-7d9f8b6c5',
      uid: 'f1c2a3b4-0000-4000-8000-000000000001',
      controller: true,
      blockOwnerDeletion: true,
    },
  ],
};

function condition(type: string, status: string, more: object = {}): object {
  return { type, status, lastProbeTime: null, lastTransitionTime: '2026-11-23T02:59:03Z', ...more };
}

export const runningContainer = {
  name: 'app',
  state: { running: { startedAt: '2026-11-23T02:59:02Z' } },
  lastState: {},
  ready: true,
  restartCount: 0,
  image: 'registry.example/checkout:1.4',
  imageID: 'registry.example/checkout@sha256:00',
  containerID: 'containerd://00',
  started: true,
};

export const crashedContainer = {
  ...runningContainer,
  ready: false,
  started: false,
  restartCount: 4,
  state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container=app' } },
  lastState: {
    terminated: {
      exitCode: 3,
      reason: 'Error',
      message: 'no database',
      startedAt: '2026-11-23T03:00:00Z',
      finishedAt: '2026-11-23T03:00:01Z',
      containerID: 'containerd://01',
    },
  },
};

export const healthyConditions = [
  condition('PodReadyToStartContainers', 'True'),
  condition('Initialized', 'True'),
  condition('Ready', 'True'),
  condition('ContainersReady', 'True'),
  condition('PodScheduled', 'True'),
];

/** A pod that runs as it should, with `status` and `spec` changed as given. */
export function aPod(change: { status?: object; spec?: object; metadata?: object } = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, ...change.metadata },
    spec: {
      nodeName: 'node-1',
      restartPolicy: 'Always',
      containers: [{ name: 'app', image: 'registry.example/checkout:1.4' }],
      ...change.spec,
    },
    status: {
      phase: 'Running',
      conditions: healthyConditions,
      containerStatuses: [runningContainer],
      qosClass: 'BestEffort',
      startTime: '2026-11-23T02:59:00Z',
      ...change.status,
    },
  };
}

/** Any object with this pod's metadata, for kinds of which only spec and status matter. */
export function anObject(change: { metadata?: object; spec?: object; status?: object } = {}): object {
  return {
    metadata: {
      ...metadata,
      name: 'checkout',
      ownerReferences: undefined,
      generation: 2,
      ...change.metadata,
    },
    spec: change.spec ?? {},
    status: change.status ?? {},
  };
}
