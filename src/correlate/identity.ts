import type { ObjectRef } from '../domain/failure.ts';
import { hashParts } from '../lib/hash.ts';
import type { ViewKind } from '../domain/views.ts';

export { incidentNumber } from '../domain/incident.ts';

/** Characters of the key that a ticket's subject shows: enough to tell a million owners apart. */
const MARKER_KEY_LENGTH = 10;
const MARKER_UID_LENGTH = 5;
const NAME_KEY_LENGTH = 8;
/** Object names end up in labels as well, whose values hold 63 characters. */
const NAME_LIMIT = 63;

/** The API group of `apps/v1` is `apps`; of `v1` it is the empty string. The version is no part of identity. */
export function apiGroup(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/**
 * The key of an owner's incidents: no container, pod, uid, reason or class is part of it, and of names that are made up each time only
 * what they have in common. 64 hexadecimal digits.
 */
export function incidentKey(clusterKey: string, owner: ObjectRef): string {
  return hashParts({
    cluster: clusterKey,
    namespace: owner.namespace,
    group: apiGroup(owner.apiVersion),
    kind: owner.kind,
    name: owner.series ?? owner.name,
  });
}

/** Key of a request by hand: the same value on the same object is the same request, whenever it is seen. */
export function manualKey(clusterKey: string, objectUid: string, value: string): string {
  return hashParts({ cluster: clusterKey, uid: objectUid, value });
}

/** Name of the `n`th Incident of a key: `deployment-checkout-1a2b3c4d-1`. Never from a clock. */
export function incidentName(owner: ObjectRef, key: string, n: number): string {
  const suffix = `-${key.slice(0, NAME_KEY_LENGTH)}-${n}`;
  const readable = `${owner.kind}-${owner.name}`
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, NAME_LIMIT - suffix.length)
    .replace(/^-+|-+$/g, '');
  return `${readable}${suffix}`;
}

/** What all tickets of one owner share in their subjects; the look-up searches for it. */
export function keyMarker(key: string): string {
  return `k8s-${key.slice(0, MARKER_KEY_LENGTH)}`;
}

/** What only the ticket of this very Incident has in its subject. */
export function incidentMarker(incident: {
  readonly uid: string;
  readonly spec: { readonly key: string };
}): string {
  return `${keyMarker(incident.spec.key)}-${hashParts({ uid: incident.uid }).slice(0, MARKER_UID_LENGTH)}`;
}

/** Kinds that are watched, so that one that is not found though it would be seen does not exist, and their API groups. */
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

/** Whether the kind of an object is watched; there are other Jobs than ours. */
export function isWatched({ kind, apiVersion }: Pick<ObjectRef, 'kind' | 'apiVersion'>): boolean {
  return watchedKinds.get(kind) === apiGroup(apiVersion);
}
