import type { Clock } from '../../domain/clock.ts';
import type { LeaseClient } from './client.ts';
import { decideLease, type LeaseDecision } from './decide.ts';
import { claimedLease, type LeaseHolding, newLease, type ObservedLease, observeLease } from './record.ts';

export interface LeaseElectorDeps {
  readonly client: LeaseClient;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseMs: number;
}

/** What an attempt to hold the Lease came to. `since` is when the request began that made it ours (monotonic). */
export type Attempt =
  { readonly kind: 'held'; readonly since: number } | { readonly kind: 'other'; readonly retryAt?: number };

/** One candidate for the Lease and what it knows of it. */
export interface LeaseElector {
  /** Takes note of the Lease, e.g. from a watch; `undefined` says that there is none. */
  observe(lease: unknown): void;
  decide(): LeaseDecision;
  /** Reads the Lease, and takes or prolongs it if that is allowed. Throws what the connection throws. */
  acquire(timeoutMs: number): Promise<Attempt>;
  /** Prolongs the Lease without reading it first; as `acquire` when it is not as we left it. */
  renew(timeoutMs: number): Promise<Attempt>;
  /** Gives the Lease up if it is still ours, so that another may take it at once. */
  release(timeoutMs: number): Promise<void>;
}

/** Nobody waits for the rest of a released Lease; the API server wants at least a second. */
const RELEASED_LEASE_MS = 1_000;

export function createLeaseElector(deps: LeaseElectorDeps): LeaseElector {
  const { client, clock, identity, leaseMs } = deps;
  let observed: ObservedLease | undefined;

  function observe(lease: unknown): void {
    observed = lease === undefined ? undefined : observeLease(observed, lease, clock.monotonic());
  }

  function decide(): LeaseDecision {
    return decideLease(observed, { identity, leaseMs, now: clock.monotonic() });
  }

  function claim(): LeaseHolding {
    return { holder: identity, leaseMs, at: clock.now() };
  }

  /** Counts from before the request: when the answer comes, that much of the lease is over already. */
  async function settle(request: () => Promise<unknown>): Promise<Attempt | undefined> {
    const since = clock.monotonic();
    const lease = await request();
    if (lease === undefined) return undefined;
    observe(lease);
    return { kind: 'held', since };
  }

  async function acquire(timeoutMs: number): Promise<Attempt> {
    observe(await client.read(timeoutMs));
    const decision = decide();
    if (decision.kind === 'wait') return { kind: 'other', retryAt: decision.untilAt };
    const known = observed;
    const attempt = await settle(() =>
      known === undefined
        ? client.create(newLease(deps.name, deps.namespace, claim()), timeoutMs)
        : client.update(claimedLease(known, claim()), timeoutMs),
    );
    return attempt ?? { kind: 'other' };
  }

  async function renew(timeoutMs: number): Promise<Attempt> {
    const known = observed;
    if (known === undefined || known.record.holder !== identity) return acquire(timeoutMs);
    const attempt = await settle(() => client.update(claimedLease(known, claim()), timeoutMs));
    return attempt ?? acquire(timeoutMs);
  }

  async function release(timeoutMs: number): Promise<void> {
    for (let tries = 0; tries < 2 && observed?.record.holder === identity; tries += 1) {
      const freed = claimedLease(observed, { holder: '', leaseMs: RELEASED_LEASE_MS, at: clock.now() });
      const lease = await client.update(freed, timeoutMs);
      observe(lease ?? (await client.read(timeoutMs)));
    }
  }

  return { observe, decide, acquire, renew, release };
}
