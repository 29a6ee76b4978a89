import { type Clock, SECOND } from '../../domain/clock.ts';
import { startDeadline } from '../connection/deadline.ts';
import { KubeApiError, type KubeConnection, type KubeRequest } from '../connection/index.ts';
import { LineSplitter } from '../connection/line-splitter.ts';
import { fields } from '../object-fields.ts';

/** The calls on one Lease object. They throw what the connection throws, but for the answers named here. */
export interface LeaseClient {
  /** `undefined` when there is none. */
  read(timeoutMs: number): Promise<unknown>;
  /** `undefined` when somebody else was faster. */
  create(lease: object, timeoutMs: number): Promise<unknown>;
  /** `undefined` when the Lease is not as it was read any more, or is gone. */
  update(lease: object, timeoutMs: number): Promise<unknown>;
  /** Hands over the Lease as it is and every later state of it, until the watch ends. */
  watch(signal: AbortSignal, onLease: (lease: unknown) => void): Promise<void>;
}

/** A Lease is a few hundred bytes; what is this long is something else. */
const MAX_LINE_BYTES = 64 * 1_024;
/** The API server ends the watch by itself after this time. */
const WATCH_SECONDS = 300;
/** A watch that the server should have ended is cut this long after: it may be open and dead. */
const WATCH_GRACE_MS = 15 * SECOND;

export interface LeaseClientDeps {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
}

/** Calls on the Lease `name`, on connections that no list can hold up. */
export function createLeaseClient({ connection, clock, namespace, name }: LeaseClientDeps): LeaseClient {
  const all = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
  const path = `${all}/${encodeURIComponent(name)}`;

  async function call(request: KubeRequest, expected: readonly number[]): Promise<unknown> {
    try {
      return await connection.json<unknown>({ ...request, lane: 'lease' });
    } catch (error) {
      if (error instanceof KubeApiError && expected.includes(error.status)) return undefined;
      throw error;
    }
  }

  async function watch(signal: AbortSignal, onLease: (lease: unknown) => void): Promise<void> {
    const query = { watch: 1, fieldSelector: `metadata.name=${name}`, timeoutSeconds: WATCH_SECONDS };
    const stream = await connection.stream({ path: all, query, signal, lane: 'own' });
    const lines = new LineSplitter({
      maxBytes: MAX_LINE_BYTES,
      onLine: (line) => leaseOf(line, onLease),
      onOversize: () => undefined,
    });
    const stopDeadline = startDeadline(clock, WATCH_SECONDS * SECOND + WATCH_GRACE_MS, () =>
      stream.destroy(),
    );
    await stream.consume((chunk) => lines.push(chunk)).finally(stopDeadline);
  }

  return {
    read: (timeoutMs) => call({ path, timeoutMs }, [404]),
    create: (lease, timeoutMs) => call({ method: 'POST', path: all, body: lease, timeoutMs }, [409]),
    update: (lease, timeoutMs) => call({ method: 'PUT', path, body: lease, timeoutMs }, [404, 409]),
    watch,
  };
}

/** Reads one line of the watch. Throws on what is no JSON, which ends the watch. */
function leaseOf(line: Buffer, onLease: (lease: unknown) => void): void {
  const event = fields<{ type: string; object: object }>(JSON.parse(line.toString()));
  if (event.type === 'ADDED' || event.type === 'MODIFIED') onLease(event.object);
  // A deleted Lease is free to be created.
  if (event.type === 'DELETED') onLease(undefined);
}
