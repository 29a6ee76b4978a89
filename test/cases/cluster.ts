import { aNamespace } from '../../src/sandbox/objects.ts';
import { documents } from '../../src/sandbox/discovery.ts';
import { handle, type Backend, type Reply } from '../../src/sandbox/handlers.ts';
import { createLogBook } from '../../src/sandbox/logs.ts';
import { createObjectBook, type ObjectBook } from '../../src/sandbox/object-book.ts';
import { findTarget } from '../../src/sandbox/router.ts';
import { ApiError, failure, noSuchPath } from '../../src/sandbox/status.ts';
import { Store } from '../../src/sandbox/store.ts';
import { WatchHub } from '../../src/sandbox/watches.ts';
import { createWriter } from '../../src/sandbox/writes.ts';
import { type Clock, MINUTE } from '../../src/domain/clock.ts';
import {
  type KubeConnection,
  KubeConnectionError,
  type KubeRequest,
  type KubeStream,
} from '../../src/kube/connection/index.ts';
import { createClusterClock } from '../../src/lib/clock.ts';
import { toApiError } from '../../src/kube/connection/errors.ts';
import type { CaseLog } from './case.ts';

/** How long an answer takes. */
const LATENCY_MS = 5;
const HISTORY = 10_000;
const SERVER = 'https://cases.example';

/** The API server of a case: the sandbox's, without sockets. */
export interface CaseCluster {
  readonly objects: ObjectBook;
  readonly setLog: (log: CaseLog) => void;
  readonly connect: () => KubeConnection;
}

interface State {
  readonly clock: Clock;
  readonly backend: Backend;
  readonly hub: WatchHub;
  /** What the kubelet answers in place of a log, by the path of the log's pod and the container. */
  readonly refusals: Map<string, NonNullable<CaseLog['refusal']>>;
}

/** A cluster with the namespaces that every one has. */
export function createCaseCluster(clock: Clock): CaseCluster {
  const store = new Store(HISTORY);
  const objects = createObjectBook(store, () => clock.now());
  const backend = { store, writer: createWriter({ store, now: () => clock.now() }), logs: createLogBook() };
  const hub = new WatchHub({ store, clock, bookmarkIntervalMs: MINUTE });
  const state: State = { clock, backend, hub, refusals: new Map() };
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    objects.apply(aNamespace(name));
  return {
    objects,
    setLog: ({ namespace, pod, container, refusal, ...written }) => {
      backend.logs.set([namespace, pod, container], written);
      if (refusal !== undefined)
        state.refusals.set(`/api/v1/namespaces/${namespace}/pods/${pod}/log ${container}`, refusal);
    },
    connect: () => connect(state),
  };
}

function connect(state: State): KubeConnection {
  const clock = createClusterClock(state.clock);
  async function call(request: KubeRequest, accept?: string): Promise<Reply> {
    const sentAt = clock.monotonic();
    await clock.sleep(LATENCY_MS, request.signal);
    clock.learn({ serverAt: state.clock.now(), sentAt, receivedAt: clock.monotonic() });
    try {
      return answer(state, request, accept);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw toApiError(`${request.method ?? 'GET'} ${request.path}`, {
        status: error.status.code,
        body: error.status,
      });
    }
  }
  return {
    server: SERVER,
    namespace: undefined,
    clock,
    json: async <T>(request: KubeRequest) => {
      const reply = await call(request, 'application/json');
      // As over the wire: whoever reads it owns it.
      return JSON.parse(JSON.stringify(reply.type === 'json' ? reply.body : {})) as T;
    },
    text: async (request) => {
      const reply = await call(request);
      if (reply.type === 'watch') throw new Error('a watch is no text');
      return reply.type === 'text' ? reply.body.toString() : JSON.stringify(reply.body);
    },
    stream: async (request) => toStream(state, request, await call(request)),
    close: () => undefined,
  };
}

function answer(state: State, request: KubeRequest, accept: string | undefined): Reply {
  const { method = 'GET', path, query = {}, body, headers } = request;
  if (method === 'GET' && documents.has(path))
    return { type: 'json', status: 200, body: documents.get(path) };
  const target = findTarget(decodeURIComponent(path));
  if (target === undefined) throw noSuchPath();
  const refusal = state.refusals.get(`${path} ${String(query['container'])}`);
  if (refusal !== undefined) throw failure(refusal.status, 'BadRequest', refusal.message);
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return handle(state.backend, {
    method,
    target,
    query: new URLSearchParams(given),
    headers: { ...(accept === undefined ? {} : { accept }), ...headers },
    body: body === undefined ? '' : JSON.stringify(body),
  });
}

function toStream(state: State, request: KubeRequest, reply: Reply): KubeStream {
  let destroy: () => void = () => undefined;
  return {
    status: 200,
    headers: {},
    destroy: () => destroy(),
    consume: (onChunk) =>
      new Promise((resolve, reject) => {
        const brokenOff = (): void => reject(new KubeConnectionError(`GET ${request.path}`, 'BROKEN_OFF'));
        const take = (value: unknown): void => {
          try {
            onChunk(Buffer.from(`${JSON.stringify(value)}\n`));
          } catch (error) {
            reject(error as Error);
          }
        };
        if (reply.type === 'watch') {
          const close = state.hub.open(reply.request, { send: take, end: resolve, destroy: brokenOff });
          destroy = () => {
            close();
            brokenOff();
          };
          request.signal?.addEventListener('abort', () => {
            close();
            reject(request.signal?.reason as Error);
          });
        } else {
          destroy = brokenOff;
          take(reply.type === 'json' ? reply.body : reply.body.toString());
          resolve();
        }
      }),
  };
}
