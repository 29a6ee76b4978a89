import { configSchema } from '../../../src/config/index.ts';
import type { ElectionDurations } from '../../../src/kube/lease/election.ts';
import { KubeApiError, KubeConnectionError } from '../../../src/kube/connection/errors.ts';
import type { KubeConnection, KubeRequest, KubeStream } from '../../../src/kube/connection/types.ts';
import { createClusterClock } from '../../../src/lib/clock.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

interface StoredLease {
  metadata: Record<string, unknown>;
  spec: Record<string, unknown>;
}

/** What happens to calls instead of the usual: an HTTP status, no answer at all, or an answer lost after the work was done. */
export type LeaseFault = number | 'hangs' | 'answer lost';

/** One Lease in memory, with a connection to it for each candidate. */
export interface LeaseServer {
  readonly calls: readonly string[];
  lease: StoredLease | undefined;
  /** Changes the Lease as another client would. */
  write(spec: Record<string, unknown>): void;
  /** A connection whose calls meet `fault()` while that is defined. */
  connect(fault?: () => LeaseFault | undefined): KubeConnection;
}

/** No test needs so many. */
const MAX_CALLS = 10_000;

export function createLeaseServer(): LeaseServer {
  const calls: string[] = [];
  const watchers = new Set<(event: object) => void>();
  let lease: StoredLease | undefined;
  let version = 0;

  function store(next: StoredLease): StoredLease {
    const type = lease === undefined ? 'ADDED' : 'MODIFIED';
    version += 1;
    lease = structuredClone({ ...next, metadata: { ...next.metadata, resourceVersion: String(version) } });
    for (const tell of watchers) tell({ type, object: structuredClone(lease) });
    return structuredClone(lease);
  }

  function answer(request: KubeRequest): unknown {
    const method = request.method ?? 'GET';
    const body = request.body as StoredLease;
    if (method === 'POST') {
      if (lease !== undefined) throw refuse(409);
      return store(body);
    }
    if (lease === undefined) throw refuse(404);
    if (method === 'GET') return structuredClone(lease);
    if (body.metadata['resourceVersion'] !== lease.metadata['resourceVersion']) throw refuse(409);
    return store(body);
  }

  function hang(signal: AbortSignal | undefined): Promise<never> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }

  function connect(fault: () => LeaseFault | undefined = () => undefined): KubeConnection {
    async function json<T>(request: KubeRequest): Promise<T> {
      await Promise.resolve();
      // Whoever asks without end would spin for ever, and no time limit of a test could end that.
      if (calls.length >= MAX_CALLS) return new Promise<T>(() => undefined);
      const kind = fault();
      if (kind === 'hangs') {
        calls.push('timeout');
        throw new KubeConnectionError('lease', 'CALL_TIMEOUT');
      }
      if (typeof kind === 'number') {
        calls.push(String(kind));
        throw refuse(kind);
      }
      calls.push(request.method ?? 'GET');
      const result = answer(request);
      if (kind === 'answer lost' && request.method !== undefined)
        throw new KubeConnectionError('lease', 'ECONNRESET');
      return result as T;
    }

    async function stream(request: KubeRequest): Promise<KubeStream> {
      if (fault() !== undefined) throw new KubeConnectionError('lease', 'ECONNREFUSED');
      return Promise.resolve({
        status: 200,
        headers: {},
        destroy: () => undefined,
        consume: async (onChunk) => {
          const tell = (event: object): void => onChunk(Buffer.from(`${JSON.stringify(event)}\n`));
          if (lease !== undefined) tell({ type: 'ADDED', object: structuredClone(lease) });
          watchers.add(tell);
          await hang(request.signal).finally(() => watchers.delete(tell));
        },
      });
    }

    return {
      server: 'http://127.0.0.1',
      namespace: undefined,
      clock: createClusterClock(createFakeClock()),
      json,
      stream,
      text: () => Promise.reject(new Error('not used')),
      close: () => undefined,
    };
  }

  return {
    calls,
    get lease() {
      return lease;
    },
    set lease(next) {
      if (next === undefined) lease = undefined;
      else store(next);
    },
    write: (spec) =>
      void store({ metadata: lease?.metadata ?? { name: 'agent' }, spec: { ...lease?.spec, ...spec } }),
    connect,
  };
}

function refuse(status: number): KubeApiError {
  return new KubeApiError('lease', { status, message: 'refused' });
}

const { duration, renewDeadline, retryPeriod } = configSchema.parse({}).lease;

/** As shipped. */
export const shippedDurations: ElectionDurations = {
  leaseMs: duration,
  renewDeadlineMs: renewDeadline,
  retryPeriodMs: retryPeriod,
};
