import type { ContainerView, PodView } from '../domain/views.ts';
import type { Detector, Finding, Observation } from './detector.ts';
import { containerSignal, conditionOf, isRetriedByJob } from './pod.ts';
import { injectedAs } from './shared-cause.ts';
import { isProbeOf, nameContainer, reportOf, withQuote } from './message.ts';

/** Probes that decide about traffic. A startup probe fails until the start is through, a liveness probe restarts. */
const READINESS = /^Readiness probe/;

/** Containers that run and are not ready because their probe fails: nothing crashes, and nobody is served. */
export const probe: Detector<PodView> = {
  kind: 'Pod',
  detect: (observation) => {
    const { view } = observation;
    if (view.detail === undefined || view.phase !== 'Running' || isRetriedByJob(view)) return [];
    const ready = conditionOf(view.detail, 'Ready');
    if (ready === undefined || ready.status === 'True') return [];
    return view.detail.containers.flatMap((container) => probeSignal(observation, container, ready.since));
  },
};

function probeSignal(
  { view, events }: Observation<PodView>,
  container: ContainerView,
  notReadySince: number,
): readonly Finding[] {
  const { runningSince } = container;
  if (runningSince === undefined || container.ready || !hasStarted(container)) return [];
  // Without a failed probe since then it is still within its initial delay.
  const failed = reportOf(
    events,
    (event) => isProbeOf(event, container.name) && READINESS.test(event.note) && event.lastAt >= runningSince,
  );
  if (failed === undefined) return [];
  const { newest, firstAt, lastAt, count } = failed;
  return [
    {
      reason: newest.reason,
      message: withQuote(`${nameContainer(container)} runs but is not ready`, newest.note),
      // The pod has not been ready since it was made; a start that takes long is no part of it.
      since: Math.max(notReadySince, firstAt, view.createdAt),
      lastSeenAt: lastAt,
      occurrences: count,
      container: containerSignal(container),
      sharedCause: injectedAs(container.name),
    },
  ];
}

/** Init containers and debug containers are never ready; one whose startup probe is not through yet is starting. */
function hasStarted({ role, started }: ContainerView): boolean {
  return (role === 'app' || role === 'sidecar') && started !== false;
}
