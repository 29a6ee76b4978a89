import { randomBytes } from 'node:crypto';
import { fieldAt, isFields, toTime, type Fields, type StoredObject } from '../api-types.ts';
import { aPod, ownedBy } from '../objects.ts';
import { podStatus, type ContainerNow } from '../pod-status.ts';
import { randomSuffix } from '../writes.ts';
import { ended, lastRunOf, started, waitingContainers, withState, type Exit } from './containers.ts';
import type { Stage } from './stage.ts';
import { madeAt, podContainers, podLabels, replicaSetName, syncWorkload, type Release } from './workload.ts';

/** A pod that the scenario plays the kubelet for. */
export interface PlayedPod {
  readonly name: string;
  /** Deleted, or about to be: its containers are not started again. */
  isGone(): boolean;
  /** Starts a container, for the first time or again; `log` is what this run writes. */
  start(container: string, log: string): void;
  /** The container's run ends. */
  end(container: string, exit: Exit): void;
  /** The kubelet has decided to wait before the next start, and says so in an Event. */
  reportBackOff(container: string): void;
  /** The container waits for this reason: `ErrImagePull`, `ImagePullBackOff`. */
  showWaiting(container: string, reason: string, message: string): void;
  /** The container runs, and its readiness probe fails. */
  showUnready(container: string): void;
  /** Posts a Warning about a container. */
  warn(container: string, reason: string, message: string): void;
  /** What a current kubelet shows for a moment only, just before the next start. */
  showBackOff(container: string): void;
}

const hostIP = '10.0.12.34';

/** Makes the pod object, with the Events of the ReplicaSet's controller and the scheduler. */
function createObject(stage: Stage, release: Release): StoredObject {
  const { objects } = stage.sandbox;
  const { namespace } = release;
  const replicaSet = objects.get({ kind: 'ReplicaSet', namespace, name: replicaSetName(release) });
  if (replicaSet === undefined)
    throw new Error(`release ${release.revision} of ${release.name} is not applied`);
  const name = `${replicaSet.metadata.name}-${randomSuffix()}`;
  const { node = 'node-1' } = release;
  const options = { name, namespace, labels: podLabels(release), owner: ownedBy(replicaSet), node };
  const pod = objects.apply(madeAt(stage, aPod({ ...options, ...podContainers(release) })));
  stage.report({
    regarding: replicaSet,
    reason: 'SuccessfulCreate',
    message: `Created pod: ${name}`,
    component: 'replicaset-controller',
  });
  stage.reportAction({
    regarding: pod,
    reason: 'Scheduled',
    message: `Successfully assigned ${namespace}/${name} to ${node}`,
    component: 'default-scheduler',
    action: 'Binding',
  });
  return pod;
}

/** What the played kubelet knows of one pod. */
interface Kubelet {
  readonly stage: Stage;
  readonly release: Release;
  readonly pod: StoredObject;
  readonly containers: Map<string, ContainerNow>;
  readonly podIP: string;
  readonly startedAt: number;
}

function writeStatus({ stage, release, pod, containers, podIP, startedAt }: Kubelet): void {
  const { namespace, name } = pod.metadata;
  stage.sandbox.objects.update({ kind: 'Pod', namespace: namespace ?? '', name }, (object) => {
    const { status: previous } = object;
    object['status'] = podStatus(
      { containers: [...containers.values()], podIP, hostIP, startedAt, previous },
      stage.now(),
    );
  });
  syncWorkload(stage, release);
}

function change(kubelet: Kubelet, container: string, next: (now: ContainerNow) => ContainerNow): void {
  const now = kubelet.containers.get(container);
  if (now === undefined) throw new Error(`pod ${kubelet.pod.metadata.name} has no container ${container}`);
  kubelet.containers.set(container, next(now));
  writeStatus(kubelet);
}

function report(
  { stage, pod, containers }: Kubelet,
  container: string,
  said: { reason: string; message: string; type?: 'Warning' },
): void {
  const part = containers.get(container)?.isInit === true ? 'initContainers' : 'containers';
  stage.report({ regarding: pod, type: 'Normal', ...said, fieldPath: `spec.${part}{${container}}` });
}

function reportStart(kubelet: Kubelet, container: string): void {
  const image = kubelet.containers.get(container)?.image ?? '';
  const pulled = `Container image "${image}" already present on machine and can be accessed by the pod`;
  report(kubelet, container, { reason: 'Pulled', message: pulled });
  report(kubelet, container, { reason: 'Created', message: 'Container created' });
  report(kubelet, container, { reason: 'Started', message: 'Container started' });
}

