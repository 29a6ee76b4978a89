import { randomUUID } from 'node:crypto';
import { toTime, type KubeObject, type ObjectMeta, type StoredObject } from './api-types.ts';
import { toStorage } from './event-versions.ts';
import { copyJson, isSameJson } from './json.ts';
import { resourceOf, type Resource } from './resources.ts';
import { parseLabelSelector } from './selectors.ts';
import type { Store } from './store.ts';
import { contentOf, placeOf, withoutVersion } from './writes.ts';

/** Names one object. `apiVersion` is only needed where two groups have the same kind. */
export interface ObjectRef {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Which objects to list. */
export interface ObjectQuery {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
}

/** The cluster's objects as the cluster itself sees them: no checks, and status and spec in one. */
export interface ObjectBook {
  /** Creates or replaces, status included; uid, creation time and generation are kept, or given where missing. */
  apply(object: KubeObject): StoredObject;
  /** Changes a copy of the object and applies it. Throws when there is no such object. */
  update(ref: ObjectRef, change: (object: KubeObject) => void): StoredObject;
  /** Removes at once, whatever its finalizers; `undefined` when there was none. */
  delete(ref: ObjectRef): StoredObject | undefined;
  /** A copy, or `undefined`. */
  get(ref: ObjectRef): StoredObject | undefined;
  /** Copies, in the order of namespace and name. */
  list(query: ObjectQuery): StoredObject[];
}

function generation(object: KubeObject, existing: StoredObject | undefined): number {
  if (existing === undefined) return object.metadata.generation ?? 1;
  const known = existing.metadata.generation ?? 1;
  return isSameJson(contentOf(object), contentOf(existing)) ? known : known + 1;
}

function place(ref: ObjectRef): ReturnType<typeof placeOf> {
  const resource = resourceOf(ref.kind, ref.apiVersion);
  return placeOf({ resource, namespace: ref.namespace ?? '', name: ref.name });
}

interface Origin {
  readonly resource: Resource;
  readonly existing: StoredObject | undefined;
  readonly now: number;
}

/** Identity stays; what the caller left open is filled in. */
function serverSide(object: KubeObject, { resource, existing, now }: Origin): Partial<ObjectMeta> {
  const known = { ...object.metadata, ...existing?.metadata };
  return {
    uid: known.uid ?? randomUUID(),
    creationTimestamp: known.creationTimestamp ?? toTime(now),
    ...(resource.hasGeneration ? { generation: generation(object, existing) } : {}),
  };
}

/** Direct access to a store; `now` gives epoch milliseconds. */
export function createObjectBook(store: Store, now: () => number): ObjectBook {
  function apply(object: KubeObject): StoredObject {
    const resource = resourceOf(object.kind, object.apiVersion);
    const copy = toStorage(resource, copyJson(object));
    const { metadata } = copy;
    if (resource.namespaced) metadata.namespace ??= 'default';
    const at = placeOf({ resource, namespace: metadata.namespace ?? '', name: metadata.name });
    const existing = store.get(at);
    copy.metadata = { ...metadata, ...serverSide(copy, { resource, existing, now: now() }) };
    // As in the API: what changes nothing is no write, and no watcher hears of it.
    const isSame = existing !== undefined && isSameJson(withoutVersion(copy), withoutVersion(existing));
    return copyJson(isSame ? existing : store.put(at, copy));
  }

  return {
    apply,
    update: (ref, change) => {
      const object = copyJson(store.get(place(ref)));
      if (object === undefined)
        throw new Error(`no ${ref.kind} ${ref.namespace ?? ''}/${ref.name} in the sandbox`);
      change(object);
      return apply(object);
    },
    delete: (ref) => store.remove(place(ref)),
    get: (ref) => copyJson(store.get(place(ref))),
    list: ({ kind, apiVersion, namespace, labelSelector }) => {
      const resource = resourceOf(kind, apiVersion);
      const matches = parseLabelSelector(labelSelector ?? '');
      return store
        .entries(resource.storage)
        .map(([, object]) => object)
        .filter((object) => namespace === undefined || object.metadata.namespace === namespace)
        .filter(matches)
        .map((object) => copyJson(object));
    },
  };
}
