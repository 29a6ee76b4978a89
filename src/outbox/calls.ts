import type { Incident } from '../domain/incident.ts';
import type { CallFailure, CallOutcome, FilingCall, TicketApi } from '../domain/ports.ts';
import { closedStatuses, type Ticket, type TicketSummary } from '../domain/ticket.ts';
import { failedCall, openBreaker, type StepContext, toFailure, type WorkItem } from './context.ts';
import { aboutOf } from './circuit-breaker.ts';
import type { FilingFacts } from './next-step.ts';
import { judge, type Verdict } from './refusal.ts';

/** A call that has failed for now. Thrown to leave a step from within. */
class CallError extends Error {
  override readonly name = 'CallError';
  readonly call: FilingCall;
  readonly failure: CallFailure;
  /** The API says that a ticket does not exist that should. */
  readonly isMissing: boolean;

  constructor(call: FilingCall, failure: CallFailure, isMissing = false) {
    super(failure.error);
    this.call = call;
    this.failure = failure;
    this.isMissing = isMissing;
  }
}

/** Carries out a step of several calls; the first one that fails ends it, and decides how long the next try waits. */
export async function calls(
  item: WorkItem,
  context: StepContext,
  step: () => Promise<FilingFacts>,
): Promise<FilingFacts> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const facts = failedCall(item, error.call, error.failure, context);
    if (!error.isMissing) return facts;
    return { ...facts, missingSince: facts.missingSince ?? context.clock.monotonic() };
  }
}

/** A read of the ticket API. Throws CallError. */
export async function read<T>(
  call: 'find' | 'get',
  request: () => Promise<T>,
  context: StepContext,
): Promise<T> {
  const { circuitBreaker, clock, signal } = context;
  const startedAt = clock.monotonic();
  try {
    const value = await request();
    circuitBreaker.succeed(call, startedAt);
    return value;
  } catch (error) {
    throw new CallError(call, toFailure(error, signal));
  }
}

/** All tickets of the owner. Throws CallError. */
export function search(incident: Incident, context: StepContext): Promise<readonly TicketSummary[]> {
  const { ticketApi, texts, signal } = context;
  return read('find', () => ticketApi.find(texts.keyMarker(incident), signal), context);
}

/**
 * The ticket of an incident, or undefined when it is gone. A deployment of the API answers 404 to what is there: so the API itself must
 * have said it for as long as its list may lag, and the list must not have it either. Until then it throws CallError.
 */
export async function existing(
  { incident, facts }: WorkItem,
  id: string,
  context: StepContext,
): Promise<Ticket | undefined> {
  const { ticketApi, signal, clock, options } = context;
  const ticket = await read('get', () => ticketApi.get(id, signal), context);
  if (ticket !== undefined) return ticket;
  const isListed = (await search(incident, context)).some((entry) => entry.id === id);
  const { missingSince = Infinity } = facts;
  if (!isListed && clock.monotonic() - missingSince >= options.lookupDelayMs) return undefined;
  throw missing(isListed ? '404, though the list has the ticket' : '404: the ticket is not found');
}

/** The API contradicts itself about a ticket. */
export function missing(error: string): CallError {
  return new CallError('get', { kind: 'denied', status: 404, isApi: true, error }, true);
}

/** A comment or a close that is to be sent. */
interface Write {
  readonly call: 'comment' | 'close';
  readonly request: () => Promise<CallOutcome>;
}

/** Undefined when it is done, otherwise what follows. Throws CallError. */
export async function write(
  item: WorkItem,
  { call, request }: Write,
  context: StepContext,
): Promise<Verdict | undefined> {
  const { circuitBreaker, clock, signal } = context;
  const { incident } = item;
  const startedAt = clock.monotonic();
  const failure = await request();
  // What was cut off belongs to whoever leads by now.
  signal.throwIfAborted();
  if (failure.kind === 'done') {
    circuitBreaker.succeed(call, startedAt, aboutOf(incident));
    return undefined;
  }
  const failed = { call, failure, startedAt, canShrink: call === 'comment' };
  const verdict = await judge(item, failed, context, () => search(incident, context));
  if (failure.kind !== 'unknown') return verdict;
  return { facts: { ...verdict.facts, unknownSince: clock.monotonic() } };
}

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
    return this.#read('find', () => this.#context.ticketApi.find(text, signal), signal);
  }

  get(id: string, signal: AbortSignal): ReturnType<TicketApi['get']> {
    return this.#read('get', () => this.#context.ticketApi.get(id, signal), signal);
  }

  async #read<T>(call: FilingCall, request: () => Promise<T>, signal: AbortSignal): Promise<T> {
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
