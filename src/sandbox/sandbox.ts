import { MINUTE, type Clock } from '../domain/clock.ts';
import { systemClock } from '../lib/clock.ts';
import { createFaultBook, type Fault, type RequestMatcher } from './faults.ts';
import { createLogBook, type ContainerLogs } from './logs.ts';
import { createObjectBook, type ObjectBook } from './object-book.ts';
import { aNamespace } from './objects.ts';
import { type Right, Rights } from './rights.ts';
import { startServer, type TlsFiles } from './server.ts';
import { Store } from './store.ts';
import { WatchHub, type WatchSelection } from './watches.ts';
import { createWriter } from './writes.ts';

/** How a sandbox is to be. Everything has a default. */
export interface SandboxOptions {
  /** Port on 127.0.0.1; default 0, a free one. */
  readonly port?: number;
  /** When set, requests need it as bearer token, and get 401 without. */
  readonly token?: string;
  readonly tls?: TlsFiles;
  /** Gives time stamps and drives bookmarks and watch time-outs; default the system's. */
  readonly clock?: Clock;
  /** How many changes can be watched or listed backwards; default 10,000. */
  readonly historyLimit?: number;
  /** Default one minute, as the API server's. */
  readonly bookmarkIntervalMs?: number;
}

/** One request that came in. */
export interface RequestRecord {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly method: string;
  /** Path and query as sent. */
  readonly path: string;
  readonly userAgent: string;
  /** 0 when the connection was cut instead of an answer. */
  readonly status: number;
}

/** A running in-memory Kubernetes API. */
export interface Sandbox {
  /** Base address, without a slash at the end. */
  readonly url: string;
  readonly objects: ObjectBook;
  /** The last 2,000 requests, oldest first. */
  readonly requests: readonly RequestRecord[];
  /** Sets what a container has written. */
  setLogs(place: readonly [namespace: string, pod: string, container: string], logs: ContainerLogs): void;
  /** Forgets history, as etcd does every five minutes: older versions and continue tokens answer 410. */
  compact(): void;
  /** Ends open watches (of one plural, or all): cut, or with `isClean` as on a time-out. Returns how many. */
  disconnectWatches(wanted?: WatchSelection): number;
  /** Lets the next matching request fail: a status code, or a `Fault` with more to say. The answer withdraws it. */
  failNext(matcher: RequestMatcher, fault: number | Fault): () => void;
  /** Takes a right away from everybody: what needs it is refused with 403. The answer gives it back. */
  deny(right: Right): () => void;
  /** Cuts all connections and frees the port. */
  close(): Promise<void>;
}

const maxRequests = 2_000;
const defaultHistoryLimit = 10_000;

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function toFault(fault: number | Fault): Fault {
  const given = typeof fault === 'number' ? { status: fault } : fault;
  return { reason: reasons[given.status ?? 500] ?? 'Unknown', ...given };
}

/** Starts an in-memory Kubernetes API with the four namespaces that every cluster has. */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const clock = options.clock ?? systemClock;
  const store = new Store(options.historyLimit ?? defaultHistoryLimit);
  const hub = new WatchHub({ store, clock, bookmarkIntervalMs: options.bookmarkIntervalMs ?? MINUTE });
  const objects = createObjectBook(store, () => clock.now());
  const writer = createWriter({ store, now: () => clock.now() });
  const logs = createLogBook();
  const faults = createFaultBook();
  const rights = new Rights();
  const requests: RequestRecord[] = [];
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    objects.apply(aNamespace(name));
  const server = await startServer({
    backend: { store, writer, logs },
    hub,
    faults,
    rights,
    port: options.port ?? 0,
    token: options.token,
    tls: options.tls,
    onRequest: (request) => {
      requests.push({ at: clock.now(), ...request });
      if (requests.length > maxRequests) requests.shift();
    },
  });
  return {
    url: server.url,
    objects,
    requests,
    setLogs: (place, written) => logs.set(place, written),
    compact: () => store.compact(),
    disconnectWatches: (wanted) => hub.disconnect(wanted),
    failNext: (matcher, fault) => faults.add(matcher, toFault(fault)),
    deny: (right) => rights.deny(right),
    close: async () => {
      hub.disconnect();
      await server.close();
    },
  };
}
