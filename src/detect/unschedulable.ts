import type { Condition, PodDetail, PodView } from '../domain/views.ts';
import { conditionOf } from './pod.ts';

/** A pod that the scheduler has tried and found no node for. */
export interface Unschedulable {
  readonly condition: Condition;
  readonly cause: 'storage' | 'capacity';
}

/** What the scheduler's volume plugins say, about the claims of a pod and about the volumes on a node. */
const VOLUME_WORDS =
  /persistentvolumeclaim|volume node affinity conflict|available persistent volumes to bind|free storage/i;
/** Where a node would fit but for its resources, the volumes of the other nodes are not to blame. */
const CAPACITY_WORDS = /Insufficient|Too many pods/;

/** What it says at the end about pods that it could have preempted. */
const AFTERTHOUGHT = /(?:no new claims to deallocate, )?preemption: .*$/is;

/**
 * What gang and queue schedulers say of a pod that is to wait for others or for its turn: volcano (pkg/scheduler/api/unschedule_info.go),
 * coscheduling of scheduler-plugins (pkg/coscheduling/core), and the words of queues.
 */
const HELD_WORDS =
  /pod ?group is not ready|in gang unschedulable|cannot find enough sibling pods|(?:waiting|held|pending) in (?:the )?queue|queue (?:limit|quota)|gang .*(?:not enough|minMember|waiting)/i;

/**
 * Whether the scheduler found no node, and why. A pod that waits behind a scheduling gate, for its gang or in a queue is held back on
 * purpose, and so is one that gives way to all others.
 */
export function unschedulable({ detail, phase }: PodView): Unschedulable | undefined {
  if (detail === undefined || phase !== 'Pending') return undefined;
  const condition = conditionOf(detail, 'PodScheduled');
  if (condition?.status !== 'False' || isHeld(detail, condition)) return undefined;
  const words = condition.message ?? '';
  const isStorage = VOLUME_WORDS.test(words) && !CAPACITY_WORDS.test(words);
  const message = words.replace(AFTERTHOUGHT, '').trim();
  return { condition: { ...condition, message }, cause: isStorage ? 'storage' : 'capacity' };
}

/** Whether the pod waits for a node because somebody wants it to. */
export function isHeldBack({ detail, phase }: PodView): boolean {
  if (detail === undefined || phase !== 'Pending') return false;
  const condition = conditionOf(detail, 'PodScheduled');
  return condition?.status === 'False' && isHeld(detail, condition);
}

function isHeld({ givesWay }: PodDetail, { reason, message }: Condition): boolean {
  return givesWay === true || reason === 'SchedulingGated' || HELD_WORDS.test(message ?? '');
}
