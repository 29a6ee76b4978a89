import type { CurrencyOf } from '../domain/currency.ts';
import type { ObjectRef } from '../domain/failure.ts';
import type { ObjectView, PodView, WorkloadView } from '../domain/views.ts';
import type { ClusterLookup } from './owner.ts';
import { currencyOver, scopesOf } from './sight.ts';
import { isWatched } from './watched.ts';

/** How the owner of an incident stands, apart from signals: the second half of a true recovery. */
export type OwnerHealth =
  | { readonly state: 'ready'; readonly wanted?: number; readonly ready?: number }
  | { readonly state: 'notReady'; readonly wanted?: number; readonly ready?: number }
  /** Deleted. */
  | { readonly state: 'gone' }
  /** A person or an autoscaler wants none of it. */
  | { readonly state: 'scaledToZero' }
  /** It, or what fails for it, cannot be seen, or not as it is now: nothing may be said of it. */
  | { readonly state: 'unknown' };

/** The health of an owner as the watched objects show it. */
export function ownerHealth(
  owner: ObjectRef,
  lookup: Pick<ClusterLookup, 'byName' | 'isOwnerOpen' | 'isSuperseded'>,
  currencyOf: CurrencyOf,
): OwnerHealth {
  if (!isInSight(owner, currencyOf)) return { state: 'unknown' };
  // A kind we do not watch cannot speak for itself: the signals of its pods decide alone. There are other Jobs than ours.
  if (!isWatched(owner))
    return { state: lookup.isOwnerOpen?.(owner.namespace) === true ? 'unknown' : 'ready' };
  const view = lookup.byName(owner.kind, owner.namespace, owner.name);
  if (view?.kind === 'Job') return readyIf(view.failed === undefined || lookup.isSuperseded?.(view) === true);
  return view === undefined ? { state: 'gone' } : viewHealth(view);
}

/** Whether all is current that shows how an owner stands: itself, and what it makes. Events tell nothing of that. */
function isInSight(owner: ObjectRef, currencyOf: CurrencyOf): boolean {
  const scopes = scopesOf(owner).filter(({ kind }) => kind !== 'Event');
  return currencyOver(scopes, currencyOf) !== undefined;
}

function viewHealth(view: ObjectView): OwnerHealth {
  if ('wanted' in view) return workloadHealth(view);
  if (view.kind === 'Pod') return readyIf(isPodWell(view));
  // Other conditions of a node speak by their signals, or are for others.
  if (view.kind === 'Node') return readyIf(!view.conditions.some(({ type }) => type === 'Ready'));
  // What neither runs nor counts replicas fails by its signals alone.
  return { state: 'ready' };
}

/** Whether an owner has less that is ready than before and than it should: something has failed, whether a signal tells of it or not. */
export function hasFallen(before: ObjectView, view: ObjectView): boolean {
  if ('wanted' in before && 'wanted' in view) return view.ready < Math.min(before.ready, view.wanted);
  return before.kind === 'Pod' && view.kind === 'Pod' && isPodWell(before) && !isPodWell(view);
}

/** Whether an owner is known to be less than it should be. */
export function isBehind(view: ObjectView): boolean {
  return viewHealth(view).state === 'notReady';
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
