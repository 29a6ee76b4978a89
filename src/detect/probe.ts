import type { Signal } from '../domain/failure.ts';
import type { ContainerView, PodView } from '../domain/views.ts';
import type { Detector, Observation } from './detector.ts';
import { conditionOf, isRetriedByJob } from './pod.ts';
import { newestOf } from './reports.ts';
import { containerSignal, nameContainer, signalOf, withQuote } from './signal.ts';

/** Containers that run and are not ready because their probe fails: nothing crashes, and nobody is served. */
export const probe: Detector<PodView> = {
  class: 'probe',
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
): readonly Signal[] {
  const { runningSince } = container;
  if (runningSince === undefined || container.ready || !hasStarted(container)) return [];
  // Without a failed probe since then it is still within its initial delay.
  const failed = newestOf(
    events.filter((event) => event.lastAt >= runningSince),
    ['Unhealthy'],
  );
  if (failed === undefined) return [];
  return [
    signalOf('probe', view, {
      reason: failed.reason,
      message: withQuote(`${nameContainer(container)} runs but is not ready`, failed.note),
      since: notReadySince,
      lastSeenAt: failed.lastAt,
      occurrences: failed.count,
      container: containerSignal(container),
    }),
  ];
}

/** Init containers and debug containers are never ready; one whose startup probe is not through yet is starting. */
function hasStarted({ role, started }: ContainerView): boolean {
  return (role === 'app' || role === 'sidecar') && started !== false;
}
