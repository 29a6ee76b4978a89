import type { ContainerFacts, Environment, EventFacts } from '../../domain/environment.ts';
import { code } from './markdown.ts';
import { timeOf } from './story.ts';

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

/** Probes after which the kubelet stops a container. */
export type StoppingProbe = 'liveness' | 'startup';

/** How programs end that the kubelet stops: in order, by SIGKILL, by SIGTERM. */
const stopCodes: ReadonlySet<number> = new Set([0, 137, 143]);

/**
 * The probe for which the kubelet stopped the last run. `Killing` says so, whatever the exit code; `Unhealthy` only that a probe
 * failed, so it counts for a run that was stopped and had that probe.
 */
export function stoppedBy(
  { events }: Pick<Environment, 'events'>,
  container: ContainerFacts,
): StoppingProbe | undefined {
  const ended = lastEnd(container);
  if (ended === undefined || ended.reason === 'OOMKilled') return undefined;
  const startedAt = timeOf(ended.startedAt) ?? 0;
  const ofRun = events.filter((event) => (timeOf(event.lastAt) ?? 0) >= startedAt);
  const killed = ofRun.flatMap((event) => probeOfKilling(event, container.name));
  if (killed.length > 0) return killed[0];
  if (!stopCodes.has(ended.exitCode)) return undefined;
  return ofRun
    .filter((event) => mayConcern(event, container.name))
    .flatMap(probeOfFailure)
    .find((probe) => container.probes[probe] !== undefined);
}

/** The newest failure of a probe of this container. */
export function failureOf(
  { events }: Pick<Environment, 'events'>,
  container: string,
  probe: StoppingProbe,
): EventFacts | undefined {
  return events.find((event) => mayConcern(event, container) && probeOfFailure(event)[0] === probe);
}

/** Whether an Event is about this container, as far as its reporter says. */
export function mayConcern(event: EventFacts, container: string | undefined): boolean {
  return container === undefined || event.container === undefined || event.container === container;
}

function probeOfKilling({ reason, message }: EventFacts, container: string): StoppingProbe[] {
  if (reason !== 'Killing' || !message.startsWith(`Container ${container} failed `)) return [];
  if (message.includes(' liveness probe')) return ['liveness'];
  return message.includes(' startup probe') ? ['startup'] : [];
}

function probeOfFailure({ reason, message }: EventFacts): StoppingProbe[] {
  if (reason !== 'Unhealthy') return [];
  if (message.startsWith('Liveness probe ')) return ['liveness'];
  return message.startsWith('Startup probe ') ? ['startup'] : [];
}

type Condition = NonNullable<Environment['pod']>['conditions'][number];

/** The pod's own word on why it is not ready; undefined when it is, or does not say. */
export function readinessOf({ pod }: Pick<Environment, 'pod'>): Condition | undefined {
  return pod?.conditions.find(({ type, status }) => type === 'Ready' && status !== 'True');
}
