import type { Clock } from '../../domain/clock.ts';
import {
  heldLease,
  type LeaseClient,
  type LeaseHolding,
  newLease,
  type ObservedLease,
  observeLease,
} from './record.ts';

interface LeaseElectorDeps {
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

/** What to do about the Lease now. */
type LeaseDecision =
  /** There is none. */
  | { readonly kind: 'create' }
  /** It is ours: prolong it. */
  | { readonly kind: 'renew' }
  /** Nobody holds it, or its holder has not renewed it in time. */
  | { readonly kind: 'take' }
  /** Another holds it, and may until `untilAt` (monotonic milliseconds). */
  | { readonly kind: 'wait'; readonly untilAt: number };

/** Who decides, and when. */
interface LeaseCandidate {
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
