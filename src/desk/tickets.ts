import { randomUUID } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import { MINUTE } from '../domain/clock.ts';
import type { Severity } from '../domain/ticket.ts';
import { ApiError } from './api/problems.ts';
import type { Source, Status, TicketInput } from './api/ticket-input.ts';
import { readComment, readEnvironment } from './failure-facts.ts';
import { qualityFlags } from './review.ts';
import type { Author, NewTicket } from './rows.ts';
import type { DeskStore, TicketRow, TicketSummaryRow } from './store.ts';

/** A cluster that the desk knows. */
export interface Cluster {
  readonly id: string;
  readonly name: string;
}

/** How long a review can be filed, in milliseconds. */
const REVIEW_LIFE_MS = 60 * MINUTE;

/** What the rules of the desk need. */
export interface TicketRulesDeps {
  readonly store: DeskStore;
  readonly clock: Clock;
  /** Without a list every cluster id is taken. */
  readonly clusters: readonly Cluster[] | undefined;
  /** Milliseconds for which a new ticket stays out of the lists. */
  readonly listLagMs: () => number;
}

/** A review as the API answers it. */
export interface ReviewAnswer {
  readonly review_id: string;
  readonly enrichment: { readonly summary: string; readonly severity: Severity; readonly category: string };
  readonly quality: 'pass' | 'flag';
  readonly quality_flags: readonly string[];
  readonly clarifying_questions: readonly string[];
  readonly duplicate_candidates: readonly {
    readonly candidate_id: string;
    readonly summary: string;
    readonly status_label: string;
    /** The hosted service answers a word: `high`, `medium` or `low`. */
    readonly confidence: string;
    readonly already_resolved: boolean;
  }[];
  readonly recommended_action: 'file' | 'improve' | 'see_duplicate';
  readonly expires_at: string;
}

/** The rules of the desk, between the API, the page and the database. */
export interface TicketRules {
  /** `request` is the body as received, kept beside the ticket. Throws ApiError: 404, 409, 422. */
  create(organisationId: string, input: TicketInput, request: unknown): TicketRow;
  review(organisationId: string, input: TicketInput): ReviewAnswer;
  /** Throws ApiError 404. `organisationIds` undefined sees every organisation. */
  ticket(id: string, organisationIds?: readonly string[]): TicketRow;
  /** A comment of the side that files takes a waiting ticket back into work; what the agent says changes the state of the failure. */
  comment(ticket: TicketSummaryRow, author: Author, body: string): void;
  /** Gives the ticket this status: closes, opens again, and all between. The status that it has already changes nothing. */
  setStatus(ticket: TicketSummaryRow, author: Author, status: Status): void;
}

/** The part of a draft that a review keeps for the create call. */
interface ReviewedDraft {
  readonly subject: string;
  readonly description: string;
  readonly category: TicketInput['category'];
  readonly clusterId: string | null;
}

/** Builds the rules of the desk. */
export function createTicketRules(deps: TicketRulesDeps): TicketRules {
  const { store, clock } = deps;
  const time = (): string => new Date(clock.now()).toISOString();
  return {
    create: (organisationId, input, request) => create(deps, organisationId, { input, request }),
    review: (organisationId, input) => review(deps, organisationId, input),
    ticket: (id, organisationIds) => {
      const row = store.ticket(id) ?? noTicket();
      return organisationIds === undefined || organisationIds.includes(row.organisation_id)
        ? row
        : noTicket();
    },
    comment: (ticket, author, body) => {
      const at = time();
      const facts = author.type === 'agent' ? readComment(body, at) : {};
      const row = {
        id: randomUUID(),
        ticket_id: ticket.id,
        author_label: author.label,
        author_type: author.type,
        body,
        created_at: at,
      };
      store.transaction(() => {
        store.insertComment(row, facts);
        if (author.type !== 'team' && ticket.status === 'waiting_customer') {
          store.setStatus(ticket.id, 'in_progress', at, author);
        }
      });
    },
    setStatus: (ticket, author, status) => {
      if (ticket.status !== status) store.setStatus(ticket.id, status, time(), author);
    },
  };
}

function create(
  deps: TicketRulesDeps,
  organisationId: string,
  { input, request }: { readonly input: TicketInput; readonly request: unknown },
): TicketRow {
  const { store, clock } = deps;
  const draft =
    input.reviewId === null ? toDraft(input) : reviewedDraft(deps, organisationId, input.reviewId);
  const cluster = findCluster(deps.clusters, draft.clusterId);
  const isFlagged = qualityFlags(draft).length > 0;
  if (isFlagged && !input.acknowledged) {
    throw new ApiError(
      409,
      'The ticket was flagged in review; repeat with acknowledged: true to file it anyway',
    );
  }
  const row: NewTicket = {
    ...toRow(draft, input),
    organisation_id: organisationId,
    cluster_name: cluster?.name ?? null,
    ai_review_status: isFlagged ? 'flagged' : 'passed',
    request: JSON.stringify(request),
    ...times(clock.now(), deps.listLagMs()),
  };
  return store.transaction(() => {
    store.insertTicket(row);
    if (input.reviewId !== null) store.deleteReview(input.reviewId);
    return store.ticket(row.id) ?? noTicket();
  });
}

