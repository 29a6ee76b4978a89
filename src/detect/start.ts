import { MINUTE } from '../domain/clock.ts';
import type { PodView } from '../domain/views.ts';
import type { Detector } from './detector.ts';
import { isUnreported, notStarted } from './pod.ts';
import { withQuote } from './message.ts';
import { sandboxCause } from './shared-cause.ts';

/** With its sandbox there and nothing said, an image is most probably being pulled, which the kubelet tells nobody: 15 minutes with `for` of 5. */
const PULL_PATIENCE_MS = 10 * MINUTE;

/** Pods that have a node and do not start, for no reason that another class knows: no sandbox, no network, silence. */
export const start: Detector<PodView> = {
  kind: 'Pod',
  detect: (observation) => {
    const { view } = observation;
    const found = notStarted(observation);
    if (found?.cause !== 'unknown') return [];
    const { since, event, isPrepared } = found;
    const words = isUnreported(view)
      ? 'the pod has a node, and the kubelet there has reported nothing of it'
      : 'the pod has a node but does not start';
    return [
      {
        reason: event?.reason ?? 'ContainerCreating',
        message: withQuote(words, event?.note),
        since,
        sharedCause: sandboxCause(view.node, event?.note),
        ...(event === undefined ? {} : { lastSeenAt: event.lastAt }),
        ...(isPrepared === true ? { patienceMs: PULL_PATIENCE_MS } : {}),
      },
    ];
  },
};
