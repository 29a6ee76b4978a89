import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** One request as the servers of this process saw it. Times are those of `performance.now()`. */
export interface TracedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** When its head had come in. */
  readonly startAt: number;
  /** When its answer had been handed to the system. */
  endAt?: number;
}

/** The requests to one set of servers, but for watches and Leases, which have nothing to do with a single failure. */
export interface Trace {
  /** Forgets the requests so far. */
  clear(): void;
  readonly requests: readonly TracedRequest[];
  /** Resolves with the first request that matches from now on. Rejects after a while. */
  next(matches: (request: TracedRequest) => boolean): Promise<TracedRequest>;
  /** Resolves when nothing has been asked for some time and nothing is under way. */
  quiet(): Promise<void>;
  end(): void;
}

interface HttpMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const QUIET_MS = 40;
const PATIENCE_MS = 10_000;
const UNRELATED = /[?&]watch=|\/leases/;

/** Traces what comes in at these ports. */
export function createTrace(ports: readonly number[]): Trace {
  const requests: TracedRequest[] = [];
  const open = new Map<ServerResponse, TracedRequest>();
  const waiting = new Set<(request: TracedRequest) => void>();
  let lastAt = performance.now();

  const onStart = (message: unknown): void => {
    const startAt = performance.now();
    const { request, response } = message as HttpMessage;
    const { method = '', url = '', socket } = request;
    if (!ports.includes(socket.localPort ?? 0) || UNRELATED.test(url)) return;
    const traced: TracedRequest = { method, url, startAt };
    lastAt = startAt;
    requests.push(traced);
    open.set(response, traced);
    for (const tell of waiting) tell(traced);
  };
  const onFinish = (message: unknown): void => {
    const { response } = message as HttpMessage;
    const traced = open.get(response);
    if (traced === undefined) return;
    open.delete(response);
    lastAt = performance.now();
    traced.endAt = lastAt;
  };
  subscribe('http.server.request.start', onStart);
  subscribe('http.server.response.finish', onFinish);

  return {
    requests,
    clear: () => void requests.splice(0),
    next: (matches) =>
      new Promise((resolve, reject) => {
        const seen = (): string =>
          requests
            .map(({ method, url }) => `${method} ${url}`)
            .slice(-5)
            .join(', ');
        const timer = setTimeout(() => {
          waiting.delete(tell);
          reject(
            new Error(`the request did not come within ${PATIENCE_MS} ms; the last ones were: ${seen()}`),
          );
        }, PATIENCE_MS);
        const tell = (request: TracedRequest): void => {
          if (!matches(request)) return;
          clearTimeout(timer);
          waiting.delete(tell);
          resolve(request);
        };
        waiting.add(tell);
      }),
    quiet: async () => {
      lastAt = performance.now();
      while (open.size > 0 || performance.now() - lastAt < QUIET_MS) await delay(QUIET_MS / 4);
    },
    end: () => {
      unsubscribe('http.server.request.start', onStart);
      unsubscribe('http.server.response.finish', onFinish);
    },
  };
}
