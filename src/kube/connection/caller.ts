import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import type { Clock } from '../../domain/clock.ts';
import { type ClusterClock, startDeadline } from '../../lib/clock.ts';
import type { KubeRequest, Lane } from './types.ts';
import type { Access, Credentials, TlsMaterial } from './credentials.ts';
import { readText, send, TCP_KEEPALIVE_MS } from './exchange.ts';
import { KubeApiError, KubeConnectionError, toApiError } from './errors.ts';
import { parseRetryAfter } from '../../lib/backoff.ts';
import { Agent as HttpsAgent } from 'node:https';

/** A `Status` object is a few hundred bytes. */
const MAX_ERROR_BODY_BYTES = 64 * 1_024;
const ERROR_BODY_TIMEOUT_MS = 10_000;

/** Node's and OpenSSL's codes for a server certificate that the known CA does not vouch for. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

/** A request whose limits are settled. */
interface Call extends KubeRequest {
  readonly signal: AbortSignal;
  readonly headerTimeoutMs: number;
}

/** How errors name a request: no query, no headers, no body. */
export function describe(request: KubeRequest): string {
  return `${request.method ?? 'GET'} ${request.path}`;
}

/** What follows the scheme of an Authorization header. */
function tokenOf(authorization: string): string {
  return authorization.slice(authorization.indexOf(' ') + 1);
}

/** What a caller needs. */
interface CallerDeps {
  readonly clock: ClusterClock;
  readonly version: string;
  readonly onSecret: ((secret: string) => void) | undefined;
}

/** Sends requests to the server of `credentials`, with what they hold at that moment. */
export class Caller {
  readonly #credentials: Credentials;
  readonly #deps: CallerDeps;
  readonly #lanes: Lanes;
  #authorization: string | undefined;

  constructor(credentials: Credentials, deps: CallerDeps) {
    this.#credentials = credentials;
    this.#deps = deps;
    this.#lanes = new Lanes(credentials.server.protocol === 'https:');
  }

  /** Resolves with a 2xx response whose body is unread. Throws `KubeApiError` or `KubeConnectionError`. */
  async call(request: Call): Promise<IncomingMessage> {
    try {
      return await this.#attempt(request);
    } catch (error) {
      if (request.signal.aborted || !isWorthAnotherTry(error, request)) throw error;
      this.#credentials.refresh();
      return await this.#attempt(request);
    }
  }

  close(): void {
    this.#lanes.close();
  }

  async #attempt(request: Call): Promise<IncomingMessage> {
    const { clock, version } = this.#deps;
    const access = await this.#credentials.access();
    this.#reportSecret(access);
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const sentAt = clock.monotonic();
    const response = await send({
      what: describe(request),
      url: urlOf(this.#credentials.server, request),
      method: request.method ?? 'GET',
      headers: {
        ...headersOf(request, body),
        ...access.headers,
        'user-agent': `ankra-support-agent/${version}`,
      },
      body,
      access,
      agent: this.#lanes.agentFor(request.lane ?? 'shared', access.tls),
      headerTimeoutMs: request.headerTimeoutMs,
      signal: request.signal,
      clock,
    });
    learnTime(clock, response, sentAt);
    await throwUnlessSuccess(response, { what: describe(request), clock, secrets: secretsOf(access) });
    return response;
  }

  #reportSecret({ headers: { authorization } }: Access): void {
    if (authorization !== undefined && authorization !== this.#authorization)
      this.#deps.onSecret?.(tokenOf(authorization));
    this.#authorization = authorization;
  }
}

function headersOf(request: KubeRequest, body: Buffer | undefined): Record<string, string> {
  return {
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(body.length) }),
    // Compressing on a fast link costs the API server more than it saves.
    'accept-encoding': 'identity',
    accept: '*/*',
    ...request.headers,
  };
}

/** What was refused or failed may be the word of a proxy in between. */
function learnTime(clock: ClusterClock, response: IncomingMessage, sentAt: number): void {
  const serverAt = Date.parse(response.headers.date ?? '');
  if (isSuccess(response) && !Number.isNaN(serverAt))
    clock.learn({ serverAt, sentAt, receivedAt: clock.monotonic() });
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

interface Refusal {
  readonly what: string;
  readonly clock: Clock;
  /** What the server was given, and may say back. */
  readonly secrets: readonly string[];
}

/** The token or password of a request; what stands before it names the scheme. */
function secretsOf({ headers }: Access): readonly string[] {
  const secret = headers['authorization']?.split(' ').at(-1) ?? '';
  return secret === '' ? [] : [secret];
}

async function throwUnlessSuccess(
  response: IncomingMessage,
  { what, clock, secrets }: Refusal,
): Promise<void> {
  if (isSuccess(response)) return;
  const status = response.statusCode ?? 0;
  const cancel = startDeadline(clock, ERROR_BODY_TIMEOUT_MS, () => void response.destroy());
  const said = await readText(response, what, MAX_ERROR_BODY_BYTES).catch(() => '');
  const words = secrets.reduce((text, secret) => text.replaceAll(secret, '[REDACTED]'), said);
  cancel();
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'], clock.now());
  throw toApiError(what, { status, body: parseJson(words), retryAfterMs });
}

/**
 * Once and at once: a rotated token or CA may be on disk already, and an idle connection that the server had closed says nothing about
 * the server. In the first two cases the server has not acted; in the third only a read is repeated.
 */
function isWorthAnotherTry(error: unknown, request: Call): boolean {
  if (error instanceof KubeApiError) return error.status === 401;
  if (!(error instanceof KubeConnectionError)) return false;
  if (error.code === 'STALE_CONNECTION') return (request.method ?? 'GET') === 'GET';
  return UNTRUSTED.test(error.code);
}

function urlOf(server: URL, request: KubeRequest): URL {
  // A kubeconfig's server may have a path of its own, as behind Rancher.
  const url = new URL(server.pathname.replace(/\/$/, '') + request.path, server);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's HTML page: its status is all we use.
    return undefined;
  }
}

/**
 * Keep-alive agents, one for each lane that shares connections. They are replaced when the TLS material changes: a rotated CA must not be
 * answered from an old connection.
 */
class Lanes {
  readonly #isSecure: boolean;
  #agents = new Map<Lane, HttpAgent>();
  #tls: TlsMaterial | undefined;

  constructor(isSecure: boolean) {
    this.#isSecure = isSecure;
  }

  /** `false` asks Node for a connection of its own. */
  agentFor(lane: Lane, tls: TlsMaterial): HttpAgent | false {
    if (tls !== this.#tls) this.close();
    this.#tls = tls;
    if (lane === 'own') return false;
    const known = this.#agents.get(lane);
    if (known !== undefined) return known;
    const options = { keepAlive: true, keepAliveMsecs: TCP_KEEPALIVE_MS };
    const agent = this.#isSecure ? new HttpsAgent(options) : new HttpAgent(options);
    this.#agents.set(lane, agent);
    return agent;
  }

  /** Lets go of idle connections. Requests under way may end; nothing is kept after them. */
  close(): void {
    for (const agent of this.#agents.values()) {
      agent.maxFreeSockets = 0;
      for (const sockets of Object.values(agent.freeSockets)) sockets?.forEach((socket) => socket.destroy());
    }
    this.#agents = new Map();
  }
}
