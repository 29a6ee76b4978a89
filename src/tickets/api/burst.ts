import pRetry from 'p-retry';
import type { Clock } from '../../domain/clock.ts';
import { SECOND } from '../../domain/clock.ts';
import type { CallFailure } from '../../domain/ports.ts';

/** How often and how long a call is tried in one go. The long waits belong to the outbox. */
const RETRIES = 2;
const LONGEST_BURST_MS = 15 * SECOND;
/** A longer Retry-After is left to the outbox. */
const LONGEST_WAIT_MS = 5 * SECOND;

/** A call that worked, or how it failed. */
export type Outcome<T> = { readonly kind: 'ok'; readonly value: T } | CallFailure;

/** How a burst behaves. */
export interface BurstOptions {
  /** The request may be sent again even if the last one may have been carried out. */
  readonly isRepeatable: boolean;
  /** First wait, in milliseconds; doubled and spread at random. */
  readonly firstWaitMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

class AgainError extends Error {
  override readonly name = 'AgainError';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('again');
    this.retryAfterMs = retryAfterMs;
  }
}

/** The wait that the API asked for before another try, or `undefined` when this was the last one. */
function waitBeforeRepeat<T>(outcome: Outcome<T>, isRepeatable: boolean): number | undefined {
  const mayRepeat = outcome.kind === 'notSent' || (isRepeatable && outcome.kind === 'unknown');
  if (!mayRepeat) return undefined;
  const wait = outcome.retryAfterMs ?? 0;
  return wait <= LONGEST_WAIT_MS ? wait : undefined;
}

/**
 * Tries up to three times within 15 seconds and gives the last outcome. What may have been accepted is not repeated
 * unless `isRepeatable`. An abort ends the waits and gives what is known so far.
 */
export async function burst<T>(
  attempt: () => Promise<Outcome<T>>,
  options: BurstOptions,
): Promise<Outcome<T>> {
  const { clock, signal, isRepeatable, firstWaitMs } = options;
  let last: Outcome<T> = { kind: 'notSent', error: 'aborted before it was sent' };
  const once = async (): Promise<void> => {
    last = await attempt();
    const wait = waitBeforeRepeat(last, isRepeatable);
    if (wait !== undefined) throw new AgainError(wait);
  };
  try {
    await pRetry(once, {
      retries: RETRIES,
      minTimeout: firstWaitMs,
      maxTimeout: LONGEST_WAIT_MS,
      maxRetryTime: LONGEST_BURST_MS,
      randomize: true,
      ...(signal === undefined ? {} : { signal }),
      onFailedAttempt: async ({ error, retriesLeft }) => {
        if (retriesLeft > 0 && error instanceof AgainError) await clock.sleep(error.retryAfterMs, signal);
      },
    });
  } catch (error) {
    if (!(error instanceof AgainError) && signal?.aborted !== true) throw error;
  }
  return last;
}
