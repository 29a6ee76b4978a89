import { momentAt, type Now } from '../domain/clock.ts';
import type { Freshness, FreshnessOf } from '../domain/ports.ts';
import { type ObjectRef, type SharedCauseKind, sharedCauseKinds, type Signal } from '../domain/failure.ts';
import type { ObjectView, PodView, ViewKind, WorkloadView } from '../domain/views.ts';
import { apiGroup, isWatched } from './identity.ts';
import type { ClusterLookup } from './owner.ts';

/** Objects of one kind in one namespace: `''` is none, and without it all that are watched. */
export interface Scope {
  readonly kind: ViewKind;
  readonly namespace?: string;
}

/** State of the cluster besides signals: the health of owners as the watched objects show it, and how fresh the watches are. */
export interface ClusterState {
  readonly health: (owner: ObjectRef) => OwnerHealth;
  readonly freshnessOf: FreshnessOf;
}

/** Kinds that bring signals of an owner besides its own kind. A Deployment's pods are known by its ReplicaSets. */
const bringing: Readonly<Partial<Record<ViewKind, readonly ViewKind[]>>> = {
  Pod: ['Event'],
  Node: ['Event'],
  Namespace: ['Event'],
  Deployment: ['ReplicaSet', 'Pod', 'Event'],
  StatefulSet: ['Pod', 'Event'],
  DaemonSet: ['Pod', 'Event'],
  ReplicaSet: ['Pod', 'Event'],
  Job: ['Pod', 'Event'],
  CronJob: ['Job', 'Pod', 'Event'],
};

/** Kinds, with their API groups, of which only pods that need them, and Events, speak. */
const passiveKinds: ReadonlyMap<string, string> = new Map([
  ...Object.entries<SharedCauseKind>(sharedCauseKinds)
    .filter(([, { isPassive }]) => isPassive === true)
    .map(([kind, { apiVersion }]) => [kind, apiGroup(apiVersion)] as const),
  ['HorizontalPodAutoscaler', 'autoscaling'],
]);

/** Whatever can belong to an owner of a kind that is not watched, or fail in a storm. */
const anyKind: readonly ViewKind[] = [
  'Pod',
  'ReplicaSet',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'Event',
];

/** Everything that would bring a signal of this owner: without it, that there is none proves nothing. */
export function scopesOf(owner: ObjectRef): readonly Scope[] {
  const { kind, namespace } = owner;
  // What has no namespace is failed for in any of them.
  if (kind === 'NodeGroup') return (['Node', ...anyKind] as const).map((one) => ({ kind: one }));
  if (isWatched(owner)) {
    const own = kind as ViewKind;
    return [own, ...(bringing[own] ?? [])].map((one) => ({ kind: one, namespace }));
  }
  const kinds = passiveKinds.get(kind) === apiGroup(owner.apiVersion) ? (['Pod', 'Event'] as const) : anyKind;
  // A registry or a storm lies nowhere, and is known by the objects of all namespaces.
  return kinds.map((one) => (namespace === '' ? { kind: one } : { kind: one, namespace }));
}

/** What shows the object that a signal is about. Of kinds that are not watched, Events tell. */
export function objectScope({ regarding }: Signal): Scope {
  const { kind, namespace } = regarding;
  return { kind: isWatched(regarding) ? (kind as ViewKind) : 'Event', namespace };
}

/** What would show that a signal which clears by itself has come again: of a crash the pod, of all others Events. */
export function clearingScope(signal: Signal): Scope {
  return signal.class === 'crash'
    ? objectScope(signal)
    : { kind: 'Event', namespace: signal.regarding.namespace };
}

/** The freshness of all these together; undefined while one of them is not current. */
export function freshnessOver(scopes: readonly Scope[], freshnessOf: FreshnessOf): Freshness | undefined {
  let [since, provenAt] = [-Infinity, Infinity];
  for (const { kind, namespace } of scopes) {
    const freshness = freshnessOf(kind, namespace);
    if (freshness === undefined) return undefined;
    since = Math.max(since, freshness.since);
    provenAt = Math.min(provenAt, freshness.provenAt);
  }
  return { since, provenAt };
}

/**
 * The last moment at which the objects of a scope were proven to be as they are known, never later than now. It stands still while
 * they are not current, and is before all times where they never were. `memory` is what was proven before.
 */
export function provenMoment(
  memory: Map<string, number>,
  { kind, namespace = '*' }: Scope,
  { now, freshnessOf }: { readonly now: Now; readonly freshnessOf: FreshnessOf },
): Now {
  const key = `${kind}/${namespace}`;
  const before = memory.get(key) ?? -Infinity;
  const provenAt = freshnessOf(kind, namespace === '*' ? undefined : namespace)?.provenAt ?? -Infinity;
  const known = Math.max(before, Math.min(provenAt, now.monotonic));
  if (known > before) memory.set(key, known);
  return momentAt(now, known);
}

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
  freshnessOf: FreshnessOf,
): OwnerHealth {
  if (!isSeenWhole(owner, freshnessOf)) return { state: 'unknown' };
  // A kind we do not watch cannot speak for itself: the signals of its pods decide alone. There are other Jobs than ours.
  if (!isWatched(owner))
    return { state: lookup.isOwnerOpen?.(owner.namespace) === true ? 'unknown' : 'ready' };
  const view = lookup.byName(owner.kind, owner.namespace, owner.name);
  if (view?.kind === 'Job') return readyIf(view.failed === undefined || lookup.isSuperseded?.(view) === true);
  return view === undefined ? { state: 'gone' } : viewHealth(view);
}

/** Whether all is current that shows how an owner stands: itself, and what it makes. Events tell nothing of that. */
function isSeenWhole(owner: ObjectRef, freshnessOf: FreshnessOf): boolean {
  const scopes = scopesOf(owner).filter(({ kind }) => kind !== 'Event');
  return freshnessOver(scopes, freshnessOf) !== undefined;
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
