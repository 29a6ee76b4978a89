import type { ObjectView } from '../domain/views.ts';
import { conditionOf } from './pod.ts';
import { isHeldBack } from './unschedulable.ts';

const mayBeReady: ReadonlySet<string> = new Set(['Pending', 'Running']);

/** A pod that is not ready, and what may explain it: it fails or it is about to be, and its owner lacks it meanwhile. */
export interface Unready {
  readonly node?: string;
  /** It is held back on purpose. */
  readonly isHeld?: true;
}

/** How a pod of a workload is not ready; undefined of one that is, or has ended, and of all that nobody counts the replicas of. */
export function unreadyOf(view: ObjectView): Unready | undefined {
  if (view.kind !== 'Pod' || view.detail === undefined) return undefined;
  const isReplica = view.owner?.apiVersion.startsWith('apps/') === true && mayBeReady.has(view.phase);
  if (!isReplica || conditionOf(view.detail, 'Ready')?.status === 'True') return undefined;
  return {
    ...(view.node === undefined ? {} : { node: view.node }),
    ...(isHeldBack(view) ? { isHeld: true } : {}),
  };
}
