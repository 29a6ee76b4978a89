import { type Clock, SECOND } from '../../domain/clock.ts';
import type { KubeConnection } from '../connection/index.ts';
import { type Attempt, createLeaseElector, type LeaseElector } from './lease-elector.ts';
import { createLeaseClient, type LeaseClient } from './client.ts';

/** All in milliseconds. */
export interface ElectionDurations {
  /** How long others wait for a holder that does not renew. */
  readonly leaseMs: number;
  /** How long a holder leads on without a successful renewal. */
  readonly renewDeadlineMs: number;
  /** Between two renewals, and between two looks of a standby. */
  readonly retryMs: number;
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
  /** Between 0 and 1; spreads the looks of standbys. */
  readonly random: () => number;
  readonly durations?: Partial<ElectionDurations>;
  /** Leading begins. Must not throw. */
  readonly onStarted: () => void;
  /** Leading is over. After `released` the Lease is given up only when this has resolved: let the work end in it. */
  readonly onStopped: (reason: StopReason) => void | Promise<void>;
  /** Must not throw. */
  readonly observer?: (event: ElectionEvent) => void;
}

/** One process's part in choosing a leader. */
export interface Election {
  /** Takes part until `signal` is aborted; then gives the Lease up and resolves. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Whether this process leads at this moment. Ask before every side effect: a blocked or frozen process learns here,
   * before any timer of it fires, that its time is over.
   */
  isLeader(): boolean;
}

const defaults: ElectionDurations = {
  leaseMs: 30 * SECOND,
  renewDeadlineMs: 20 * SECOND,
  retryMs: 5 * SECOND,
};

/** No call may take longer: two tries fit into the time between renewal and deadline. */
const CALL_TIMEOUT_MS = 5 * SECOND;

/** Looks of standbys are spread over this part of `retryMs` on top of it (as JitterFactor of client-go's elector). */
const JITTER = 0.2;

/** Throws RangeError unless leaseMs > renewDeadlineMs > retryMs with its jitter. */
export function createElection(deps: ElectionDeps): Election {
  const durations = checkDurations({ ...defaults, ...deps.durations });
  const { clock } = deps;
  const client = createLeaseClient(deps);
  const claimant = createLeaseElector({ ...deps, client, leaseMs: durations.leaseMs });
  const report = deps.observer ?? ((): void => undefined);
  const standby = createStandby({ claimant, client, clock, random: deps.random, durations, report });
  let leadsSince: number | undefined;

  function deadline(): number {
    return (leadsSince ?? Number.NEGATIVE_INFINITY) + durations.renewDeadlineMs;
  }

  /** Leads until it must not any more. */
  async function lead(signal: AbortSignal): Promise<StopReason> {
    while (clock.monotonic() < deadline()) {
      await pause(clock, Math.min(durations.retryMs, deadline() - clock.monotonic()), signal);
      if (signal.aborted) return 'released';
      const leftMs = deadline() - clock.monotonic();
      if (leftMs <= 0) return 'expired';
      const attempt = await claimant.renew(Math.min(CALL_TIMEOUT_MS, leftMs)).catch(failed);
      // Given up by hand or taken: only the Lease itself tells, a failed call does not.
      if (attempt?.kind === 'other') return 'taken';
      if (attempt?.kind === 'held') leadsSince = attempt.since;
    }
    return 'expired';
  }

  function failed(error: unknown): undefined {
    report({ kind: 'call-failed', error });
    return undefined;
  }

  async function stop(reason: StopReason): Promise<void> {
    if (reason !== 'released') leadsSince = undefined;
    report({ kind: 'stopped', reason });
    await deps.onStopped(reason);
    leadsSince = undefined;
    if (reason === 'released') await release();
  }

  function release(): Promise<void> {
    return claimant.release(CALL_TIMEOUT_MS).catch(failed);
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const since = await standby.wait(signal);
      if (since === undefined) return;
      if (signal.aborted) return release();
      leadsSince = since;
      report({ kind: 'started' });
      deps.onStarted();
      await stop(await lead(signal));
    }
  }

  return { run, isLeader: () => clock.monotonic() <= deadline() };
}

/** However often a watch wakes it, a standby looks no more often: a Lease that changes at every look would be a busy loop. */
const MIN_SPACING_MS = 1 * SECOND;

interface StandbyDeps {
  readonly claimant: LeaseElector;
  readonly client: LeaseClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly durations: ElectionDurations;
  readonly report: (event: ElectionEvent) => void;
}

/** Waits for its turn: looks at every retry and the moment the Lease runs out, and at once when a watch shows that it is free. */
function createStandby(deps: StandbyDeps): { wait(signal: AbortSignal): Promise<number | undefined> } {
  const { claimant, clock, durations, report } = deps;

  async function attempt(): Promise<Attempt> {
    try {
      return await claimant.acquire(CALL_TIMEOUT_MS);
    } catch (error) {
      report({ kind: 'call-failed', error });
      return { kind: 'other' };
    }
  }

  /** Keeps a watch open. Its failures need no report: the looks go on, and report the same trouble. */
  async function watch(signal: AbortSignal, wake: () => void): Promise<void> {
    while (!signal.aborted) {
      const onLease = (lease: unknown): void => {
        claimant.observe(lease);
        if (claimant.decide().kind !== 'wait') wake();
      };
      await deps.client.watch(signal, onLease).catch(() => undefined);
      await pause(clock, durations.retryMs, signal);
    }
  }

  function waitMs(result: Attempt): number {
    const regular = durations.retryMs * (1 + JITTER * deps.random());
    const retryAt = result.kind === 'other' ? result.retryAt : undefined;
    if (retryAt === undefined) return regular;
    return Math.max(0, Math.min(regular, retryAt - clock.monotonic()));
  }

  async function wait(signal: AbortSignal): Promise<number | undefined> {
    const over = new AbortController();
    const stopped = AbortSignal.any([signal, over.signal]);
    let alarm = new AbortController();
    const watching = watch(stopped, () => alarm.abort());
    try {
      while (!signal.aborted) {
        alarm = new AbortController();
        const startedAt = clock.monotonic();
        const result = await attempt();
        if (result.kind === 'held') return result.since;
        await pause(clock, waitMs(result), AbortSignal.any([signal, alarm.signal]));
        if (alarm.signal.aborted) await pause(clock, startedAt + MIN_SPACING_MS - clock.monotonic(), signal);
      }
      return undefined;
    } finally {
      over.abort();
      await watching;
    }
  }

  return { wait };
}

/** Sleeps; ends early, without complaint, when the signal is aborted. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await clock.sleep(ms, signal).catch(() => undefined);
}

function checkDurations(durations: ElectionDurations): ElectionDurations {
  const { leaseMs, renewDeadlineMs, retryMs } = durations;
  if (leaseMs <= renewDeadlineMs)
    throw new RangeError('lease duration must be longer than the renew deadline');
  if (renewDeadlineMs <= retryMs * (1 + JITTER) || retryMs <= 0) {
    throw new RangeError('renew deadline must be longer than the retry period with its jitter');
  }
  return durations;
}
