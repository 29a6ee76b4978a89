import { HOUR, MINUTE } from '../domain/clock.ts';
import type { ContainerView, PodView, Termination } from '../domain/views.ts';
import type { Detector, Finding, Observation } from './detector.ts';
import { describeExit, describeStop } from './exit.ts';
import { containerSignal, isLostRun, isRetriedByJob } from './pod.ts';
import { nameContainer } from './message.ts';

/** Restarts before a crash counts as a loop: the first one or two may be a start in the wrong order. */
const LOOP_RESTARTS = 3;
/** The kubelet forgets its back-off after a run of this length, so a longer run is not part of a fast loop. */
const LONG_RUN_MS = 10 * MINUTE;
/** A loop too slow for the kubelet's back-off: so many restarts an hour, averaged over the pod's life. */
const SLOW_LOOP_PER_HOUR = 2;

/**
 * Containers that crash again and again. It triggers on `terminated` and `lastState`: a current kubelet shows
 * CrashLoopBackOff for about 0.1 s of each back-off, others for most of it, so it counts when seen and is never
 * needed. The exit code does not matter: a server that ends with 0 or 143 is down as well.
 */
export const crash: Detector<PodView> = {
  kind: 'Pod',
  detect: (observation) => {
    const { view } = observation;
    if (view.detail === undefined || isRetriedByJob(view)) return [];
    return view.detail.containers.flatMap((container) => crashOf(observation, container));
  },
};

function crashOf(observation: Observation<PodView>, container: ContainerView): readonly Finding[] {
  if (container.restartCount < LOOP_RESTARTS || hasDoneItsWork(observation.view, container)) return [];
  const last = container.terminated ?? container.lastTerminated;
  // It was lost with its node, and did not end.
  if (isLostRun(last)) return [];
  const loop = loopOf(observation, container, last);
  if (!loop.isLooping) return [];
  const { view, events, now } = observation;
  const { clearsAt } = loop;
  return [
    {
      reason: last?.reason === 'OOMKilled' ? 'OOMKilled' : 'CrashLoopBackOff',
      message: `${nameContainer(container)} ${describeStop(last, container.name, events) ?? describeExit(last)}`,
      ...timesOf(last, view.createdAt, now),
      occurrences: container.restartCount,
      immediate: true,
      ...(clearsAt === undefined ? {} : { clearsAt }),
      container: containerSignal(container, last),
    },
  ];
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

interface Loop {
  readonly isLooping: boolean;
  /** The container runs at the moment; a run up to then proves it well. */
  readonly clearsAt?: number;
}

function loopOf(
  { view, now, options }: Observation<PodView>,
  container: ContainerView,
  last: Termination | undefined,
): Loop {
  if (container.waiting?.reason === 'CrashLoopBackOff') return { isLooping: true };
  const lifeMs = Math.max(1, now - view.createdAt);
  const isFast = last !== undefined && runLengthMs(last) < LONG_RUN_MS;
  const isSlow = (container.restartCount * HOUR) / lifeMs >= SLOW_LOOP_PER_HOUR;
  if (!isFast && !isSlow) return { isLooping: false };
  if (container.runningSince === undefined) return { isLooping: true };
  // Between two crashes the container runs: it is believed well only after a run longer than its usual ones.
  const proofMs = isFast
    ? Math.min(options.resolveAfterMs, LONG_RUN_MS)
    : Math.max(options.resolveAfterMs, (2 * lifeMs) / container.restartCount);
  const clearsAt = container.runningSince + proofMs;
  return { isLooping: now < clearsAt, clearsAt };
}

/** A run without times counts as short: the kubelet lost them when the node restarted. */
function runLengthMs(run: Termination): number {
  return run.startedAt === undefined || run.finishedAt === undefined ? 0 : run.finishedAt - run.startedAt;
}
