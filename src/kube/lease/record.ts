import type * as k8s from '@kubernetes/client-node';
import { type Clock, SECOND } from '../../domain/clock.ts';
import { fields, integer, text } from '../object-fields.ts';
import { startDeadline } from '../../lib/clock.ts';
import { KubeApiError, type KubeConnection, type KubeRequest } from '../connection/index.ts';
import { LineSplitter } from '../connection/line-splitter.ts';

/** What a Lease says about who leads. */
interface LeaseRecord {
  /** `''` when nobody holds it. */
  readonly holder: string;
  /** Undefined when the Lease does not say. */
  readonly leaseMs: number | undefined;
  /** As they stand on the wire. They are never compared with our clock: only a change of them means something. */
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  readonly transitions: number;
}

/** A Lease as we know it. */
export interface ObservedLease {
  readonly record: LeaseRecord;
  /** The object that was read, so that an update keeps all that is not ours. */
  readonly object: unknown;
  /** When we first saw this record, by the monotonic clock. */
  readonly seenAt: number;
}

/** A Lease that was just read. Its age counts on from `previous` unless the record has changed since. */
export function observeLease(
  previous: ObservedLease | undefined,
  object: unknown,
  now: number,
): ObservedLease {
  const record = toRecord(object);
  const isSame = previous !== undefined && JSON.stringify(previous.record) === JSON.stringify(record);
  return { record, object, seenAt: isSame ? previous.seenAt : now };
}

/** Reads a Lease leniently: people and other programs may have written it. */
export function toRecord(object: unknown): LeaseRecord {
  const spec = fields<k8s.V1LeaseSpec>(fields<k8s.V1Lease>(object).spec);
  const seconds = integer(spec.leaseDurationSeconds);
  return {
    holder: text(spec.holderIdentity) ?? '',
    leaseMs: seconds === undefined || seconds <= 0 ? undefined : seconds * SECOND,
    acquireTime: text(spec.acquireTime),
    renewTime: text(spec.renewTime),
    transitions: Math.max(0, integer(spec.leaseTransitions) ?? 0),
  };
}

/** Who holds the Lease, for how long, and since which wall time (epoch milliseconds). */
export interface LeaseHolding {
  readonly holder: string;
  readonly leaseMs: number;
  readonly at: number;
}

/** The Lease once it is held so. A new holder counts a transition and begins its own time; a renewal keeps both. */
export function heldLease(observed: ObservedLease, holding: LeaseHolding): object {
  const lease = fields<k8s.V1Lease>(observed.object);
  const { record } = observed;
  const renewTime = toMicroTime(holding.at);
  const isRenewal = record.holder === holding.holder;
  return {
    ...lease,
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    spec: {
      ...fields<k8s.V1LeaseSpec>(lease.spec),
      holderIdentity: holding.holder,
      leaseDurationSeconds: Math.max(1, Math.ceil(holding.leaseMs / SECOND)),
      acquireTime: isRenewal ? (record.acquireTime ?? renewTime) : renewTime,
      renewTime,
      leaseTransitions: isRenewal || holding.holder === '' ? record.transitions : record.transitions + 1,
    },
  };
}

/** A Lease that does not exist yet, held so. */
export function newLease(name: string, namespace: string, holding: LeaseHolding): object {
  const none = { record: { ...toRecord(undefined), holder: holding.holder }, object: undefined, seenAt: 0 };
  return { ...heldLease(none, holding), metadata: { name, namespace } };
}

/** metav1.MicroTime: the API server refuses anything but six digits of the second's fraction. */
function toMicroTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z');
}

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

interface LeaseClientDeps {
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
