import type { ContainerFacts, Environment, EventFacts } from '../../domain/environment.ts';
import { MINUTE } from '../../domain/clock.ts';
import { sayExitCode } from '../../lib/text.ts';
import { isStopCode } from '../../lib/unwrap.ts';
import { code } from './markdown.ts';
import { timeOf } from './story.ts';

const roleWords: Readonly<Record<ContainerFacts['role'], string>> = {
  app: 'container',
  init: 'init container',
  sidecar: 'sidecar',
  ephemeral: 'debug container',
};

/** `init container migrate`, for a text that is no Markdown. */
export function plainName({ role, name }: ContainerFacts): string {
  return `${roleWords[role]} ${name}`;
}

/** `init container \`migrate\`` */
export function nameContainer({ role, name }: ContainerFacts): string {
  return `${roleWords[role]} ${code(name)}`;
}

/** What runtimes and the kubelet say of a run that was lost with its node: nobody has seen how it ended. */
const lostReasons: ReadonlySet<string | undefined> = new Set(['Unknown', 'ContainerStatusUnknown']);

/** How the last run that has ended did so. One that was lost before the container was started again tells nothing of it. */
export function lastEnd({ state, lastState }: ContainerFacts): ContainerFacts['state']['terminated'] {
  const before = lastState.terminated;
  return (
    state.terminated ?? (state.running !== undefined && lostReasons.has(before?.reason) ? undefined : before)
  );
}

/** `container checkout exits with code 3 (Error)` */
export function sayEnd(container: ContainerFacts, { exitCode, reason }: Termination): string {
  const how = reason === undefined ? '' : ` (${reason})`;
  return `${plainName(container)} exits with code ${sayExitCode(exitCode)}${how}`;
}

type Termination = NonNullable<ReturnType<typeof lastEnd>>;

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

/** Those whose last run ended with an error, or that wait for their next start; one that has run well since long before the failure is none. */
export function crashingContainers({
  containers,
  incident,
}: Pick<Environment, 'containers' | 'incident'>): readonly ContainerFacts[] {
  const since = timeOf(incident.since);
  return containers.filter(
    (container) =>
      (hasFailed(container) && !hasRunWell(container, since)) ||
      (container.role !== 'ephemeral' && container.state.waiting?.reason === 'CrashLoopBackOff'),
  );
}

/** What ended so long before the failure began is none of it. */
const LONG_BEFORE_MS = 10 * MINUTE;

function hasRunWell({ ready, state, lastState }: ContainerFacts, since = 0): boolean {
  const endedAt = timeOf(lastState.terminated?.finishedAt) ?? Infinity;
  return ready === true && state.running !== undefined && endedAt < since - LONG_BEFORE_MS;
}

function hasFailed(container: ContainerFacts): boolean {
  return container.role !== 'ephemeral' && (lastEnd(container)?.exitCode ?? 0) !== 0;
}

/** `is not ready`; of an init container, which is never ready, that it `has not ended`. */
export function unreadyWords({ role }: ContainerFacts): string {
  return role === 'init' ? 'has not ended' : 'is not ready';
}

function isHeldUp({ state }: ContainerFacts): boolean {
  return state.waiting?.reason !== undefined && !usualWaits.has(state.waiting.reason);
}

function runsWithoutBeingReady({ role, ready, state }: ContainerFacts): boolean {
  return role !== 'ephemeral' && ready === false && state.running !== undefined;
}

/** For what the kubelet stops a container that is running. */
export type StopCause = 'liveness' | 'startup' | 'postStart';

/**
 * For what the kubelet stopped the last run: a probe, or its postStart hook. `Killing` says so, whatever the exit code; `Unhealthy` only
 * that a probe failed, so it counts for a run that was stopped and had that probe.
 */
export function stoppedBy(
  { events }: Pick<Environment, 'events'>,
  container: ContainerFacts,
): StopCause | undefined {
  const ended = lastEnd(container);
  if (ended === undefined || ended.reason === 'OOMKilled') return undefined;
  const startedAt = timeOf(ended.startedAt) ?? 0;
  const ofRun = events.filter((event) => (timeOf(event.lastAt) ?? 0) >= startedAt);
  const killed = ofRun.flatMap((event) => causeOfKilling(event, container.name));
  if (killed.length > 0) return killed[0];
  if (!isStopCode(ended.exitCode)) return undefined;
  return ofRun
    .filter((event) => mayConcern(event, container.name))
    .flatMap(causeInFailure)
    .find((cause) => cause === 'postStart' || container.probes[cause] !== undefined);
}

/** The newest failure of a probe or hook of this container. */
export function failureOf(
  { events }: Pick<Environment, 'events'>,
  container: string,
  cause: StopCause,
): EventFacts | undefined {
  return events.find((event) => mayConcern(event, container) && causeInFailure(event)[0] === cause);
}

/** What the probes of this container have reported most often; of as many, the newest. */
export function probeReport(
  { events }: Pick<Environment, 'events'>,
  container: string,
): EventFacts | undefined {
  const reports = events.filter((event) => event.reason === 'Unhealthy' && mayConcern(event, container));
  return reports.toSorted((left, right) => right.count - left.count)[0];
}

/** Whether an Event is about this container, as far as its reporter says. */
export function mayConcern(event: EventFacts, container: string | undefined): boolean {
  return container === undefined || event.container === undefined || event.container === container;
}

function causeOfKilling({ reason, message }: EventFacts, container: string): StopCause[] {
  if (reason !== 'Killing' || !message.startsWith(`Container ${container} failed `)) return [];
  if (message.includes(' liveness probe')) return ['liveness'];
  return message.includes(' startup probe') ? ['startup'] : [];
}

function causeInFailure({ reason, message }: EventFacts): StopCause[] {
  if (reason === 'FailedPostStartHook') return ['postStart'];
  if (reason !== 'Unhealthy') return [];
  if (message.startsWith('Liveness probe ')) return ['liveness'];
  return message.startsWith('Startup probe ') ? ['startup'] : [];
}

type Condition = NonNullable<Environment['pod']>['conditions'][number];

/** The pod's own word on why it is not ready; undefined when it is, or does not say. */
export function readinessOf({ pod }: Pick<Environment, 'pod'>): Condition | undefined {
  return pod?.conditions.find(({ type, status }) => type === 'Ready' && status !== 'True');
}
