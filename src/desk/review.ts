import { MINUTE } from '../domain/clock.ts';
import type { Category, Severity } from '../domain/ticket.ts';
import type { TicketSummaryRow } from './store.ts';

/** How long a review can be filed, in milliseconds. */
export const REVIEW_LIFE_MS = 60 * MINUTE;

/** A subject shorter than this says too little, in characters. */
const SHORTEST_SUBJECT = 8;
/** A description shorter than this says too little, in characters. */
const SHORTEST_DESCRIPTION = 20;

/** The text of a ticket before it is filed; what a review keeps for the create call. */
export interface Draft {
  readonly subject: string;
  readonly description: string;
  readonly category: Category;
  readonly clusterId: string | null;
}

/** A review as the API answers it. */
export interface ReviewAnswer {
  readonly review_id: string;
  readonly enrichment: {
    readonly summary: string;
    readonly severity: Severity;
    readonly category: Category;
  };
  readonly quality: 'pass' | 'flag';
  readonly quality_flags: readonly string[];
  readonly clarifying_questions: readonly string[];
  readonly duplicate_candidates: readonly DuplicateCandidate[];
  readonly recommended_action: 'file' | 'improve' | 'see_duplicate';
  readonly expires_at: string;
}

interface DuplicateCandidate {
  readonly candidate_id: string;
  readonly summary: string;
  readonly status_label: string;
  /** A word, as the vendor's own client reads it. */
  readonly confidence: 'high' | 'medium';
  readonly already_resolved: boolean;
}

/**
 * What a reviewer would complain about: a stand-in for the review of the real service, simple enough that a test
 * can tell beforehand what it says.
 */
export function qualityFlags({ subject, description }: Draft): readonly string[] {
  const flags: string[] = [];
  if (subject.trim().length < SHORTEST_SUBJECT) flags.push('vague_subject');
  if (description.trim().length < SHORTEST_DESCRIPTION) flags.push('missing_details');
  return flags;
}

/** What the review says of a draft; `alike` are tickets with the draft's subject in theirs. */
export function reviewDraft(
  draft: Draft,
  severity: Severity | null,
  alike: readonly TicketSummaryRow[],
): Omit<ReviewAnswer, 'review_id' | 'expires_at'> {
  const flags = qualityFlags(draft);
  return {
    enrichment: { summary: draft.subject, severity: severity ?? 'medium', category: draft.category },
    quality: flags.length > 0 ? 'flag' : 'pass',
    quality_flags: flags,
    clarifying_questions: flags.length > 0 ? ['What happens, and since when?'] : [],
    duplicate_candidates: alike.map((ticket) => toCandidate(ticket, draft.subject)),
    recommended_action: recommend(alike.length > 0, flags.length > 0),
  };
}

function toCandidate({ id, subject, status, state }: TicketSummaryRow, wanted: string): DuplicateCandidate {
  return {
    candidate_id: id,
    summary: subject,
    status_label: status.replaceAll('_', ' '),
    confidence: subject.toLowerCase() === wanted.toLowerCase() ? 'high' : 'medium',
    already_resolved: state === 'closed',
  };
}

function recommend(isDuplicate: boolean, isFlagged: boolean): ReviewAnswer['recommended_action'] {
  if (isDuplicate) return 'see_duplicate';
  return isFlagged ? 'improve' : 'file';
}
