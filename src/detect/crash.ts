import type { ContainerView, EventView, PodDetail, PodView, Termination } from '../domain/views.ts';
import type { Detector, Finding, Observation } from './detector.ts';
import { describeExit, describeStop, isUnbegun, nameContainer } from './message.ts';
import { containerSignal, isLostRun, isRetriedByJob } from './pod.ts';
import { injectedAs } from './shared-cause.ts';
import { HOUR, MINUTE, SECOND } from '../domain/clock.ts';
import type { Signal } from '../domain/failure.ts';

/**
 * Containers that crash again and again. It triggers on `terminated` and `lastState`: a current kubelet shows
 * CrashLoopBackOff for about 0.1 s of each back-off, others for most of it, so it counts when seen and is never
 * needed. The exit code does not matter: a server that ends with 0 or 143 is down as well.
 */
export const crash: Detector<PodView> = {
  kind: 'Pod',
  detect: (observation) => {
    const { view } = observation;
    const { detail } = view;
    if (detail === undefined) return [];
    return detail.containers
      .filter((container) => !isRetriedByJob(view) || isBeyondJobLimit(detail, container))
      .flatMap((container) => crashOf(observation, container));
  },
};

/** More than the default `backoffLimit` of a Job (6) allows. With a far higher one a Job restarts its container for days. */
const MANY_RETRIES = 10;

/** Whether a container of a Job's pod is restarted more often than the limits of a Job usually allow, or without any limit. */
function isBeyondJobLimit(detail: PodDetail, container: ContainerView): boolean {
  return container.restartCount >= MANY_RETRIES || isSidecarAtWork(detail, container);
}

/**
 * A Job counts how often the containers of its pods fail. With `restartPolicy: Never` it counts pods alone, and sidecars are restarted all
 * the same, without end.
 */
function isSidecarAtWork({ containers, restartPolicy }: PodDetail, { role }: ContainerView): boolean {
  if (role !== 'sidecar' || restartPolicy !== 'Never') return false;
  return containers.some((other) => other.role === 'app' && other.terminated === undefined);
}

function crashOf(observation: Observation<PodView>, container: ContainerView): readonly Finding[] {
  if (hasDoneItsWork(observation.view, container)) return [];
  const last = container.terminated ?? container.lastTerminated;
  // It was lost with its node, and did not end.
  if (isLostRun(last) || isNeverBegun(container, last)) return [];
  const loop = loopOf(observation, container, last);
  if (loop === undefined) return [];
  const { view, events, now } = observation;
  const { clearsAt, unproven } = loop;
  return [
    {
      ...blameOf(container, last),
      message: `${nameContainer(container)} ${describeStop(last, container.name, events) ?? describeExit(last)}`,
      ...timesOf(last, view.createdAt, now),
      occurrences: container.restartCount,
      immediate: true,
      unproven,
      ...(clearsAt === undefined ? {} : { clearsAt }),
      container: containerSignal(container, last),
    },
  ];
}

/** Out of memory is a matter of the container's own limit; else an injected one may fail for what all pods have. */
function blameOf(
  { name }: ContainerView,
  last: Termination | undefined,
): Pick<Finding, 'reason' | 'sharedCause'> {
  return last?.reason === 'OOMKilled'
    ? { reason: 'OOMKilled' }
    : { reason: 'CrashLoopBackOff', sharedCause: injectedAs(name) };
}

/** The class `config` tells of a container that could not begin. */
function isNeverBegun({ runningSince }: ContainerView, last: Termination | undefined): boolean {
  return last !== undefined && runningSince === undefined && isUnbegun(last);
}

/** The end of the last run; a run whose end is not recorded was at some time in the pod's life. */
function timesOf(
  last: Termination | undefined,
  createdAt: number,
  now: number,
): { readonly since: number; readonly lastSeenAt: number } {
  const endedAt = last?.finishedAt;
  return endedAt === undefined
    ? { since: createdAt, lastSeenAt: now }
    : { since: endedAt, lastSeenAt: endedAt };
}

/**
 * A container that succeeded after all, and that nobody starts again for it, is no loop any more: an init container, and
 * one with `restartPolicy: OnFailure`. Debug containers never restart.
 */
function hasDoneItsWork({ detail }: PodView, { role, terminated }: ContainerView): boolean {
  if (role === 'ephemeral') return true;
  if (terminated?.exitCode !== 0) return false;
  return role === 'init' || (role === 'app' && detail?.restartPolicy === 'OnFailure');
}

