import type { Incident, IncidentStatus, PendingComment } from '../domain/incident.ts';
import type { CallFailure, CallOutcome, CreateOutcome } from '../domain/ports.ts';
import { closedStatuses, type TicketSummary } from '../domain/ticket.ts';
import type { OutboxDeps } from './deps.ts';
import type { Gate } from './gate.ts';
import {
  backoffMs,
  type FilingFacts,
  MAX_SHRINK,
  sortLookup,
  type Step,
  VERIFY_AFTER_MS,
} from './next-step.ts';

/** What a step led to: the facts as they are now, and the incident if it was written. */
export interface StepResult {
  readonly facts: FilingFacts;
  readonly incident?: Incident;
  readonly removed?: true;
}

export interface StepContext extends OutboxDeps {
  readonly gate: Gate;
  readonly signal: AbortSignal;
  /** Writes status, on whatever version of the incident is the newest. */
  readonly write: (incident: Incident, status: Partial<IncidentStatus>) => Promise<Incident>;
}

/** Carries out one step. Throws only when the store fails or the signal is aborted. */
export async function carryOut(
  step: Exclude<Step, { kind: 'wait' }>,
  incident: Incident,
  facts: FilingFacts,
  context: StepContext,
): Promise<StepResult> {
  switch (step.kind) {
    case 'observe':
      return { facts, incident: await context.write(incident, { phase: 'Observed' }) };
    case 'lookUp':
      return lookUp(incident, facts, context);
    case 'adopt':
      return adopt(incident, facts, context, step);
    case 'post':
      return post(incident, facts, context);
    case 'comment':
      return comment(incident, facts, context);
    case 'verify':
      return verify(incident, facts, context);
    case 'remove':
      await context.store.delete(incident, context.signal);
      context.observer.removed(incident);
      return { facts, removed: true };
  }
}

async function lookUp(incident: Incident, facts: FilingFacts, context: StepContext): Promise<StepResult> {
  const { desk, texts, clock, gate, signal } = context;
  try {
    const tickets = await desk.find(texts.keyMarker(incident), signal);
    gate.succeed();
    const { lookupFailingSince: _ended, ...rest } = facts;
    return { facts: { ...rest, failures: 0, lookup: sortLookup(tickets, texts.marker(incident)) } };
  } catch (error) {
    signal.throwIfAborted();
    const failed = failedCall(incident, facts, context, { call: 'list', failure: toFailure(error) });
    return { facts: { ...failed, lookupFailingSince: facts.lookupFailingSince ?? clock.monotonic() } };
  }
}

/** Ports throw errors that may carry the kind of failure they stand for. */
function toFailure(error: unknown): CallFailure {
  const message = error instanceof Error ? error.message : String(error);
  const kind = error instanceof Error && 'kind' in error && error.kind === 'paused' ? 'paused' : 'unknown';
  return { kind, error: message };
}

async function adopt(
  incident: Incident,
  facts: FilingFacts,
  context: StepContext,
  { ticket, own }: { readonly ticket: TicketSummary; readonly own: boolean },
): Promise<StepResult> {
  const filed = await context.write(incident, {
    ...filedStatus(incident, ticket, context),
    ...(own ? {} : { comment: context.texts.adoption(incident, context.clock.now()) }),
  });
  if (own) context.observer.filed(filed, ticket.id);
  else context.observer.adopted(filed, ticket.id);
  return { facts: afterFiling(facts, context), incident: filed };
}

