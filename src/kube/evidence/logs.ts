import type * as k8s from '@kubernetes/client-node';
import type { LogFacts } from '../../domain/environment.ts';
import { KubeApiError } from '../connection/index.ts';
import { containersOf, type PodContainer } from './container.ts';
import type { EvidenceReader } from './evidence-reader.ts';
import { cut, fields, type Fields, integer, text } from '../object-fields.ts';

/** How much of a log is read. */
export interface LogLimits {
  readonly lines: number;
  /** Bytes of text for one container. */
  readonly bytes: number;
}

/** The same, and how much of the first log is kept as a file. */
export interface LogOptions extends LogLimits {
  /** 0 for no file. */
  readonly fileBytes: number;
}

/** The last lines of each log, and of the first one as much as a file may hold. */
export interface ReadLogs {
  readonly logs: readonly LogFacts[];
  readonly logFile?: LogFacts;
}

export interface LogRequest {
  /** Path of the pod. */
  readonly path: string;
  readonly pod: Fields<k8s.V1Pod>;
  readonly name: string;
  /** The container that fails; its log comes first. */
  readonly container: string | undefined;
  readonly limits: LogOptions;
}

/** The failing one and two more: a pod seldom fails in several places at once. */
const MAX_CONTAINERS = 3;
/** The kubelet's limitBytes counts from the first line of the tail and would cut the end, which is what matters: so ask for more and cut here. */
const READ_AHEAD = 8;
/** Lines asked for when even that was not enough. */
const FEW_LINES = 3;
/** Lines of a file, where all are as short as this. */
const SHORT_LINE_BYTES = 64;

/** The last lines of the containers that fail: of the run that ended, where there is one. */
export async function readLogs(reader: EvidenceReader, request: LogRequest): Promise<ReadLogs> {
  const { limits } = request;
  const containers = chooseContainers(containersOf(request.pod), request.container);
  const read = await Promise.all(
    containers.map((container, at) =>
      readLog(reader, { ...request, limits: at === 0 ? forFile(limits) : limits }, container),
    ),
  );
  const [first] = read;
  const logs = read.filter((log) => log !== undefined);
  return {
    logs: logs.map((log) => ({ ...log, lines: lastThatFit(log.lines, limits) })),
    ...(first === undefined || first.lines.length === 0 || limits.fileBytes === 0 ? {} : { logFile: first }),
  };
}

/** One read serves both the file and the lines in the ticket. */
function forFile({ lines, bytes, fileBytes }: LogOptions): LogOptions {
  const most = Math.ceil(fileBytes / SHORT_LINE_BYTES);
  return { lines: Math.max(lines, most), bytes: Math.max(bytes, fileBytes), fileBytes };
}

function chooseContainers(all: readonly PodContainer[], wanted: string | undefined): readonly PodContainer[] {
  const failing = all.filter(isFailing);
  const first = all.filter((container) => container.spec.name === wanted);
  const chosen = [...new Set([...first, ...failing])].slice(0, MAX_CONTAINERS);
  if (chosen.length > 0) return chosen;
  return all.filter((container) => container.role === 'app').slice(0, 1);
}

function isFailing({ role, status }: PodContainer): boolean {
  if (role === 'ephemeral') return false;
  const { exitCode } = fields<{ exitCode: number }>(fields<k8s.V1ContainerState>(status.state).terminated);
  return (integer(status.restartCount) ?? 0) > 0 || (integer(exitCode) ?? 0) !== 0;
}

async function readLog(
  reader: EvidenceReader,
  request: LogRequest,
  container: PodContainer,
): Promise<LogFacts | undefined> {
  const name = text(container.spec.name) ?? '';
  if (runsOf(container).length === 0) {
    reader.omit('logs', `container ${name} has not run yet`);
    return undefined;
  }
  try {
    const { ended, lines } = await readPresent(reader, { ...request, container: name }, container);
    return { container: name, pod: request.name, previous: ended, lines };
  } catch (error) {
    if (isAbsent(error)) reader.omit('logs', `the node has no log of container ${name} any more`);
    else reader.fail('logs', error);
    return undefined;
  }
}

/** One run of a container and how its log is asked for. */
interface Run {
  readonly ended: boolean;
  readonly previous: boolean;
}

/** The runs worth reading, best first. A container that has ended and waits for its next start still has that run as its current one. */
function runsOf({ status }: PodContainer): readonly Run[] {
  const state = fields<k8s.V1ContainerState>(status.state);
  const hasEnded = isObject(state.terminated);
  const hasEndedBefore = isObject(fields<k8s.V1ContainerState>(status.lastState).terminated);
  const present: readonly Run[] =
    hasEnded || isObject(state.running) ? [{ ended: hasEnded, previous: false }] : [];
  const before: readonly Run[] = hasEndedBefore ? [{ ended: true, previous: true }] : [];
  return hasEnded ? [...present, ...before] : [...before, ...present];
}

