import { MINUTE } from '../domain/clock.ts';
import type { EventReason } from '../domain/events.ts';
import type { Condition, EventView, PodView } from '../domain/views.ts';
import { sayTime } from '../lib/text.ts';
import type { Detector, Finding, Observation } from './detector.ts';
import { conditionOf, unschedulable } from './pod.ts';
import { newestOf, withQuote } from './message.ts';
import { lackOfNodes } from './shared-cause.ts';

/** A new node takes minutes to come: with `for` of 5 minutes, 15 from the autoscaler's decision. */
const SCALE_UP_PATIENCE_MS = 10 * MINUTE;

/** Events of the cluster autoscaler about a pod, both of type Normal. */
const verdicts: readonly EventReason[] = ['TriggeredScaleUp', 'NotTriggerScaleUp'];

/** Taints of the node controller for nodes that do not answer, are not ready or short of something, as the scheduler quotes them. */
const LOST_NODES = /node\.kubernetes\.io\/(?:unreachable|not-ready|(?:disk|memory|pid)-pressure)/;

/** Pods that no node takes. What the cluster autoscaler says about them decides how long that is waited for. */
export const scheduling: Detector<PodView> = {
  kind: 'Pod',
  detect: (observation) => {
    const { view } = observation;
    const found = unschedulable(view);
    if (found?.cause === 'capacity') return [noNode(observation, found.condition)];
    return isForgotten(view) ? [noScheduler(view)] : [];
  },
};

function noNode({ events }: Observation<PodView>, condition: Condition): Finding {
  const verdict = newestOf(
    events.filter((event) => event.lastAt >= condition.since),
    verdicts,
  );
  return {
    reason: condition.reason ?? 'Unschedulable',
    lacksNodes: LOST_NODES.test(condition.message ?? ''),
    sharedCause: lackOfNodes(condition.message),
    ...findingOf(condition, verdict),
  };
}

/** The scheduler may also fail itself, and then no node was looked at. */
function wordsFor({ reason }: Condition): string {
  return reason === 'SchedulerError' ? 'the scheduler cannot place the pod' : 'no node takes the pod';
}

function findingOf(condition: Condition, verdict: EventView | undefined): Omit<Finding, 'reason'> {
  const { message, since } = condition;
  if (verdict === undefined) return { message: withQuote(wordsFor(condition), message), since };
  const { lastAt, note, reason } = verdict;
  if (reason === 'TriggeredScaleUp') {
    const words = `no node takes the pod, though the cluster autoscaler added some at ${sayTime(lastAt)}`;
    const patienceMs = lastAt - since + SCALE_UP_PATIENCE_MS;
    return { message: withQuote(words, message), since, lastSeenAt: lastAt, patienceMs };
  }
  const isFinal = cannotEverScaleUp(note);
  const words = isFinal
    ? 'no node takes the pod, and the cluster autoscaler cannot add one that would'
    : 'no node takes the pod, and the cluster autoscaler does not add one now';
  // What no new node would take either lacks something of its own.
  const own = isFinal ? { sharedCause: undefined } : {};
  return { message: withQuote(words, note), since, lastSeenAt: lastAt, immediate: isFinal, ...own };
}

/**
 * Why a new node of a group would not take the pod either, in the scheduler's words: no waiting fixes it. All else passes: a group at
 * its maximum or in back-off, limits of the cluster, and whatever later releases say (core/scaleup/orchestrator of the autoscaler).
 */
const FINAL_VERDICT =
  /^\d+ (?:node\(s\) didn't match (?:Pod's node affinity(?:\/selector)?|node selector)|node\(s\) had (?:untolerated taints?|taints? )|Insufficient )/;
/** What comes before the reasons, also in the words of older releases. */
const VERDICT_HEAD = /^pod didn't trigger scale-up(?: \([^)]*\))?:? ?/;

/** Of the reasons for all groups each must be final: a group that is full now may have room soon. */
function cannotEverScaleUp(note: string): boolean {
  const reasons = note.replace(VERDICT_HEAD, '').split(/, (?=\d+ )/);
  return reasons.every((reason) => FINAL_VERDICT.test(reason));
}

/** No scheduler has written a decision: none runs, none has the name that the pod asks for, or it said so in an Event and gave up. */
function isForgotten({ detail, phase, node }: PodView): boolean {
  if (detail === undefined || phase !== 'Pending' || node !== undefined) return false;
  return conditionOf(detail, 'PodScheduled') === undefined;
}

function noScheduler({ createdAt, detail }: PodView): Finding {
  const name = detail?.scheduler;
  const words = 'no scheduler has placed the pod';
  return {
    reason: 'Pending',
    message: name === undefined ? words : `${words}, which asks for one called ${name}`,
    since: createdAt,
  };
}
