import type { ContainerView, PodView, Termination } from '../domain/views.ts';
import { loopOf } from './crash-loop.ts';
import type { Detector, Finding, Observation } from './detector.ts';
import { describeExit, describeStop, isUnbegun } from './exit.ts';
import { containerSignal, isLostRun, isRetriedByJob } from './pod.ts';
import { nameContainer } from './message.ts';

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
      reason: last?.reason === 'OOMKilled' ? 'OOMKilled' : 'CrashLoopBackOff',
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
