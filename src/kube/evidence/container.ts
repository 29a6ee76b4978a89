import type {
  V1Container,
  V1ContainerState,
  V1ContainerStateRunning,
  V1ContainerStateTerminated,
  V1ContainerStateWaiting,
  V1ContainerStatus,
  V1Pod,
  V1PodSpec,
  V1PodStatus,
} from '@kubernetes/client-node';
import type { ContainerFacts } from '../../domain/environment.ts';
import type { ContainerRole } from '../../domain/failure.ts';
import { time, words } from './facts.ts';
import { fields, fieldsList, integer, present } from '../object-fields.ts';
import type { Fields } from '../object-fields.ts';
import { commandOf, environmentNames, probesOf, resourcesOf } from './template.ts';
import type { ContainerSpec } from './template.ts';

/** More containers than anybody reads about. */
const MAX_CONTAINERS = 50;

/** A container's spec and what its status says. */
export interface PodContainer {
  readonly role: ContainerRole;
  readonly spec: ContainerSpec;
  readonly status: Fields<V1ContainerStatus>;
}

/** The containers of a pod in the order in which they start. */
export function containersOf(pod: Fields<V1Pod>): readonly PodContainer[] {
  const spec = fields<V1PodSpec>(pod.spec);
  const status = fields<V1PodStatus>(pod.status);
  const initRole = (container: ContainerSpec): ContainerRole =>
    container.restartPolicy === 'Always' ? 'sidecar' : 'init';
  return [
    ...joined(spec.initContainers, status.initContainerStatuses, initRole),
    ...joined(spec.containers, status.containerStatuses, () => 'app'),
    ...joined(spec.ephemeralContainers, status.ephemeralContainerStatuses, () => 'ephemeral'),
  ].slice(0, MAX_CONTAINERS);
}

function joined(
  specs: unknown,
  statuses: unknown,
  roleOf: (spec: ContainerSpec) => ContainerRole,
): PodContainer[] {
  const known = fieldsList<V1ContainerStatus>(statuses);
  return fieldsList<V1Container>(specs).map((spec) => ({
    role: roleOf(spec),
    spec,
    status: known.find((status) => status.name === spec.name) ?? {},
  }));
}

/** What a person would look up about a container. */
export function containerFacts({ role, spec, status }: PodContainer): ContainerFacts {
  const command = commandOf(spec);
  return present({
    name: words(spec.name) ?? '',
    role,
    image: words(spec.image) ?? '',
    imageID: words(status.imageID),
    command: command.length === 0 ? undefined : command,
    ready: typeof status.ready === 'boolean' ? status.ready : undefined,
    started: typeof status.started === 'boolean' ? status.started : undefined,
    restartCount: Math.max(0, integer(status.restartCount) ?? 0),
    state: stateFacts(status.state),
    lastState: stateFacts(status.lastState),
    resources: resourcesOf(spec),
    probes: present(probesOf(spec)),
    environmentNames: environmentNames(spec),
  });
}

function stateFacts(value: unknown): ContainerFacts['state'] {
  const state = fields<V1ContainerState>(value);
  return present({
    waiting: isObject(state.waiting) ? waitingFacts(state.waiting) : undefined,
    running: isObject(state.running)
      ? present({ startedAt: time(fields<V1ContainerStateRunning>(state.running).startedAt) })
      : undefined,
    terminated: isObject(state.terminated) ? terminationFacts(state.terminated) : undefined,
  });
}

function waitingFacts(value: object): NonNullable<ContainerFacts['state']['waiting']> {
  const waiting = fields<V1ContainerStateWaiting>(value);
  return present({ reason: words(waiting.reason), message: words(waiting.message) });
}

function terminationFacts(value: object): NonNullable<ContainerFacts['state']['terminated']> {
  const terminated = fields<V1ContainerStateTerminated>(value);
  return present({
    exitCode: integer(terminated.exitCode) ?? -1,
    signal: integer(terminated.signal),
    reason: words(terminated.reason),
    message: words(terminated.message),
    startedAt: time(terminated.startedAt),
    finishedAt: time(terminated.finishedAt),
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
