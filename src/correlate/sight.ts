import { momentAt, type Now } from '../domain/clock.ts';
import type { Currency, CurrencyOf } from '../domain/currency.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { ViewKind } from '../domain/views.ts';
import type { OwnerHealth } from './health.ts';
import { apiGroup } from './identity.ts';
import { isWatched } from './watched.ts';

/** Objects of one kind in one namespace: `''` is none, and without it all that are watched. */
export interface Scope {
  readonly kind: ViewKind;
  readonly namespace?: string;
}

/** What the watched objects show besides signals, and how far that is known to be so. */
export interface Sight {
  readonly health: (owner: ObjectRef) => OwnerHealth;
  readonly currencyOf: CurrencyOf;
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

/** What own no controllers, so that only pods that need them, and Events, speak of them. */
const passiveKinds: ReadonlyMap<string, string> = new Map([
  ['Secret', ''],
  ['ConfigMap', ''],
  ['PersistentVolumeClaim', ''],
  ['PersistentVolume', ''],
  ['StorageClass', 'storage.k8s.io'],
  ['APIService', 'apiregistration.k8s.io'],
  ['Registry', ''],
  ['NodeNetwork', ''],
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
export function subjectScope({ regarding }: Signal): Scope {
  const { kind, namespace } = regarding;
  return { kind: isWatched(regarding) ? (kind as ViewKind) : 'Event', namespace };
}

/** What would show that a signal which clears by itself has come again: of a crash the pod, of all others Events. */
export function clearingScope(signal: Signal): Scope {
  return signal.class === 'crash'
    ? subjectScope(signal)
    : { kind: 'Event', namespace: signal.regarding.namespace };
}

/** The currency of all these together; undefined while one of them is not current. */
export function currencyOver(scopes: readonly Scope[], currencyOf: CurrencyOf): Currency | undefined {
  let [since, provenAt] = [-Infinity, Infinity];
  for (const { kind, namespace } of scopes) {
    const currency = currencyOf(kind, namespace);
    if (currency === undefined) return undefined;
    since = Math.max(since, currency.since);
    provenAt = Math.min(provenAt, currency.provenAt);
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
  { now, currencyOf }: { readonly now: Now; readonly currencyOf: CurrencyOf },
): Now {
  const key = `${kind}/${namespace}`;
  const before = memory.get(key) ?? -Infinity;
  const provenAt = currencyOf(kind, namespace === '*' ? undefined : namespace)?.provenAt ?? -Infinity;
  const known = Math.max(before, Math.min(provenAt, now.monotonic));
  if (known > before) memory.set(key, known);
  return momentAt(now, known);
}
