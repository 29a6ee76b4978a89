import type { Category, Severity } from '../domain/ticket.ts';
import type { Source, Status } from './api/requests.ts';

/** Who has written: the agent, the side that files, or the side that answers. */
export const authorTypes = ['agent', 'customer', 'team'] as const;
export type AuthorType = (typeof authorTypes)[number];

/** A writer of comments and changes. */
export interface Author {
  readonly label: string;
  readonly type: AuthorType;
}

/** Where a failure stands: the agent has said that it recovered, or the ticket is resolved or closed. */
export const states = ['open', 'recovered', 'closed'] as const;
export type State = (typeof states)[number];

/** What the environment of a ticket says of the failure; null for tickets that say none. */
export interface FailureFacts {
  /** Class of the failure: `CrashLoopBackOff` … */
  readonly class: string | null;
  readonly namespace: string | null;
  readonly workload_kind: string | null;
  readonly workload: string | null;
  /** RFC 3339. */
  readonly failing_since: string | null;
  readonly occurrences: number | null;
}

/** A ticket as lists show it: names as on the wire, times in RFC 3339. */
export interface TicketSummaryRow extends FailureFacts {
  readonly id: string;
  readonly organisation_id: string;
  readonly subject: string;
  readonly source: Source;
  readonly severity: Severity | null;
  readonly category: Category;
  readonly cluster_id: string | null;
  readonly cluster_name: string | null;
  readonly status: Status;
  readonly ai_review_status: 'pending' | 'passed' | 'flagged';
  readonly ai_summary: string | null;
  /** When the agent said that the failure is over, if it has not come again. */
  readonly recovered_at: string | null;
  readonly closed_at: string | null;
  readonly comment_count: number;
  readonly attachment_count: number;
  readonly created_at: string;
  /** The last activity: a comment, an attachment, a change of status. */
  readonly updated_at: string;
  /** Epoch milliseconds from which lists of the API show the ticket. */
  readonly list_visible_at: number;
  readonly state: State;
}

/** The large texts of a ticket. JSON as text. */
export interface TicketTexts {
  readonly description: string;
  readonly environment: string | null;
  /** A JSON array of objects. */
  readonly clarification_answers: string | null;
  /** The whole request body, as it was received. */
  readonly request: string;
}

/** A whole ticket. */
export interface TicketRow extends TicketSummaryRow, TicketTexts {}

/** A ticket to be stored: what is derived is left out. */
export type NewTicket = Omit<
  TicketRow,
  'state' | 'recovered_at' | 'closed_at' | 'comment_count' | 'attachment_count'
>;

/** One row of the table `comments`. */
export interface CommentRow {
  readonly id: string;
  readonly ticket_id: string;
  readonly author_label: string;
  readonly author_type: AuthorType;
  readonly body: string;
  readonly created_at: string;
}

/** One row of the table `attachments`, without its content. */
export interface AttachmentRow {
  readonly id: string;
  readonly ticket_id: string;
  readonly filename: string;
  readonly content_type: string;
  readonly size_bytes: number;
  readonly created_at: string;
}

/** A status that a ticket was given, by whom and when. */
export interface StatusChangeRow {
  readonly ticket_id: string;
  readonly status: Status;
  readonly author_label: string;
  readonly at: string;
}

/** A stored review: the draft it was made of, as JSON text. */
export interface ReviewRow {
  readonly id: string;
  readonly organisation_id: string;
  readonly draft: string;
  readonly expires_at: string;
}

/** What has changed: a ticket, and whether it is new, was commented, got a file, or another status. */
export interface Change {
  readonly kind: 'ticket' | 'comment' | 'attachment' | 'status';
  readonly ticketId: string;
  readonly organisationId: string;
}
