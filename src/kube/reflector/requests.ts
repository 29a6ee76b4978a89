import type { KubeRequest } from '../connection/index.ts';
import type { Identity } from './store.ts';
import type { ReflectorTimings } from './timings.ts';
import type { LeftOut } from './json-scan.ts';

/** Which collection is reflected. */
export interface ResourcePath {
  /** Such as `/api/v1/pods` or `/apis/apps/v1/namespaces/shop/deployments`. */
  readonly path: string;
  /** Kind of its objects; when given, an event with another kind is refused. */
  readonly kind?: string;
  readonly fieldSelector?: string;
  /** Only metadata is wanted; the server leaves the rest out. */
  readonly metadataOnly?: boolean;
  /** The projection reads managedFields: the server is not asked to leave them out, and they are parsed. */
  readonly managedFields?: boolean;
  /** Names of more arrays that the projection does not read, such as `containers`: their content is not parsed. */
  readonly leftOut?: readonly LeftOut[];
}

/** How a reflector asks; changes when the server does not understand. */
export interface RequestOptions {
  /** Plain `application/json`: the server, or a proxy, refused our Accept header. */
  readonly plainAccept: boolean;
}

const JSON_TYPE = 'application/json';
/** Leaves out a third of each object where the server can (KEP-5958); others ignore the parameter. */
const DROP = ';drop=metadata.managedFields';

type Named = Pick<Identity, 'namespace' | 'name'>;

/** Builds the requests of one resource. */
export interface Requests {
  /** Not all objects of the path are asked for. */
  readonly isSelective: boolean;
  list(
    options: RequestOptions,
    page: { limit: number | undefined; continueToken: string | undefined },
  ): KubeRequest;
  watch(options: RequestOptions, resourceVersion: string, timeoutMs: number): KubeRequest;
  /** The smallest consistent list: shows the collection's present version. With `object`, that is in it if it exists. */
  probe(options: RequestOptions, object?: Named): KubeRequest;
}

export function createRequests(resource: ResourcePath, timings: ReflectorTimings): Requests {
  const { path, fieldSelector } = resource;

  function headers(options: RequestOptions, partial: string): Record<string, string> {
    return { accept: options.plainAccept ? JSON_TYPE : acceptFor(resource, partial) };
  }

  return {
    isSelective: fieldSelector !== undefined,
    // No resourceVersion on any page: page one is a consistent read, and with `continue` it is forbidden.
    list: (options, page) => ({
      path,
      query: { fieldSelector, limit: page.limit, continue: page.continueToken },
      headers: headers(options, 'PartialObjectMetadataList'),
      timeoutMs: timings.listHeaderMs,
    }),
    watch: (options, resourceVersion, timeoutMs) => ({
      path,
      query: {
        fieldSelector,
        watch: 1,
        allowWatchBookmarks: true,
        timeoutSeconds: Math.ceil(timeoutMs / 1_000),
        resourceVersion,
      },
      headers: headers(options, 'PartialObjectMetadata'),
      lane: 'own',
      timeoutMs: timings.watchHeaderMs,
    }),
    probe: (options, object) => ({
      path: object === undefined ? path : pathIn(path, object.namespace),
      query: { fieldSelector: fieldSelectorFor(fieldSelector, object), limit: 1 },
      headers: headers(options, 'PartialObjectMetadataList'),
      timeoutMs: timings.listHeaderMs,
    }),
  };
}

function fieldSelectorFor(selector: string | undefined, object: Named | undefined): string | undefined {
  if (object === undefined) return selector;
  return [`metadata.name=${object.name}`, selector].filter((part) => part !== undefined).join(',');
}

/** The collection's part in one namespace, where the server finds an object by its name without reading the others. */
function pathIn(path: string, namespace: string): string {
  if (namespace === '' || path.includes('/namespaces/')) return path;
  const last = path.lastIndexOf('/');
  return `${path.slice(0, last)}/namespaces/${namespace}${path.slice(last)}`;
}

/** Best first; the last is what every server understands. `partial` is the shape wanted where only metadata is. */
function acceptFor(resource: ResourcePath, partial: string): string {
  const drop = resource.managedFields === true ? '' : DROP;
  if (resource.metadataOnly !== true) return `${JSON_TYPE}${drop},${JSON_TYPE}`;
  const metadata = `${JSON_TYPE};as=${partial};g=meta.k8s.io;v=v1`;
  return `${metadata}${drop},${metadata},${JSON_TYPE}`;
}
