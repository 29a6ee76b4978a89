import type { Clock } from '../../domain/clock.ts';
import { createClusterClock } from '../../lib/cluster-clock.ts';
import type { KubeConnection, KubeRequest, KubeSource, KubeStream } from './types.ts';
import { consume, readText } from './body.ts';
import { type Caller, createCaller, describe } from './caller.ts';
import { startDeadline } from './deadline.ts';
import { KubeConnectionError } from './errors.ts';
import { openCredentials } from './open-credentials.ts';
import { createScopes, type Scope } from './scope.ts';

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
  const scopes = createScopes();
  const caller = createCaller(credentials, { ...deps, clock });
  const text = (request: KubeRequest): Promise<string> =>
    callWhole(caller, scopes.open(request.signal), request, clock);
  let closed = false;

  function refuseWhenClosed(request: KubeRequest): void {
    if (closed) throw new KubeConnectionError(describe(request), 'CLOSED');
  }

  return {
    server: credentials.server.origin,
    namespace: credentials.namespace,
    clock,
    text: async (request) => {
      refuseWhenClosed(request);
      return await text(request);
    },
    json: async <T>(request: KubeRequest) => {
      refuseWhenClosed(request);
      const body = await text({ ...request, headers: { accept: 'application/json', ...request.headers } });
      return parseJson(body, describe(request)) as T;
    },
    stream: async (request) => {
      refuseWhenClosed(request);
      return await openStream(caller, scopes.open(request.signal), request);
    },
    close: () => {
      closed = true;
      scopes.abortAll(new KubeConnectionError(credentials.server.origin, 'CLOSED'));
      caller.close();
    },
  };
}

async function callWhole(caller: Caller, scope: Scope, request: KubeRequest, clock: Clock): Promise<string> {
  const what = describe(request);
  const limitMs = request.timeoutMs ?? CALL_TIMEOUT_MS;
  const cancel = startDeadline(clock, limitMs, () =>
    scope.abort(new KubeConnectionError(what, 'CALL_TIMEOUT')),
  );
  try {
    const response = await caller.call({ ...request, signal: scope.signal, headerTimeoutMs: limitMs });
    return await readText(response, what, request.maxBytes ?? MAX_BODY_BYTES);
  } catch (error) {
    throw scope.signal.aborted ? scope.signal.reason : error;
  } finally {
    cancel();
    scope.end();
  }
}

async function openStream(caller: Caller, scope: Scope, request: KubeRequest): Promise<KubeStream> {
  const headerTimeoutMs = request.timeoutMs ?? STREAM_HEADER_TIMEOUT_MS;
  try {
    const response = await caller.call({ ...request, signal: scope.signal, headerTimeoutMs });
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

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may hold anything: it is left out.
    throw new KubeConnectionError(what, 'NOT_JSON');
  }
}
