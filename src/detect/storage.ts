import type { Condition, EventView, PodView } from '../domain/views.ts';
import type { Detector, Finding, Observation } from './detector.ts';
import { saidOfVolume } from './same-message.ts';
import { notStarted, SUMMED_UP, unschedulable } from './pod.ts';
import { newestOf, withQuote } from './message.ts';
import { lackedByVolume, missingObject, unservedBy } from './shared-cause.ts';
import { readVolumeMessage } from './volume-message.ts';

/** What the attach controller says of a volume that another node has not given back (reportMultiAttachError of its reconciler). */
const MULTI_ATTACH = /^Multi-Attach error/i;

/** Pods that wait for a volume: it cannot be attached or mounted, or their claim is missing, lost or not bound. */
export const storage: Detector<PodView> = {
  kind: 'Pod',
  detect: (observation) => [...claimSignals(observation), ...mountSignals(observation)],
};

function claimSignals({ view, events }: Observation<PodView>): readonly Finding[] {
  // What is said of its claim is the cause of what the scheduler sees, where it sees anything.
  const failed = newestOf(events, ['ProvisioningFailed']);
  const found = unboundSince(view, failed);
  if (found === undefined) return [];
  const { message, reason, since } = found;
  return [
    {
      reason: failed?.reason ?? reason ?? 'Unschedulable',
      message: withQuote('a volume keeps the pod from getting a node', failed?.note ?? message),
      since,
      sharedCause: failed === undefined ? missingObject(message) : unservedBy(failed.note),
    },
  ];
}

/** The scheduler says so; or it waits for a claim that was to be bound for this pod, and says nothing meanwhile. */
function unboundSince(
  view: PodView,
  failed: EventView | undefined,
): Pick<Condition, 'message' | 'reason' | 'since'> | undefined {
  const found = unschedulable(view);
  if (found !== undefined) return found.cause === 'storage' ? found.condition : undefined;
  const isWaiting = view.phase === 'Pending' && view.node === undefined && failed !== undefined;
  const isHeld = view.detail?.conditions.some(({ type }) => type === 'PodScheduled');
  return isWaiting && isHeld !== true ? { since: Math.max(view.createdAt, failed.firstAt) } : undefined;
}

function mountSignals(observation: Observation<PodView>): readonly Finding[] {
  const found = notStarted(observation);
  if (found?.cause !== 'volume' || found.event === undefined) return [];
  const { since, event } = found;
  return [
    {
      reason: event.reason,
      message: sayMount(event),
      since,
      lastSeenAt: event.lastAt,
      sharedCause: lackedByVolume(observation.view.node, event.note),
      isVolumeHeld: MULTI_ATTACH.test(event.note),
      saidAlike: SUMMED_UP.test(event.note) ? undefined : saidOfVolume(observation.view, event.note),
    },
  ];
}

function sayMount({ reason, note }: EventView): string {
  // The kubelet gives each file of a volume to the pod's `fsGroup`, which of millions takes hours (pkg/volume of Kubernetes 1.34).
  if (reason === 'VolumePermissionChangeInProgress')
    return withQuote('a volume of the pod is not ready yet', note);
  const { volume, cause } = readVolumeMessage(note);
  return withQuote(`${volume} cannot be ${reason === 'FailedAttachVolume' ? 'attached' : 'mounted'}`, cause);
}