/** So many restarts within the window are a loop; the first one or two may be a start in the wrong order. */
const LOOP_RESTARTS = 3;
const WINDOW_MS = HOUR;
/** The kubelet forgets its back-off after a run of this length, so a longer run is not part of a fast loop. */
const LONG_RUN_MS = 10 * MINUTE;
/** So many restarts an hour, averaged over the pod's life, prove a loop whose runs are no longer than that. */
const RESTARTS_PER_HOUR = 2;
/** The kubelet waits 10 s after the first end and twice as long after each other: so long after the third in a row. */
const THIRD_BACK_OFF_MS = 40 * SECOND;
/** It says so with each look that it takes meanwhile: so often, and over so long, only of several ends. */
const BACK_OFFS = 5;
const BACK_OFFS_MS = 2 * MINUTE;
/** A run of so long, and twice as long as the one before, may be the one that stays. */
const USEFUL_RUN_MS = 20 * SECOND;

/** What a look at a container tells of its restarts. */
interface Loop {
  readonly unproven?: Signal['unproven'];
  /** The container runs at the moment; a run up to then proves it well. */
  readonly clearsAt?: number;
}

/**
 * Whether a container is in a loop: three restarts within an hour that no useful run has ended. How many of its restarts lie within
 * the hour is known of a young pod, by the back-off, by what is said of it, and by the average; of all others it is to be seen.
 */
function loopOf(
  observation: Observation<PodView>,
  container: ContainerView,
  last: Termination | undefined,
): Loop | undefined {
  const { view, now } = observation;
  if (!hasJustEnded(container, last, now)) return undefined;
  const isProven = isLoop(observation, container, last);
  // Of a young pod all restarts are known: they are too few.
  if (!isProven && (now - view.createdAt <= WINDOW_MS || container.restartCount === 0)) return undefined;
  const loop: Loop = isProven ? {} : { unproven: 'tooFew' };
  return container.runningSince === undefined
    ? loop
    : betweenEnds(observation, { ...container, runningSince: container.runningSince }, { loop, last });
}

/** Between two ends the container runs: it is believed well only after a run longer than its usual ones. */
function betweenEnds(
  { now, options: { resolveAfterMs } }: Observation<PodView>,
  { runningSince, ready }: ContainerView & { readonly runningSince: number },
  { loop, last }: { readonly loop: Loop; readonly last: Termination | undefined },
): Loop | undefined {
  const lastMs = last === undefined ? 0 : runLengthMs(last);
  const isFast = lastMs < LONG_RUN_MS;
  const clearsAt =
    runningSince + (isFast ? Math.min(resolveAfterMs, LONG_RUN_MS) : Math.max(resolveAfterMs, 2 * lastMs));
  if (now >= clearsAt) return undefined;
  const isUseful = ready && now - runningSince > Math.max(USEFUL_RUN_MS, 2 * lastMs);
  return { ...loop, ...(isUseful && last !== undefined ? { unproven: 'mayBeOver' } : {}), clearsAt };
}

/** It is down, or its last run ended within the window. A time after now was written by a clock that is ahead. */
function hasJustEnded(
  { runningSince, restartCount }: ContainerView,
  last: Termination | undefined,
  now: number,
): boolean {
  if (runningSince === undefined) return last !== undefined || restartCount > 0;
  const endedAt = last?.finishedAt ?? runningSince;
  return restartCount > 0 && endedAt > now - WINDOW_MS;
}

function isLoop(
  { view, now, events }: Observation<PodView>,
  container: ContainerView,
  last: Termination | undefined,
): boolean {
  const { restartCount, waiting, name } = container;
  if (restartCount < LOOP_RESTARTS) return false;
  const lifeMs = Math.max(1, now - view.createdAt);
  const isShort = last !== undefined && runLengthMs(last) < HOUR / RESTARTS_PER_HOUR;
  const isOften = lifeMs <= WINDOW_MS || (restartCount * HOUR) / lifeMs >= RESTARTS_PER_HOUR;
  if (isOften && (isShort || last === undefined)) return true;
  return backOffMs(waiting) >= THIRD_BACK_OFF_MS || events.some((event) => isBackingOff(event, name, now));
}

/** `back-off 1m20s restarting failed container=app pod=…` */
function backOffMs(waiting: ContainerView['waiting']): number {
  const [, minutes = '0', seconds = '0'] = /^back-off (?:(\d+)m)?(\d+)s /.exec(waiting?.message ?? '') ?? [];
  return Number(minutes) * MINUTE + Number(seconds) * SECOND;
}

function isBackingOff(
  { reason, note, container = '', count, firstAt, lastAt }: EventView,
  name: string,
  now: number,
): boolean {
  if (reason !== 'BackOff' || lastAt < now - LONG_RUN_MS || count < BACK_OFFS) return false;
  if (container === '' ? !note.includes(` ${name} `) : container !== name) return false;
  const spanMs = lastAt - firstAt;
  return spanMs >= BACK_OFFS_MS && (count * HOUR) / spanMs >= RESTARTS_PER_HOUR;
}

/** A run without times counts as short: the kubelet lost them when the node restarted. */
function runLengthMs(run: Termination): number {
  return run.startedAt === undefined || run.finishedAt === undefined ? 0 : run.finishedAt - run.startedAt;
}
