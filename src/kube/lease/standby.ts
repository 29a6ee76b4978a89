import { type Clock, SECOND } from '../../domain/clock.ts';
import type { LeaseClient } from './client.ts';
import type { Attempt, LeaseElector } from './lease-elector.ts';

/** No call may take longer: two tries fit into the time between renewal and deadline. */
export const CALL_TIMEOUT_MS = 5 * SECOND;

/** Attempts of standbys are spread over this part of `retryMs` on top of it (as JitterFactor of client-go's elector). */
export const JITTER = 0.2;

/** However often a watch wakes it, a standby tries no more often: a Lease that changes at every read would be a busy loop. */
const MIN_SPACING_MS = 1 * SECOND;

interface StandbyDeps {
  readonly elector: LeaseElector;
  readonly client: LeaseClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly retryMs: number;
  readonly onFailed: (error: unknown) => void;
}

/**
 * Waits until the Lease is ours: tries at every retry and the moment the Lease runs out, and at once when a watch shows that it is free. Returns
 * when the request began that made it ours (monotonic); undefined when `signal` was aborted before.
 */
export async function waitForLease(deps: StandbyDeps, signal: AbortSignal): Promise<number | undefined> {
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
  { elector, client, clock, retryMs }: StandbyDeps,
  signal: AbortSignal,
  wake: () => void,
): Promise<void> {
  while (!signal.aborted) {
    const onLease = (lease: unknown): void => {
      elector.observe(lease);
      if (elector.decide().kind !== 'wait') wake();
    };
    await client.watch(signal, onLease).catch(() => undefined);
    await pause(clock, retryMs, signal);
  }
}

function waitMs({ clock, random, retryMs }: StandbyDeps, result: Attempt): number {
  const regular = retryMs * (1 + JITTER * random());
  const retryAt = result.kind === 'other' ? result.retryAt : undefined;
  return retryAt === undefined ? regular : Math.max(0, Math.min(regular, retryAt - clock.monotonic()));
}

/** Sleeps; ends early, without complaint, when the signal is aborted. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await clock.sleep(ms, signal).catch(() => undefined);
}
