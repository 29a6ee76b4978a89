import type { Clock } from '../domain/clock.ts';
import type { Incident, IncidentStatus, PendingComment } from '../domain/incident.ts';
import {
  type BlockCause,
  type CallFailure,
  type FilingCall,
  refusedSettings,
  type TicketApi,
} from '../domain/ports.ts';
import type { TicketFile, TicketRequest } from '../domain/ticket.ts';
import {
  type IncidentCache,
  type IncidentWriter,
  LeaseLostError,
  requireLease,
  type StatusChange,
} from '../incidents/index.ts';
import { type FilingFacts, type OutboxOptions, waitAfter } from './next-step.ts';
import type { FilingRecords } from './filing-records.ts';
import { aboutOf, blockCauseOf, type CircuitBreaker } from './circuit-breaker.ts';

/** The words of tickets and comments, made elsewhere. All pure. */
export interface OutboxTexts {
  /** `shrink` 0 is the whole request; each higher level leaves out more. */
  request(incident: Incident, shrink: number): TicketRequest;
  /** `shrink` as with a request. */
  comment(incident: Incident, comment: PendingComment, shrink: number): string;
  /** The comment that joins this incident to an open ticket of the same owner. */
  adoption(incident: Incident, now: number): PendingComment;
  /** What is known from the draft and belongs into the status once the ticket is filed. */
  atFiling(incident: Incident): Partial<IncidentStatus>;
  /** Whether this description, made by `request`, tells that the failure was over when it was sent. */
  tellsRecovery(description: string): boolean;
  /** What is said on a double before it is closed. */
  double(incident: Incident, oldestTicket: string): string;
  /** Part of every ticket subject of this key. */
  keyMarker(incident: Incident): string;
  /** Part of the subject of this Incident's own ticket only. */
  marker(incident: Incident): string;
  ticketUrl(ticketId: string): string | undefined;
  /** The file of the draft; undefined where there is none that can be read. */
  file(incident: Incident): TicketFile | undefined;
}

/** What the outbox tells about its work, for the log and the metrics. */
export interface OutboxObserver {
  /** `refusal`: it was refused as a whole, in these words, and filed with less. */
  filed(incident: Incident, ticketId: string, refusal?: string): void;
  adopted(incident: Incident, ticketId: string): void;
  rejected(incident: Incident, error: string): void;
  commented(incident: Incident, comment: PendingComment): void;
  commentDropped(incident: Incident, comment: PendingComment, reason: string): void;
  duplicateClosed(incident: Incident, ticketId: string): void;
  removed(incident: Incident): void;
  attached(incident: Incident, file: string): void;
  /** It is not attached, for good. */
  attachmentDropped(incident: Incident, file: string, reason: string): void;
  /** One call has failed. */
  failed(
    incident: Incident,
    call: string,
    failure: CallFailure | { readonly kind: 'store'; readonly error: string },
  ): void;
  /** Nothing is sent for the time being. Told for each change of the setting that is refused, until `unblocked` or `ended`. */
  blocked(reason: string, cause: BlockCause): void;
  unblocked(): void;
  /** The term is over: whether the API works is not known to this process any more. */
  ended(): void;
}

export interface OutboxDeps {
  readonly incidents: IncidentCache;
  readonly writer: IncidentWriter;
  readonly ticketApi: TicketApi;
  readonly clock: Clock;
  /** Between 0 and 1. */
  readonly random: () => number;
  readonly options: OutboxOptions;
  readonly texts: OutboxTexts;
  /** Asked right before every request: a leader that lost its Lease starts none. */
  readonly isLeader: () => boolean;
  readonly observer: OutboxObserver;
}

/** The Incident was deleted while it was worked on. */
export class GoneError extends Error {
  override readonly name = 'GoneError';
}

/** The words of something that was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

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
  const leading = async <T>(call: () => Promise<T>): Promise<T> => {
    requireLease(isLeader);
    return call();
  };
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
  const { kind, retryAfterMs, setting } = error as Partial<
    Record<'kind' | 'retryAfterMs' | 'setting', unknown>
  >;
  if (kind === 'paused') {
    const known = refusedSettings.find((one) => one === setting);
    return { kind, error: words, ...(known === undefined ? {} : { setting: known }) };
  }
  return { kind: 'unknown', error: words, ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}) };
}

/** One policy for every failed call: who waits, and for how long. */
export function failedCall(
  item: WorkItem,
  call: FilingCall,
  failure: CallFailure,
  context: StepContext,
): FilingFacts {
  const facts = failedAlone(item, call, failure, context);
  openBreaker(
    context.circuitBreaker,
    { call, failure, about: aboutOf(item.incident) },
    context.clock.monotonic(),
  );
  return facts;
}

/** The same where it says nothing about the requests of others. */
export function failedAlone(
  { incident, facts }: WorkItem,
  call: FilingCall,
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
interface Failed {
  readonly call: FilingCall;
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
  const told = { call, reason: failure.error, cause: blockCauseOf(failure), retryAfterMs };
  const failed = about === undefined ? told : { ...told, about };
  if (failure.kind === 'paused') circuitBreaker.pause(failed, elapsed);
  // A refusal concerns this request alone until there is more to say so (refusal.ts).
  else if (failure.kind === 'unknown' || failure.kind === 'notSent') circuitBreaker.backOff(failed, elapsed);
}
