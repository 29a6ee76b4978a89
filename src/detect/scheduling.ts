import { MINUTE } from '../domain/clock.ts';
import type { EventReason } from '../domain/events.ts';
import type { SharedCause } from '../domain/failure.ts';
import type { Condition, EventView, PodView } from '../domain/views.ts';
import { sayTime } from '../lib/text.ts';
import type { Detector, Finding, Observation } from './detector.ts';
import { conditionOf, unschedulable } from './pod.ts';
import { newestOf, withQuote } from './message.ts';

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

/**
 * `0/3 nodes are available: 2 Insufficient cpu, 1 node(s) had untolerated taint {key: value}.` (framework.FitError of the scheduler). Kubernetes
 * 1.36 tells no key: `1 node(s) had untolerated taint(s)`.
 */
const NODES = /^\d+\/(\d+) nodes are available: (.*)$/s;
const LACK = /\b(\d+) Insufficient ([^\s,]+)/g;
const TAINTED = /\b(\d+) node\(s\) had (?:untolerated taint|taint) \{([^:}]+)/g;
const TAINTED_SOMEHOW = /\b(\d+) node\(s\) had untolerated taint\(s\)/g;
const CONTROL_PLANE = /^node-role\.kubernetes\.io\/(?:control-plane|master)$/;

/** What the scheduler misses on every node that is not of the control plane, or tainted somehow, and that whoever comes next misses as well. */
export function lackOfNodes(text = ''): SharedCause | undefined {
  const [, total, reasons = ''] = NODES.exec(text) ?? [];
  const taints = countsOf(reasons, TAINTED);
  const others = [
    ...taints.filter(({ name }) => CONTROL_PLANE.test(name)),
    ...countsOf(reasons, TAINTED_SOMEHOW),
  ];
  const nodes = Number(total) - sumOf(others);
  const isOnAll = ({ count, name }: Counted): boolean =>
    nodes > 0 && count >= nodes && !CONTROL_PLANE.test(name);
  const taint = taints.find(isOnAll);
  if (taint !== undefined) return { kind: 'NodeTaint', name: taint.name };
  const lack = countsOf(reasons, LACK).find(isOnAll);
  return lack && { kind: 'NodeCapacity', name: lack.name };
}

interface Counted {
  readonly count: number;
  readonly name: string;
}

function countsOf(text: string, pattern: RegExp): readonly Counted[] {
  return [...text.matchAll(pattern)].map(([, count, name = '']) => ({
    count: Number(count),
    name: name.trim().replace(/\.$/, ''),
  }));
}

function sumOf(counted: readonly Counted[]): number {
  return counted.reduce((sum, { count }) => sum + count, 0);
}
