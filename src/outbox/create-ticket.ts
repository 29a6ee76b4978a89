import type { Incident, IncidentStatus } from '../domain/incident.ts';
import type { CallFailure, CreateOutcome } from '../domain/ports.ts';
import type { TicketRequest, TicketSummary } from '../domain/ticket.ts';
import { calls, search } from './calls.ts';
import { aboutOf } from './circuit-breaker.ts';
import {
  failedCall,
  GoneError,
  retryAfterOf,
  type StepContext,
  toFailure,
  wordsOf,
  type WorkItem,
} from './context.ts';
import { asTicketSays, mayTellRecovery, recoveryToldBy } from './follow-up.ts';
import { type FilingFacts, LIST_PATIENCE_MS, sortMatches, VERIFY_AFTER_MS, waitAfter } from './next-step.ts';
import { judge, sizeOf } from './refusal.ts';

/** Searches the ticket list for what this incident, or an earlier one of the same owner, has there already. */
export async function searchTickets(item: WorkItem, context: StepContext): Promise<FilingFacts> {
  const { ticketApi, texts, clock, circuitBreaker, signal } = context;
  const { incident, facts } = item;
  const startedAt = clock.monotonic();
  try {
    const tickets = await ticketApi.find(texts.keyMarker(incident), signal);
    const matches = sortMatches(tickets, texts.marker(incident));
    // Its own ticket was accepted, and only the answer is missing.
    if (matches.own.length > 0) circuitBreaker.settle('find', aboutOf(incident), startedAt);
    else circuitBreaker.succeed('find', startedAt);
    const { askedToWaitSince: _over, ...rest } = facts;
    return { ...rest, matches };
  } catch (error) {
    const failed = failedSearch(item, toFailure(error, signal), context);
    // Sent at once and not later: by then the list might work again, and show what an earlier attempt has left.
    return isOutOfPatience(failed, context) ? post({ incident, facts: failed }, context) : failed;
  }
}

function failedSearch(item: WorkItem, failure: CallFailure, context: StepContext): FilingFacts {
  const { askedToWaitSince = context.clock.monotonic(), ...facts } = failedCall(
    item,
    'find',
    failure,
    context,
  );
  return retryAfterOf(failure) === undefined ? facts : { ...facts, askedToWaitSince };
}

/**
 * Whether a look-up that fails is passed over. Each attempt that may have been accepted begins the wait for the list anew, so that doubles
 * stay few, and an API that asks to wait is not met by the ticket instead.
 */
export function isOutOfPatience(
  facts: FilingFacts,
  { circuitBreaker, clock }: Pick<StepContext, 'circuitBreaker' | 'clock'>,
): boolean {
  const { unknownSince = 0, askedToWaitSince = 0 } = facts;
  const failingSince = Math.max(circuitBreaker.listFailingSince ?? Infinity, unknownSince, askedToWaitSince);
  return clock.monotonic() >= failingSince + LIST_PATIENCE_MS;
}

/** A ticket that stands, and the incident that it is for. */
interface Found {
  readonly ticket: TicketSummary;
  /** It carries this Incident's own marker. */
  readonly own: boolean;
}

/** Takes a ticket that stands already for this incident's; one of an earlier incident hears of it by a comment. */
export async function adopt(item: WorkItem, found: Found, context: StepContext): Promise<FilingFacts> {
  const whole = await context.load(item.incident);
  const now = context.clock.now();
  if (!found.own) {
    const level = (newest: Incident): Partial<IncidentStatus> => ({
      ...asTicketSays(newest, undefined),
      // What the cache and the watch hold has no draft.
      comment: context.texts.adoption({ ...newest, spec: whole.spec }, now),
    });
    return record(item, found, { ...context, whole, level });
  }
  return calls(item, context, async () => {
    const mayTell = mayTellRecovery(item.incident);
    const toldAt = mayTell ? await recoveryToldBy(found.ticket.id, item, context) : undefined;
    const level = (newest: Incident): Partial<IncidentStatus> => asTicketSays(newest, toldAt);
    return record(item, found, { ...context, whole, level });
  });
}

interface Recording extends StepContext {
  /** The incident with its draft. */
  readonly whole: Incident;
  /** What the status says about recovery when the ticket is recorded. */
  readonly level: (newest: Incident) => Partial<IncidentStatus>;
}

/** Writes down which ticket an incident has. */
async function record(
  { incident, facts }: WorkItem,
  { ticket, own }: Found,
  context: Recording,
): Promise<FilingFacts> {
  const { texts, observer, clock, whole, level } = context;
  const url = texts.ticketUrl(ticket.id);
  const filed = await context.write(incident, (newest) => {
    if (newest.status.ticketId !== undefined) return undefined;
    return {
      ...texts.atFiling(whole),
      ...level(newest),
      ticketId: ticket.id,
      ...(url === undefined ? {} : { ticketUrl: url }),
      ...(ticket.number === undefined ? {} : { ticketNumber: ticket.number }),
      filedAt: clock.now(),
      ...(newest.status.lastError === undefined ? {} : { lastError: undefined }),
    };
  });
  const isOurs = filed.status.ticketId === ticket.id;
  const refusal = facts.shrink === 0 ? undefined : (incident.status.lastError ?? 'no reason kept');
  if (isOurs && own) observer.filed(filed, ticket.id, refusal);
  else if (isOurs) observer.adopted(filed, ticket.id);
  // Another leader was faster, with another ticket: one of the two is a double.
  const isAmbiguous = facts.unknownSince !== undefined || !isOurs;
  return afterFiling(isAmbiguous, context);
}

