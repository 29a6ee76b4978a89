import { fieldAt, isFields, textAt, type Fields, type StoredObject } from './api-types.ts';
import { badRequest, invalid, type FieldError } from './status.ts';

/** What a container has written: its present run and the run before. */
export interface ContainerLogs {
  readonly current?: string;
  readonly previous?: string;
}

/** Logs by namespace, pod and container. */
export interface LogBook {
  set(place: readonly [namespace: string, pod: string, container: string], logs: ContainerLogs): void;
  get(place: readonly [namespace: string, pod: string, container: string]): ContainerLogs;
}

/** An empty log book. */
export function createLogBook(): LogBook {
  const logs = new Map<string, ContainerLogs>();
  return {
    set: (place, written) => void logs.set(place.join('/'), written),
    get: (place) => logs.get(place.join('/')) ?? {},
  };
}

function listAt(object: unknown, path: string): Fields[] {
  const list = fieldAt(object, path);
  return Array.isArray(list) ? list.filter(isFields) : [];
}

function chooseContainer(pod: StoredObject, wanted: string | null): string {
  const containers = listAt(pod, 'spec.containers');
  const init = listAt(pod, 'spec.initContainers');
  const names = [...init, ...containers].map((container) => textAt(container, 'name'));
  if (wanted) {
    if (names.includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${pod.metadata.name}`);
  }
  if (containers.length === 1) return textAt(containers[0], 'name');
  throw badRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`,
  );
}

const pullReasons: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
};

/** Which run's log a request gets, or why there is none: validateContainerLogStatus in the kubelet. Throws 400. */
function chooseRun(pod: StoredObject, container: string, isPrevious: boolean): keyof ContainerLogs {
  const who = `container "${container}" in pod "${pod.metadata.name}"`;
  const status = [
    ...listAt(pod, 'status.containerStatuses'),
    ...listAt(pod, 'status.initContainerStatuses'),
  ].find((entry) => entry['name'] === container);
  if (status === undefined) throw badRequest(`${who} is not available`);
  const hasLastRun = Boolean(fieldAt(status, 'lastState.terminated.containerID'));
  if (isPrevious) {
    if (hasLastRun) return 'previous';
    throw badRequest(`previous terminated ${who} not found`);
  }
  if (fieldAt(status, 'state.running') !== undefined) return 'current';
  if (fieldAt(status, 'state.terminated.containerID')) return 'current';
  // Waiting between two runs: what can be read is the log of the last one.
  if (hasLastRun) return 'previous';
  if (fieldAt(status, 'state.terminated') !== undefined) throw badRequest(`${who} is terminated`);
  const reason = textAt(status, 'state.waiting.reason');
  throw badRequest(`${who} is waiting to start: ${pullReasons[reason] ?? reason}`);
}

function numberOption(query: URLSearchParams, name: string, minimum: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (value >= minimum) return value;
  const rule = minimum === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0';
  const error: FieldError = {
    type: 'FieldValueInvalid',
    field: name,
    body: `Invalid value: ${value}: ${rule}`,
  };
  throw invalid({ group: '', kind: 'PodLogOptions', name: '' }, [error]);
}

function lastLines(text: string, count: number): string {
  const isEnded = text.endsWith('\n');
  const lines = (isEnded ? text.slice(0, -1) : text).split('\n');
  const kept = count === 0 || text === '' ? [] : lines.slice(-count);
  return kept.length === 0 ? '' : `${kept.join('\n')}${isEnded ? '\n' : ''}`;
}

/**
 * The log that a request gets. `limitBytes` cuts the end: it counts from the first line that `tailLines` leaves,
 * as the kubelet does, and may cut a character in two. Throws 400 and 422.
 */
export function readLog(book: LogBook, pod: StoredObject, query: URLSearchParams): Buffer {
  const tailLines = numberOption(query, 'tailLines', 0);
  const limitBytes = numberOption(query, 'limitBytes', 1);
  const container = chooseContainer(pod, query.get('container'));
  const previous = query.get('previous');
  const run = chooseRun(pod, container, previous === 'true' || previous === '1');
  const text = book.get([pod.metadata.namespace ?? '', pod.metadata.name, container])[run] ?? '';
  const tail = Buffer.from(tailLines === undefined ? text : lastLines(text, tailLines));
  return limitBytes === undefined ? tail : tail.subarray(0, limitBytes);
}