/**
 * What a kubelet whose runtime has lost the container, or whose disk its log, says with 200 in place of the log: kubelet_pods.go,
 * kuberuntime_container.go, kuberuntime/logs of the kubelet; the last one is of containerd.
 */
const LOST_LOG = [
  /^unable to retrieve container logs for \S+$/i,
  /^failed to try resolving symlinks in path "\/var\/[^"]*": /,
  /^failed to open log file "\/var\/[^"]*": /,
  /^failed to get container status /,
  /^(?:rpc error: code = \w+ desc = )?an error occurred when try to find container /,
];
// The same of Docker, whatever is asked for.
const NEVER_KEPT = /^Error response from daemon: configured logging driver does not support reading$/;

/** The runtime has none of the logs that were asked for. */
class LostLogError extends Error {
  override readonly name = 'LostLogError';
}

class NeverKeptError extends LostLogError {}

/** The kubelet knows of a run that has just begun when it looks again at what runs, each second. */
const RESTARTS_MS = 1_500;

/**
 * A container that is being started again has no log for a moment: the run that ended is removed before (of init containers always,
 * pruneInitContainersBeforeStart of the kubelet), and of the new one the kubelet does not know yet.
 */
async function readPresent(
  reader: EvidenceReader,
  request: LogRequest,
  container: PodContainer,
): Promise<ReadRun> {
  try {
    return await readFirst(reader, request, runsOf(container));
  } catch (error) {
    if (!isAbsent(error) || isForGood(error) || !isStartedAgain(container)) throw error;
    await reader.wait(RESTARTS_MS);
    const { object: pod = {} } = await reader.find<k8s.V1Pod>('logs', request.path);
    const now = containersOf(pod).find(({ spec }) => text(spec.name) === request.container);
    if (now === undefined) throw error;
    return readFirst(reader, request, runsOf(now));
  }
}

interface ReadRun {
  readonly ended: boolean;
  readonly lines: string[];
}

function isStartedAgain({ status }: PodContainer): boolean {
  return !isObject(fields<k8s.V1ContainerState>(status.state).terminated);
}

async function readFirst(
  reader: EvidenceReader,
  request: LogRequest,
  runs: readonly Run[],
): Promise<ReadRun> {
  const [run, ...others] = runs;
  if (run === undefined) return { ended: false, lines: [] };
  try {
    const lines = await readRun(reader, request, run);
    if (!isLost(lines)) return { ended: run.ended, lines };
    throw NEVER_KEPT.test(lines[0] ?? '') ? new NeverKeptError() : new LostLogError();
  } catch (error) {
    if (others.length === 0 || !isAbsent(error)) throw error;
    return readFirst(reader, request, others);
  }
}

function isLost([line = '', ...more]: readonly string[]): boolean {
  return more.length === 0 && [...LOST_LOG, NEVER_KEPT].some((pattern) => pattern.test(line));
}

async function readRun(reader: EvidenceReader, request: LogRequest, run: Run): Promise<string[]> {
  const { lines, bytes } = request.limits;
  const ask = async (tailLines: number): Promise<string> =>
    reader.log(`${request.path}/log`, {
      container: request.container,
      previous: run.previous ? true : undefined,
      tailLines,
      limitBytes: bytes * READ_AHEAD,
    });
  const isCut = (log: string): boolean => Buffer.byteLength(log) >= bytes * READ_AHEAD;
  let log = await ask(lines);
  // Lines so long that fewer of them fill a file as well.
  if (isCut(log) && lines > READ_AHEAD * FEW_LINES) log = await ask(Math.ceil(lines / READ_AHEAD));
  return lastLines(isCut(log) ? await ask(FEW_LINES) : log, request.limits);
}

/** What a terminal shows of a line that was written over again and again, as progress is. */
function shownEnd(line: string): string {
  return line.replace(/\r+$/, '').replace(/^.*\r/s, '');
}

/** The last lines that fit. One line that is too long by itself keeps its beginning, where loggers say what happened. */
export function lastLines(log: string, limits: LogLimits): string[] {
  const all = log.split('\n').map(shownEnd);
  if (all.at(-1) === '') all.pop();
  return lastThatFit(all, limits);
}

function lastThatFit(all: readonly string[], limits: LogLimits): string[] {
  const kept: string[] = [];
  let left = limits.bytes;
  for (const line of all.slice(-limits.lines).toReversed()) {
    const size = Buffer.byteLength(line) + 1;
    if (size > left && kept.length > 0) break;
    kept.unshift(size > left ? cut(line, limits.bytes) : line);
    left -= size;
    if (left <= 0) break;
  }
  return kept;
}

/** The kubelet answers 400 when there is no such run; the API server answers 404 when there is no such pod. */
function isAbsent(error: unknown): boolean {
  const isAnswered = error instanceof KubeApiError && (error.status === 400 || error.status === 404);
  return isAnswered || error instanceof LostLogError;
}

/** Of a pod that is gone, and of a log that is never kept, nothing comes later. */
function isForGood(error: unknown): boolean {
  return error instanceof NeverKeptError || (error instanceof KubeApiError && error.status === 404);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
