import type { PodDetail, PodView } from '../domain/views.ts';
import type { Detector } from './detector.ts';
import { conditionOf, isRetriedByJob } from './pod.ts';
import { signalOf, withQuote } from './signal.ts';

/** `status.reason` of a pod that the kubelet has put out, and what it means. A shutdown of the node is not among them. */
const reasons: Readonly<Record<string, string>> = {
  Evicted: 'the kubelet has evicted the pod',
  Preempting: 'the kubelet has removed the pod for a critical one',
};

/** Pods that were put out by their node. Nobody brings a bare one back, so that speaks at once. */
export const eviction: Detector<PodView> = {
  class: 'eviction',
  kind: 'Pod',
  alsoSees: 'failed',
  detect: ({ view, options }) => {
    const { detail, owner } = view;
    const reason = detail?.reason ?? '';
    const words = Object.hasOwn(reasons, reason) ? reasons[reason] : undefined;
    if (detail === undefined || words === undefined || view.phase !== 'Failed') return [];
    if (owner !== undefined && (options.ownedEvictions !== true || isRetriedByJob(view))) return [];
    return [
      signalOf('eviction', view, {
        reason,
        message: withQuote(words, detail.message),
        since: putOutAt(view, detail),
        immediate: owner === undefined,
      }),
    ];
  },
};

/** The kubelet announces it in a condition and then ends the containers. */
function putOutAt({ createdAt }: PodView, detail: PodDetail): number {
  const announced = conditionOf(detail, 'DisruptionTarget') ?? conditionOf(detail, 'Ready');
  if (announced !== undefined) return announced.since;
  return Math.max(createdAt, ...detail.containers.map(({ terminated }) => terminated?.finishedAt ?? 0));
}
