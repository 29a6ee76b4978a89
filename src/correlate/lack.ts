import { MINUTE, type Now } from '../domain/clock.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { OwnerHealth } from './owner-health.ts';
import type { OwnerState, UnreadyPod } from './owner-state.ts';
import type { Requeue } from './requeue.ts';

/** What signals are counted by besides themselves. */
export interface CountingInput {
  readonly health: (owner: ObjectRef) => OwnerHealth;
  readonly now: Now;
  /** Whether something is the matter with the node of this name, told or not. */
  readonly isNodeFailing: (name: string) => boolean;
  /** Hears of the times at which other signals count although nothing changes. */
  readonly requeue?: Requeue;
}

/** Whether as many pods as the owner lacks are held back, or wait for what is told elsewhere. */
export function isLackExplained({ unready, owner }: OwnerState, input: CountingInput): boolean {
  const health = input.health(owner);
  if (health.state !== 'notReady' || health.wanted === undefined || health.ready === undefined) return false;
  const explained = [...unready.values()].filter((pod) => isExplained(pod, owner, input));
  return explained.length >= health.wanted - health.ready;
}

function isExplained(
  { isHeld, node, awaits = [] }: UnreadyPod,
  { namespace }: ObjectRef,
  { health, isNodeFailing, now, requeue }: CountingInput,
): boolean {
  if (isHeld === true || (node !== undefined && isNodeFailing(node))) return true;
  const jobs = awaits.map((name) => ({ apiVersion: 'batch/v1', kind: 'Job', namespace, name, uid: '' }));
  const hasFailed = jobs.some((job) => health(job).state === 'notReady');
  // Nobody tells this owner when the Job is gone, or has succeeded at last.
  if (hasFailed) requeue?.isReached(now.monotonic + MINUTE);
  return hasFailed;
}
