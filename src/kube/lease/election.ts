import { type Clock, SECOND } from '../../domain/clock.ts';
import type { KubeConnection } from '../connection/index.ts';
import { type Attempt, LeaseElector } from './lease-elector.ts';
import { createLeaseClient, type LeaseClient } from './record.ts';

/** All in milliseconds. */
export interface ElectionDurations {
  /** How long others wait for a holder that does not renew. */
  readonly leaseMs: number;
  /** How long a holder leads on without a successful renewal. */
  readonly renewDeadlineMs: number;
  /** Between two renewals, and between two attempts of a standby. */
  readonly retryPeriodMs: number;
}

/** `expired`: no renewal within the deadline. `taken`: another holds the Lease. `released`: given up on purpose. */
export type StopReason = 'expired' | 'taken' | 'released';

/** What is worth a log line. */
export type ElectionEvent =
  | { readonly kind: 'started' }
  | { readonly kind: 'stopped'; readonly reason: StopReason }
  | { readonly kind: 'call-failed'; readonly error: unknown };

export interface ElectionDeps {
  readonly connection: KubeConnection;
  readonly namespace: string;
  readonly name: string;
  /** Must be this process's alone: two that share it would both lead. The pod's name and something random. */
  readonly identity: string;
  readonly clock: Clock;
  /** Between 0 and 1; spreads the attempts of standbys. */
  readonly random: () => number;
  readonly durations: ElectionDurations;
  /** Leading begins. Must not throw. */
  readonly onStarted: () => void;
  /** Leading is over. After `released` the Lease is given up only when this has resolved: let the work end in it. */
  readonly onStopped: (reason: StopReason) => void | Promise<void>;
  /** Must not throw. */
  readonly observer?: (event: ElectionEvent) => void;
  /** The Lease was seen written, by this process or another: at `at`, in monotonic milliseconds. Must not throw. */
  readonly onWritten?: (at: number) => void;
}

/** One process's part in choosing a leader. */
export class Election {
  readonly #deps: ElectionDeps;
  readonly #durations: ElectionDurations;
  readonly #elector: LeaseElector;
  readonly #waitForLease: (signal: AbortSignal) => Promise<number | undefined>;
  #leadsSince: number | undefined;

  /** Throws RangeError unless leaseMs > renewDeadlineMs > retryPeriodMs with its jitter. */
  constructor(deps: ElectionDeps) {
    const { connection, clock, random, namespace, name, identity } = deps;
    const durations = checkDurations(deps.durations);
    const client = createLeaseClient({ connection, clock, namespace, name });
    const elector = new LeaseElector({
      client,
      clock,
      namespace,
      name,
      identity,
      leaseMs: durations.leaseMs,
      onWritten: deps.onWritten,
    });
    this.#deps = deps;
    this.#durations = durations;
    this.#elector = elector;
    const onFailed = (error: unknown): undefined => this.#callFailed(error);
    const standby = { elector, client, clock, random, retryPeriodMs: durations.retryPeriodMs, onFailed };
    this.#waitForLease = (signal) => waitForLease(standby, signal);
  }

  /** Takes part until `signal` is aborted; then gives the Lease up and resolves. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const since = await this.#waitForLease(signal);
      if (since === undefined) return;
      if (signal.aborted) return this.#release();
      this.#leadsSince = since;
      this.#report({ kind: 'started' });
      this.#deps.onStarted();
      await this.#stop(await this.#lead(signal));
    }
  }

  /**
   * Whether this process leads at this moment. Ask before every side effect: a blocked or frozen process learns here,
   * before any timer of it fires, that its time is over.
   */
  isLeader(): boolean {
    return this.#leftMs() >= 0;
  }

