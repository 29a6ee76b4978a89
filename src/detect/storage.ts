import type { Signal } from '../domain/failure.ts';
import type { PodView } from '../domain/views.ts';
import type { Detector, Observation } from './detector.ts';
import { notStarted } from './not-started.ts';
import { missingObject } from './shared-cause.ts';
import { signalOf, withQuote } from './signal.ts';
import { unschedulable } from './unschedulable.ts';

/** What the attach controller says of a volume that another node has not given back (reportMultiAttachError of its reconciler). */
const MULTI_ATTACH = /^Multi-Attach error/i;

/** Pods that wait for a volume: it cannot be attached or mounted, or their claim is missing, lost or not bound. */
export const storage: Detector<PodView> = {
  class: 'storage',
  kind: 'Pod',
  detect: (observation) => [...claimSignals(observation), ...mountSignals(observation)],
};

function claimSignals({ view }: Observation<PodView>): readonly Signal[] {
  const found = unschedulable(view);
  if (found?.cause !== 'storage') return [];
  const message = withQuote('a volume keeps the pod from getting a node', found.condition.message);
  return [
    signalOf('storage', view, {
      reason: found.condition.reason ?? 'Unschedulable',
      message,
      since: found.condition.since,
      sharedCause: missingObject(found.condition.message),
    }),
  ];
}

function mountSignals(observation: Observation<PodView>): readonly Signal[] {
  const found = notStarted(observation);
  if (found?.cause !== 'volume' || found.event === undefined) return [];
  const { since, event } = found;
  const words =
    event.reason === 'FailedAttachVolume'
      ? 'a volume of the pod cannot be attached'
      : 'a volume of the pod cannot be mounted';
  return [
    signalOf('storage', observation.view, {
      reason: event.reason,
      message: withQuote(words, event.note),
      since,
      lastSeenAt: event.lastAt,
      sharedCause: missingObject(event.note),
      isVolumeHeld: MULTI_ATTACH.test(event.note),
    }),
  ];
}
