import { type Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../domain/clock.ts';
import type { Access } from './credentials.ts';
import { startDeadline } from '../../lib/clock.ts';
import { KubeConnectionError } from './errors.ts';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Idle time before the kernel probes a connection. Node probes 10 times, 1 s apart: a dead link is found after 25 s. */
export const TCP_KEEPALIVE_MS = 15_000;

/** Time for TCP and TLS to be set up. */
const CONNECT_TIMEOUT_MS = 10_000;

/** One HTTP request, ready to be sent. */
interface Exchange {
  /** Names the request in errors: method and path, never query, headers or body. */
  readonly what: string;
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  readonly access: Access;
  readonly agent: Agent | false;
  readonly headerTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Sends it and resolves with the response as soon as its headers are there. Aborting also cuts the body. */
export function send(exchange: Exchange): Promise<IncomingMessage> {
  const { signal, clock, what } = exchange;
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const request = open(exchange);
    const abort = (): void => void request.destroy();
    const cancelHeaders = startDeadline(clock, exchange.headerTimeoutMs, () => {
      request.destroy(new KubeConnectionError(what, 'HEADER_TIMEOUT'));
    });
    guardConnect(request, exchange);
    signal.addEventListener('abort', abort, { once: true });
    request.once('close', () => {
      signal.removeEventListener('abort', abort);
      cancelHeaders();
    });
    request.once('response', (response) => {
      cancelHeaders();
      resolve(response);
    });
    // Stays after the first: destroying a request that has its response emits a late error.
    request.on('error', (error) => {
      reject(
        signal.aborted ? (signal.reason as Error) : toConnectionError(what, error, request.reusedSocket),
      );
    });
    request.end(exchange.body);
  });
}

function open(exchange: Exchange): ClientRequest {
  const { url, access } = exchange;
  const options = {
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: url.pathname + url.search,
    method: exchange.method,
    headers: exchange.headers,
    agent: exchange.agent,
  };
  return url.protocol === 'https:' ? httpsRequest({ ...options, ...access.tls }) : httpRequest(options);
}

function guardConnect(request: ClientRequest, exchange: Exchange): void {
  request.once('socket', (socket) => {
    // Also set for connections of their own: TCP keep-alive is what finds a half-open connection.
    socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
    const isTls = 'encrypted' in socket;
    if (!socket.connecting && !(isTls && (socket as TLSSocket).getProtocol() === null)) return;
    const cancel = startDeadline(exchange.clock, CONNECT_TIMEOUT_MS, () => {
      request.destroy(new KubeConnectionError(exchange.what, 'CONNECT_TIMEOUT'));
    });
    socket.once(isTls ? 'secureConnect' : 'connect', cancel);
    request.once('close', cancel);
  });
}

/** Keeps code and the first line of what Node says; both are free of secrets. */
function toConnectionError(what: string, error: unknown, reusedSocket = false): KubeConnectionError {
  if (error instanceof KubeConnectionError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  // The server closed a kept connection just as we used it again: Node's documentation advises one more try.
  if (reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE'))
    return new KubeConnectionError(what, 'STALE_CONNECTION');
  return new KubeConnectionError(what, code ?? 'BROKEN_OFF', (message ?? '').split('\n')[0]?.slice(0, 200));
}

/** Four times cheaper to inflate with than the default of 16 KiB. */
const GUNZIP_CHUNK_BYTES = 256 * 1_024;

/** Where a response's pieces come from. We ask for no compression; a proxy may compress all the same. */
function readableOf(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  // zlib takes concatenated gzip members, one for each flush of the server, and hands each out as it comes.
  const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES });
  pipeline(response, gunzip, () => undefined);
  return gunzip;
}

/** Hands every piece to `onChunk`; resolves at the proper end. Rejects as `KubeStream.consume` says. */
export function consume(
  response: IncomingMessage,
  what: string,
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = readableOf(response);
    body.on('data', (chunk: Buffer) => {
      try {
        onChunk(chunk);
      } catch (error) {
        reject(error as Error);
        response.destroy();
      }
    });
    body.once('end', () => resolve());
    body.on('error', (error) => reject(toConnectionError(what, error)));
    body.once('close', () => {
      // An error that nobody gets costs its stack all the same.
      if (!body.readableEnded) reject(new KubeConnectionError(what, 'BROKEN_OFF'));
    });
    if (response.destroyed && !response.readableEnded) reject(new KubeConnectionError(what, 'BROKEN_OFF'));
  });
}

/** The whole body as text. Throws `KubeConnectionError` with code TOO_LARGE beyond `maxBytes`. */
export async function readText(response: IncomingMessage, what: string, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  await consume(response, what, (chunk) => {
    size += chunk.length;
    if (size > maxBytes) throw new KubeConnectionError(what, 'TOO_LARGE');
    chunks.push(chunk);
  });
  return Buffer.concat(chunks).toString('utf8');
}
