import { MINUTE } from '../domain/clock.ts';
import type { EventView, PodDetail, PodView } from '../domain/views.ts';
import type { Detector, Finding } from './detector.ts';
import { isUnreported, notStarted } from './pod.ts';
import { saidOfSandbox } from './same-message.ts';
import { withQuote } from './message.ts';
import { sandboxImageCause } from './image.ts';
import { refusedByNode, sandboxCause } from './shared-cause.ts';

/** With its sandbox there and nothing said, an image is most probably being pulled, which the kubelet tells nobody: 15 minutes with `for` of 5. */
const PULL_PATIENCE_MS = 10 * MINUTE;

/** Pods that have a node and do not start, for no reason that another class knows: no sandbox, no network, silence. */
export const start: Detector<PodView> = {
  kind: 'Pod',
  detect: (observation) => {
    const found = notStarted(observation);
    if (found?.cause !== 'unknown') return [];
    const { since, event, isPrepared } = found;
    return [
      {
        ...blame(observation.view, event),
        since,
        ...(event === undefined ? {} : { lastSeenAt: event.lastAt }),
        ...(isPrepared === true ? { patienceMs: PULL_PATIENCE_MS } : {}),
      },
    ];
  },
};

/** What the newest Event says, or whoever runs the pods of its node in place of a kubelet. */
function blame(
  view: PodView,
  event: EventView | undefined,
): Pick<Finding, 'reason' | 'message' | 'sharedCause' | 'saidAlike'> {
  const { node, detail = {} } = view;
  const words = isUnreported(view)
    ? 'the pod has a node, and the kubelet there has reported nothing of it'
    : 'the pod has a node but does not start';
  if (event !== undefined)
    return {
      reason: event.reason,
      message: withQuote(words, event.note),
      sharedCause: sandboxImageCause(event.note) ?? sandboxCause(node, event.note),
      saidAlike: saidOfSandbox(view, event.note),
    };
  const { reason = 'ContainerCreating', message }: Pick<PodDetail, 'reason' | 'message'> = detail;
  return { reason, message: withQuote(words, message), sharedCause: refusedByNode(node, detail) };
}
