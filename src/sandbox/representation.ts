import { isFields, type KubeObject, type StoredObject } from './api-types.ts';
import { fromStorage } from './event-versions.ts';
import { apiVersionOf, type Resource } from './resources.ts';
import { notAcceptable } from './status.ts';

/** What the client wants to see of each object. */
export type Form = 'full' | 'metadata';

/** What is being answered: the two have different names in `Accept`. */
export type Shape = 'object' | 'list';

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function parseAccept(accept: string): MediaRange[] {
  return accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const pairs = parameters.map((parameter): [string, string] => {
      const [name = '', value = ''] = parameter.split('=');
      return [name, value];
    });
    return { type, parameters: new Map(pairs) };
  });
}

const jsonRanges = new Set(['', 'application/json', 'application/*', '*/*']);
const partialKinds: Readonly<Record<Shape, string>> = {
  object: 'PartialObjectMetadata',
  list: 'PartialObjectMetadataList',
};

function formOf(range: MediaRange, shape: Shape): Form | undefined {
  if (!jsonRanges.has(range.type)) return undefined;
  const wanted = range.parameters.get('as');
  // Other parameters (`drop=`, `q=`) are ignored, as unknown ones are by the API server.
  if (wanted === undefined) return 'full';
  const isV1 = range.parameters.get('g') === 'meta.k8s.io' && range.parameters.get('v') === 'v1';
  return wanted === partialKinds[shape] && isV1 ? 'metadata' : undefined;
}

/** Chooses the first range of `Accept` that can be served: JSON, whole or metadata only. Throws 406. */
export function negotiate(accept: string | undefined, shape: Shape): Form {
  for (const range of parseAccept(accept ?? '')) {
    const form = formOf(range, shape);
    if (form !== undefined) return form;
  }
  throw notAcceptable();
}

function metadataOnly(object: KubeObject): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** One stored object as a GET, a write or a watch shows it. */
export function showObject(resource: Resource, form: Form, object: StoredObject): KubeObject {
  return form === 'metadata' ? metadataOnly(object) : fromStorage(resource, object);
}

/** The `metadata` of a list. */
export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** A page of stored objects as a LIST shows it. */
export function showList(
  resource: Resource,
  form: Form,
  page: { metadata: ListMeta; objects: readonly StoredObject[] },
): unknown {
  if (form === 'metadata')
    return {
      kind: partialKinds.list,
      apiVersion: 'meta.k8s.io/v1',
      metadata: page.metadata,
      items: page.objects.map(metadataOnly),
    };
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: page.metadata,
    items: page.objects.map((object) => showItem(resource, object)),
  };
}

/** Items of built-in kinds do not repeat their kind; those of custom resources do. */
function showItem(resource: Resource, object: StoredObject): unknown {
  const shown: unknown = fromStorage(resource, object);
  if (resource.custom || !isFields(shown)) return shown;
  const { kind: _kind, apiVersion: _apiVersion, ...item } = shown;
  return item;
}

/** What a BOOKMARK says: a version, and at the end of initial events an annotation. */
export interface BookmarkMeta {
  readonly resourceVersion: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A BOOKMARK's object: kind and version, nothing else. */
export function showBookmark(resource: Resource, form: Form, metadata: BookmarkMeta): unknown {
  return form === 'metadata'
    ? { kind: partialKinds.object, apiVersion: 'meta.k8s.io/v1', metadata }
    : { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
}
