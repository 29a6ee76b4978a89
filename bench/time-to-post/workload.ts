import { SECOND } from '../../src/domain/clock.ts';
import type { KubeObject, StoredObject } from '../../src/sandbox/api-types.ts';
import { anEvent } from '../../src/sandbox/event-objects.ts';
import { aContainer, aDeployment, aPod, aReplicaSet, ownedBy } from '../../src/sandbox/objects.ts';
import { type ContainerNow, type FinishedRun, podStatus } from '../../src/sandbox/pod-status.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

/** The namespace of all workloads. */
export const NAMESPACE = 'shop';

/** A Deployment of one replica in the middle of its life. */
export interface Workload {
  /** Writes the status that shows the crash loop; when it returns, the event is on its way to the watchers. */
  readonly fail: () => void;
  readonly remove: () => void;
}

const RUN_MS = 2 * SECOND;
const LOG_LINES = 50;
const REVISION = 'deployment.kubernetes.io/revision';

/** Brings workload number `n` into the sandbox: running, restarted twice, with two revisions, Events and a log. */
export function createWorkload(sandbox: Sandbox, n: number): Workload {
  const { objects } = sandbox;
  const name = `checkout-${n}`;
  const made: KubeObject[] = [];
  const apply = (object: KubeObject): StoredObject => {
    made.push(object);
    return objects.apply(object);
  };
  const deployment = apply(
    aDeployment({
      ...common(name, 2),
      labels: { app: name },
      containers: containersOf(2),
      status: healthyStatus(),
    }),
  );
  const [, current] = [1, 2].map((revision) =>
    apply(
      aReplicaSet({
        ...common(`${name}-${revision}`, revision),
        labels: { app: name, 'pod-template-hash': String(revision) },
        owner: ownedBy(deployment),
        containers: containersOf(revision),
        replicas: revision === 2 ? 1 : 0,
      }),
    ),
  );
  if (current === undefined) throw new Error('a Deployment without a ReplicaSet');
  const pod = apply(
    aPod({
      name: `${name}-2-x7k2p`,
      namespace: NAMESPACE,
      labels: { app: name, 'pod-template-hash': '2' },
      owner: ownedBy(current),
      containers: containersOf(2),
      status: statusOf(running(Date.now()), undefined),
    }),
  );
  eventsOf(pod, current, deployment).forEach(apply);
  sandbox.setLogs([NAMESPACE, pod.metadata.name, 'app'], { previous: logText() });
  return {
    fail: () => {
      objects.update({ kind: 'Pod', namespace: NAMESPACE, name: pod.metadata.name }, (object) => {
        object['status'] = statusOf(crashed(Date.now()), object['status']);
      });
    },
    remove: () => {
      for (const { kind, metadata } of made.toReversed())
        objects.delete({ kind, namespace: NAMESPACE, name: metadata.name });
    },
  };
}

function common(
  name: string,
  revision: number,
): { name: string; namespace: string; annotations: Record<string, string> } {
  return { name, namespace: NAMESPACE, annotations: { [REVISION]: String(revision) } };
}

function containersOf(revision: number): ReturnType<typeof aContainer>[] {
  const env = [
    { name: 'CONFIG_FILE', value: '/etc/checkout/config.yaml' },
    { name: 'DATABASE', value: 'orders' },
  ];
  return [aContainer('app', { image: imageOf(revision), env })];
}

function imageOf(revision: number): string {
  return `registry.example.com/shop/checkout:1.${revision}.0`;
}

function healthyStatus(): Record<string, unknown> {
  const available = { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' };
  return { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1, conditions: [available] };
}

function statusOf(container: ContainerNow, previous: unknown): Record<string, unknown> {
  const now = Date.now();
  const startedAt = now - 60 * SECOND;
  return podStatus(
    { containers: [container], podIP: '10.244.0.17', hostIP: '10.0.12.34', startedAt, previous },
    now,
  );
}

function finishedRun(finishedAt: number): FinishedRun {
  const containerId = `containerd://${'ab'.repeat(32)}`;
  return { exitCode: 3, reason: 'Error', startedAt: finishedAt - RUN_MS, finishedAt, containerId };
}

function running(now: number): ContainerNow {
  const state = { type: 'running', startedAt: now - RUN_MS, containerId: `containerd://${'cd'.repeat(32)}` };
  return { ...container(2, now - 30 * SECOND), state } as ContainerNow;
}

function crashed(now: number): ContainerNow {
  const message =
    'back-off 40s restarting failed container=app pod=checkout_shop(0b3c6f1e-8a57-4f0e-9d7b-5b1f4f4f0a11)';
  return { ...container(3, now), state: { type: 'waiting', reason: 'CrashLoopBackOff', message } };
}

function container(restartCount: number, lastEndedAt: number): Omit<ContainerNow, 'state'> {
  return {
    name: 'app',
    image: imageOf(2),
    isInit: false,
    restartCount,
    lastRun: finishedRun(lastEndedAt),
  };
}

function eventsOf(pod: KubeObject, replicaSet: KubeObject, deployment: KubeObject): KubeObject[] {
  const firstAt = Date.now() - 60 * SECOND;
  const rows = [
    [deployment, 'ScalingReplicaSet', `Scaled up replica set ${replicaSet.metadata.name} from 0 to 1`],
    [replicaSet, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`],
    [pod, 'Pulled', `Container image "${imageOf(2)}" already present on machine`],
    [pod, 'Created', 'Container created'],
    [pod, 'Started', 'Container started'],
  ] as const;
  return rows.map(([regarding, reason, message], at) =>
    anEvent({ name: `${regarding.metadata.name}.${at}`, regarding, reason, message, firstAt }),
  );
}

function logText(): string {
  const lines = Array.from(
    { length: LOG_LINES },
    (_, at) =>
      `2026-11-23T10:00:${String(at).padStart(2, '0')}Z level=info msg="order ${at} was read" ms=${at}`,
  );
  return `${[...lines, 'level=fatal msg="cannot open /etc/checkout/config.yaml: no such file"'].join('\n')}\n`;
}
