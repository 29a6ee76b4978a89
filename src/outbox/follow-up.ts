import { type Incident, type IncidentStatus, isAutomatic, type PendingComment } from '../domain/incident.ts';
import type { CallOutcome } from '../domain/ports.ts';
import { closedStatuses, type Ticket, type TicketSummary } from '../domain/ticket.ts';
import { calls, existing, missing, read, search, write } from './calls.ts';
import { aboutOf } from './circuit-breaker.ts';
import type { StepContext, WorkItem } from './context.ts';
import { type FilingFacts, LIST_PATIENCE_MS, sortMatches } from './next-step.ts';

/** Says what the status wants to be said, unless it stands on the ticket already or the ticket is closed. */
export async function comment(item: WorkItem, context: StepContext): Promise<FilingFacts> {
  const { incident, facts } = item;
  const { comment: pending, ticketId } = incident.status;
  if (pending === undefined || ticketId === undefined) return facts;
  const { clock } = context;
  return calls(item, context, async () => {
    const startedAt = clock.monotonic();
    const ticket = await existing(item, ticketId, context);
    const isSaid = ticket?.comments.some((entry) => entry.body.includes(pending.marker)) === true;
    if (!isSaid && !isOpen(ticket)) {
      await unsaid(incident, pending, context);
      // The list may show the ticket as open for a while: a look-up must not take it again.
      return { ...settled(facts), unknownSince: clock.monotonic() };
    }
    if (isSaid) context.circuitBreaker.settle('get', aboutOf(incident), startedAt);
    const found = { incident, facts: withoutMissing(facts) };
    const failed =
      (isSaid ? undefined : await say(found, { pending, ticketId }, context)) ??
      (isOpen(ticket) ? await closeRecovered(found, { pending, ticketId }, context) : undefined);
    if (failed !== undefined) return failed;
    await settle(incident, pending, {}, context);
    return settled(facts);
  });
}

function withoutMissing({ missingSince: _missing, ...facts }: FilingFacts): FilingFacts {
  return facts;
}

/** Nothing of what has failed on the way matters any more. */
function settled({ failing: _failing, deniedAt: _denied, ...facts }: FilingFacts): FilingFacts {
  return { ...withoutMissing(facts), failures: 0, shrink: 0 };
}

interface Said {
  readonly pending: PendingComment;
  readonly ticketId: string;
}

/** Undefined when it is said or given up, otherwise the facts for another try. */
async function say(
  item: WorkItem,
  { pending, ticketId }: Said,
  context: StepContext,
): Promise<FilingFacts | undefined> {
  const { ticketApi, texts, signal, observer } = context;
  const { incident, facts } = item;
  const body = texts.comment(incident, pending, facts.shrink);
  const request = (): Promise<CallOutcome> => ticketApi.comment(ticketId, body, signal);
  const verdict = await write(item, { call: 'comment', request }, context);
  if (verdict !== undefined && verdict.refusal === undefined) return verdict.facts;
  if (verdict?.refusal === undefined) observer.commented(incident, pending);
  else observer.commentDropped(incident, pending, verdict.refusal);
  return undefined;
}

