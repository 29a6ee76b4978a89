import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { documents, healthPaths } from './discovery.ts';
import type { Fault, FaultBook } from './faults.ts';
import { handle, type Backend, type Reply } from './handlers.ts';
import { REVIEW_PATH, type Rights } from './rights.ts';
import { findTarget, isBuiltIn } from './router.ts';
import { ApiError, failure, noSuchPath } from './status.ts';
import type { WatchHub, WatchRequest } from './watches.ts';

/** Certificate and key in PEM; with them the sandbox speaks HTTPS. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

/** What the HTTP side needs. */
export interface ServerDeps {
  readonly backend: Backend;
  readonly hub: WatchHub;
  readonly faults: FaultBook;
  readonly rights: Rights;
  readonly port: number;
  /** The bearer token that every request needs; `undefined` lets everybody in. */
  readonly token: string | undefined;
  readonly tls: TlsFiles | undefined;
  /** Called for every request when its answer begins, or its connection is cut (`status` 0). */
  onRequest(request: { method: string; path: string; userAgent: string; status: number }): void;
}

/** A listening server. */
export interface RunningServer {
  readonly url: string;
  /** Cuts every connection and frees the port. */
  close(): Promise<void>;
}

// MaxRequestBodyBytes of the API server.
const maxBodyBytes = 3 * 1024 * 1024;
// A watcher that does not read is dropped without a word, as the API server does; this bounds what we hold for it.
const maxUnreadBytes = 16 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes)
      throw failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`, {});
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.end(`${JSON.stringify(body)}\n`);
}

function sendText(response: ServerResponse, status: number, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(body);
}

function sendError(response: ServerResponse, error: unknown): void {
  const known =
    error instanceof ApiError
      ? error
      : failure(500, 'InternalError', `Internal error occurred: ${String(error)}`);
  const retryAfter = known.status.details?.retryAfterSeconds;
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
  sendJson(response, known.status.code, known.status);
}

function toError(fault: Fault): ApiError {
  const { status = 500, reason = 'InternalError', message = 'a fault that was ordered' } = fault;
  const { retryAfterSeconds } = fault;
  return failure(status, reason, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
}

function streamWatch(hub: WatchHub, request: WatchRequest, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const close = hub.open(request, {
    send: (event) => {
      response.write(`${JSON.stringify(event)}\n`);
      if (response.writableLength > maxUnreadBytes) response.destroy();
    },
    end: () => response.end(),
    destroy: () => response.destroy(),
  });
  response.on('close', close);
}

function sendReply(hub: WatchHub, reply: Reply, response: ServerResponse): void {
  if (reply.type === 'watch') streamWatch(hub, reply.request, response);
  else if (reply.type === 'text') sendText(response, 200, reply.body);
  else sendJson(response, reply.status, reply.body);
}

/**
 * A wrong token is refused everywhere. Without one, health may be asked; everything else is refused too, as by a
 * cluster with anonymous requests switched off (where they are on, the answer is 403).
 */
function checkToken(token: string | undefined, { path, headers }: Exchange): void {
  const { authorization } = headers;
  const isAnonymous = authorization === undefined && healthPaths.has(path);
  if (token !== undefined && !isAnonymous && authorization !== `Bearer ${token}`)
    throw failure(401, 'Unauthorized', 'Unauthorized');
}

/** Answers what is the same for every cluster and needs no handler: health and discovery. */
function answerFixed({ method, path }: Exchange, response: ServerResponse): boolean {
  if (method !== 'GET') return false;
  if (healthPaths.has(path)) sendText(response, 200, 'ok');
  else if (documents.has(path)) sendJson(response, 200, documents.get(path));
  return response.headersSent;
}

/** Answers the question for a right. */
function answerReview(rights: Rights, { method, path, body }: Exchange, response: ServerResponse): boolean {
  if (method !== 'POST' || path !== REVIEW_PATH) return false;
  sendJson(response, 201, rights.review(body));
  return true;
}

/** Built-in groups answer with a Status, everything else in plain text. */
function answerNothing(path: string, response: ServerResponse): void {
  if (isBuiltIn(path)) throw noSuchPath();
  sendText(response, 404, '404 page not found\n');
}

/** A request that has been read. */
interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function readExchange(request: IncomingMessage): Promise<Exchange> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sandbox');
  const { method = '', headers } = request;
  return { method, path: pathname, query: searchParams, headers, body: await readBody(request) };
}

async function answer(deps: ServerDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const exchange = await readExchange(request);
  const fault = deps.faults.take(exchange.method, request.url ?? '');
  if (fault?.cut === 'before') return void response.destroy();
  if (fault !== undefined && fault.cut === undefined) throw toError(fault);
  checkToken(deps.token, exchange);
  if (answerFixed(exchange, response) || answerReview(deps.rights, exchange, response)) return;
  const target = findTarget(exchange.path);
  if (target === undefined) return answerNothing(exchange.path, response);
  deps.rights.check(exchange.method, target, exchange.query.has('watch'));
  const reply = handle(deps.backend, { ...exchange, target });
  if (fault === undefined) sendReply(deps.hub, reply, response);
  else response.destroy();
}

function onRequest(deps: ServerDeps, request: IncomingMessage, response: ServerResponse): void {
  // A client that goes away in the middle is its own business.
  response.on('error', () => response.destroy());
  answer(deps, request, response)
    .catch((error: unknown) => sendError(response, error))
    .finally(() =>
      deps.onRequest({
        method: request.method ?? '',
        path: request.url ?? '',
        userAgent: request.headers['user-agent'] ?? '',
        status: response.headersSent ? response.statusCode : 0,
      }),
    );
}

/** The API server as HTTP: reads requests, asks the handlers, writes answers and streams. */
export async function startServer(deps: ServerDeps): Promise<RunningServer> {
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    onRequest(deps, request, response);
  const server = deps.tls === undefined ? createHttpServer(listener) : createHttpsServer(deps.tls, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(deps.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${deps.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}
