import type { AttachmentRow, CommentRow, DeskStore, TicketRow, TicketSummaryRow } from '../store.ts';

function toComment(row: CommentRow): Readonly<Record<string, unknown>> {
  const { id, author_type, author_label, body, created_at } = row;
  return { id, author_type, author_label, body, created_at };
}

function toAttachment(row: AttachmentRow): Readonly<Record<string, unknown>> {
  const { id, filename, content_type, size_bytes, created_at } = row;
  return { id, filename, content_type, size_bytes, created_at };
}

/** A ticket as lists show it. */
export function toSummary(row: TicketSummaryRow): Readonly<Record<string, unknown>> {
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
export function toAnswer(store: DeskStore, row: TicketRow): Readonly<Record<string, unknown>> {
  return {
    ...toSummary(row),
    description: row.description,
    ai_summary: row.ai_summary,
    comments: store.comments(row.id).map(toComment),
    attachments: store.attachments(row.id).map(toAttachment),
  };
}
