import type { PodView } from '../domain/views.ts';
import type { Detector } from './detector.ts';
import { notStarted } from './not-started.ts';
import { signalOf, withQuote } from './signal.ts';

/** Pods that have a node and do not start, for no reason that another class knows: no sandbox, no network, silence. */
export const start: Detector<PodView> = {
  class: 'start',
  kind: 'Pod',
  detect: (observation) => {
    const found = notStarted(observation);
    if (found?.cause !== 'unknown') return [];
    const { since, event } = found;
    return [
      signalOf('start', observation.view, {
        reason: event?.reason ?? 'ContainerCreating',
        message: withQuote('the pod has a node but does not start', event?.note),
        since,
        ...(event === undefined ? {} : { lastSeenAt: event.lastAt }),
      }),
    ];
  },
};
