import type { ObjectRef } from '../domain/failure.ts';
import type { ObjectView, PodView, ViewKind, WorkloadView } from '../domain/views.ts';
import { apiGroup } from './identity.ts';
import type { ClusterLookup } from './owner.ts';

/** How the owner of an incident stands, apart from signals: the second half of a true recovery. */
export type OwnerHealth =
  | { readonly state: 'ready'; readonly wanted?: number; readonly ready?: number }
  | { readonly state: 'notReady'; readonly wanted?: number; readonly ready?: number }
  /** Deleted. */
  | { readonly state: 'gone' }
  /** A person or an autoscaler wants none of it. */
  | { readonly state: 'scaledToZero' };

/** Kinds of which every object is watched, so that one that is not found does not exist, and their API groups. */
const watchedKinds: ReadonlyMap<string, string> = new Map<ViewKind, string>([
  ['Pod', ''],
  ['Node', ''],
  ['Namespace', ''],
  ['Deployment', 'apps'],
  ['StatefulSet', 'apps'],
  ['DaemonSet', 'apps'],
  ['ReplicaSet', 'apps'],
  ['Job', 'batch'],
  ['CronJob', 'batch'],
]);

/** The health of an owner as the watched objects show it. */
export function ownerHealth(owner: ObjectRef, lookup: ClusterLookup): OwnerHealth {
  // A kind we do not watch cannot speak for itself: the signals of its pods decide alone. There are other Jobs than ours.
  if (watchedKinds.get(owner.kind) !== apiGroup(owner.apiVersion)) return { state: 'ready' };
  const view = lookup.byName(owner.kind, owner.namespace, owner.name);
  return view === undefined ? { state: 'gone' } : viewHealth(view);
}

function viewHealth(view: ObjectView): OwnerHealth {
  if ('wanted' in view) return workloadHealth(view);
  if (view.kind === 'Pod') return readyIf(isPodWell(view));
  if (view.kind === 'Job') return readyIf(view.failed === undefined);
  // Other conditions of a node speak by their signals, or are for others.
  if (view.kind === 'Node') return readyIf(!view.conditions.some(({ type }) => type === 'Ready'));
  // What neither runs nor counts replicas fails by its signals alone.
  return { state: 'ready' };
}

function readyIf(isReady: boolean): OwnerHealth {
  return { state: isReady ? 'ready' : 'notReady' };
}

function workloadHealth({ wanted, ready, observed }: WorkloadView): OwnerHealth {
  // Scaled to zero is a person's answer for a Deployment; a DaemonSet wants none where no node fits.
  if (wanted === 0) return { state: 'scaledToZero' };
  return { state: observed && ready >= wanted ? 'ready' : 'notReady', wanted, ready };
}

/** A pod that has restarted keeps its detail; its containers tell whether it is well now. */
function isPodWell({ detail, phase }: PodView): boolean {
  if (detail === undefined || phase === 'Succeeded') return true;
  if (phase !== 'Running') return false;
  return detail.containers.every(({ role, ready }) => role === 'init' || role === 'ephemeral' || ready);
}
