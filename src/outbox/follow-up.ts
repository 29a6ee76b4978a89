import type { Incident, IncidentStatus, PendingComment } from '../domain/incident.ts';
import type { CallFailure, CallOutcome } from '../domain/ports.ts';
import { closedStatuses, type Ticket, type TicketSummary } from '../domain/ticket.ts';
import { failedCall, type StepContext, type StepResult, type Subject, toFailure } from './context.ts';
import type { CallName } from './gate.ts';
import { asTicketSays, mayTellRecovery } from './level.ts';
import { type FilingFacts, sortLookup } from './next-step.ts';

/** A call that has failed for now. Thrown to leave a step from within. */
class CallError extends Error {
  override readonly name = 'CallError';
  readonly call: CallName;
  readonly failure: CallFailure;

  constructor(call: CallName, failure: CallFailure) {
    super(failure.error);
    this.call = call;
    this.failure = failure;
  }
}

/** Carries out a step of several calls; the first one that fails ends it, and decides how long the next try waits. */
export async function calls(
  subject: Subject,
  context: StepContext,
  step: () => Promise<FilingFacts>,
): Promise<StepResult> {
  try {
    return { facts: await step() };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const facts = failedCall(subject, error.call, error.failure, context);
    const isUnknown = error.failure.kind === 'unknown' && error.call === 'comment';
    return { facts: isUnknown ? { ...facts, unknownSince: context.clock.monotonic() } : facts };
  }
}

async function read<T>(call: 'list' | 'get', request: () => Promise<T>, context: StepContext): Promise<T> {
  const { gate, clock, signal } = context;
  const startedAt = clock.monotonic();
  try {
    const value = await request();
    gate.succeed(call, startedAt);
    return value;
  } catch (error) {
    throw new CallError(call, toFailure(error, signal));
  }
}

/** Undefined when it is done, otherwise the words of the refusal. Throws CallError when another try may help. */
async function write(
  call: 'comment' | 'close',
  request: () => Promise<CallOutcome>,
  { gate, clock, signal }: StepContext,
): Promise<string | undefined> {
  const startedAt = clock.monotonic();
  const outcome = await request();
  // What was cut off belongs to whoever leads by now.
  signal.throwIfAborted();
  if (outcome.kind !== 'done' && outcome.kind !== 'rejected') throw new CallError(call, outcome);
  gate.succeed(call, startedAt);
  return outcome.kind === 'done' ? undefined : outcome.error;
}

/** Says what the status wants to be said, unless it stands on the ticket already or the ticket is closed. */
export async function comment(subject: Subject, context: StepContext): Promise<StepResult> {
  const { incident, facts } = subject;
  const { comment: pending, ticketId } = incident.status;
  if (pending === undefined || ticketId === undefined) return { facts };
  const { desk, signal, clock } = context;
  return calls(subject, context, async () => {
    const ticket = await read('get', () => desk.get(ticketId, signal), context);
    const isSaid = ticket?.comments.some((entry) => entry.body.includes(pending.marker)) === true;
    if (!isSaid && !isOpen(ticket)) {
      await unsaid(incident, pending, context);
      // The list may show the ticket as open for a while: a look-up must not take it again.
      return { ...facts, failures: 0, unknownSince: clock.monotonic() };
    }
    if (!isSaid) await say(incident, { pending, ticketId }, context);
    if (context.options.closeRecovered && pending.kind === 'recovered' && isOpen(ticket))
      await write('close', () => desk.close(ticketId, signal), context);
    await settle(incident, pending, {}, context);
    return { ...facts, failures: 0 };
  });
}

async function say(
  incident: Incident,
  { pending, ticketId }: { readonly pending: PendingComment; readonly ticketId: string },
  context: StepContext,
): Promise<void> {
  const { desk, texts, signal, observer } = context;
  const body = texts.comment(incident, pending);
  const refusal = await write('comment', () => desk.comment(ticketId, body, signal), context);
  if (refusal === undefined) observer.commented(incident, pending);
  else observer.commentDropped(incident, pending, refusal);
}

/**
 * The ticket was closed before this could be said on it. That is respected, but nobody has heard then that the failure stands: what
 * has come again is shown as recovered once more, so that it is opened anew, and what had joined the ticket gets its own.
 */
