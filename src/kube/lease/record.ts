import type * as k8s from '@kubernetes/client-node';
import { SECOND } from '../../domain/clock.ts';
import { fields, integer, text } from '../object-fields.ts';

/** What a Lease says about who leads. */
export interface LeaseRecord {
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