/** An attempt that nobody answered may have made a second ticket: look once more when the list shows both. */
function afterFiling(isAmbiguous: boolean, { clock }: StepContext): FilingFacts {
  return {
    failures: 0,
    shrink: 0,
    ...(isAmbiguous ? { verifyAt: clock.monotonic() + VERIFY_AFTER_MS } : {}),
  };
}

/** Sends the ticket. The status is written after it, never before: a crash in between costs a look-up, not a ticket. */
export async function post(item: WorkItem, context: StepContext): Promise<FilingFacts> {
  const { incident, facts } = item;
  const { matches: _used, ...kept } = facts;
  const rest = { ...kept, shrink: sizeOf(facts, context.circuitBreaker) };
  const whole = await context.load(incident);
  if (whole.spec.draft === undefined) {
    const error =
      'spec.draft was removed before the ticket was filed; delete this Incident to have a new one opened';
    return reject({ incident, facts }, error, context);
  }
  const { clock, circuitBreaker, texts } = context;
  const startedAt = clock.monotonic();
  const outcome = await send(whole, texts.request(whole, rest.shrink), context);
  if (outcome.kind !== 'created') return unsent({ incident, facts: rest }, outcome, startedAt, context);
  circuitBreaker.succeed('create', startedAt, aboutOf(incident));
  return created({ incident: whole, facts: rest }, outcome.ticket, context);
}

function unsent(
  item: WorkItem,
  failure: CallFailure,
  startedAt: number,
  context: StepContext,
): Promise<FilingFacts> {
  const { incident } = item;
  const write = { call: 'create', failure, startedAt, canShrink: true } as const;
  return calls(item, context, async () => {
    const { facts, refusal } = await judge(item, write, context, () => search(incident, context));
    if (refusal !== undefined) return reject({ incident, facts }, refusal, context);
    if (failure.kind !== 'rejected') await noteError(incident, failure, context);
    // It may still be under way: the list is asked only after the usual delay.
    return failure.kind === 'unknown' ? { ...facts, unknownSince: context.clock.monotonic() } : facts;
  });
}

async function send(
  incident: Incident,
  request: TicketRequest,
  { ticketApi, signal, noteSent }: StepContext,
): Promise<CreateOutcome> {
  noteSent(incident);
  try {
    const outcome = await ticketApi.create(request, signal);
    // The client returns also what was cut off: whoever leads by now decides what follows, and says so.
    signal.throwIfAborted();
    return outcome;
  } catch (error) {
    return { ...toFailure(error, signal), kind: 'unknown' };
  } finally {
    noteSent(incident);
  }
}

/** `incident` is the one that the request was made from. */
async function created(item: WorkItem, ticket: TicketSummary, context: StepContext): Promise<FilingFacts> {
  const { clock, random, observer } = context;
  const { incident: whole, facts } = item;
  const { recoveredAt } = whole.status;
  try {
    const level = (newest: Incident): Partial<IncidentStatus> => asTicketSays(newest, recoveredAt);
    return await record(item, { ticket, own: true }, { ...context, whole, level });
  } catch (error) {
    if (error instanceof GoneError) throw error;
    // This process knows the ticket: whatever the store says, it adopts it next time and never posts again.
    const failures = facts.failures + 1;
    observer.failed(whole, 'store', { kind: 'store', error: wordsOf(error) });
    const notBefore = clock.monotonic() + waitAfter(failures, random());
    const matches = { own: [ticket], sameKey: [] };
    return { ...facts, failures, notBefore, matches };
  }
}

async function reject(
  { incident, facts }: WorkItem,
  error: string,
  context: StepContext,
): Promise<FilingFacts> {
  const rejected = await context.write(incident, (newest) =>
    isWaiting(newest) ? { phase: 'Rejected', lastError: error, attempts: attempts(newest) } : undefined,
  );
  if (rejected.status.phase === 'Rejected') context.observer.rejected(rejected, error);
  return facts;
}

function isWaiting({ status }: Incident): boolean {
  return status.phase === 'Pending' && status.ticketId === undefined;
}

function attempts(incident: Incident): number {
  return (incident.status.attempts ?? 0) + 1;
}

/** The first failure of its kind is written down; repeats would only load etcd. */
async function noteError(incident: Incident, failure: CallFailure, context: StepContext): Promise<void> {
  if (incident.status.lastError === failure.error) return;
  try {
    await context.write(incident, (newest) =>
      isWaiting(newest) ? { lastError: failure.error, attempts: attempts(newest) } : undefined,
    );
  } catch (error) {
    // For people only: what follows does not depend on it.
    context.observer.failed(incident, 'store', { kind: 'store', error: wordsOf(error) });
  }
}
