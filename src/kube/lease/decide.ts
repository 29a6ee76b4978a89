import type { ObservedLease } from './record.ts';

/** What to do about the Lease now. */
export type LeaseDecision =
  /** There is none. */
  | { readonly kind: 'create' }
  /** It is ours: prolong it. */
  | { readonly kind: 'renew' }
  /** Nobody holds it, or its holder has not renewed it in time. */
  | { readonly kind: 'take' }
  /** Another holds it, and may until `untilAt` (monotonic milliseconds). */
  | { readonly kind: 'wait'; readonly untilAt: number };

/** Who decides, and when. */
export interface LeaseCandidate {
  readonly identity: string;
  /** Our own lease duration, for a Lease that does not name one. */
  readonly leaseMs: number;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/**
 * Decides from what was observed. Whether a holder is late is measured on our monotonic clock, from when we first saw its
 * latest renewal: so clocks may differ by any offset, and a standby never takes a Lease early.
 */
export function decideLease(observed: ObservedLease | undefined, candidate: LeaseCandidate): LeaseDecision {
  if (observed === undefined) return { kind: 'create' };
  const { holder, leaseMs } = observed.record;
  if (holder === candidate.identity) return { kind: 'renew' };
  if (holder === '') return { kind: 'take' };
  const untilAt = observed.seenAt + (leaseMs ?? candidate.leaseMs);
  return candidate.now < untilAt ? { kind: 'wait', untilAt } : { kind: 'take' };
}
