import type { Incident } from '../domain/incident.ts';
import type { CallFailure, TicketApi } from '../domain/ports.ts';
import { ifLeading, LeaseLostError, type StatusChange } from '../incidents/index.ts';
import type { OutboxDeps } from './deps.ts';
import { GoneError, wordsOf } from './errors.ts';
import type { FilingRecords } from './filing-records.ts';
import type { CallName, CircuitBreaker } from './circuit-breaker.ts';
import { type FilingFacts, waitAfter } from './next-step.ts';

/** One incident in the hands of a step. */
export interface WorkItem {
  readonly incident: Incident;
  readonly facts: FilingFacts;
}

/** What steps need. `ticketApi` throws LeaseLostError without the Lease. */
export interface StepContext extends Pick<
  OutboxDeps,
  'ticketApi' | 'clock' | 'random' | 'options' | 'texts' | 'observer'
> {
  readonly circuitBreaker: CircuitBreaker;
  /** Cuts what is in flight. */
  readonly signal: AbortSignal;
  /** The incident with its draft, which is large and not kept in memory for all. Throws GoneError. */
  readonly load: (incident: Incident) => Promise<Incident>;
  /** Writes status on the newest version of the incident. Throws GoneError. */
  readonly write: (incident: Incident, change: StatusChange) => Promise<Incident>;
  readonly remove: (incident: Incident) => Promise<void>;
  /** No other Incident of its key was made later. */
  readonly isNewest: (incident: Incident) => boolean;
  /** Remembers that a ticket of this key may have been made just now. */
  readonly noteSent: (incident: Incident) => void;
}

/** The context of the steps of one outbox until the signal is aborted. */
export function createStepContext(
  { clock, random, options, texts, observer, incidents, writer }: OutboxDeps,
  {
    ticketApi,
    circuitBreaker,
    records,
    signal,
  }: Pick<StepContext, 'ticketApi' | 'circuitBreaker' | 'signal'> & { readonly records: FilingRecords },
): StepContext {
  const orGone = ({ name }: Incident, found: Incident | undefined): Incident => {
    if (found === undefined) throw new GoneError(name);
    return found;
  };
  return {
    clock,
    random,
    options,
    texts,
    observer,
    ticketApi,
    circuitBreaker,
    signal,
    load: async (incident) => {
      const draft = records.draftOf(incident);
      if (draft !== undefined) return { ...incident, spec: { ...incident.spec, draft } };
      return orGone(incident, await writer.read(incident));
    },
    write: async (incident, change) => orGone(incident, await writer.update(incident, change)),
    remove: (incident) => writer.delete(incident, signal),
    isNewest: ({ spec, createdAt }) =>
      !incidents.ofKey(spec.key).some((other) => other.createdAt > createdAt),
    noteSent: (incident) => records.noteSent(incident),
  };
}

/** The ticket API of a leader: no request is started without the Lease. Calls throw LeaseLostError then. */
export function whileLeading(ticketApi: TicketApi, isLeader: () => boolean): TicketApi {
  const leading = <T>(call: () => Promise<T>): Promise<T> => ifLeading(isLeader, call);
  return {
    find: (text, signal) => leading(() => ticketApi.find(text, signal)),
    get: (id, signal) => leading(() => ticketApi.get(id, signal)),
    create: (request, signal) => leading(() => ticketApi.create(request, signal)),
    comment: (id, body, signal) => leading(() => ticketApi.comment(id, body, signal)),
    close: (id, signal) => leading(() => ticketApi.close(id, signal)),
    attach: (id, file, signal) => leading(() => ticketApi.attach(id, file, signal)),
  };
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
  openBreaker(
    context.circuitBreaker,
    { call, failure, about: aboutOf(subject.incident) },
    context.clock.monotonic(),
  );
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
  const waitMs = waitAfter(failures, random(), retryAfterOf(failure));
  return { ...facts, failures, notBefore: clock.monotonic() + waitMs };
}

/** The wait that the API has asked for, in milliseconds. */
export function retryAfterOf(failure: CallFailure): number | undefined {
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
export function openBreaker(
  circuitBreaker: CircuitBreaker,
  { call, failure, about }: Failed,
  elapsed: number,
): void {
  const retryAfterMs = retryAfterOf(failure);
  const failed = { call, reason: failure.error, retryAfterMs, ...(about === undefined ? {} : { about }) };
  if (failure.kind === 'paused') circuitBreaker.pause(failed, elapsed);
  // A refusal concerns this request alone until there is more to say so (refusal.ts).
  else if (failure.kind === 'unknown' || failure.kind === 'notSent') circuitBreaker.backOff(failed, elapsed);
}

/** Incidents of one object have much of their text in common. */
export function aboutOf({ spec: { target } }: Incident): string {
  return `${target.kind}/${target.namespace}/${target.name}`;
}
