import {
  type ObjectRef,
  type SharedCause,
  type SharedCauseKind,
  sharedCauseKinds,
  type Signal,
  UNNAMED,
} from '../domain/failure.ts';
import { type CauseKind, GROUP } from '../domain/incident.ts';
import type { ViewKind } from '../domain/views.ts';
import { hashParts } from '../lib/hash.ts';

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

/** A fault that several owners can have in common: an incident of its own covers theirs. */
export interface Cause {
  readonly kind: CauseKind;
  /** Key of its incident. */
  readonly key: string;
  /** What its incident is about. Only a node is an object that we watch. */
  readonly target: ObjectRef;
}

/** The key of an owner's incidents in this cluster. */
export type KeyOf = (owner: ObjectRef) => string;

/** What a storm is about: no object of the cluster. */
export const stormTarget: ObjectRef = {
  apiVersion: '',
  kind: 'Cluster',
  namespace: '',
  name: 'many-workloads',
  uid: '',
};

/** The cause of all that fails in a storm. */
export function stormCause(keyOf: KeyOf): Cause {
  return { kind: 'storm', key: keyOf(stormTarget), target: stormTarget };
}

/** The node of this name, as the owner of incidents. Its uid is no part of identity. */
export function nodeCause(name: string, keyOf: KeyOf): Cause {
  const target = { apiVersion: 'v1', kind: 'Node', namespace: '', name, uid: '' };
  return { kind: 'node', key: keyOf(target), target };
}

/** What ended long before anybody looked is told together. */
const leftovers: SharedCause = { kind: 'Leftovers', name: 'ended-long-ago' };

/** What a signal blames that others can blame as well: what it names; where that tells little, the message that others may have too. */
export function sharedCausesOf(signal: Signal, keyOf: KeyOf): readonly Cause[] {
  const { isLeftover, sharedCause: named, saidAlike, regarding, reason } = signal;
  if (isLeftover === true) return [sharedCause(sharedTarget(leftovers, ''), keyOf)];
  return [
    ...(named === undefined ? [] : [sharedCause(sharedTarget(named, regarding.namespace), keyOf)]),
    ...(saidAlike === undefined || isTelling(named) ? [] : [messageCause(reason, saidAlike, keyOf)]),
  ];
}

/** A volume is where it fails, and seldom why; a driver without a name may be any. */
function isTelling(named: SharedCause | undefined): boolean {
  return named !== undefined && named.kind !== 'PersistentVolume' && named.name !== UNNAMED;
}

/** The reason names it, which several messages can have: the message is its identity. */
function messageCause(reason: string, message: string, keyOf: KeyOf): Cause {
  const target = sharedTarget({ kind: 'SameMessage', name: reason }, '');
  return { ...sharedCause({ ...target, name: message }, keyOf), target };
}

/** The cause of those that lack this. Its key is not that of the object as an owner, which can have an incident of its own. */
export function sharedCause(target: ObjectRef, keyOf: KeyOf): Cause {
  return { kind: 'shared', key: keyOf({ ...target, apiVersion: SHARED_GROUP_VERSION }), target };
}

const SHARED_GROUP_VERSION = `shared.${GROUP}/v1`;

function sharedTarget({ kind, name }: SharedCause, namespace: string): ObjectRef {
  const { apiVersion, isNamespaced }: SharedCauseKind = sharedCauseKinds[kind];
  return { apiVersion, kind, namespace: isNamespaced === true ? namespace : '', name, uid: '' };
}

/** The nodes of a zone or a pool that went together; without a name all that went. */
export function nodeGroupCause(name: string, keyOf: KeyOf): Cause {
  return sharedCause(sharedTarget({ kind: 'NodeGroup', name }, ''), keyOf);
}

/** Keys of all causes, nodes and shared ones, that these signals can have. */
export function possibleCauses(signals: readonly Signal[], keyOf: KeyOf): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const signal of signals) {
    if (signal.node !== undefined) keys.add(nodeCause(signal.node, keyOf).key);
    for (const { key } of sharedCausesOf(signal, keyOf)) keys.add(key);
  }
  return keys;
}
