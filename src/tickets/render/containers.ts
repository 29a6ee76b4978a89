import type { ContainerFacts, Environment } from '../../domain/environment.ts';
import { code } from './markdown.ts';

const roleWords: Readonly<Record<ContainerFacts['role'], string>> = {
  app: 'container',
  init: 'init container',
  sidecar: 'sidecar',
  ephemeral: 'debug container',
};

/** `init container \`migrate\`` */
export function nameContainer({ role, name }: ContainerFacts): string {
  return `${roleWords[role]} ${code(name)}`;
}

/** How the last run that has ended did so. */
export function lastEnd({ state, lastState }: ContainerFacts): ContainerFacts['state']['terminated'] {
  return state.terminated ?? lastState.terminated;
}

/** A run that could not begin: it has no log, and its message is that of the runtime. */
const neverBegun = new Set(['StartError', 'ContainerCannotRun', 'RunContainerError']);

/** Whether the last run ended before the program did anything. */
export function hasNotBegun(container: ContainerFacts): boolean {
  return neverBegun.has(lastEnd(container)?.reason ?? '');
}

/** Waiting for one of these is how every container begins. */
const usualWaits = new Set(['ContainerCreating', 'PodInitializing']);

/** The container that fails: the one that the signal names, else the one that shows a failure most plainly. */
export function failingContainer(
  { containers }: Environment,
  name: string | undefined,
): ContainerFacts | undefined {
  const named = containers.find((container) => container.name === name);
  return (
    named ?? containers.find(hasFailed) ?? containers.find(isHeldUp) ?? containers.find(runsWithoutBeingReady)
  );
}

function hasFailed(container: ContainerFacts): boolean {
  return container.role !== 'ephemeral' && (lastEnd(container)?.exitCode ?? 0) !== 0;
}

function isHeldUp({ state }: ContainerFacts): boolean {
  return state.waiting?.reason !== undefined && !usualWaits.has(state.waiting.reason);
}

function runsWithoutBeingReady({ role, ready, state }: ContainerFacts): boolean {
  return role !== 'ephemeral' && ready === false && state.running !== undefined;
}
