import { randomUUID } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import type { Upload } from './api/attachments.ts';
import { ApiError } from './api/problems.ts';
import type { Source, Status, TicketInput } from './api/requests.ts';
import { readComment, readEnvironment } from './failure-facts.ts';
import { qualityFlags, reviewDraft, REVIEW_LIFE_MS } from './review.ts';
import type { Draft, ReviewAnswer } from './review.ts';
import type { Author, NewTicket } from './rows.ts';
import type { DeskStore, TicketRow, TicketSummaryRow } from './store.ts';

/** A cluster that the desk knows. */
export interface Cluster {
  readonly id: string;
  readonly name: string;
  /** Known to this organisation alone; to all when absent. */
  readonly organisationId?: string;
}

/** What the rules of the desk need. */
export interface TicketRulesDeps {
  readonly store: DeskStore;
  readonly clock: Clock;
  /** Without a list every cluster id is taken. */
  readonly clusters: readonly Cluster[] | undefined;
  /** Milliseconds for which a new ticket stays out of the lists. */
  readonly listLagMs: () => number;
}

/** The rules of the desk, between the API, the page and the database. */
export class TicketRules {
  readonly #deps: TicketRulesDeps;
  readonly #store: DeskStore;

  constructor(deps: TicketRulesDeps) {
    this.#deps = deps;
    this.#store = deps.store;
  }

  /** `request` is the body as received, kept beside the ticket. A review can be used once. Throws ApiError: 404, 409, 422. */
  create(organisationId: string, input: TicketInput, request: unknown): TicketRow {
    const { review_id } = input;
    const draft = review_id === null ? toDraft(input) : this.#reviewedDraft(organisationId, review_id);
    const cluster = this.#cluster(organisationId, draft.clusterId);
    const isFlagged = qualityFlags(draft).length > 0;
    if (isFlagged && !input.acknowledged) {
      throw new ApiError(
        409,
        'The ticket was flagged in review; repeat with acknowledged: true to file it anyway',
      );
    }
    const at = this.#time();
    const row: NewTicket = {
      ...toRow(draft, input),
      organisation_id: organisationId,
      cluster_name: cluster?.name ?? null,
      ai_review_status: isFlagged ? 'flagged' : 'passed',
      request: JSON.stringify(request),
      created_at: at,
      updated_at: at,
      list_visible_at: Date.parse(at) + this.#deps.listLagMs(),
    };
    return this.#store.transaction(() => {
      this.#store.insertTicket(row);
      if (review_id !== null) this.#store.deleteReview(review_id);
      return this.ticket(row.id);
    });
  }

  /** Looks at a draft before it is filed, and keeps it for an hour. Throws ApiError 422. */
  review(organisationId: string, input: TicketInput): ReviewAnswer {
    const draft = toDraft(input);
    this.#cluster(organisationId, draft.clusterId);
    const now = this.#deps.clock.now();
    const filter = { organisationIds: [organisationId], subject: draft.subject, now, limit: 3, offset: 0 };
    const row = {
      id: randomUUID(),
      organisation_id: organisationId,
      draft: JSON.stringify(draft),
      expires_at: new Date(now + REVIEW_LIFE_MS).toISOString(),
    };
    this.#store.insertReview(row, this.#time());
    return {
      review_id: row.id,
      ...reviewDraft(draft, input.severity, this.#store.list(filter).rows),
      expires_at: row.expires_at,
    };
  }

  /** Throws ApiError 404. `organisationIds` undefined sees every organisation. */
  ticket(id: string, organisationIds?: readonly string[]): TicketRow {
    const row = this.#store.ticket(id);
    if (row === undefined || organisationIds?.includes(row.organisation_id) === false) {
      throw new ApiError(404, 'Ticket not found');
    }
    return row;
  }

  /** A comment of the side that files takes a waiting ticket back into work; what the agent says changes the state of the failure. */
  comment(ticket: TicketSummaryRow, author: Author, body: string): void {
    const at = this.#time();
    const row = {
      id: randomUUID(),
      ticket_id: ticket.id,
      author_label: author.label,
      author_type: author.type,
      body,
      created_at: at,
    };
    this.#store.transaction(() => {
      this.#store.insertComment(row, author.type === 'agent' ? readComment(body, at) : {});
      if (author.type !== 'team' && ticket.status === 'waiting_customer') {
        this.#store.setStatus(ticket.id, 'in_progress', at, author);
      }
    });
  }

  attach(ticket: TicketSummaryRow, { filename, contentType, content }: Upload): void {
    const row = {
      id: randomUUID(),
      ticket_id: ticket.id,
      filename,
      content_type: contentType,
      size_bytes: content.byteLength,
      created_at: this.#time(),
    };
    this.#store.insertAttachment(row, content);
  }

  /** Gives the ticket this status: closes, opens again, and all between. The status that it has already changes nothing. */
  setStatus(ticket: TicketSummaryRow, author: Author, status: Status): void {
    if (ticket.status !== status) this.#store.setStatus(ticket.id, status, this.#time(), author);
  }

  #time(): string {
    return new Date(this.#deps.clock.now()).toISOString();
  }

  #reviewedDraft(organisationId: string, reviewId: string): Draft {
    const row = this.#store.review(reviewId);
    const isCurrent = row !== undefined && Date.parse(row.expires_at) > this.#deps.clock.now();
    if (!isCurrent || row.organisation_id !== organisationId) {
      throw new ApiError(404, 'Review not found, expired or used already: have the text reviewed again');
    }
    return JSON.parse(row.draft) as Draft;
  }

  #cluster(organisationId: string, id: string | null): Cluster | undefined {
    const { clusters } = this.#deps;
    if (clusters === undefined || id === null) return undefined;
    const cluster = clusters.find((entry) => entry.id === id && isKnownTo(entry, organisationId));
    if (cluster !== undefined) return cluster;
    throw new ApiError(422, [{ type: 'value_error', loc: ['body', 'cluster_id'], msg: 'Unknown cluster' }]);
  }
}

/** True when a cluster is one of this organisation. */
export function isKnownTo(cluster: Cluster, organisationId: string): boolean {
  return cluster.organisationId === undefined || cluster.organisationId === organisationId;
}

function toDraft({ subject, description, category, cluster_id }: TicketInput): Draft {
  return { subject: subject ?? '', description: description ?? '', category, clusterId: cluster_id };
}

/** What the draft and the request say. */
function toRow(
  draft: Draft,
  { source, severity, environment, clarification_answers }: TicketInput,
): Omit<
  NewTicket,
  | 'organisation_id'
  | 'cluster_name'
  | 'ai_review_status'
  | 'request'
  | 'created_at'
  | 'updated_at'
  | 'list_visible_at'
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
    clarification_answers: toJson(clarification_answers),
  };
}

function toJson(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** A status as a person reads it: `waiting_customer` → `waiting customer`. */
export function statusLabel(status: Status): string {
  return status.replaceAll('_', ' ');
}

/** A source as a person reads it. */
export function sourceLabel(source: Source): string {
  return source === 'api' || source === 'cli' ? source.toUpperCase() : source;
}
