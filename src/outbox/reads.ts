import type { TicketApi } from '../domain/ports.ts';
import { closedStatuses } from '../domain/ticket.ts';
import { openBreaker, type StepContext, toFailure } from './context.ts';
import type { CallName } from './circuit-breaker.ts';

/** The ticket API is not asked for the time being: what was asked last has failed. */
export class BlockedError extends Error {
  override readonly name = 'BlockedError';
}

/**
 * Reads behind the circuit breaker, so that an outage costs a few requests and not one for every failure that comes again. Throws
 * BlockedError at once while it is open, and while somebody else's read is finding out whether it may close: who decides must not be
 * held up.
 */
export class TicketReads {
  readonly #context: Pick<StepContext, 'ticketApi' | 'circuitBreaker' | 'clock'>;
  #underWay = 0;

  constructor(context: Pick<StepContext, 'ticketApi' | 'circuitBreaker' | 'clock'>) {
    this.#context = context;
  }

  find(text: string, signal: AbortSignal): ReturnType<TicketApi['find']> {
    return this.#read('list', () => this.#context.ticketApi.find(text, signal), signal);
  }

  get(id: string, signal: AbortSignal): ReturnType<TicketApi['get']> {
    return this.#read('get', () => this.#context.ticketApi.get(id, signal), signal);
  }

  async #read<T>(call: CallName, request: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { circuitBreaker, clock } = this.#context;
    const startedAt = clock.monotonic();
    const isDoubtful = circuitBreaker.blockedUntil > 0;
    if (circuitBreaker.blockedUntil > startedAt || (isDoubtful && this.#underWay > 0))
      throw new BlockedError('the ticket API does not work, and is not asked again yet');
    this.#underWay += 1;
    try {
      const value = await request();
      circuitBreaker.succeed(call, startedAt);
      return value;
    } catch (error) {
      openBreaker(circuitBreaker, { call, failure: toFailure(error, signal) }, clock.monotonic());
      throw error;
    } finally {
      this.#underWay -= 1;
    }
  }
}

/**
 * Whether nobody works on a ticket any more: it is closed, or it is gone. A deployment of the API can answer 404 to what is there, so the
 * list, searched for the marker of its key, must not have it either. Throws what the reads throw.
 */
export async function isTicketOver(
  reads: Pick<TicketReads, 'find' | 'get'>,
  { id, keyMarker }: { readonly id: string; readonly keyMarker: string },
  signal: AbortSignal,
): Promise<boolean> {
  const ticket =
    (await reads.get(id, signal)) ?? (await reads.find(keyMarker, signal)).find((entry) => entry.id === id);
  return ticket === undefined || closedStatuses.includes(ticket.status);
}
