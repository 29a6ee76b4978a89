import type { Incident, IncidentStatus } from '../domain/incident.ts';
import type { CallFailure, CreateOutcome } from '../domain/ports.ts';
import type { TicketRequest, TicketSummary } from '../domain/ticket.ts';
import { failedCall, type StepContext, type StepResult, type Subject, toFailure } from './context.ts';
import { GoneError, wordsOf } from './errors.ts';
import { calls, recoveryToldBy } from './follow-up.ts';
import { asTicketSays } from './level.ts';
import {
  backoffMs,
  type FilingFacts,
  LIST_PATIENCE_MS,
  MAX_SHRINK,
  sortLookup,
  VERIFY_AFTER_MS,
} from './next-step.ts';

/** Searches the ticket list for what this incident, or an earlier one of the same owner, has there already. */
export async function lookUp(subject: Subject, context: StepContext): Promise<StepResult> {
  const { desk, texts, clock, gate, signal } = context;
  const { incident, facts } = subject;
  const startedAt = clock.monotonic();
  try {
    const tickets = await desk.find(texts.keyMarker(incident), signal);
    gate.succeed('list', startedAt);
    return { facts: { ...facts, lookup: sortLookup(tickets, texts.marker(incident)) } };
  } catch (error) {
    const failed = { incident, facts: failedCall(subject, 'list', toFailure(error, signal), context) };
    // Sent at once and not later: by then the list might work again, and show what an earlier attempt has left.
    return isOutOfPatience(failed.facts, context) ? post(failed, context) : failed;
  }
}

/**
 * Whether a look-up that fails is passed over. Each attempt that may have been accepted begins the wait for the list anew, so that doubles
 * stay few.
 */
export function isOutOfPatience(
  facts: FilingFacts,
  { gate, clock }: Pick<StepContext, 'gate' | 'clock'>,
): boolean {
  const failingSince = Math.max(gate.listFailingSince ?? Infinity, facts.unknownSince ?? 0);
  return clock.monotonic() >= failingSince + LIST_PATIENCE_MS;
}

/** A ticket that stands, and the incident that it is for. */
interface Found {
  readonly ticket: TicketSummary;
  /** It carries this Incident's own marker. */
  readonly own: boolean;
}

/** Takes a ticket that stands already for this incident's; one of an earlier incident hears of it by a comment. */
export async function adopt(subject: Subject, found: Found, context: StepContext): Promise<StepResult> {
  const whole = await context.load(subject.incident);
  const now = context.clock.now();
  if (!found.own) {
    const level = (newest: Incident): Partial<IncidentStatus> => ({
      ...asTicketSays(newest, undefined),
      comment: context.texts.adoption(newest, now),
    });
    return record(subject, found, { ...context, whole, level });
  }
  return calls(subject, context, async () => {
    const toldAt = await recoveryToldBy(found.ticket.id, subject.incident, context);
    const level = (newest: Incident): Partial<IncidentStatus> => asTicketSays(newest, toldAt);
    return (await record(subject, found, { ...context, whole, level })).facts;
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
  { incident, facts }: Subject,
  { ticket, own }: Found,
  context: Recording,
): Promise<StepResult> {
  const { texts, observer, clock, whole, level } = context;
  const url = texts.ticketUrl(ticket.id);
  const filed = await context.write(incident, (newest) => {
    if (newest.status.ticketId !== undefined) return undefined;
    return {
      ...texts.atFiling(whole),
      ...level(newest),
      ticketId: ticket.id,
      ...(url === undefined ? {} : { ticketUrl: url }),
      filedAt: clock.now(),
      ...(newest.status.lastError === undefined ? {} : { lastError: undefined }),
    };
  });
  const isOurs = filed.status.ticketId === ticket.id;
  if (isOurs && own) observer.filed(filed, ticket.id);
  else if (isOurs) observer.adopted(filed, ticket.id);
  // Another leader was faster, with another ticket: one of the two is a double.
  const isAmbiguous = facts.unknownSince !== undefined || !isOurs;
  return { facts: afterFiling(facts, isAmbiguous, context) };
}

/** An attempt that nobody answered may have made a second ticket: look once more when the list shows both. */
function afterFiling({ shrink }: FilingFacts, isAmbiguous: boolean, { clock }: StepContext): FilingFacts {
  return {
    failures: 0,
    shrink,
    ...(isAmbiguous ? { verifyAt: clock.monotonic() + VERIFY_AFTER_MS } : {}),
  };
}

/** Sends the ticket. The status is written after it, never before: a crash in between costs a look-up, not a ticket. */
export async function post(subject: Subject, context: StepContext): Promise<StepResult> {
  const { incident, facts } = subject;
  const { lookup: _used, ...rest } = facts;
  const whole = await context.load(incident);
  if (whole.spec.draft === undefined) {
    const error =
      'spec.draft was removed before the ticket was filed; delete this Incident to have a new one opened';
    return reject({ incident, facts }, error, context);
  }
  const startedAt = context.clock.monotonic();
  const outcome = await send(whole, context.texts.request(whole, facts.shrink), context);
  if (outcome.kind === 'created' || outcome.kind === 'rejected') context.gate.succeed('create', startedAt);
  if (outcome.kind === 'created') return created({ incident: whole, facts: rest }, outcome.ticket, context);
  const failed = failedCall({ incident, facts: rest }, 'create', outcome, context);
  if (outcome.kind === 'rejected') return refused({ incident, facts: failed }, outcome.error, context);
  await noteError(incident, outcome, context);
  // It may still be under way: the list is asked only after the usual delay.
  return {
    facts: outcome.kind === 'unknown' ? { ...failed, unknownSince: context.clock.monotonic() } : failed,
  };
}

async function send(
  incident: Incident,
  request: TicketRequest,
  { desk, signal, noteSent }: StepContext,
): Promise<CreateOutcome> {
  noteSent(incident);
  try {
    const outcome = await desk.create(request, signal);
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
async function created(subject: Subject, ticket: TicketSummary, context: StepContext): Promise<StepResult> {
  const { clock, random, observer } = context;
  const { incident: whole, facts } = subject;
  const { recoveredAt } = whole.status;
  try {
    const level = (newest: Incident): Partial<IncidentStatus> => asTicketSays(newest, recoveredAt);
    return await record(subject, { ticket, own: true }, { ...context, whole, level });
  } catch (error) {
    if (error instanceof GoneError) throw error;
    // This process knows the ticket: whatever the store says, it adopts it next time and never posts again.
    const failures = facts.failures + 1;
    observer.failed(whole, 'store', { kind: 'store', error: wordsOf(error) });
    const notBefore = clock.monotonic() + backoffMs(failures, random());
    const lookup = { own: [ticket], sameKey: [] };
    return { facts: { ...facts, failures, notBefore, lookup } };
  }
}

async function refused(
  { incident, facts }: Subject,
  error: string,
  context: StepContext,
): Promise<StepResult> {
  if (facts.shrink < MAX_SHRINK) return { facts: { ...facts, shrink: facts.shrink + 1 } };
  return reject({ incident, facts }, error, context);
}

async function reject(
  { incident, facts }: Subject,
  error: string,
  context: StepContext,
): Promise<StepResult> {
  const rejected = await context.write(incident, (newest) =>
    isWaiting(newest) ? { phase: 'Rejected', lastError: error, attempts: attempts(newest) } : undefined,
  );
  if (rejected.status.phase === 'Rejected') context.observer.rejected(rejected, error);
  return { facts };
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
