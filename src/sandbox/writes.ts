import { randomInt, randomUUID } from 'node:crypto';
import { toTime, type Fields, type KubeObject, type StoredObject } from './api-types.ts';
import { fromStorage, toStorage } from './event-versions.ts';
import { copyJson, isSameJson } from './json.ts';
import { mergePatch } from './patch.ts';
import { resourceOf, type Resource } from './resources.ts';
import { alreadyExists, badRequest, conflict, failure, notFound, preconditionFailed } from './status.ts';
import type { Place, Store } from './store.ts';
import { decode, immutableUid, validate, versionRequired } from './validation.ts';

/** The object that a write is about. `namespace` is `''` for cluster-scoped ones. */
export interface Address {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

/** The part that a write may touch. */
export type Part = 'main' | 'status';

/** `preconditions` of a deletion. */
export interface Preconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** The write half of the API: creation, replacement, patches, deletion, with the checks of a real API server. */
export interface Writer {
  /** Throws 400, 404 (namespace), 409, 422. Answers in stored form, as all of these. */
  create(where: Omit<Address, 'name'>, body: unknown): StoredObject;
  /** Throws 400, 404, 409 (version or uid), 422. */
  replace(where: Address, part: Part, body: unknown): StoredObject;
  /** Merge patch; a `metadata.resourceVersion` in it is an optimistic lock. Throws as `replace`. */
  patch(where: Address, part: Part, body: unknown): StoredObject;
  /** Throws 404, 409. With finalizers the object stays until they are gone, marked by `deletionTimestamp`. */
  remove(where: Address, preconditions?: Preconditions): StoredObject;
}

const optimisticLockMessage =
  'the object has been modified; please apply your changes to the latest version and try again';

/** The key of an object below its resource, as in etcd. */
export function placeOf({ resource, namespace, name }: Address): Place {
  return { storage: resource.storage, key: resource.namespaced ? `${namespace}/${name}` : name };
}

const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Five letters and digits, as the API server appends to `generateName`. */
export function randomSuffix(): string {
  return Array.from({ length: 5 }, () => nameAlphabet[randomInt(nameAlphabet.length)]).join('');
}

function setNameAndNamespace(where: Omit<Address, 'name'>, object: KubeObject): void {
  const { metadata } = object;
  if (where.resource.namespaced) {
    if (metadata.namespace !== undefined && metadata.namespace !== where.namespace)
      throw badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    metadata.namespace = where.namespace;
  }
  if (!metadata.name && typeof metadata.generateName === 'string' && metadata.generateName !== '')
    metadata.name = `${metadata.generateName}${randomSuffix()}`;
}

function initialStatus(resource: Resource): Fields {
  if (resource.kind === 'Pod') return { phase: 'Pending' };
  return resource.kind === 'Namespace' ? { phase: 'Active' } : {};
}

function checkNames(where: Address, sent: KubeObject): void {
  const { name, namespace } = sent.metadata;
  if (name !== undefined && name !== where.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${where.name})`);
  if (where.resource.namespaced && namespace !== undefined && namespace !== where.namespace)
    throw badRequest(
      `the namespace of the object (${namespace}) does not match the namespace on the request (${where.namespace})`,
    );
}

/** The object after the write: what the client sent, within the part that it may touch. */
function merged(resource: Resource, part: Part, sent: KubeObject, existing: StoredObject): KubeObject {
  if (part === 'status') return { ...existing, status: sent['status'] };
  const { status: _ignored, ...rest } = sent;
  const kept = resource.hasStatus ? { ...rest, status: existing['status'] } : sent;
  const { uid, creationTimestamp, generation, deletionTimestamp, name, namespace } = existing.metadata;
  const serverSide = { uid, creationTimestamp, generation, deletionTimestamp, name, namespace };
  const metadata = dropUndefined({ ...sent.metadata, ...serverSide }) as KubeObject['metadata'];
  return dropUndefined({ ...kept, metadata }) as KubeObject;
}

function dropUndefined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Everything but metadata and status: what `metadata.generation` counts the changes of. */
export function contentOf(object: KubeObject): Fields {
  const { metadata: _metadata, status: _status, ...content } = object;
  return content;
}

/** The object as it is compared: what the server counts up is left out. */
export function withoutVersion(object: KubeObject): KubeObject {
  const { resourceVersion: _version, ...metadata } = object.metadata;
  return { ...object, metadata: metadata as KubeObject['metadata'] };
}

interface WriterDeps {
  readonly store: Store;
  /** Epoch milliseconds. */
  now(): number;
}

function create(deps: WriterDeps, where: Omit<Address, 'name'>, body: unknown): StoredObject {
  const { resource, namespace } = where;
  const object = toStorage(resource, decode(resource, copyJson(body)));
  if (object.metadata.resourceVersion)
    throw failure(500, '', 'resourceVersion should not be set on objects to be created');
  setNameAndNamespace(where, object);
  if (resource.namespaced && deps.store.get({ storage: 'namespaces', key: namespace }) === undefined)
    throw notFound(resourceOf('Namespace'), namespace);
  if (resource.hasStatus) object['status'] = initialStatus(resource);
  validate(resource, object);
  const place = placeOf({ ...where, name: object.metadata.name });
  if (deps.store.get(place) !== undefined) throw alreadyExists(resource, object.metadata.name);
  object.metadata.uid = randomUUID();
  object.metadata.creationTimestamp = toTime(deps.now());
  if (resource.hasGeneration) object.metadata.generation = 1;
  return deps.store.put(place, object);
}

function existingAt(deps: WriterDeps, where: Address): StoredObject {
  const existing = deps.store.get(placeOf(where));
  if (existing === undefined) throw notFound(where.resource, where.name);
  return existing;
}

interface Update {
  readonly where: Address;
  readonly part: Part;
  readonly sent: KubeObject;
  readonly existing: StoredObject;
}

/** Checks an update and says what the object becomes. Throws 400, 409, 422. */
function nextObject({ where, part, sent, existing }: Update): KubeObject {
  checkNames(where, sent);
  const version = sent.metadata.resourceVersion ?? '';
  if (version !== '' && version !== existing.metadata.resourceVersion)
    throw conflict(where.resource, where.name, optimisticLockMessage);
  const next = merged(where.resource, part, toStorage(where.resource, sent), existing);
  validate(where.resource, next, existing);
  return next;
}

function update(deps: WriterDeps, change: Update): StoredObject {
  const { where, existing } = change;
  const next = nextObject(change);
  // A write that changes nothing is no write: no new version, no watch event.
  if (isSameJson(withoutVersion(next), withoutVersion(existing))) return existing;
  if (where.resource.hasGeneration && !isSameJson(contentOf(next), contentOf(existing)))
    next.metadata = { ...next.metadata, generation: (existing.metadata.generation ?? 1) + 1 };
  const stored = deps.store.put(placeOf(where), next);
  // The last finalizer of an object that is to be deleted has gone.
  const isFinished = next.metadata.deletionTimestamp !== undefined && !next.metadata.finalizers?.length;
  return isFinished ? (deps.store.remove(placeOf(where)) ?? stored) : stored;
}

function checkPreconditions(where: Address, existing: StoredObject, wanted: Preconditions): void {
  const { resource, name } = where;
  const { uid, resourceVersion } = existing.metadata;
  if (wanted.uid !== undefined && wanted.uid !== uid)
    throw preconditionFailed(
      { resource, name },
      `the UID in the precondition (${wanted.uid}) does not match the UID in record (${uid}). ` +
        'The object might have been deleted and then recreated',
    );
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion)
    throw preconditionFailed(
      { resource, name },
      `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion ` +
        `in record (${resourceVersion}). The object might have been modified`,
    );
}

function remove(deps: WriterDeps, where: Address, preconditions: Preconditions): StoredObject {
  const existing = existingAt(deps, where);
  checkPreconditions(where, existing, preconditions);
  if (!existing.metadata.finalizers?.length) return deps.store.remove(placeOf(where)) ?? existing;
  if (existing.metadata.deletionTimestamp !== undefined) return existing;
  const deletion = { deletionTimestamp: toTime(deps.now()), deletionGracePeriodSeconds: 0 };
  return deps.store.put(placeOf(where), { ...existing, metadata: { ...existing.metadata, ...deletion } });
}

function uidConflict(where: Address, uid: string): Error {
  return conflict(where.resource, where.name, `Precondition failed: UID in precondition: ${uid}`);
}

function replace(deps: WriterDeps, where: Address, change: { part: Part; body: unknown }): StoredObject {
  const { part } = change;
  const sent = decode(where.resource, copyJson(change.body));
  const { uid, resourceVersion, ...metadata } = sent.metadata;
  const isNew = deps.store.get(placeOf(where)) === undefined;
  if (isNew && part === 'main' && where.resource.createsOnUpdate) {
    if (uid) throw uidConflict(where, uid);
    return create(deps, where, { ...sent, metadata: { ...metadata, name: where.name } });
  }
  const existing = existingAt(deps, where);
  if (uid && uid !== existing.metadata.uid) throw uidConflict(where, uid);
  if (!resourceVersion && where.resource.needsVersionToUpdate)
    throw versionRequired(where.resource, where.name);
  return update(deps, { where, part, sent, existing });
}

function patch(deps: WriterDeps, where: Address, change: { part: Part; body: unknown }): StoredObject {
  const existing = existingAt(deps, where);
  const sent = decode(
    where.resource,
    mergePatch(fromStorage(where.resource, existing), copyJson(change.body)),
  );
  const { uid = '' } = sent.metadata;
  if (uid !== existing.metadata.uid) throw immutableUid(where.resource, where.name, uid);
  return update(deps, { where, part: change.part, sent, existing });
}

/** Everything that changes objects through the API. */
export function createWriter(deps: WriterDeps): Writer {
  return {
    create: (where, body) => create(deps, where, body),
    replace: (where, part, body) => replace(deps, where, { part, body }),
    patch: (where, part, body) => patch(deps, where, { part, body }),
    remove: (where, preconditions = {}) => remove(deps, where, preconditions),
  };
}
