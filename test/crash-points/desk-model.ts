import type { TicketRequest, TicketSummary } from '../../src/domain/ticket.ts';
import { EPOCH, LOOKUP_DELAY_MS, type World } from './world.ts';

/** A comment on a ticket of the model. */
export interface ModelComment {
  readonly id: string;
  readonly body: string;
  /** When its sender sent it. */
  readonly sentAt: number;
}

/** A ticket as the desk's database has it. Times are those of the scheduler. */
export interface ModelTicket {
  readonly id: string;
  readonly subject: string;
  readonly description: string;
  readonly marker: string;
  /** Which process has sent it. */
  readonly sender: string;
  readonly acceptedAt: number;
  /** From then on the list has it. */
  readonly visibleAt: number;
  readonly comments: ModelComment[];
  /** Names of files. */
  readonly attachments: string[];
  closed?: { readonly at: number; readonly by: 'agent' | 'person'; readonly listedAt: number };
}

/** A request on its way. */
export interface Envelope {
  readonly sender: string;
  readonly sentAt: number;
  /** Since when nobody waits for the answer any more. */
  givenUpAt?: number;
}

/** The ticket desk behind the API. All methods are single atomic moments. */
export interface DeskModel {
  readonly tickets: readonly ModelTicket[];
  readonly accept: (request: TicketRequest, envelope: Envelope) => TicketSummary;
  readonly list: (text: string) => readonly TicketSummary[];
  readonly ticket: (id: string) => ModelTicket | undefined;
  readonly comment: (ticket: ModelTicket, body: string, envelope: Envelope) => void;
  readonly attach: (ticket: ModelTicket, file: string) => void;
  readonly close: (ticket: ModelTicket, by: 'agent' | 'person') => void;
}

/** No tickets. */
export function createDeskModel({ trace, scheduler, random, isStrict, maxLagMs }: World): DeskModel {
  const tickets: ModelTicket[] = [];

  /** When the list shows what happened now; in a strict world no later than the look-up delay after the sender gave up. */
  function listedAt(givenUpAt: number | undefined): number {
    const now = scheduler.now();
    const lagging = now + random.next() * maxLagMs;
    return isStrict ? Math.min(lagging, Math.max(now, (givenUpAt ?? now) + LOOKUP_DELAY_MS - 1)) : lagging;
  }

  return {
    tickets,
    accept: (request, { sender, givenUpAt }) => {
      const ticket: ModelTicket = {
        id: `T${tickets.length + 1}`,
        subject: request.subject,
        description: request.description,
        marker: request.marker,
        sender,
        acceptedAt: scheduler.now(),
        visibleAt: listedAt(givenUpAt),
        comments: [],
        attachments: [],
      };
      tickets.push(ticket);
      trace(`desk: ${ticket.id} accepted from ${sender}: ${ticket.subject}`);
      return summary(ticket, false);
    },
    list: (text) => {
      const now = scheduler.now();
      return tickets
        .filter((ticket) => ticket.visibleAt <= now && ticket.subject.includes(text))
        .map((ticket) => summary(ticket, ticket.closed !== undefined && ticket.closed.listedAt <= now));
    },
    ticket: (id) => tickets.find((ticket) => ticket.id === id),
    comment: (ticket, body, { sentAt }) => {
      trace(`desk: ${ticket.id} comment: ${body.replaceAll('\n', ' ')}`);
      ticket.comments.push({ id: `${ticket.id}-${ticket.comments.length + 1}`, body, sentAt });
    },
    attach: (ticket, file) => {
      trace(`desk: ${ticket.id} file: ${file}`);
      ticket.attachments.push(file);
    },
    close: (ticket, by) => {
      if (ticket.closed !== undefined) return;
      trace(`desk: ${ticket.id} closed by ${by}`);
      ticket.closed = { at: scheduler.now(), by, listedAt: listedAt(undefined) };
    },
  };
}

/** What is told of a ticket; the list may still take a closed one for open. */
export function summary(ticket: ModelTicket, isClosed: boolean): TicketSummary {
  const { id, subject, acceptedAt } = ticket;
  return { id, subject, status: isClosed ? 'closed' : 'open', createdAt: EPOCH + acceptedAt };
}
