import type { Clock } from '../../domain/clock.ts';
import type { LeaseClient } from './client.ts';
import { decideLease, type LeaseDecision } from './decide.ts';
import { heldLease, type LeaseHolding, newLease, type ObservedLease, observeLease } from './record.ts';

export interface LeaseElectorDeps {
  readonly client: LeaseClient;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseMs: number;
  /** The Lease was seen written, by whomever: at `at`, in monotonic milliseconds. Must not throw. */
  readonly onWritten?: ((at: number) => void) | undefined;
}

/** What an attempt to hold the Lease came to. `since` is when the request began that made it ours (monotonic). */
export type Attempt =
  { readonly kind: 'held'; readonly since: number } | { readonly kind: 'other'; readonly retryAt?: number };

/** Nobody waits for the rest of a released Lease; the API server wants at least a second. */
const RELEASED_LEASE_MS = 1_000;

/** One candidate for the Lease and what it knows of it. */
export class LeaseElector {
  readonly #deps: LeaseElectorDeps;
  #observed: ObservedLease | undefined;

  constructor(deps: LeaseElectorDeps) {
    this.#deps = deps;
  }

  /** Takes note of the Lease, e.g. from a watch; `undefined` says that there is none. */
  observe(lease: unknown): void {
    const now = this.#deps.clock.monotonic();
    const before = this.#observed?.seenAt;
    this.#observed = lease === undefined ? undefined : observeLease(this.#observed, lease, now);
    const seenAt = this.#observed?.seenAt;
    if (seenAt !== undefined && seenAt !== before) this.#deps.onWritten?.(seenAt);
  }

  decide(): LeaseDecision {
    const { identity, leaseMs, clock } = this.#deps;
    return decideLease(this.#observed, { identity, leaseMs, now: clock.monotonic() });
  }

  /** Reads the Lease, and takes or prolongs it if that is allowed. Throws what the connection throws. */
  async acquire(timeoutMs: number): Promise<Attempt> {
    const { client, name, namespace } = this.#deps;
    this.observe(await client.read(timeoutMs));
    const decision = this.decide();
    if (decision.kind === 'wait') return { kind: 'other', retryAt: decision.untilAt };
    const known = this.#observed;
    const attempt = await this.#send(() =>
      known === undefined
        ? client.create(newLease(name, namespace, this.#holding()), timeoutMs)
        : client.update(heldLease(known, this.#holding()), timeoutMs),
    );
    return attempt ?? { kind: 'other' };
  }

  /** Prolongs the Lease without reading it first; as `acquire` when it is not as we left it. */
  async renew(timeoutMs: number): Promise<Attempt> {
    const { client, identity } = this.#deps;
    const known = this.#observed;
    if (known === undefined || known.record.holder !== identity) return this.acquire(timeoutMs);
    const attempt = await this.#send(() => client.update(heldLease(known, this.#holding()), timeoutMs));
    return attempt ?? this.acquire(timeoutMs);
  }

  /** Gives the Lease up if it is still ours, so that another may take it at once. */
  async release(timeoutMs: number): Promise<void> {
    const { client, clock, identity } = this.#deps;
    for (let tries = 0; tries < 2 && this.#observed?.record.holder === identity; tries += 1) {
      const free = { holder: '', leaseMs: RELEASED_LEASE_MS, at: clock.now() };
      const lease = await client.update(heldLease(this.#observed, free), timeoutMs);
      this.observe(lease ?? (await client.read(timeoutMs)));
    }
  }

  #holding(): LeaseHolding {
    const { identity, leaseMs, clock } = this.#deps;
    return { holder: identity, leaseMs, at: clock.now() };
  }

  /** Counts from before the request: when the answer comes, that much of the lease is over already. */
  async #send(request: () => Promise<unknown>): Promise<Attempt | undefined> {
    const since = this.#deps.clock.monotonic();
    const lease = await request();
    if (lease === undefined) return undefined;
    this.observe(lease);
    return { kind: 'held', since };
  }
}
