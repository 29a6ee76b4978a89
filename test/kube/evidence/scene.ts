import type { ObjectRef } from '../../../src/domain/failure.ts';
import type { Evidence } from '../../../src/domain/environment.ts';
import type { EvidenceTarget } from '../../../src/domain/ports.ts';
import { createKubeConnection, type KubeConnection } from '../../../src/kube/connection/index.ts';
import {
  type ClusterReaderDeps,
  type ClusterReaderOptions,
  createClusterReader,
} from '../../../src/kube/evidence/cluster-reader.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { KubeObject } from '../../../src/sandbox/api-types.ts';
import { createSandbox } from '../../../src/sandbox/sandbox.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';

/** A sandbox and a reader of it. */
export interface Scene {
  readonly sandbox: Sandbox;
  readonly connection: KubeConnection;
  /** Puts an object into the cluster and returns how others refer to it. */
  apply(object: object): ObjectRef;
  evidence(target: EvidenceTarget, options?: Partial<ClusterReaderOptions>): Promise<Evidence>;
  reader(
    more?: Partial<Omit<ClusterReaderDeps, 'options'>>,
    options?: Partial<ClusterReaderOptions>,
  ): ReturnType<typeof createClusterReader>;
  close(): Promise<void>;
}

export async function createScene(): Promise<Scene> {
  const sandbox = await createSandbox();
  const source = { kind: 'explicit', server: sandbox.url } as const;
  const connection = await createKubeConnection(source, { clock: systemClock, version: '0.0.0' });
  const standard = { logsEnabled: true, logLines: 50, logBytes: 16_384, events: 20 };
  const reader: Scene['reader'] = (more, options) =>
    createClusterReader({ connection, clock: systemClock, options: { ...standard, ...options }, ...more });

  return {
    sandbox,
    connection,
    apply: (object) => refOf(sandbox.objects.apply(object as KubeObject)),
    reader,
    evidence: (target, options) => reader({}, options).evidence(target),
    close: async () => {
      connection.close();
      await sandbox.close();
    },
  };
}

function refOf(object: KubeObject): ObjectRef {
  const { namespace = '', name, uid = '' } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid };
}

/** The controller reference to an owner. */
export function ownedBy(owner: ObjectRef): object {
  const { apiVersion, kind, name, uid } = owner;
  return { apiVersion, kind, name, uid, controller: true };
}

const template = {
  metadata: { labels: { app: 'checkout' } },
  spec: {
    containers: [
      {
        name: 'app',
        image: 'registry.example/checkout:1.3',
        command: ['/bin/checkout'],
        args: ['--serve'],
        env: [
          { name: 'DB_PASSWORD', value: 'hunter2-hunter2' },
          { name: 'LOG_LEVEL', value: 'info' },
          { name: 'OLD', value: '1' },
        ],
        envFrom: [{ configMapRef: { name: 'checkout' } }],
        resources: { requests: { cpu: '100m' }, limits: { memory: '64Mi' } },
        livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 },
      },
    ],
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: 'checkout-data' } },
      { name: 'token', projected: { sources: [{ serviceAccountToken: {} }, { configMap: { name: 'ca' } }] } },
    ],
  },
};

/** The template of the next release: another image, less memory, one variable more, one less, one changed. */
export const nextTemplate = {
  ...template,
  spec: {
    ...template.spec,
    containers: [
      {
        ...template.spec.containers[0],
        image: 'registry.example/checkout:1.4',
        env: [
          { name: 'DB_PASSWORD', value: 'correct-horse' },
          { name: 'LOG_LEVEL', value: 'info' },
          { name: 'NEW', value: '1' },
        ],
        resources: { requests: { cpu: '100m' }, limits: { memory: '32Mi' } },
      },
    ],
  },
};

const ended = (second: number): object => ({
  terminated: {
    exitCode: 3,
    reason: 'Error',
    startedAt: `2026-11-23T03:00:0${second}Z`,
    finishedAt: `2026-11-23T03:00:0${second + 1}Z`,
    containerID: `containerd://${second}`,
  },
});

