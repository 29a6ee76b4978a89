import { toTime, type Fields } from './api-types.ts';

/** One finished run of a container. Times are epoch milliseconds. */
export interface FinishedRun {
  readonly exitCode: number;
  /** `Error`, `OOMKilled`, `Completed`. */
  readonly reason: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly containerId: string;
}

/** What a container does now. */
export type ContainerState =
  | { readonly type: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly type: 'running'; readonly startedAt: number; readonly containerId: string }
  | { readonly type: 'terminated'; readonly run: FinishedRun };

/** A container as the kubelet knows it. */
export interface ContainerNow {
  readonly name: string;
  readonly image: string;
  readonly isInit: boolean;
  readonly restartCount: number;
  readonly state: ContainerState;
  /** The run before the present one. */
  readonly lastRun?: FinishedRun;
  /** For a container with a readiness probe: not ready although it runs. */
  readonly isUnready?: boolean;
}

/** What the status of a pod is made of. */
export interface PodNow {
  readonly containers: readonly ContainerNow[];
  readonly podIP: string;
  readonly hostIP: string;
  /** When the kubelet has taken the pod over. */
  readonly startedAt: number;
  /** The status before, whose unchanged conditions keep their times. */
  readonly previous: unknown;
}

function terminated(run: FinishedRun): Fields {
  return {
    exitCode: run.exitCode,
    reason: run.reason,
    startedAt: toTime(run.startedAt),
    finishedAt: toTime(run.finishedAt),
    containerID: run.containerId,
  };
}

function stateOf(state: ContainerState): Fields {
  switch (state.type) {
    case 'waiting': {
      const { reason, message } = state;
      return { waiting: { reason, ...(message === undefined ? {} : { message }) } };
    }
    case 'running':
      return { running: { startedAt: toTime(state.startedAt) } };
    case 'terminated':
      return { terminated: terminated(state.run) };
  }
}

function hasCompleted({ state }: ContainerNow): boolean {
  return state.type === 'terminated' && state.run.exitCode === 0;
}

function isReady(container: ContainerNow): boolean {
  if (container.isInit) return hasCompleted(container);
  return container.state.type === 'running' && container.isUnready !== true;
}

function containerIdOf({ state, lastRun }: ContainerNow): string | undefined {
  if (state.type === 'running') return state.containerId;
  return state.type === 'terminated' ? state.run.containerId : lastRun?.containerId;
}

function containerStatus(container: ContainerNow): Fields {
  const { name, image, restartCount, state, lastRun } = container;
  const containerID = containerIdOf(container);
  return {
    name,
    state: stateOf(state),
    lastState: lastRun === undefined ? {} : { terminated: terminated(lastRun) },
    ready: isReady(container),
    restartCount,
    image,
    imageID:
      containerID === undefined
        ? ''
        : `${image.replace(/:[^:/]*$/, '')}@sha256:${'4f53cda18c2baa0c'.repeat(4)}`,
    ...(containerID === undefined ? {} : { containerID }),
    started: state.type === 'running',
  };
}

/** The conditions of a status; none for what has none. */
export function conditionList(previous: unknown): readonly Fields[] {
  const conditions = (previous as Fields | undefined)?.['conditions'];
  return Array.isArray(conditions) ? (conditions as Fields[]) : [];
}

/** A condition; its time stays while its status does. `now` in epoch milliseconds. */
export function aCondition(previous: unknown, wanted: Fields, now: number): Fields {
  const before = conditionList(previous).find((condition) => condition['type'] === wanted['type']);
  const isSame = before !== undefined && before['status'] === wanted['status'];
  return { ...wanted, lastTransitionTime: isSame ? before['lastTransitionTime'] : toTime(now) };
}

function unless(names: readonly string[], words: { reason: string; message: string }): Fields {
  if (names.length === 0) return { status: 'True' };
  return { status: 'False', reason: words.reason, message: `${words.message}: [${names.join(' ')}]` };
}

function namesOf(containers: readonly ContainerNow[]): string[] {
  return containers.map(({ name }) => name);
}

function conditions(pod: PodNow, now: number): Fields[] {
  const incomplete = namesOf(
    pod.containers.filter((container) => container.isInit && !hasCompleted(container)),
  );
  const unready = namesOf(pod.containers.filter((container) => !container.isInit && !isReady(container)));
  const notInitialized = { reason: 'ContainersNotInitialized', message: 'containers with incomplete status' };
  const notReady = { reason: 'ContainersNotReady', message: 'containers with unready status' };
  const wanted: Fields[] = [
    { type: 'PodReadyToStartContainers', status: 'True' },
    { type: 'Initialized', ...unless(incomplete, notInitialized) },
    { type: 'Ready', ...unless(unready, notReady) },
    { type: 'ContainersReady', ...unless(unready, notReady) },
    { type: 'PodScheduled', status: 'True' },
  ];
  return wanted.map((condition) =>
    aCondition(pod.previous, { observedGeneration: 1, lastProbeTime: null, ...condition }, now),
  );
}

/** A pod that has once begun its own containers is Running, whatever they do (restartPolicy Always). */
function phaseOf({ containers }: PodNow): string {
  const isBegun = containers.some(
    ({ isInit, state, lastRun }) => !isInit && (state.type !== 'waiting' || lastRun !== undefined),
  );
  return isBegun ? 'Running' : 'Pending';
}

/** The status that a current kubelet writes for a pod in this condition. `now` in epoch milliseconds. */
export function podStatus(pod: PodNow, now: number): Fields {
  const init = pod.containers.filter(({ isInit }) => isInit);
  const own = pod.containers.filter(({ isInit }) => !isInit);
  return {
    observedGeneration: 1,
    phase: phaseOf(pod),
    conditions: conditions(pod, now),
    hostIP: pod.hostIP,
    hostIPs: [{ ip: pod.hostIP }],
    podIP: pod.podIP,
    podIPs: [{ ip: pod.podIP }],
    startTime: toTime(pod.startedAt),
    ...(init.length === 0 ? {} : { initContainerStatuses: init.map(containerStatus) }),
    containerStatuses: own.map(containerStatus),
    qosClass: 'Burstable',
  };
}
