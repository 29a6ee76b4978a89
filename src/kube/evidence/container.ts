import type * as k8s from '@kubernetes/client-node';
import type { ContainerFacts } from '../../domain/environment.ts';
import type { ContainerRole } from '../../domain/failure.ts';
import { time, words } from './facts.ts';
import { fields, type Fields, fieldsList, integer, present } from '../object-fields.ts';
import { commandOf, type ContainerSpec, environmentNames, probesOf, resourcesOf } from './template.ts';

/** More containers than anybody reads about. */
const MAX_CONTAINERS = 50;

/** A container's spec and what its status says. */
export interface PodContainer {
  readonly role: ContainerRole;
  readonly spec: ContainerSpec;
  readonly status: Fields<k8s.V1ContainerStatus>;
}

/** The containers of a pod in the order in which they start. */
export function containersOf(pod: Fields<k8s.V1Pod>): readonly PodContainer[] {
  const spec = fields<k8s.V1PodSpec>(pod.spec);
  const status = fields<k8s.V1PodStatus>(pod.status);
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
  const known = fieldsList<k8s.V1ContainerStatus>(statuses);
  return fieldsList<k8s.V1Container>(specs).map((spec) => ({
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
  const state = fields<k8s.V1ContainerState>(value);
  return present({
    waiting: isObject(state.waiting) ? waitingFacts(state.waiting) : undefined,
    running: isObject(state.running)
      ? present({ startedAt: time(fields<k8s.V1ContainerStateRunning>(state.running).startedAt) })
      : undefined,
    terminated: isObject(state.terminated) ? terminationFacts(state.terminated) : undefined,
  });
}

function waitingFacts(value: object): NonNullable<ContainerFacts['state']['waiting']> {
  const waiting = fields<k8s.V1ContainerStateWaiting>(value);
  return present({ reason: words(waiting.reason), message: words(waiting.message) });
}

function terminationFacts(value: object): NonNullable<ContainerFacts['state']['terminated']> {
  const terminated = fields<k8s.V1ContainerStateTerminated>(value);
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
