import * as z from 'zod';

/** Limits of the ticket API's create call, in characters. Ours are kept in UTF-16 units, which never undercounts. */
export const SUBJECT_LIMIT = 200;
export const DESCRIPTION_LIMIT = 10_000;
export const COMMENT_LIMIT = 10_000;

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const categories = ['technical', 'account', 'billing', 'bug', 'feature_request', 'other'] as const;
export type Category = (typeof categories)[number];

/** Statuses after which nobody works on a ticket any more. */
export const closedStatuses: readonly string[] = ['resolved', 'closed'];

/** What is to be filed, as it is kept in the Incident: redacted, within all limits, still without its marker. */
export const ticketDraftSchema = z
  .object({
    subject: z.string().max(SUBJECT_LIMIT),
    description: z.string().max(DESCRIPTION_LIMIT),
    // A draft is never written back: what a later release calls otherwise is sent as what this API is known to take.
    category: z.enum(categories).catch('other'),
    severity: z.enum(severities).catch('high'),
    /** The environment object as JSON text. */
    environment: z.string(),
    /** A file for the ticket, redacted: its name, its length in bytes, and gzip in base64. */
    attachment: z.object({ name: z.string(), bytes: z.number().int(), data: z.string() }).optional(),
  })
  .readonly();
export type TicketDraft = z.output<typeof ticketDraftSchema>;

/** A draft made ready for the wire. */
export interface TicketRequest {
  readonly subject: string;
  readonly description: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly environment: Readonly<Record<string, unknown>>;
  readonly clusterId: string | undefined;
  /** Finds exactly this ticket again: `k8s-<key>-<uid>`, part of the subject. */
  readonly marker: string;
}

/** What a list of tickets says of each. */
export interface TicketSummary {
  readonly id: string;
  readonly subject: string;
  readonly status: string;
  readonly createdAt: number;
  /** The `cluster_id` that it was filed with. */
  readonly clusterId?: string;
  /** What people call it, where the API says so: `ticket_number`. */
  readonly number?: string;
}

/** A file that is sent with a ticket. */
export interface TicketFile {
  readonly name: string;
  readonly contentType: string;
  readonly content: Uint8Array;
}

export interface Ticket extends TicketSummary {
  /** Names of the files that it has. */
  readonly attachments: readonly string[];
  readonly description: string;
  readonly comments: readonly { readonly id: string; readonly body: string }[];
}