/** Writes a run's log, and keeps that of the run before. */
function createLogWriter({ stage, pod }: Kubelet): (container: string, log: string) => void {
  const logs = new Map<string, string>();
  return (container, log) => {
    const previous = logs.get(container);
    const { namespace = '', name } = pod.metadata;
    const written = { current: log, ...(previous === undefined ? {} : { previous }) };
    stage.sandbox.setLogs([namespace, name, container], written);
    logs.set(container, log);
  };
}

function isGone({ stage, pod }: Kubelet): boolean {
  const { namespace = '', name, uid } = pod.metadata;
  const found = stage.sandbox.objects.get({ kind: 'Pod', namespace, name });
  return found?.metadata.uid !== uid || found.metadata.deletionTimestamp !== undefined;
}

/** `checkout-abc_shop(uid)`, as the kubelet names a pod in its messages. */
function longName({ metadata: { name, namespace, uid } }: StoredObject): string {
  return `${name}_${namespace}(${uid})`;
}

function showWaiting(kubelet: Kubelet, container: string, why: { reason: string; message: string }): void {
  change(kubelet, container, (now) => withState(now, { type: 'waiting', ...why }, lastRunOf(now)));
}

/** Creates a pod of a release on its node; its containers wait to be started. */
export function createPlayedPod(stage: Stage, release: Release): PlayedPod {
  const pod = createObject(stage, release);
  const podIP = `10.244.0.${10 + ((randomBytes(1)[0] ?? 0) % 240)}`;
  const containers = waitingContainers(release);
  const kubelet = { stage, release, pod, containers, podIP, startedAt: stage.now() };
  const writeLog = createLogWriter(kubelet);
  writeStatus(kubelet);
  return {
    name: pod.metadata.name,
    isGone: () => isGone(kubelet),
    start: (container, log) => {
      reportStart(kubelet, container);
      writeLog(container, log);
      change(kubelet, container, (now) => started(now, stage.now()));
    },
    end: (container, exit) => change(kubelet, container, (now) => ended(now, exit, stage.now())),
    reportBackOff: (container) => {
      const message = `Back-off restarting failed container ${container} in pod ${longName(pod)}`;
      report(kubelet, container, { type: 'Warning', reason: 'BackOff', message });
    },
    showWaiting: (container, reason, message) => showWaiting(kubelet, container, { reason, message }),
    showUnready: (container) => change(kubelet, container, (now) => ({ ...now, isUnready: true })),
    warn: (container, reason, message) => report(kubelet, container, { type: 'Warning', reason, message }),
    showBackOff: (container) => {
      const message = `back-off restarting failed container=${container} pod=${longName(pod)}`;
      showWaiting(kubelet, container, { reason: 'CrashLoopBackOff', message });
    },
  };
}

function terminate(status: unknown, at: string): Fields {
  const fields = isFields(status) ? status : {};
  const running = fieldAt(fields, 'state.running');
  if (running === undefined) return fields;
  const run = { exitCode: 143, reason: 'Error', startedAt: fieldAt(running, 'startedAt'), finishedAt: at };
  const { containerID } = fields;
  return { ...fields, ready: false, started: false, state: { terminated: { ...run, containerID } } };
}

/** Deletes a pod as a controller does: it is marked, its containers are ended by SIGTERM, then it goes. */
export async function deletePod(stage: Stage, release: Release, name: string): Promise<void> {
  const ref = { kind: 'Pod', namespace: release.namespace, name };
  const { objects } = stage.sandbox;
  const marked = objects.update(ref, ({ metadata }) => {
    metadata.deletionTimestamp = toTime(stage.now() + 30_000);
    metadata.deletionGracePeriodSeconds = 30;
  });
  stage.report({ regarding: marked, reason: 'Killing', message: `Stopping container ${release.name}` });
  syncWorkload(stage, release);
  await stage.wait(500);
  objects.update(ref, (pod) => {
    const status = isFields(pod['status']) ? pod['status'] : {};
    const statuses = fieldAt(status, 'containerStatuses');
    const at = toTime(stage.now());
    const containerStatuses = Array.isArray(statuses) ? statuses.map((entry) => terminate(entry, at)) : [];
    pod['status'] = { ...status, containerStatuses };
  });
  await stage.wait(500);
  objects.delete(ref);
  syncWorkload(stage, release);
}
