import type * as k8s from '@kubernetes/client-node';
import type { ContainerFacts } from '../../domain/environment.ts';
import type { ContainerRole } from '../../domain/failure.ts';
import {
  fields,
  type Fields,
  fieldsList,
  integer,
  MAX_ENTRIES,
  present,
  quantities,
  text,
  texts,
  time,
  words,
} from '../object-fields.ts';

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

/** The spec of a container. */
export type ContainerSpec = Fields<k8s.V1Container>;

/** Command and arguments, as they are run. */
export function commandOf(container: ContainerSpec): string[] {
  return [...texts(container.command), ...texts(container.args)]
    .slice(0, MAX_ENTRIES)
    .map((part) => words(part) ?? '');
}

/** Requests and limits. */
export function resourcesOf(container: ContainerSpec): {
  requests: Record<string, string>;
  limits: Record<string, string>;
} {
  const { requests, limits } = fields<k8s.V1ResourceRequirements>(container.resources);
  return { requests: quantities(requests), limits: quantities(limits) };
}

/** Names of the environment variables; sources of many by the name of the source. Never a value. */
export function environmentNames(container: ContainerSpec): string[] {
  const sources = fieldsList<k8s.V1EnvFromSource>(container.envFrom).map(sourceName);
  const names = fieldsList<k8s.V1EnvVar>(container.env).map((variable) => words(variable.name) ?? '');
  return [...sources, ...names].slice(0, MAX_ENTRIES);
}

function sourceName(source: Fields<k8s.V1EnvFromSource>): string {
  const prefix = text(source.prefix) ?? '';
  const configMap = text(fields<{ name: string }>(source.configMapRef).name);
  if (configMap !== undefined) return `${prefix}* (ConfigMap ${configMap})`;
  return `${prefix}* (Secret ${text(fields<{ name: string }>(source.secretRef).name) ?? '?'})`;
}

/** A probe in one line, in the words of `kubectl describe`; undefined when there is none. */
export function probeLine(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const probe = fields<k8s.V1Probe>(value);
  const number = (given: unknown, standard: number): number => integer(given) ?? standard;
  return [
    actionOf(probe),
    `delay=${number(probe.initialDelaySeconds, 0)}s`,
    `timeout=${number(probe.timeoutSeconds, 1)}s`,
    `period=${number(probe.periodSeconds, 10)}s`,
    `#success=${number(probe.successThreshold, 1)}`,
    `#failure=${number(probe.failureThreshold, 3)}`,
  ].join(' ');
}

function actionOf(probe: Fields<k8s.V1Probe>): string {
  if (probe.httpGet !== undefined) return httpGetLine(fields<k8s.V1HTTPGetAction>(probe.httpGet));
  if (probe.exec !== undefined) {
    return `exec [${words(texts(fields<k8s.V1ExecAction>(probe.exec).command).join(' ')) ?? ''}]`;
  }
  if (probe.tcpSocket !== undefined) {
    const socket = fields<k8s.V1TCPSocketAction>(probe.tcpSocket);
    return `tcp-socket ${text(socket.host) ?? ''}:${portOf(socket.port)}`;
  }
  if (probe.grpc === undefined) return 'unknown';
  const grpc = fields<k8s.V1GRPCAction>(probe.grpc);
  return `grpc :${portOf(grpc.port)} ${text(grpc.service) ?? ''}`.trimEnd();
}

function httpGetLine(get: Fields<k8s.V1HTTPGetAction>): string {
  const scheme = (text(get.scheme) ?? 'HTTP').toLowerCase();
  return `http-get ${scheme}://${text(get.host) ?? ''}:${portOf(get.port)}${words(get.path) ?? '/'}`;
}

/** A number, or the name of a container port. */
function portOf(port: unknown): string {
  return String(integer(port) ?? text(port) ?? '?');
}

/** All probes of a container. */
export function probesOf(
  container: ContainerSpec,
): Record<'liveness' | 'readiness' | 'startup', string | undefined> {
  return {
    liveness: probeLine(container.livenessProbe),
    readiness: probeLine(container.readinessProbe),
    startup: probeLine(container.startupProbe),
  };
}

/** Names under which people put secrets into plain environment variables. */
const secretName =
  /pass(?!ive)|pwd|secret|token|credential|api_?key|access_?key|_key$|private|auth(?!or)|dsn|connection_?string|salt/i;
/** Settings about secrets (AUTH_MODE=basic, TOKEN_TTL=3600): to strike them out would make every text unreadable. */
const plainValue =
  /^(?:true|false|none|null|enabled|disabled|basic|bearer|required|optional|\d{1,7}[smhd]?)$/i;
/** Shorter values occur everywhere. */
const MIN_SECRET_LENGTH = 5;

/** Literal values of variables whose names look secret. They are for striking out, never for sending. */
export function secretValuesOf(container: ContainerSpec): string[] {
  return fieldsList<k8s.V1EnvVar>(container.env)
    .filter((variable) => secretName.test(text(variable.name) ?? ''))
    .map((variable) => text(variable.value) ?? '')
    .filter((value) => value.length >= MIN_SECRET_LENGTH && !plainValue.test(value));
}
