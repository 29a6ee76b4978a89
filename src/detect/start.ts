import type { PodView } from '../domain/views.ts';
import type { Detector } from './detector.ts';
import { notStarted } from './pod.ts';
import { withQuote } from './message.ts';
import { networkOf } from './shared-cause.ts';

/** Pods that have a node and do not start, for no reason that another class knows: no sandbox, no network, silence. */
export const start: Detector<PodView> = {
  kind: 'Pod',
  detect: (observation) => {
    const { node } = observation.view;
    const found = notStarted(observation);
    if (found?.cause !== 'unknown') return [];
    const { since, event } = found;
    return [
      {
        reason: event?.reason ?? 'ContainerCreating',
        message: withQuote('the pod has a node but does not start', event?.note),
        since,
        sharedCause: networkOf(node, event?.note),
        ...(event === undefined ? {} : { lastSeenAt: event.lastAt }),
      },
    ];
  },
};