/** The status of a pod whose container has crashed and runs again. */
export const crashedStatus = {
  phase: 'Running',
  qosClass: 'Burstable',
  startTime: '2026-11-23T02:59:00Z',
  conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }],
  containerStatuses: [
    {
      name: 'app',
      image: 'registry.example/checkout:1.4',
      imageID: 'registry.example/checkout@sha256:00',
      ready: false,
      restartCount: 4,
      state: { running: { startedAt: '2026-11-23T03:00:05Z' } },
      lastState: ended(3),
    },
  ],
};

/** The same while the container waits, terminated, for its next start. */
export const endedStatus = {
  ...crashedStatus,
  containerStatuses: [{ ...crashedStatus.containerStatuses[0], state: ended(5) }],
};

/** Deployment `checkout` in its second release, with a crashing pod on node `node-1`. */
export function applyCheckout(
  scene: Scene,
  status: object = crashedStatus,
): Record<'deployment' | 'replicaSet' | 'pod', ObjectRef> {
  const meta = (name: string, more: object = {}): object => ({
    name,
    namespace: 'shop',
    labels: { app: 'checkout', team: 'a' },
    ...more,
  });
  const selector = { matchLabels: { app: 'checkout' } };
  const deployment = scene.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('checkout', { annotations: { 'deployment.kubernetes.io/revision': '2' } }),
    spec: { replicas: 3, selector, template: nextTemplate },
    status: {
      readyReplicas: 1,
      updatedReplicas: 3,
      conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' }],
    },
  });
  const release = (revision: string, pods: object): ObjectRef =>
    scene.apply({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: meta(`checkout-${revision}`, {
        ownerReferences: [ownedBy(deployment)],
        creationTimestamp: `2026-11-2${revision}T10:00:00Z`,
        annotations: {
          'deployment.kubernetes.io/revision': revision,
          'kubernetes.io/change-cause': `release ${revision}`,
        },
      }),
      spec: { replicas: 3, selector, template: pods },
    });
  release('1', template);
  const replicaSet = release('2', nextTemplate);
  scene.apply({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'node-1',
      labels: { 'topology.kubernetes.io/zone': 'eu-1a', 'node.kubernetes.io/instance-type': 'm5' },
    },
    spec: {
      providerID: 'kind://docker/kind/node-1',
      taints: [{ key: 'dedicated', value: 'shop', effect: 'NoSchedule' }],
    },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      capacity: { cpu: '4', memory: '8Gi' },
      allocatable: { cpu: '3800m', memory: '7Gi' },
      nodeInfo: {
        kernelVersion: '6.1',
        osImage: 'Debian 12',
        kubeletVersion: 'v1.36.3',
        architecture: 'amd64',
      },
    },
  });
  const pod = scene.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta('checkout-2-x', { ownerReferences: [ownedBy(replicaSet)] }),
    spec: {
      ...nextTemplate.spec,
      nodeName: 'node-1',
      restartPolicy: 'Always',
      serviceAccountName: 'default',
    },
    status,
  });
  return { deployment, replicaSet, pod };
}

/** An Event of the kubelet about an object, seen last at the given minute. */
export function applyEvent(
  scene: Scene,
  about: ObjectRef & { readonly fieldPath?: string },
  minute: number,
  reason = 'BackOff',
): void {
  const at = `2026-11-23T03:${String(minute).padStart(2, '0')}:00Z`;
  scene.apply({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${about.name}.${minute}.${reason.toLowerCase()}`,
      namespace: about.namespace === '' ? 'default' : about.namespace,
      creationTimestamp: '2026-11-23T03:00:00Z',
    },
    involvedObject: about,
    reason,
    message: `${reason} at ${minute}`,
    type: 'Warning',
    source: { component: 'kubelet', host: 'node-1' },
    firstTimestamp: '2026-11-23T03:00:00Z',
    lastTimestamp: at,
    count: minute,
  });
}
