import type { IncomingHttpHeaders } from 'node:http';
import { fieldAt, type StoredObject } from './api-types.ts';
import { listPage } from './lists.ts';
import { readLog, type LogBook } from './logs.ts';
import { isWatch, parseListOptions } from './query.ts';
import { negotiate, showList, showObject } from './representation.ts';
import { resourceOf } from './resources.ts';
import type { Target } from './router.ts';
import { deleted, methodNotAllowed, notFound, unsupportedMediaType } from './status.ts';
import type { Store } from './store.ts';
import { unrecognized } from './validation.ts';
import type { WatchRequest } from './watches.ts';
import { placeOf, type Preconditions, type Writer } from './writes.ts';

/** A request whose path is known. */
export interface ApiCall {
  readonly method: string;
  readonly target: Target;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The body as text; `''` where there is none. */
  readonly body: string;
}

/** What is to be answered. */
export type Reply =
  | { readonly type: 'json'; readonly status: number; readonly body: unknown }
  | { readonly type: 'text'; readonly body: Buffer }
  | { readonly type: 'watch'; readonly request: WatchRequest };

/** What the handlers work on. */
export interface Backend {
  readonly store: Store;
  readonly writer: Writer;
  readonly logs: LogBook;
}

function existing(backend: Backend, target: Target): StoredObject {
  const found = backend.store.get(placeOf(target));
  if (found === undefined) throw notFound(target.resource, target.name);
  return found;
}

function parseBody({ body, target }: ApiCall): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw unrecognized(
      target.resource,
      `couldn't get version/kind; json parse error: ${(error as Error).message}`,
    );
  }
}

function mediaType(call: ApiCall): string {
  return (call.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

const objectTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

function objectBody(call: ApiCall): unknown {
  const sent = mediaType(call);
  if (sent !== '' && sent !== 'application/json') throw unsupportedMediaType(objectTypes);
  return parseBody(call);
}

const mergeType = 'application/merge-patch+json';
const strategicType = 'application/strategic-merge-patch+json';

function patchBody(call: ApiCall): unknown {
  const accepted = call.target.resource.custom ? [mergeType] : [mergeType, strategicType];
  if (!accepted.includes(mediaType(call))) throw unsupportedMediaType(accepted);
  return parseBody(call);
}

function collection(backend: Backend, call: ApiCall): Reply {
  const { resource, namespace } = call.target;
  const options = parseListOptions(resource, call.query);
  const scope = { resource, namespace };
  if (isWatch(call.query)) {
    const form = negotiate(call.headers.accept, 'object');
    return { type: 'watch', request: { scope, options, form } };
  }
  const form = negotiate(call.headers.accept, 'list');
  return {
    type: 'json',
    status: 200,
    body: showList(resource, form, listPage(backend.store, scope, options)),
  };
}

function show(call: ApiCall, status: number, object: StoredObject): Reply {
  const form = negotiate(call.headers.accept, 'object');
  return { type: 'json', status, body: showObject(call.target.resource, form, object) };
}

function get(backend: Backend, call: ApiCall): Reply {
  const { target } = call;
  if (target.name === '') return collection(backend, call);
  const object = existing(backend, target);
  if (target.subresource === 'log') return { type: 'text', body: readLog(backend.logs, object, call.query) };
  return show(call, 200, object);
}

function post(backend: Backend, call: ApiCall): Reply {
  const { resource, namespace, name } = call.target;
  if (name !== '' || (resource.namespaced && namespace === '')) throw methodNotAllowed();
  return show(call, 201, backend.writer.create(call.target, objectBody(call)));
}

function part(call: ApiCall): 'main' | 'status' {
  if (call.target.name === '' || call.target.subresource === 'log') throw methodNotAllowed();
  return call.target.subresource === 'status' ? 'status' : 'main';
}

function put(backend: Backend, call: ApiCall): Reply {
  const touched = part(call);
  const isNew = backend.store.get(placeOf(call.target)) === undefined;
  const object = backend.writer.replace(call.target, touched, objectBody(call));
  return show(call, isNew ? 201 : 200, object);
}

function patch(backend: Backend, call: ApiCall): Reply {
  const touched = part(call);
  return show(call, 200, backend.writer.patch(call.target, touched, patchBody(call)));
}

function preconditions(call: ApiCall): Preconditions {
  if (call.body === '') return {};
  return (fieldAt(objectBody(call), 'preconditions') ?? {}) as Preconditions;
}

/** Kubernetes empties a namespace before it goes; here that happens at once. */
function emptyNamespace(backend: Backend, namespace: string): void {
  for (const storage of backend.store.storages()) {
    for (const [key] of backend.store.entries(storage)) {
      if (key.startsWith(`${namespace}/`)) backend.store.remove({ storage, key });
    }
  }
}

function remove(backend: Backend, call: ApiCall): Reply {
  const { target } = call;
  if (part(call) === 'status') throw methodNotAllowed();
  const removed = backend.writer.remove(target, preconditions(call));
  if (target.resource === resourceOf('Namespace')) emptyNamespace(backend, target.name);
  const isGone = backend.store.get(placeOf(target)) === undefined;
  // Pods and namespaces answer with the object, everything else that is gone at once with a Status.
  const showsObject = !isGone || target.resource.kind === 'Pod' || target.resource.kind === 'Namespace';
  if (showsObject) return show(call, 200, removed);
  return {
    type: 'json',
    status: 200,
    body: deleted(target.resource, target.name, removed.metadata.uid),
  };
}

const handlers: Readonly<Record<string, (backend: Backend, call: ApiCall) => Reply>> = {
  GET: get,
  POST: post,
  PUT: put,
  PATCH: patch,
  DELETE: remove,
};

/** Answers one request, or throws an `ApiError`. */
export function handle(backend: Backend, call: ApiCall): Reply {
  const handler = handlers[call.method];
  if (handler === undefined) throw methodNotAllowed();
  return handler(backend, call);
}
