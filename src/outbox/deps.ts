import type { Clock } from '../domain/clock.ts';
import type { Incident, IncidentStatus, PendingComment } from '../domain/incident.ts';
import type { CallFailure, TicketApi } from '../domain/ports.ts';
import type { TicketFile, TicketRequest } from '../domain/ticket.ts';
import type { IncidentCache, IncidentWriter } from '../incidents/index.ts';
import type { OutboxOptions } from './next-step.ts';

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
  /** Nothing is sent for the time being. Told once, until `unblocked` or `ended`. */
  blocked(reason: string): void;
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
