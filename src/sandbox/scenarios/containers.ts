import { randomBytes } from 'node:crypto';
import { textAt, type Fields } from '../api-types.ts';
import type { ContainerNow, ContainerState, FinishedRun } from '../pod-status.ts';
import { podContainers, type Release } from './workload.ts';

/** Why and how a run ends. */
export interface Exit {
  readonly exitCode: number;
  readonly reason: string;
}

function newContainerId(): string {
  return `containerd://${randomBytes(32).toString('hex')}`;
}

/** The containers of a new pod: none has started. */
export function waitingContainers(release: Release): Map<string, ContainerNow> {
  const { containers, initContainers = [] } = podContainers(release);
  const firstWait = initContainers.length > 0 ? 'PodInitializing' : 'ContainerCreating';
  const entry = (container: Fields, isInit: boolean): [string, ContainerNow] => {
    const [name, image] = [textAt(container, 'name'), textAt(container, 'image')];
    return [name, { name, image, isInit, restartCount: 0, state: { type: 'waiting', reason: firstWait } }];
  };
  return new Map([
    ...initContainers.map((container) => entry(container, true)),
    ...containers.map((container) => entry(container, false)),
  ]);
}

/** The last run that has ended. */
export function lastRunOf({ state, lastRun }: ContainerNow): FinishedRun | undefined {
  return state.type === 'terminated' ? state.run : lastRun;
}

/** The container in another state. */
export function withState(
  container: ContainerNow,
  state: ContainerState,
  lastRun: FinishedRun | undefined,
): ContainerNow {
  const { lastRun: _before, ...rest } = container;
  return { ...rest, state, ...(lastRun === undefined ? {} : { lastRun }) };
}

/** A container that is started again counts up, and remembers the run before. */
export function started(container: ContainerNow, startedAt: number): ContainerNow {
  const lastRun = lastRunOf(container);
  const state = { type: 'running', startedAt, containerId: newContainerId() } as const;
  const restartCount = container.restartCount + (lastRun === undefined ? 0 : 1);
  return { ...withState(container, state, lastRun), restartCount };
}

/** The run is over. Throws when the container does not run. */
export function ended(container: ContainerNow, exit: Exit, finishedAt: number): ContainerNow {
  const { state } = container;
  if (state.type !== 'running') throw new Error(`container ${container.name} does not run, so it cannot end`);
  const { startedAt, containerId } = state;
  return withState(
    container,
    {
      type: 'terminated',
      run: { exitCode: exit.exitCode, reason: exit.reason, startedAt, finishedAt, containerId },
    },
    container.lastRun,
  );
}
