import fastify from 'fastify';
import type { ConnectionError, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import type { Clock } from '../domain/clock.ts';
import { ApiError } from './api/problems.ts';
import { parseJson } from './json-body.ts';
import { BODY_LIMIT, HEADER_LIMIT, HEADERS_MS, IDLE_MS, RateLimit, REQUEST_MS, URL_LIMIT } from './limits.ts';
import type { Limits } from './limits.ts';

/** Key and certificate chain in PEM. */
export interface TlsFiles {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
}

/** What the server is set up with. */
export interface ServerOptions {
  readonly tls: TlsFiles | undefined;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Hears of errors that are not the caller's. */
  readonly onError: (error: Error) => void;
}

/** A server without routes. Size, depth, rate, connections and time of every request are bounded, and every error is `{"detail": …}`. */
export function createServer(options: ServerOptions): FastifyInstance {
  const app = listenWith(options.tls);
  app.server.maxConnections = options.limits.connections;
  readBodies(app);
  answerContinue(app);
  answerErrors(app, options.onError);
  limitRequests(app, new RateLimit(options.limits, options.clock));
  return app;
}

function listenWith(tls: TlsFiles | undefined): FastifyInstance {
  const http = {
    maxHeaderSize: HEADER_LIMIT,
    // Node would answer without a body.
    requireHostHeader: false,
    headersTimeout: HEADERS_MS,
    connectionsCheckingInterval: 1_000,
  };
  const options = {
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_MS,
    connectionTimeout: IDLE_MS,
    forceCloseConnections: true,
    exposeHeadRoutes: true,
    routerOptions: { ignoreTrailingSlash: true },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) =>
      void reply.code(400).send({ detail: error.message }),
  } as const;
  return tls === undefined
    ? (fastify({ ...options, http }) as unknown as FastifyInstance)
    : (fastify({
        ...options,
        https: { ...http, ...tls, minVersion: 'TLSv1.2' },
      }) as unknown as FastifyInstance);
}

function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json\b/iu,
    { parseAs: 'buffer' },
    (_request, body, done) => {
      try {
        done(null, parseJson(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  app.addContentTypeParser(/^multipart\/form-data\b/iu, { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
}

/** A client that asks before it sends its body is told to go on only when its headers were good. */
function answerContinue(app: FastifyInstance): void {
  app.server.on('checkContinue', (request, response) => app.server.emit('request', request, response));
  app.addHook('preParsing', async (request, reply) => {
    if (request.headers.expect !== undefined) reply.raw.writeContinue();
  });
}

function limitRequests(app: FastifyInstance, rate: RateLimit): void {
  app.addHook('onRequest', async (request) => {
    const wait = rate.take(request.socket.remoteAddress ?? '');
    if (wait > 0) throw new ApiError(429, 'Too many requests', { 'retry-after': String(wait) });
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1')
      throw new ApiError(400, 'The header host is missing');
    if ((request.raw.url ?? '').length > URL_LIMIT)
      throw new ApiError(414, `The path is longer than ${URL_LIMIT} bytes`);
    // Before the body is read.
    if (request.is404) throw unknownPath(app, request);
  });
}

/** 405 for a path that is known with other methods, 404 otherwise. */
function unknownPath(app: FastifyInstance, { method, url }: FastifyRequest): ApiError {
  const path = url.split('?', 1)[0] ?? '';
  const methods = ['GET', 'HEAD', 'POST', 'DELETE'].filter(
    (other) => other !== method && app.findRoute({ method: other, url: path }) !== null,
  );
  if (methods.length === 0) return new ApiError(404, 'Not Found');
  return new ApiError(405, 'Method Not Allowed', { allow: methods.join(', ') });
}

function answerErrors(app: FastifyInstance, onError: (error: Error) => void): void {
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ detail: 'Not Found' }));
  // The rest of a body that nobody wants is read and dropped, so that the client can read the answer.
  app.addHook('onError', async (request, reply, error) => {
    request.raw.resume();
    reply.removeHeader('connection');
    // For the pages too, which answer errors in HTML.
    if (error instanceof ApiError) reply.headers(error.headers);
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const { status, detail } = toAnswer(error);
    if (status >= 500) onError(error);
    return reply.code(status).send({ detail });
  });
}

/** What an error is answered with. */
function toAnswer(
  error: Error & { readonly code?: string; readonly statusCode?: number },
): Pick<ApiError, 'status' | 'detail'> {
  if (error instanceof ApiError) return error;
  const status = error.statusCode ?? 500;
  if (status >= 500) return { status, detail: 'Internal Server Error' };
  const detail = error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? 'The body is too large' : error.message;
  return { status, detail };
}

const clientErrors: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
};

/** Answers what is no HTTP, and what Node has given up reading. */
function answerClientError(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const known = clientErrors[error.code ?? ''] ?? '400 Bad Request';
  const status = known.startsWith('431') && isLongPath(error.rawPacket) ? '414 URI Too Long' : known;
  const body = JSON.stringify({ detail: status.slice(4) });
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** True when it is the first line of the request that is too long, and not a header. */
function isLongPath(packet: unknown): boolean {
  if (!(packet instanceof Buffer)) return false;
  const start = packet.subarray(0, URL_LIMIT).toString('latin1');
  return /^[A-Z]{3,10} \//u.test(start) && !start.includes('\r\n');
}