  #leftMs(): number {
    const since = this.#leadsSince ?? Number.NEGATIVE_INFINITY;
    return since + this.#durations.renewDeadlineMs - this.#deps.clock.monotonic();
  }

  /** Leads until it must not any more. */
  async #lead(signal: AbortSignal): Promise<StopReason> {
    while (this.#leftMs() > 0) {
      await pause(this.#deps.clock, Math.min(this.#durations.retryPeriodMs, this.#leftMs()), signal);
      if (signal.aborted) return 'released';
      const leftMs = this.#leftMs();
      if (leftMs <= 0) return 'expired';
      const renewal = this.#elector.renew(Math.min(CALL_TIMEOUT_MS, leftMs));
      const attempt = await renewal.catch((error: unknown) => this.#callFailed(error));
      // Given up by hand or taken: only the Lease itself shows it, a failed call does not.
      if (attempt?.kind === 'other') return 'taken';
      if (attempt?.kind === 'held') this.#leadsSince = attempt.since;
    }
    return 'expired';
  }

  async #stop(reason: StopReason): Promise<void> {
    if (reason !== 'released') this.#leadsSince = undefined;
    this.#report({ kind: 'stopped', reason });
    await this.#deps.onStopped(reason);
    this.#leadsSince = undefined;
    if (reason === 'released') await this.#release();
  }

  #release(): Promise<void> {
    return this.#elector.release(CALL_TIMEOUT_MS).catch((error: unknown) => this.#callFailed(error));
  }

  #callFailed(error: unknown): undefined {
    this.#report({ kind: 'call-failed', error });
    return undefined;
  }

  #report(event: ElectionEvent): void {
    this.#deps.observer?.(event);
  }
}

function checkDurations(durations: ElectionDurations): ElectionDurations {
  const { leaseMs, renewDeadlineMs, retryPeriodMs } = durations;
  if (leaseMs <= renewDeadlineMs)
    throw new RangeError('lease duration must be longer than the renew deadline');
  if (renewDeadlineMs <= retryPeriodMs * (1 + JITTER) || retryPeriodMs <= 0) {
    throw new RangeError('renew deadline must be longer than the retry period with its jitter');
  }
  return durations;
}

/** No call may take longer: two tries fit into the time between renewal and deadline. */
const CALL_TIMEOUT_MS = 5 * SECOND;

/** Attempts of standbys are spread over this part of `retryPeriodMs` on top of it (as JitterFactor of client-go's elector). */
const JITTER = 0.2;

/** However often a watch wakes it, a standby tries no more often: a Lease that changes at every read would be a busy loop. */
const MIN_SPACING_MS = 1 * SECOND;

interface StandbyDeps {
  readonly elector: LeaseElector;
  readonly client: LeaseClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly retryPeriodMs: number;
  readonly onFailed: (error: unknown) => void;
}

/**
 * Waits until the Lease is ours: tries at every retry and the moment the Lease runs out, and at once when a watch shows that it is free. Returns
 * when the request began that made it ours (monotonic); undefined when `signal` was aborted before.
 */
async function waitForLease(deps: StandbyDeps, signal: AbortSignal): Promise<number | undefined> {
  const { clock } = deps;
  const over = new AbortController();
  let woken = new AbortController();
  const watching = watchLease(deps, AbortSignal.any([signal, over.signal]), () => woken.abort());
  try {
    while (!signal.aborted) {
      woken = new AbortController();
      const startedAt = clock.monotonic();
      const result = await attempt(deps);
      if (result.kind === 'held') return result.since;
      await pause(clock, waitMs(deps, result), AbortSignal.any([signal, woken.signal]));
      if (woken.signal.aborted) await pause(clock, startedAt + MIN_SPACING_MS - clock.monotonic(), signal);
    }
    return undefined;
  } finally {
    over.abort();
    await watching;
  }
}

async function attempt({ elector, onFailed }: StandbyDeps): Promise<Attempt> {
  try {
    return await elector.acquire(CALL_TIMEOUT_MS);
  } catch (error) {
    onFailed(error);
    return { kind: 'other' };
  }
}

/** Keeps a watch open. Its failures need no report: the attempts go on, and report the same. */
async function watchLease(
  { elector, client, clock, retryPeriodMs }: StandbyDeps,
  signal: AbortSignal,
  wake: () => void,
): Promise<void> {
  while (!signal.aborted) {
    const onLease = (lease: unknown): void => {
      elector.observe(lease);
      if (elector.decide().kind !== 'wait') wake();
    };
    await client.watch(signal, onLease).catch(() => undefined);
    await pause(clock, retryPeriodMs, signal);
  }
}

function waitMs({ clock, random, retryPeriodMs }: StandbyDeps, result: Attempt): number {
  const regular = retryPeriodMs * (1 + JITTER * random());
  const retryAt = result.kind === 'other' ? result.retryAt : undefined;
  return retryAt === undefined ? regular : Math.max(0, Math.min(regular, retryAt - clock.monotonic()));
}

/** Sleeps; ends early, without complaint, when the signal is aborted. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await clock.sleep(ms, signal).catch(() => undefined);
}
