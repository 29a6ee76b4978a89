import type { ObjectRef } from '../domain/failure.ts';
import type { ObjectView } from '../domain/views.ts';
import type { ClusterLookup } from './owner.ts';

/** How the owner of an incident stands, apart from signals: the second half of a true recovery. */
export type OwnerHealth =
  | { readonly state: 'ready'; readonly wanted?: number; readonly ready?: number }
  | { readonly state: 'notReady'; readonly wanted?: number; readonly ready?: number }
  /** Deleted. */
  | { readonly state: 'gone' }
  /** A person or an autoscaler wants none of it. */
  | { readonly state: 'scaledToZero' };

/** Kinds of which every object is watched, so that one that is not found does not exist. */
const watchedKinds = new Set([
  'Pod',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'CronJob',
  'Node',
  'Namespace',
]);

/** The health of an owner as the watched objects show it. */
export function ownerHealth(owner: ObjectRef, lookup: ClusterLookup): OwnerHealth {
  // A kind we do not watch cannot speak for itself: the signals of its pods decide alone.
  if (!watchedKinds.has(owner.kind)) return { state: 'ready' };
  const view = lookup.byName(owner.kind, owner.namespace, owner.name);
  return view === undefined ? { state: 'gone' } : viewHealth(view);
}

function viewHealth(view: ObjectView): OwnerHealth {
  switch (view.kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet': {
      const { wanted, ready } = view;
      // Scaled to zero is a person's answer for a Deployment; a DaemonSet wants none where no node fits.
      if (wanted === 0) return { state: 'scaledToZero' };
      return { state: view.observed && ready >= wanted ? 'ready' : 'notReady', wanted, ready };
    }
    case 'Pod':
      return {
        state:
          view.detail === undefined || view.phase === 'Succeeded' || isReady(view) ? 'ready' : 'notReady',
      };
    case 'Job':
      return { state: view.failed === undefined ? 'ready' : 'notReady' };
    case 'Node':
      return { state: view.conditions.length === 0 ? 'ready' : 'notReady' };
    case 'ReplicaSet':
    case 'CronJob':
    case 'Namespace':
    case 'Event':
      return { state: 'ready' };
  }
}

/** A pod that has restarted keeps its detail; its containers tell whether it is well now. */
function isReady(view: ObjectView & { readonly kind: 'Pod' }): boolean {
  const containers = view.detail?.containers ?? [];
  return containers.every(
    (container) => container.role === 'init' || container.role === 'ephemeral' || container.ready,
  );
}
