import { categories, DESCRIPTION_LIMIT, severities, SUBJECT_LIMIT } from '../../domain/ticket.ts';
import type { Category, Severity } from '../../domain/ticket.ts';
import { readBody, refuse } from './problems.ts';

/** Who may be named as the origin of a ticket. */
export const sources = ['portal', 'api', 'cli', 'agent'] as const;
export type Source = (typeof sources)[number];

/** Every status a ticket can have. */
export const statuses = [
  'pending_review',
  'open',
  'triaging',
  'in_progress',
  'waiting_customer',
  'resolved',
  'closed',
] as const;
export type Status = (typeof statuses)[number];

/** The body of a create call after validation, defaults filled in. */
export interface TicketInput {
  readonly reviewId: string | null;
  readonly subject: string | null;
  readonly description: string | null;
  readonly category: Category;
  readonly clusterId: string | null;
  readonly severity: Severity | null;
  readonly source: Source;
  readonly acknowledged: boolean;
  readonly environment: Readonly<Record<string, unknown>> | null;
  readonly clarificationAnswers: readonly Readonly<Record<string, unknown>>[] | null;
}

/**
 * Checks a create (or review) body against the contract: unknown fields are ignored, limits count code points.
 * Without a review the text must be in the body. Throws ApiError with every problem found.
 */
export function parseTicketInput(body: unknown): TicketInput {
  const fields = readBody(body);
  const input: TicketInput = {
    reviewId: fields.uuid('review_id'),
    subject: fields.text('subject', SUBJECT_LIMIT),
    description: fields.text('description', DESCRIPTION_LIMIT),
    category: fields.choice('category', categories) ?? 'technical',
    clusterId: fields.uuid('cluster_id'),
    severity: fields.choice('severity', severities),
    source: fields.choice('source', sources) ?? 'portal',
    acknowledged: fields.flag('acknowledged'),
    environment: fields.record('environment'),
    clarificationAnswers: fields.records('clarification_answers'),
  };
  refuse(fields.problems);
  if (input.reviewId === null) requireText(fields, input);
  refuse(fields.problems);
  return input;
}

function requireText(fields: ReturnType<typeof readBody>, input: TicketInput): void {
  for (const name of ['subject', 'description'] as const) {
    if ((input[name] ?? '').trim() === '') fields.add('missing', name, 'Field required without a review_id');
  }
}