async function closeRecovered(
  item: WorkItem,
  { pending, ticketId }: Said,
  context: StepContext,
): Promise<FilingFacts | undefined> {
  const { ticketApi, signal, options } = context;
  if (!options.closeRecovered || pending.kind !== 'recovered') return undefined;
  const request = (): Promise<CallOutcome> => ticketApi.close(ticketId, signal);
  const verdict = await write(item, { call: 'close', request }, context);
  return verdict?.refusal === undefined ? verdict?.facts : undefined;
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
    return {
      phase: 'Pending',
      ticketId: undefined,
      ticketUrl: undefined,
      ticketNumber: undefined,
      filedAt: undefined,
    };
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
export async function verify(item: WorkItem, context: StepContext): Promise<FilingFacts> {
  const { texts } = context;
  const { incident, facts } = item;
  return calls(item, context, async () => {
    const { own, sameKey } = sortMatches(await search(incident, context), texts.marker(incident));
    const open = own.filter(isOpen);
    const adopted = sameKey.find((ticket) => ticket.id === incident.status.ticketId);
    const kept = adopted ?? open[0];
    if (kept !== undefined) {
      for (const double of open) {
        const failed = double.id === kept.id ? undefined : await withdraw(item, double, kept, context);
        if (failed !== undefined) return failed;
      }
      await keep(item, kept, context);
    }
    const { verifyAt: _done, ...rest } = settled(facts);
    return rest;
  });
}

function isOpen(ticket: TicketSummary | undefined): boolean {
  return ticket !== undefined && !closedStatuses.includes(ticket.status);
}

/** Undefined when it is done or given up, otherwise the facts for another try. */
async function withdraw(
  item: WorkItem,
  { id }: TicketSummary,
  kept: TicketSummary,
  context: StepContext,
): Promise<FilingFacts | undefined> {
  const { ticketApi, texts, signal, observer } = context;
  const { incident } = item;
  const ticket = await listed(item, id, context);
  if (ticket === undefined || !isOpen(ticket)) return undefined;
  const text = texts.double(incident, calledBy(kept));
  if (!ticket.comments.some((entry) => entry.body.includes(text))) {
    const request = (): Promise<CallOutcome> => ticketApi.comment(id, text, signal);
    const said = await write(item, { call: 'comment', request }, context);
    if (said !== undefined && said.refusal === undefined) return said.facts;
  }
  const closed = await write(item, { call: 'close', request: () => ticketApi.close(id, signal) }, context);
  if (closed === undefined) observer.duplicateClosed(incident, id);
  return closed?.refusal === undefined ? closed?.facts : undefined;
}

/** How people call a ticket. */
function calledBy({ number, id }: TicketSummary): string {
  return number ?? id;
}

/** A ticket that the list has. One that it shows though it was deleted long ago must not keep the comments of its incident waiting. */
async function listed({ facts }: WorkItem, id: string, context: StepContext): Promise<Ticket | undefined> {
  const { ticketApi, signal, clock } = context;
  const { missingSince = Infinity } = facts;
  const ticket = await read('get', () => ticketApi.get(id, signal), context);
  if (ticket === undefined && clock.monotonic() - missingSince < LIST_PATIENCE_MS)
    throw missing('404, though the list has the ticket');
  return ticket;
}

/** What was told to the other ticket is to be told to the one that is kept, unless a later incident speaks on it by now. */
async function keep(item: WorkItem, kept: TicketSummary, context: StepContext): Promise<void> {
  const { incident } = item;
  if (incident.status.ticketId === kept.id) return;
  const { texts, isNewest } = context;
  const url = texts.ticketUrl(kept.id);
  const toldAt = await recoveryToldBy(kept.id, item, context);
  await context.write(incident, (newest) => {
    if (newest.status.ticketId === kept.id) return undefined;
    return {
      ticketId: kept.id,
      ...(url === undefined ? {} : { ticketUrl: url }),
      ...(newest.status.ticketNumber === kept.number ? {} : { ticketNumber: kept.number }),
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
  item: WorkItem,
  context: StepContext,
): Promise<number | undefined> {
  const { incident } = item;
  const ticket = await listed(item, ticketId, context);
  const isTold = ticket !== undefined && context.texts.tellsRecovery(ticket.description);
  return isTold ? (incident.status.recoveredAt ?? context.clock.now()) : undefined;
}

/**
 * What a ticket says about recovery and what its incident has come to meanwhile can differ. Then the status is made to agree with
 * the ticket: the stages before us decide by levels, see a change that is not told yet, and tell it by a comment.
 */

/** The ticket tells of a recovery at that time, or of none. Nobody is told how a request by hand goes on. */
export function asTicketSays(newest: Incident, recoveredAt: number | undefined): Partial<IncidentStatus> {
  const phase = newest.status.recoveredAt === undefined ? 'Filed' : 'Recovered';
  if (!isAutomatic(newest)) return { phase };
  if (recoveredAt !== undefined) return { phase: 'Recovered', recoveredAt };
  if (phase === 'Filed') return { phase };
  // What was to be said of that recovery would come too late: by now it may fail again.
  const unsaid = newest.status.comment?.kind === 'recovered' ? { comment: undefined } : {};
  return { phase: 'Filed', recoveredAt: undefined, recovery: undefined, ...unsaid };
}

/** Whether a ticket that an incident is about to take may tell of a recovery: without one until then, none of its texts can. */
export function mayTellRecovery(incident: Incident): boolean {
  const { recoveredAt, recurrences = 0 } = incident.status;
  return isAutomatic(incident) && (recoveredAt !== undefined || recurrences > 0);
}
