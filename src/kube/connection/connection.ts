import type { Clock } from '../../domain/clock.ts';
import { type ClusterClock, createClusterClock, startDeadline } from '../../lib/clock.ts';
import { Caller, describe } from './caller.ts';
import type { Credentials } from './credentials.ts';
import { KubeApiError, KubeConnectionError } from './errors.ts';
import { consume, readText } from './exchange.ts';
import { openCredentials } from './open-credentials.ts';
import type { KubeConnection, KubeRequest, KubeSource, KubeStream } from './types.ts';

const CALL_TIMEOUT_MS = 30_000;
/** The API server's own limit for a request that is no watch (its `--request-timeout`). */
const STREAM_HEADER_TIMEOUT_MS = 60_000;
const MAX_BODY_BYTES = 16 * 1_024 * 1_024;

export interface KubeConnectionDeps {
  readonly clock: Clock;
  /** Version of the agent, for the User-Agent header. */
  readonly version: string;
  /** Told of every token that is about to be sent, also of those that replace it later. */
  readonly onSecret?: (secret: string) => void;
}

/**
 * Opens the connection to a Kubernetes API; nothing is sent yet. Throws `TypeError` when the source is incomplete, or
 * when plain http is asked for beyond loopback.
 */
export async function createKubeConnection(
  source: KubeSource,
  deps: KubeConnectionDeps,
): Promise<KubeConnection> {
  const clock = createClusterClock(deps.clock);
  const credentials = await openCredentials(source, clock);
  const { version, onSecret } = deps;
  return new Connection(credentials, new Caller(credentials, { clock, version, onSecret }), clock);
}

class Connection implements KubeConnection {
  readonly server: string;
  readonly namespace: string | undefined;
  readonly clock: ClusterClock;
  readonly #caller: Caller;
  readonly #scopes = new Scopes();
  #isClosed = false;

  constructor({ server, namespace }: Credentials, caller: Caller, clock: ClusterClock) {
    this.server = server.origin;
    this.namespace = namespace;
    this.clock = clock;
    this.#caller = caller;
  }

  async text(request: KubeRequest): Promise<string> {
    const what = describe(request);
    const limitMs = request.timeoutMs ?? CALL_TIMEOUT_MS;
    const scope = this.#open(request);
    const cancel = startDeadline(this.clock, limitMs, () =>
      scope.abort(new KubeConnectionError(what, 'CALL_TIMEOUT')),
    );
    try {
      const call = { ...request, signal: scope.signal, headerTimeoutMs: limitMs };
      return await readText(await this.#caller.call(call), what, request.maxBytes ?? MAX_BODY_BYTES);
    } catch (error) {
      throw scope.signal.aborted ? scope.signal.reason : error;
    } finally {
      cancel();
      scope.end();
    }
  }

  async json<T>(request: KubeRequest): Promise<T> {
    const headers = { accept: 'application/json', ...request.headers };
    return parseJson(await this.text({ ...request, headers }), describe(request)) as T;
  }

  async stream(request: KubeRequest): Promise<KubeStream> {
    const headerTimeoutMs = request.timeoutMs ?? STREAM_HEADER_TIMEOUT_MS;
    const scope = this.#open(request);
    try {
      const response = await this.#caller.call({ ...request, signal: scope.signal, headerTimeoutMs });
      response.once('close', () => scope.end());
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        consume: (onChunk) =>
          consume(response, describe(request), onChunk).catch((error: unknown) => {
            throw scope.signal.aborted ? scope.signal.reason : error;
          }),
        destroy: () => void response.destroy(),
      };
    } catch (error) {
      scope.end();
      throw scope.signal.aborted ? scope.signal.reason : error;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#scopes.abortAll(new KubeConnectionError(this.server, 'CLOSED'));
    this.#caller.close();
  }

  #open(request: KubeRequest): Scope {
    if (this.#isClosed) throw new KubeConnectionError(describe(request), 'CLOSED');
    return this.#scopes.open(request.signal);
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may hold anything: it is left out.
    throw new KubeConnectionError(what, 'NOT_JSON');
  }
}

/** The life of one request: it ends with the request, its caller's signal, its deadline or the connection. */
interface Scope {
  readonly signal: AbortSignal;
  /** Ends it early; what is under way rejects with `reason`. */
  abort(reason: Error): void;
  /** The request is over: lets go of the caller's signal. */
  end(): void;
}

/**
 * Every request under way, so that closing the connection reaches all of them. Plain links instead of `AbortSignal.any`: those of a long-lived
 * signal would pile up.
 */
class Scopes {
  readonly #open = new Set<AbortController>();

  open(outer: AbortSignal | undefined): Scope {
    const controller = new AbortController();
    const forward = (): void => controller.abort(outer?.reason);
    this.#open.add(controller);
    outer?.addEventListener('abort', forward, { once: true });
    if (outer?.aborted === true) forward();
    return {
      signal: controller.signal,
      abort: (reason) => controller.abort(reason),
      end: () => {
        this.#open.delete(controller);
        outer?.removeEventListener('abort', forward);
      },
    };
  }

  abortAll(reason: Error): void {
    for (const controller of this.#open) controller.abort(reason);
  }
}

/** The part of a connection that reads. */
export type Reads = Pick<KubeConnection, 'json' | 'text'>;

/**
 * Sends one of equal reads of JSON at the same time: in a storm many incidents ask for the same node and the same Events at once. The
 * answer is shared as well, and must not be changed.
 */
export class SharedReads implements Reads {
  readonly #connection: Reads;
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(connection: Reads) {
    this.#connection = connection;
  }

  text(request: KubeRequest): Promise<string> {
    return this.#connection.text(request);
  }

  async json<T>(request: KubeRequest): Promise<T> {
    const { path, query, headers, maxBytes } = request;
    const key = JSON.stringify([path, query, headers, maxBytes]);
    const same = this.#underWay.get(key);
    if (same === undefined) return (await this.#send(key, request)) as T;
    try {
      return (await same) as T;
    } catch (error) {
      if (isAnswer(error) || request.signal?.aborted === true) throw error;
      // The sender's signal was aborted, and ours was not.
      return this.#connection.json<T>(request);
    }
  }

  async #send(key: string, request: KubeRequest): Promise<unknown> {
    const sent = this.#connection.json<unknown>(request);
    this.#underWay.set(key, sent);
    try {
      return await sent;
    } finally {
      this.#underWay.delete(key);
    }
  }
}

function isAnswer(error: unknown): boolean {
  return error instanceof KubeApiError || error instanceof KubeConnectionError;
}