function filedStatus(
  incident: Incident,
  ticket: TicketSummary,
  context: StepContext,
): Partial<IncidentStatus> {
  const url = context.texts.ticketUrl(ticket.id);
  return {
    phase: incident.status.recoveredAt === undefined ? 'Filed' : 'Recovered',
    ticketId: ticket.id,
    ...(url === undefined ? {} : { ticketUrl: url }),
    filedAt: context.clock.now(),
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

async function post(incident: Incident, facts: FilingFacts, context: StepContext): Promise<StepResult> {
  const { desk, texts, gate, signal, clock, observer } = context;
  const { lookup: _used, ...rest } = facts;
  const outcome: CreateOutcome = await desk.create(texts.request(incident, facts.shrink), signal);
  if (outcome.kind === 'created') {
    gate.succeed();
    // Whatever happens to the status write, this process knows the ticket and adopts it: it never posts again.
    return { facts: { ...rest, lookup: { own: [outcome.ticket], sameKey: [] } } };
  }
  const failed = failedCall(incident, rest, context, { call: 'create', failure: outcome });
  if (outcome.kind === 'rejected' && facts.shrink >= MAX_SHRINK) {
    const refused = await context.write(incident, {
      phase: 'Rejected',
      lastError: outcome.error,
      attempts: attempts(incident),
    });
    observer.rejected(refused, outcome.error);
    return { facts: failed, incident: refused };
  }
  if (outcome.kind === 'rejected') return { facts: { ...failed, shrink: facts.shrink + 1 } };
  return {
    facts: outcome.kind === 'unknown' ? { ...failed, unknownSince: clock.monotonic() } : failed,
    ...(await noteError(incident, outcome, context)),
  };
}

function attempts(incident: Incident): number {
  return (incident.status.attempts ?? 0) + 1;
}

/** The first failure of its kind is written down; repeats would only load etcd. */
async function noteError(
  incident: Incident,
  failure: CallFailure,
  context: StepContext,
): Promise<{ incident?: Incident }> {
  if (incident.status.lastError === failure.error) return {};
  return {
    incident: await context.write(incident, { lastError: failure.error, attempts: attempts(incident) }),
  };
}

/** One policy for every failed call: who waits, and for how long. */
function failedCall(
  incident: Incident,
  facts: FilingFacts,
  { gate, clock, random, observer }: StepContext,
  { call, failure }: { readonly call: string; readonly failure: CallFailure },
): FilingFacts {
  observer.failed(incident, call, failure);
  const failures = facts.failures + 1;
  switch (failure.kind) {
    case 'paused':
      gate.pause(failure.error, clock.monotonic());
      return facts;
    case 'rejected':
      // The API answers, it only does not want this request.
      gate.succeed();
      return { ...facts, failures };
    case 'notSent':
    case 'unknown':
      gate.backOff(failure.error, clock.monotonic(), failure.retryAfterMs);
      return {
        ...facts,
        failures,
        notBefore: clock.monotonic() + backoffMs(failures, random(), failure.retryAfterMs),
      };
  }
}

async function comment(incident: Incident, facts: FilingFacts, context: StepContext): Promise<StepResult> {
  const pending = incident.status.comment;
  const { ticketId } = incident.status;
  if (pending === undefined || ticketId === undefined) return { facts };
  const reason = await reasonNotToComment(ticketId, pending, context).catch((error: unknown) =>
    toFailure(error),
  );
  context.signal.throwIfAborted();
  if (typeof reason === 'object')
    return { facts: failedCall(incident, facts, context, { call: 'get', failure: reason }) };
  if (reason === undefined) {
    const outcome = await context.desk.comment(
      ticketId,
      context.texts.comment(incident, pending),
      context.signal,
    );
    if (outcome.kind !== 'done' && outcome.kind !== 'rejected') {
      return { facts: failedCall(incident, facts, context, { call: 'comment', failure: outcome }) };
    }
    if (outcome.kind === 'rejected') context.observer.commentDropped(incident, pending, outcome.error);
    else context.observer.commented(incident, pending);
  } else if (reason !== 'there already') {
    context.observer.commentDropped(incident, pending, reason);
  }
  context.gate.succeed();
  await closeIfWanted(incident, ticketId, pending, context);
  return {
    facts: { ...facts, failures: 0 },
    incident: await context.write(incident, { comment: undefined }),
  };
}

/** A closed ticket is respected; a comment that is there already is not said twice. */
async function reasonNotToComment(
  ticketId: string,
  pending: PendingComment,
  context: StepContext,
): Promise<string | undefined> {
  const ticket = await context.desk.get(ticketId, context.signal);
  if (ticket === undefined) return 'the ticket does not exist any more';
  if (closedStatuses.includes(ticket.status)) return 'a person has closed the ticket';
  return ticket.comments.some((entry) => entry.body.includes(pending.marker)) ? 'there already' : undefined;
}

async function closeIfWanted(
  incident: Incident,
  ticketId: string,
  pending: PendingComment,
  context: StepContext,
): Promise<void> {
  if (!context.options.closeRecovered || pending.kind !== 'recovered') return;
  const outcome: CallOutcome = await context.desk.close(ticketId, context.signal);
  if (outcome.kind !== 'done') context.observer.failed(incident, 'close', outcome);
}

/** Two tickets with one marker: the younger one is ours to withdraw. */
async function verify(incident: Incident, facts: FilingFacts, context: StepContext): Promise<StepResult> {
  const { desk, texts, signal, gate } = context;
  let own: readonly TicketSummary[];
  try {
    own = sortLookup(await desk.find(texts.marker(incident), signal), texts.marker(incident)).own;
    gate.succeed();
  } catch (error) {
    signal.throwIfAborted();
    return { facts: failedCall(incident, facts, context, { call: 'list', failure: toFailure(error) }) };
  }
  const [oldest, ...younger] = own;
  for (const double of younger.filter((ticket) => !closedStatuses.includes(ticket.status))) {
    const failure = await withdraw(incident, double.id, oldest?.id ?? '', context);
    if (failure !== undefined)
      return { facts: failedCall(incident, facts, context, { call: 'close', failure }) };
  }
  const { verifyAt: _done, ...rest } = facts;
  if (oldest === undefined || oldest.id === incident.status.ticketId) return { facts: rest };
  return { facts: rest, incident: await context.write(incident, { ticketId: oldest.id }) };
}

async function withdraw(
  incident: Incident,
  doubleId: string,
  oldestId: string,
  { desk, texts, signal, observer }: StepContext,
): Promise<CallFailure | undefined> {
  await desk.comment(doubleId, texts.double(incident, oldestId), signal);
  const outcome = await desk.close(doubleId, signal);
  if (outcome.kind !== 'done') return outcome;
  observer.duplicateClosed(incident, doubleId);
  return undefined;
}
