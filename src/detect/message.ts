import type { EventReason } from '../domain/events.ts';
import type { ContainerRole } from '../domain/failure.ts';
import type { ContainerView, EventView, Termination } from '../domain/views.ts';
import { sayExitCode, windowsNameOf } from '../lib/text.ts';
import { isStopCode, sayProbeStop, unwrap } from '../lib/unwrap.ts';

const roleWords: Readonly<Record<ContainerRole, string>> = {
  app: 'container',
  init: 'init container',
  sidecar: 'sidecar',
  ephemeral: 'debug container',
};

/** `init container migrate` */
export function nameContainer({ role, name }: ContainerView): string {
  return `${roleWords[role]} ${name}`;
}

/** A sentence of ours, with the whole of what the cluster says about it, as half a secret is not recognised: `the node is not ready: container runtime is down`. */
export function withQuote(words: string, quote: string | undefined): string {
  const line = asQuote(quote ?? '');
  return line === '' ? words : `${words}: ${line}`;
}

/** Where the kubelet keeps what it mounts for one pod: half a subject, in which only the end differs. */
const KUBELET_PATH = /\/var\/lib\/kubelet\/pods\/[0-9a-f-]{36}\/(?:volumes|volume-subpaths)\//g;

/** In one line, without what stands before the cause. */
function asQuote(text: string): string {
  return unwrap(text.replaceAll(/\s+/g, ' ').trim()).replaceAll(KUBELET_PATH, '…/');
}

/** Signals that a person meets in exit codes (128 + signal). */
const signalNames: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
};

/**
 * How a run ended, as a predicate: `exits with code 3 (Error)`. Out of memory is said only where the kubelet says
 * so: exit code 137 alone is any SIGKILL.
 */
export function describeExit(run: Termination | undefined): string {
  if (run === undefined) return 'keeps restarting (how its last run ended is not recorded)';
  if (run.reason === 'OOMKilled') return `is killed as memory ran out (OOMKilled, exit code ${run.exitCode})`;
  if (isUnbegun(run)) return withQuote('could not be started', run.message ?? run.reason);
  if (run.exitCode === 0) return 'ends with exit code 0 although it should keep running';
  const signal = windowsNameOf(run.exitCode) ?? signalNames[run.signal ?? run.exitCode - 128];
  const reason = [signal, run.reason].filter((part) => part !== undefined && part !== '').join(', ');
  return `exits with code ${sayExitCode(run.exitCode)}${reason === '' ? '' : ` (${reason})`}`;
}

/** Reasons of runs that the runtime could not begin: their exit code is that of the runtime. */
const unbegun: ReadonlySet<string> = new Set(['StartError', 'ContainerCannotRun', 'RunContainerError']);

/** Whether the program of this run has never run. */
export function isUnbegun({ reason = '' }: Termination): boolean {
  return unbegun.has(reason);
}

/** The kubelet keeps the words of the hook out of its Event, as they may be secret: before 1.22 they were in it. */
const NOTHING_SAID = /^PostStartHook failed$|^FailedPostStartHook$/;

function isFailedHookOf({ reason, container = '' }: EventView, name: string): boolean {
  return reason === 'FailedPostStartHook' && (container === '' || container === name);
}

function saidOfHook({ note }: EventView): string | undefined {
  return NOTHING_SAID.test(note.trim()) ? undefined : note;
}

/**
 * How a run ended of which a probe or its postStart hook says more than its exit code: the kubelet stopped it. Undefined when it ended by
 * itself. A probe of another container is no reason.
 */
export function describeStop(
  run: Termination | undefined,
  container: string,
  events: readonly EventView[],
): string | undefined {
  if (run === undefined || run.reason === 'OOMKilled' || !isStopCode(run.exitCode)) return undefined;
  const startedAt = run.startedAt ?? 0;
  const hook = events.find((event) => isFailedHookOf(event, container) && event.lastAt >= startedAt);
  if (hook !== undefined)
    return withQuote(`is stopped as its postStart hook failed (exit code ${run.exitCode})`, saidOfHook(hook));
  const [stop] = events
    .filter((event) => isProbeOf(event, container) && event.lastAt >= startedAt)
    .flatMap(({ note }) => sayProbeStop(note, run.exitCode, asQuote) ?? []);
  return stop;
}

/** What several events about one thing say together. */
export interface Report {
  /** The newest of them. */
  readonly newest: EventView;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
}

/** Sums up the events that match; the same thing in other words is another Event object. */
export function reportOf(
  events: readonly EventView[],
  matches: (event: EventView) => boolean,
): Report | undefined {
  const matching = events.filter(matches);
  const newest = matching[0];
  if (newest === undefined) return undefined;
  return {
    newest,
    firstAt: Math.min(...matching.map((event) => event.firstAt)),
    lastAt: Math.max(...matching.map((event) => event.lastAt)),
    count: matching.reduce((sum, event) => sum + event.count, 0),
  };
}

/** A failed probe of this container; of a reporter that does not say whose, it may be. */
export function isProbeOf({ reason, container = '' }: EventView, name: string): boolean {
  return reason === 'Unhealthy' && (container === '' || container === name);
}

/** The newest event with one of these reasons. */
export function newestOf(
  events: readonly EventView[],
  reasons: readonly EventReason[],
): EventView | undefined {
  return events.find((event) => reasons.includes(event.reason));
}
