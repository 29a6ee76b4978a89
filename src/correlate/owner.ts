import type { ObjectRef } from '../domain/failure.ts';
import {
  type JobView,
  type ObjectView,
  type OwnerAnswer,
  type OwnerReference,
  refOf,
  type ViewKind,
} from '../domain/views.ts';
import { seriesOf } from '../lib/name-series.ts';
import { apiGroup, isWatched } from './identity.ts';

/** Finds watched objects. Answers come from memory. */
export interface ClusterLookup {
  readonly byUid: (kind: string, uid: string) => ObjectView | undefined;
  readonly byName: (kind: string, namespace: string, name: string) => ObjectView | undefined;
  /** What was learnt of an owner that is not watched, or not any more. */
  readonly answerOf?: (uid: string) => OwnerAnswer | undefined;
  /** Whether an automatic incident of this owner stands. */
  readonly stands?: (owner: ObjectRef) => boolean;
  /** Whether a later run of the same name or series has succeeded. */
  readonly isSuperseded?: (job: JobView) => boolean;
  /** Whether it is not known at the moment whose some failing object in this namespace is. */
  readonly isOwnerOpen?: (namespace: string) => boolean;
}

/** Whose an object is, as far as is known. */
export interface Ownership {
  readonly root: ObjectRef;
  /** An owner of which nothing is known yet: another may stand above it. */
  readonly missing?: OwnerReference;
}

/** Controllers nest a level or two; the bound only guards against owner references that form a circle. */
const MAX_DEPTH = 8;

/** The root of the controller references, as `findOwner` finds it. */
export function rootOwner(view: ObjectView, lookup: ClusterLookup): ObjectRef {
  return findOwner(view, lookup).root;
}

/**
 * The root of the controller references: what a person would change to fix the object. One that is neither watched nor
 * known by an answer is named as the reference gives it. An owner with an incident that stands was filed when nobody could say
 * whose it is: it stays the root until that has ended, or there would be a second incident for the same failure. A mirror pod
 * belongs to itself: its owner reference is the node, and all static pods of a node would be one otherwise.
 */
export function findOwner(view: ObjectView, lookup: ClusterLookup): Ownership {
  const { root, ...rest } = controllerRoot(view, lookup);
  return { root: withoutSeries(root, lookup), ...rest };
}

/** One with an incident that stands, from before there were series, keeps its key until that has ended. */
function withoutSeries(root: ObjectRef, lookup: ClusterLookup): ObjectRef {
  if (root.series === undefined) return root;
  const { series: _series, ...own } = root;
  return lookup.stands?.(own) === true ? own : root;
}

function controllerRoot(view: ObjectView, lookup: ClusterLookup): Ownership {
  const { namespace } = view;
  let root = rootRef(view);
  let reference = view.owner;
  for (let depth = 0; depth < MAX_DEPTH && reference !== undefined; depth += 1) {
    if (isNode(reference)) return { root };
    const known: ObjectView | OwnerAnswer | undefined = knownOwner(reference, lookup);
    if (known === undefined) return unknownOwner(namespace, reference);
    if ('kind' in known) root = rootRef(known);
    else if (known.asNamed === true) return { root: derived(namespace, reference) };
    else {
      root = namedOwner(namespace, reference);
      if (lookup.stands?.(root) === true) return { root };
    }
    reference = known.owner;
  }
  return { root };
}

function rootRef(view: ObjectView): ObjectRef {
  return view.series === undefined ? refOf(view) : { ...refOf(view), series: view.series };
}

function knownOwner(
  { kind, uid }: OwnerReference,
  lookup: ClusterLookup,
): ObjectView | OwnerAnswer | undefined {
  return lookup.answerOf?.(uid) ?? lookup.byUid(kind, uid);
}

function unknownOwner(namespace: string, reference: OwnerReference): Ownership {
  const root = derived(namespace, reference);
  return reference.uid === '' ? { root } : { root, missing: reference };
}

/** The namespace is that of the owned object, whatever the scope of the kind: it is part of the key, and nobody may be able to read the kind. */
function namedOwner(namespace: string, { apiVersion, kind, name, uid }: OwnerReference): ObjectRef {
  const isWorkload = isWatched({ apiVersion, kind }) && kind !== 'Job' && kind !== 'Pod';
  const series = isWorkload ? undefined : seriesOf(name, kind === 'Job');
  return { apiVersion, kind, namespace, name, uid, ...(series === undefined ? {} : { series }) };
}

/** The view of an owner, if its kind is watched and it is there. Other API groups have kinds of the same name. */
function ownerView(owner: ObjectRef, lookup: ClusterLookup): ObjectView | undefined {
  const view = lookup.byName(owner.kind, owner.namespace, owner.name);
  return view !== undefined && apiGroup(view.apiVersion) === apiGroup(owner.apiVersion) ? view : undefined;
}

/** What its annotations and labels say of an owner, where they are known. */
export type Marks = Pick<ObjectView | OwnerAnswer, 'ignored' | 'unselected' | 'ignoreUntil' | 'silences'>;

/** The marks of an owner; undefined for one of which only the name is known. */
export function ownerMarks(owner: ObjectRef, lookup: ClusterLookup): Marks | undefined {
  const answer = lookup.answerOf?.(owner.uid);
  return ownerView(owner, lookup) ?? (answer?.asNamed === true ? undefined : answer);
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
function derived(namespace: string, reference: OwnerReference): ObjectRef {
  const { apiVersion, kind, name } = reference;
  const derivation = derivations.get(kind);
  const maker = derivation?.name.exec(name)?.[1];
  // There are other Jobs than those of Kubernetes: nobody knows how they are named.
  const isKnown = derivation !== undefined && apiGroup(derivation.apiVersion) === apiGroup(apiVersion);
  if (!isKnown || maker === undefined) return namedOwner(namespace, reference);
  return { apiVersion: derivation.apiVersion, kind: derivation.kind, namespace, name: maker, uid: '' };
}

/** Made from a template, or with a copy of their controller's annotations. Other kinds carry only what was put on them. */
const inheritingKinds: readonly ViewKind[] = ['Pod', 'ReplicaSet', 'Job'];

/** Whether an object has its annotations from its controller's template, or from the controller. */
export function isInherited(view: ObjectView): boolean {
  return view.owner !== undefined && inheritingKinds.includes(view.kind);
}
