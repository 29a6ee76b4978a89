import type { TicketApi } from '../domain/ports.ts';
import { closedStatuses } from '../domain/ticket.ts';
import { openBreaker, type StepContext, toFailure, whileLeading } from './context.ts';
import type { CallName } from './circuit-breaker.ts';

/** What the stages before the outbox read of the ticket API, to decide by it. */
export type TicketReads = Pick<TicketApi, 'find' | 'get'>;

/** The ticket API is not asked for the time being: what was asked last has failed. */
export class BlockedError extends Error {
  override readonly name = 'BlockedError';
}

/**
 * Reads behind the gate, so that an outage costs a few requests and not one for every failure that comes again. Throws BlockedError at once
 * while the gate is closed, and while somebody else's read is finding out whether it may open: who decides must not be held up.
 */
export function createReads(deps: Pick<StepContext, 'desk' | 'gate' | 'clock' | 'isLeader'>): TicketReads {
  const { gate, clock } = deps;
  const desk = whileLeading(deps.desk, deps.isLeader);
  let underWay = 0;

  async function read<T>(call: CallName, request: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const startedAt = clock.monotonic();
    const isDoubtful = gate.blockedUntil > 0;
    if (gate.blockedUntil > startedAt || (isDoubtful && underWay > 0))
      throw new BlockedError('the ticket API does not work, and is not asked again yet');
    underWay += 1;
    try {
      const value = await request();
      gate.succeed(call, startedAt);
      return value;
    } catch (error) {
      openBreaker(gate, { call, failure: toFailure(error, signal) }, clock.monotonic());
      throw error;
    } finally {
      underWay -= 1;
    }
  }

  const never = new AbortController().signal;
  return {
    find: (text, signal = never) => read('list', () => desk.find(text, signal), signal),
    get: (id, signal = never) => read('get', () => desk.get(id, signal), signal),
  };
}

/**
 * Whether nobody works on a ticket any more: it is closed, or it is gone. A deployment of the API can answer 404 to what is there, so the
 * list, searched for the marker of its key, must not have it either. Throws what the reads throw.
 */
export async function isTicketOver(
  reads: TicketReads,
  { id, keyMarker }: { readonly id: string; readonly keyMarker: string },
  signal?: AbortSignal,
): Promise<boolean> {
  const ticket =
    (await reads.get(id, signal)) ?? (await reads.find(keyMarker, signal)).find((entry) => entry.id === id);
  return ticket === undefined || closedStatuses.includes(ticket.status);
}
