import type { Incident, IncidentStatus } from '../domain/incident.ts';
import type { CallFailure, TicketApi } from '../domain/ports.ts';
import type { OutboxDeps } from './deps.ts';
import { LeaseLostError, wordsOf } from './errors.ts';
import type { CallName, CircuitBreaker } from './circuit-breaker.ts';
import { backoffMs, type FilingFacts } from './next-step.ts';

/** What a step led to: the facts as they are now. */
export interface StepResult {
  readonly facts: FilingFacts;
  readonly removed?: true;
}

/** One incident in the hands of a step. */
export interface WorkItem {
  readonly incident: Incident;
  readonly facts: FilingFacts;
}

export interface StepContext extends OutboxDeps {
  readonly gate: CircuitBreaker;
  /** Cuts what is in flight. */
  readonly signal: AbortSignal;
  /** The incident with its draft, which is large and not kept in memory for all. */
  readonly load: (incident: Incident) => Promise<Incident>;
  /** Writes status on the newest version of the incident; `change` may decline. */
  readonly write: (
    incident: Incident,
    change: (newest: Incident) => Partial<IncidentStatus> | undefined,
  ) => Promise<Incident>;
  /** No other Incident of its key was made later. */
  readonly isNewest: (incident: Incident) => boolean;
  /** Remembers that a ticket of this key may have been made just now. */
  readonly noteSent: (incident: Incident) => void;
}

/** The desk of a leader: no request is started without the Lease. Calls throw LeaseLostError then. */
export function whileLeading(desk: TicketApi, isLeader: () => boolean): TicketApi {
  const leading = <T>(call: () => Promise<T>): Promise<T> => ifLeading(isLeader, call);
  return {
    find: (text, signal) => leading(() => desk.find(text, signal)),
    get: (id, signal) => leading(() => desk.get(id, signal)),
    create: (request, signal) => leading(() => desk.create(request, signal)),
    comment: (id, body, signal) => leading(() => desk.comment(id, body, signal)),
    close: (id, signal) => leading(() => desk.close(id, signal)),
  };
}

/** Rejects with LeaseLostError without the Lease. */
export async function ifLeading<T>(isLeader: () => boolean, call: () => Promise<T>): Promise<T> {
  if (!isLeader()) throw new LeaseLostError('the Lease was lost');
  return call();
}

/**
 * Ports throw errors that may carry the kind of failure they stand for. Throws when it is no failure of the API: the signal
 * is aborted or the Lease is lost.
 */
export function toFailure(error: unknown, signal: AbortSignal): CallFailure {
  signal.throwIfAborted();
  if (error instanceof LeaseLostError) throw error;
  const words = wordsOf(error);
  if (!(error instanceof Error)) return { kind: 'unknown', error: words };
  const { kind, retryAfterMs } = error as { readonly kind?: unknown; readonly retryAfterMs?: unknown };
  if (kind === 'paused') return { kind, error: words };
  return { kind: 'unknown', error: words, ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}) };
}

/** One policy for every failed call: who waits, and for how long. */
export function failedCall(
  subject: WorkItem,
  call: CallName,
  failure: CallFailure,
  context: StepContext,
): FilingFacts {
  const facts = failedAlone(subject, call, failure, context);
  openBreaker(context.gate, { call, failure, about: aboutOf(subject.incident) }, context.clock.monotonic());
  return facts;
}

/** The same where it says nothing about the requests of others. */
export function failedAlone(
  { incident, facts }: WorkItem,
  call: CallName,
  failure: CallFailure,
  { clock, random, observer }: StepContext,
): FilingFacts {
  observer.failed(incident, call, failure);
  const failures = facts.failures + 1;
  const waitMs = backoffMs(failures, random(), retryAfterOf(failure));
  return { ...facts, failures, notBefore: clock.monotonic() + waitMs };
}

function retryAfterOf(failure: CallFailure): number | undefined {
  return 'retryAfterMs' in failure ? failure.retryAfterMs : undefined;
}

/** A call that has failed. */
export interface Failed {
  readonly call: CallName;
  readonly failure: CallFailure;
  /** What a write was about. */
  readonly about?: string;
}

/** What a failed call means for all others. */
export function openBreaker(gate: CircuitBreaker, { call, failure, about }: Failed, elapsed: number): void {
  const retryAfterMs = retryAfterOf(failure);
  const failed = { call, reason: failure.error, retryAfterMs, ...(about === undefined ? {} : { about }) };
  if (failure.kind === 'paused') gate.pause(failed, elapsed);
  // A refusal concerns this request alone until there is more to say so (refusal.ts).
  else if (failure.kind === 'unknown' || failure.kind === 'notSent') gate.backOff(failed, elapsed);
}

/** Incidents of one object have much of their text in common. */
export function aboutOf({ spec: { target } }: Incident): string {
  return `${target.kind}/${target.namespace}/${target.name}`;
}