async function unsaid(incident: Incident, pending: PendingComment, context: StepContext): Promise<void> {
  context.observer.commentDropped(incident, pending, 'the ticket is closed or does not exist any more');
  await settle(incident, pending, statusUnsaid(incident, pending), context);
}

function statusUnsaid(incident: Incident, { kind, at }: PendingComment): Partial<IncidentStatus> {
  if (kind === 'recurred' || isNewsOfOthers(incident, kind)) return { phase: 'Recovered', recoveredAt: at };
  if (kind === 'adopted' || kind === 'manual')
    return { phase: 'Pending', ticketId: undefined, ticketUrl: undefined, filedAt: undefined };
  return {};
}

/** Whoever closed the ticket of a common cause did not know of the owners that have joined it, and no other ticket tells of them. */
function isNewsOfOthers({ spec }: Incident, kind: PendingComment['kind']): boolean {
  return kind === 'grown' && (spec.trigger === 'shared' || spec.trigger === 'storm');
}

/** Another comment may have become due meanwhile: only this one is done. */
async function settle(
  incident: Incident,
  pending: PendingComment,
  status: Partial<IncidentStatus>,
  context: StepContext,
): Promise<void> {
  await context.write(incident, (newest) =>
    newest.status.comment?.marker === pending.marker ? { ...status, comment: undefined } : undefined,
  );
}

/** Two tickets for one incident: one is kept, and the others are ours to withdraw. */
export async function verify(subject: Subject, context: StepContext): Promise<StepResult> {
  const { desk, texts, signal } = context;
  const { incident, facts } = subject;
  return calls(subject, context, async () => {
    const found = await read('list', () => desk.find(texts.keyMarker(incident), signal), context);
    const { own, sameKey } = sortLookup(found, texts.marker(incident));
    const open = own.filter(isOpen);
    const adopted = sameKey.find((ticket) => ticket.id === incident.status.ticketId);
    const kept = adopted ?? open[0];
    if (kept !== undefined) {
      for (const double of open) if (double.id !== kept.id) await withdraw(incident, double, kept, context);
      await keep(incident, kept, context);
    }
    const { verifyAt: _done, ...rest } = facts;
    return { ...rest, failures: 0 };
  });
}

function isOpen(ticket: TicketSummary | undefined): boolean {
  return ticket !== undefined && !closedStatuses.includes(ticket.status);
}

async function withdraw(
  incident: Incident,
  { id }: TicketSummary,
  kept: TicketSummary,
  context: StepContext,
): Promise<void> {
  const { desk, texts, signal, observer } = context;
  const ticket: Ticket | undefined = await read('get', () => desk.get(id, signal), context);
  if (ticket === undefined || !isOpen(ticket)) return;
  const text = texts.double(incident, kept.id);
  if (!ticket.comments.some((entry) => entry.body.includes(text)))
    await write('comment', () => desk.comment(id, text, signal), context);
  const refusal = await write('close', () => desk.close(id, signal), context);
  if (refusal === undefined) observer.duplicateClosed(incident, id);
}

/** What was told to the other ticket is to be told to the one that is kept, unless a later incident speaks on it by now. */
async function keep(incident: Incident, kept: TicketSummary, context: StepContext): Promise<void> {
  if (incident.status.ticketId === kept.id) return;
  const { texts, isNewest } = context;
  const url = texts.ticketUrl(kept.id);
  const toldAt = await recoveryToldBy(kept.id, incident, context);
  await context.write(incident, (newest) => {
    if (newest.status.ticketId === kept.id) return undefined;
    return {
      ticketId: kept.id,
      ...(url === undefined ? {} : { ticketUrl: url }),
      ...(isNewest(newest) ? asTicketSays(newest, toldAt) : { comment: undefined }),
    };
  });
}

/**
 * Which text a ticket has is not known where answers were lost or another process has sent it: the ticket itself tells. The time
 * of the recovery that it tells of, or undefined. Throws CallError.
 */
export async function recoveryToldBy(
  ticketId: string,
  incident: Incident,
  context: StepContext,
): Promise<number | undefined> {
  if (!mayTellRecovery(incident)) return undefined;
  const ticket = await read('get', () => context.desk.get(ticketId, context.signal), context);
  const isTold = ticket !== undefined && context.texts.tellsRecovery(ticket.description);
  return isTold ? (incident.status.recoveredAt ?? context.clock.now()) : undefined;
}
