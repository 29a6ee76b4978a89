import type { Incident, IncidentStatus } from '../domain/incident.ts';
import type { CallFailure } from '../domain/ports.ts';
import type { TicketSummary } from '../domain/ticket.ts';
import { failedCall, type StepContext, type StepResult, type Subject, toFailure } from './context.ts';
import { backoffMs, type FilingFacts, MAX_SHRINK, sortLookup, VERIFY_AFTER_MS } from './next-step.ts';

/** Searches the ticket list for what this incident, or an earlier one of the same owner, has there already. */
export async function lookUp(subject: Subject, context: StepContext): Promise<StepResult> {
  const { desk, texts, clock, gate, signal } = context;
  const { incident, facts } = subject;
  try {
    const tickets = await desk.find(texts.keyMarker(incident), signal);
    gate.succeed();
    const { lookupFailingSince: _ended, ...rest } = facts;
    return { facts: { ...rest, failures: 0, lookup: sortLookup(tickets, texts.marker(incident)) } };
  } catch (error) {
    signal.throwIfAborted();
    const failed = failedCall(subject, 'list', toFailure(error), context);
    return { facts: { ...failed, lookupFailingSince: facts.lookupFailingSince ?? clock.monotonic() } };
  }
}

/** Takes a ticket that stands already for this incident's; one of an earlier incident hears of it by a comment. */
export async function adopt(
  { incident, facts }: Subject,
  found: { readonly ticket: TicketSummary; readonly own: boolean },
  context: StepContext,
): Promise<StepResult> {
  const whole = await context.load(incident);
  const filed = await context.write(incident, (newest) => ({
    ...context.texts.atFiling(whole),
    ...filedStatus(newest, found.ticket, context),
    ...(found.own ? {} : { comment: context.texts.adoption(newest, context.clock.now()) }),
  }));
  if (found.own) context.observer.filed(filed, found.ticket.id);
  else context.observer.adopted(filed, found.ticket.id);
  return { facts: afterFiling(facts, context) };
}

function filedStatus(
  incident: Incident,
  ticket: TicketSummary,
  { texts, clock }: StepContext,
): Partial<IncidentStatus> {
  const url = texts.ticketUrl(ticket.id);
  return {
    phase: incident.status.recoveredAt === undefined ? 'Filed' : 'Recovered',
    ticketId: ticket.id,
    ...(url === undefined ? {} : { ticketUrl: url }),
    filedAt: clock.now(),
    ...(incident.status.lastError === undefined ? {} : { lastError: undefined }),
  };
}

/** An attempt that nobody answered may have made a second ticket: look once more when the list shows both. */
function afterFiling(facts: FilingFacts, { clock }: StepContext): FilingFacts {
  const isAmbiguous = facts.unknownSince !== undefined || facts.lookupFailingSince !== undefined;
  return {
    failures: 0,
    shrink: facts.shrink,
    ...(isAmbiguous ? { verifyAt: clock.monotonic() + VERIFY_AFTER_MS } : {}),
  };
}

/** Sends the ticket. The status is written after it, never before: a crash in between costs a look-up, not a ticket. */
export async function post(subject: Subject, context: StepContext): Promise<StepResult> {
  const { incident, facts } = subject;
  const { lookup: _used, ...rest } = facts;
  const whole = await context.load(incident);
  if (whole.spec.draft === undefined) return withoutDraft(subject, context);
  // The draft may have taken a moment to read, and the Lease may be gone.
  if (!context.isLeader()) return { facts };
  const outcome = await context.desk.create(context.texts.request(whole, facts.shrink), context.signal);
  if (outcome.kind === 'created') return created({ incident, facts: rest }, outcome.ticket, context);
  const failed = failedCall({ incident, facts: rest }, 'create', outcome, context);
  if (outcome.kind === 'rejected') return refused({ incident, facts: failed }, outcome.error, context);
  if (outcome.kind === 'unknown') {
    // The request may still be under way in the network: the list is asked only after the usual delay.
    await noteError(incident, outcome, context);
    return { facts: { ...failed, unknownSince: context.clock.monotonic() } };
  }
  await noteError(incident, outcome, context);
  return { facts: failed };
}

async function created(subject: Subject, ticket: TicketSummary, context: StepContext): Promise<StepResult> {
  const { clock, random, gate, observer } = context;
  gate.succeed();
  try {
    return await adopt(subject, { ticket, own: true }, context);
  } catch (error) {
    // This process knows the ticket: whatever the store says, it adopts it next time and never posts again.
    const failures = subject.facts.failures + 1;
    observer.failed(subject.incident, 'store', { kind: 'store', error: toFailure(error).error });
    const notBefore = clock.monotonic() + backoffMs(failures, random());
    return { facts: { ...subject.facts, failures, notBefore, lookup: { own: [ticket], sameKey: [] } } };
  }
}

async function refused(
  { incident, facts }: Subject,
  error: string,
  context: StepContext,
): Promise<StepResult> {
  if (facts.shrink < MAX_SHRINK) return { facts: { ...facts, shrink: facts.shrink + 1 } };
  const status: Partial<IncidentStatus> = { phase: 'Rejected', lastError: error };
  const rejected = await context.write(incident, (newest) => ({ ...status, attempts: attempts(newest) }));
  context.observer.rejected(rejected, error);
  return { facts };
}

/** Somebody has taken the draft out of an Incident that was not filed yet: nothing is left to send. */
async function withoutDraft({ incident, facts }: Subject, context: StepContext): Promise<StepResult> {
  const error =
    'spec.draft was removed before the ticket was filed; delete this Incident to have a new one opened';
  const rejected = await context.write(incident, () => ({ phase: 'Rejected', lastError: error }));
  context.observer.rejected(rejected, error);
  return { facts };
}

function attempts(incident: Incident): number {
  return (incident.status.attempts ?? 0) + 1;
}

/** The first failure of its kind is written down; repeats would only load etcd. */
async function noteError(incident: Incident, failure: CallFailure, context: StepContext): Promise<void> {
  if (incident.status.lastError === failure.error) return;
  try {
    await context.write(incident, (newest) => ({ lastError: failure.error, attempts: attempts(newest) }));
  } catch (error) {
    // For people only: what follows does not depend on it.
    context.observer.failed(incident, 'store', { kind: 'store', error: toFailure(error).error });
  }
}