/** What the draft and the request say. */
function toRow(
  draft: ReviewedDraft,
  { source, severity, environment, clarificationAnswers }: TicketInput,
): Omit<
  NewTicket,
  'organisation_id' | 'cluster_name' | 'ai_review_status' | 'request' | keyof ReturnType<typeof times>
> {
  return {
    id: randomUUID(),
    subject: draft.subject,
    description: draft.description,
    category: draft.category,
    cluster_id: draft.clusterId,
    source,
    severity,
    status: 'open',
    ai_summary: null,
    ...readEnvironment(environment),
    environment: toJson(environment),
    clarification_answers: toJson(clarificationAnswers),
  };
}

function times(now: number, lagMs: number): Pick<NewTicket, 'created_at' | 'updated_at' | 'list_visible_at'> {
  const at = new Date(now).toISOString();
  return { created_at: at, updated_at: at, list_visible_at: now + lagMs };
}

function toJson(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

function noTicket(): never {
  throw new ApiError(404, 'Ticket not found');
}

function toDraft(input: TicketInput): ReviewedDraft {
  const { subject, description, category, clusterId } = input;
  return { subject: subject ?? '', description: description ?? '', category, clusterId };
}

function reviewedDraft(deps: TicketRulesDeps, organisationId: string, reviewId: string): ReviewedDraft {
  const row = deps.store.review(reviewId);
  const isCurrent = row !== undefined && Date.parse(row.expires_at) > deps.clock.now();
  if (!isCurrent || row.organisation_id !== organisationId) {
    throw new ApiError(404, 'Review not found, expired or used already: have the text reviewed again');
  }
  return JSON.parse(row.draft) as ReviewedDraft;
}

function findCluster(clusters: readonly Cluster[] | undefined, id: string | null): Cluster | undefined {
  if (clusters === undefined || id === null) return undefined;
  const cluster = clusters.find((entry) => entry.id === id);
  if (cluster === undefined) {
    throw new ApiError(422, [{ type: 'value_error', loc: ['body', 'cluster_id'], msg: 'Unknown cluster' }]);
  }
  return cluster;
}

function review(deps: TicketRulesDeps, organisationId: string, input: TicketInput): ReviewAnswer {
  const draft = toDraft(input);
  findCluster(deps.clusters, draft.clusterId);
  const flags = qualityFlags(draft);
  const now = deps.clock.now();
  const organisationIds = [organisationId];
  const same = deps.store.list({ organisationIds, subject: draft.subject, now, limit: 3, offset: 0 }).rows;
  const row = {
    id: randomUUID(),
    organisation_id: organisationId,
    draft: JSON.stringify(draft),
    expires_at: new Date(now + REVIEW_LIFE_MS).toISOString(),
  };
  deps.store.insertReview(row, new Date(now).toISOString());
  return {
    review_id: row.id,
    enrichment: { summary: draft.subject, severity: input.severity ?? 'medium', category: draft.category },
    quality: flags.length > 0 ? 'flag' : 'pass',
    quality_flags: flags,
    clarifying_questions: flags.length > 0 ? ['What happens, and since when?'] : [],
    duplicate_candidates: same.map((ticket) => ({
      candidate_id: ticket.id,
      summary: ticket.subject,
      status_label: statusLabel(ticket.status),
      confidence: ticket.subject.toLowerCase() === draft.subject.toLowerCase() ? 'high' : 'medium',
      already_resolved: ticket.status === 'resolved' || ticket.status === 'closed',
    })),
    recommended_action: recommend(same.length > 0, flags.length > 0),
    expires_at: row.expires_at,
  };
}

function recommend(isDuplicate: boolean, isFlagged: boolean): ReviewAnswer['recommended_action'] {
  if (isDuplicate) return 'see_duplicate';
  return isFlagged ? 'improve' : 'file';
}

/** A status as a person reads it: `waiting_customer` → `waiting customer`. */
export function statusLabel(status: Status): string {
  return status.replaceAll('_', ' ');
}

/** A source as a person reads it. */
export function sourceLabel(source: Source): string {
  return source === 'api' || source === 'cli' ? source.toUpperCase() : source;
}
