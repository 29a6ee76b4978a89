import type { ObjectRef } from '../domain/failure.ts';
import { type ObjectView, type OwnerReference, refOf } from '../domain/views.ts';
import { apiGroup } from './identity.ts';

/** Finds watched objects. Answers come from memory. */
export interface ClusterLookup {
  readonly byUid: (kind: string, uid: string) => ObjectView | undefined;
  readonly byName: (kind: string, namespace: string, name: string) => ObjectView | undefined;
}

/** Controllers nest a level or two; the bound only guards against owner references that form a circle. */
const MAX_DEPTH = 8;

/**
 * The root of the controller references: what a person would change to mend the object. A kind that is not
 * watched is named as the reference gives it. A mirror pod belongs to itself: its owner reference is the node, and all
 * static pods of a node would be one otherwise.
 */
export function rootOwner(view: ObjectView, lookup: ClusterLookup): ObjectRef {
  let current = refOf(view);
  let reference = view.owner;
  for (let depth = 0; depth < MAX_DEPTH && reference !== undefined; depth += 1) {
    if (isNode(reference)) return current;
    const owner: ObjectView | undefined = lookup.byUid(reference.kind, reference.uid);
    if (owner === undefined) return derived(view.namespace, reference);
    current = refOf(owner);
    reference = owner.owner;
  }
  return current;
}

/** The view of an owner, if its kind is watched and it is there. Other API groups have kinds of the same name. */
export function ownerView(owner: ObjectRef, lookup: ClusterLookup): ObjectView | undefined {
  const view = lookup.byName(owner.kind, owner.namespace, owner.name);
  return view !== undefined && apiGroup(view.apiVersion) === apiGroup(owner.apiVersion) ? view : undefined;
}

/** A mirror pod stands for a static pod: the kubelet made it, and no controller brings it back. */
function isNode({ apiVersion, kind }: OwnerReference): boolean {
  return kind === 'Node' && apiVersion === 'v1';
}

/** Whether an object has no owner but itself. */
export function isOwnRoot({ owner }: ObjectView): boolean {
  return owner === undefined || isNode(owner);
}

/** Controllers whose objects carry its name: what follows the name, and whose it is. */
const derivations: ReadonlyMap<
  string,
  { readonly name: RegExp; readonly apiVersion: string; readonly kind: string }
> = new Map([
  // A hash in the alphabet that Kubernetes uses for names it makes up.
  [
    'ReplicaSet',
    { name: /^(.+)-[bcdfghjklmnpqrstvwxz2456789]{6,10}$/, apiVersion: 'apps/v1', kind: 'Deployment' },
  ],
  // The time of the schedule in minutes since 1970.
  ['Job', { name: /^(.+)-\d{8}$/, apiVersion: 'batch/v1', kind: 'CronJob' }],
]);

/**
 * The owner as far as the reference tells. A ReplicaSet that is gone has almost always belonged to the Deployment
 * whose name it carries; taking the ReplicaSet itself would change the key and file a second ticket.
 */
function derived(namespace: string, { apiVersion, kind, name, uid }: OwnerReference): ObjectRef {
  const derivation = derivations.get(kind);
  const maker = derivation?.name.exec(name)?.[1];
  // There are other Jobs than those of Kubernetes: nobody knows how they are named.
  const isKnown = derivation !== undefined && apiGroup(derivation.apiVersion) === apiGroup(apiVersion);
  if (!isKnown || maker === undefined) return { apiVersion, kind, namespace, name, uid };
  return { apiVersion: derivation.apiVersion, kind: derivation.kind, namespace, name: maker, uid: '' };
}
