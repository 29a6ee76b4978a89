import type { Incident, PendingComment } from '../domain/incident.ts';
import type { CallFailure } from '../domain/ports.ts';
import { closedStatuses } from '../domain/ticket.ts';
import { failedCall, type StepContext, type StepResult, type Subject, toFailure } from './context.ts';
import { sortLookup } from './next-step.ts';

/** Says what the status wants to be said, unless it stands on the ticket already or a person has closed it. */
export async function comment(subject: Subject, context: StepContext): Promise<StepResult> {
  const { incident, facts } = subject;
  const { comment: pending, ticketId } = incident.status;
  if (pending === undefined || ticketId === undefined) return { facts };
  const failure = await say(incident, ticketId, pending, context);
  if (failure !== undefined) return { facts: failedCall(subject, 'comment', failure, context) };
  context.gate.succeed();
  // Another comment may have become due meanwhile: only this one is done.
  await context.write(incident, (newest) =>
    newest.status.comment?.marker === pending.marker ? { comment: undefined } : undefined,
  );
  return { facts: { ...facts, failures: 0 } };
}

async function say(
  incident: Incident,
  ticketId: string,
  pending: PendingComment,
  context: StepContext,
): Promise<CallFailure | undefined> {
  const { desk, texts, observer, signal, isLeader } = context;
  let reason: string | undefined;
  try {
    reason = await reasonNotToComment(ticketId, pending, context);
  } catch (error) {
    signal.throwIfAborted();
    return toFailure(error);
  }
  if (reason === undefined) {
    if (!isLeader()) return { kind: 'notSent', error: 'the Lease was lost' };
    const outcome = await desk.comment(ticketId, texts.comment(incident, pending), signal);
    if (outcome.kind !== 'done' && outcome.kind !== 'rejected') return outcome;
    if (outcome.kind === 'rejected') observer.commentDropped(incident, pending, outcome.error);
    else observer.commented(incident, pending);
  } else if (reason !== SAID) {
    observer.commentDropped(incident, pending, reason);
  }
  return reason === undefined || reason === SAID ? closeIfWanted(ticketId, pending, context) : undefined;
}

const SAID = 'it stands there already';

async function reasonNotToComment(
  ticketId: string,
  pending: PendingComment,
  { desk, signal }: StepContext,
): Promise<string | undefined> {
  const ticket = await desk.get(ticketId, signal);
  if (ticket === undefined) return 'the ticket does not exist any more';
  if (closedStatuses.includes(ticket.status)) return 'a person has closed the ticket';
  return ticket.comments.some((entry) => entry.body.includes(pending.marker)) ? SAID : undefined;
}

async function closeIfWanted(
  ticketId: string,
  pending: PendingComment,
  { desk, options, signal }: StepContext,
): Promise<CallFailure | undefined> {
  if (!options.closeRecovered || pending.kind !== 'recovered') return undefined;
  const outcome = await desk.close(ticketId, signal);
  return outcome.kind === 'done' ? undefined : outcome;
}

/** Two tickets with one marker: the younger one is ours to withdraw. */
export async function verify(subject: Subject, context: StepContext): Promise<StepResult> {
  const { desk, texts, signal, gate } = context;
  const { incident, facts } = subject;
  try {
    const found = await desk.find(texts.marker(incident), signal);
    gate.succeed();
    const [oldest, ...younger] = sortLookup(found, texts.marker(incident)).own;
    for (const double of younger.filter((ticket) => !closedStatuses.includes(ticket.status))) {
      const failure = await withdraw(incident, double.id, oldest?.id ?? '', context);
      if (failure !== undefined) return { facts: failedCall(subject, 'close', failure, context) };
    }
    if (oldest !== undefined) {
      await context.write(incident, (newest) =>
        newest.status.ticketId === oldest.id ? undefined : { ticketId: oldest.id },
      );
    }
  } catch (error) {
    signal.throwIfAborted();
    return { facts: failedCall(subject, 'list', toFailure(error), context) };
  }
  const { verifyAt: _done, ...rest } = facts;
  return { facts: rest };
}

async function withdraw(
  incident: Incident,
  doubleId: string,
  oldestId: string,
  { desk, texts, signal, observer }: StepContext,
): Promise<CallFailure | undefined> {
  const said = await desk.comment(doubleId, texts.double(incident, oldestId), signal);
  if (said.kind !== 'done' && said.kind !== 'rejected') return said;
  const outcome = await desk.close(doubleId, signal);
  if (outcome.kind !== 'done') return outcome;
  observer.duplicateClosed(incident, doubleId);
  return undefined;
}
