import { z } from 'zod';
import { categories, severities } from '../../domain/ticket.ts';
import { authorTypes } from '../rows.ts';
import type { AttachmentRow, CommentRow, DeskStore, TicketRow, TicketSummaryRow } from '../store.ts';
import { sources, statuses } from './requests.ts';

const id = z.guid();
const time = z.iso.datetime();

const summarySchema = z.object({
  id,
  organisation_id: id,
  source: z.enum(sources),
  category: z.enum(categories),
  subject: z.string(),
  status: z.enum(statuses),
  ai_review_status: z.enum(['pending', 'passed', 'flagged']),
  created_at: time,
  updated_at: time,
  cluster_id: id.nullable(),
  cluster_name: z.string().nullable(),
  severity: z.enum(severities).nullable(),
  is_tracked_by_team: z.boolean(),
});

const commentSchema = z.object({
  id,
  author_type: z.enum(authorTypes),
  author_label: z.string(),
  body: z.string(),
  created_at: time,
});

const attachmentSchema = z.object({
  id,
  filename: z.string(),
  content_type: z.string(),
  size_bytes: z.int(),
  created_at: time,
});

/** A ticket with everything that the contract's answer has. */
export const ticketSchema = summarySchema.extend({
  description: z.string(),
  ai_summary: z.string().nullable(),
  comments: z.array(commentSchema),
  attachments: z.array(attachmentSchema),
});

const pagination = z.object({
  page: z.int(),
  page_size: z.int(),
  total_pages: z.int(),
  total_count: z.int(),
});

function pageOf(item: z.ZodType): z.ZodType {
  return z.object({ result: z.array(item), pagination });
}

/** What a review answers. */
export const reviewSchema = z.object({
  review_id: id,
  enrichment: z.object({
    summary: z.string(),
    severity: z.enum(severities),
    category: z.enum(categories),
  }),
  quality: z.enum(['pass', 'flag']),
  quality_flags: z.array(z.string()),
  clarifying_questions: z.array(z.string()),
  duplicate_candidates: z.array(
    z.object({
      candidate_id: id,
      summary: z.string(),
      status_label: z.string(),
      confidence: z.enum(['high', 'medium', 'low']),
      already_resolved: z.boolean(),
    }),
  ),
  recommended_action: z.enum(['file', 'improve', 'see_duplicate']),
  expires_at: time,
});

/** A page of a list of tickets, and of clusters. */
export const ticketPageSchema = pageOf(summarySchema);
export const clusterPageSchema = pageOf(z.object({ id, name: z.string(), organisation_id: id }));

/** The organisations of a token. */
export const organisationsSchema = z.array(
  z.object({
    organisation_id: id,
    name: z.string(),
    slug: z.string(),
    user_current: z.boolean(),
    status: z.string(),
    role: z.string(),
  }),
);

/** One organisation. */
export const organisationSchema = z.object({
  organisation_id: id,
  name: z.string(),
  slug: z.string(),
  users: z.array(z.unknown()),
  created_at: time,
});

/** What the call that chooses an organisation answers. */
export const switchedSchema = z.object({ success: z.boolean(), message: z.string() });

const problemSchema = z.object({
  type: z.string(),
  loc: z.array(z.union([z.string(), z.int()])),
  msg: z.string(),
});
/** Every error. */
export const errorSchema = z.object({ detail: z.union([z.string(), z.array(problemSchema)]) });

function toComment(row: CommentRow): z.output<typeof commentSchema> {
  const { id, author_type, author_label, body, created_at } = row;
  return { id, author_type, author_label, body, created_at };
}

function toAttachment(row: AttachmentRow): z.output<typeof attachmentSchema> {
  const { id, filename, content_type, size_bytes, created_at } = row;
  return { id, filename, content_type, size_bytes, created_at };
}

/** A ticket as lists show it. */
export function toSummary(row: TicketSummaryRow): z.output<typeof summarySchema> {
  return {
    id: row.id,
    organisation_id: row.organisation_id,
    source: row.source,
    category: row.category,
    subject: row.subject,
    status: row.status,
    ai_review_status: row.ai_review_status,
    created_at: row.created_at,
    updated_at: row.updated_at,
    cluster_id: row.cluster_id,
    cluster_name: row.cluster_name,
    severity: row.severity,
    is_tracked_by_team: false,
  };
}

/** A ticket with everything that the contract's answer has. */
export function toAnswer(store: DeskStore, row: TicketRow): z.output<typeof ticketSchema> {
  return {
    ...toSummary(row),
    description: row.description,
    ai_summary: row.ai_summary,
    comments: store.comments(row.id).map(toComment),
    attachments: store.attachments(row.id).map(toAttachment),
  };
}
