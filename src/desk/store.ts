import { closedStatuses } from '../domain/ticket.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import type { Status } from './api/requests.ts';
import { Database } from './database.ts';
import type { Row } from './database.ts';
import { toWhere } from './list-sql.ts';
import type { ListFilter } from './list-sql.ts';
import type {
  AttachmentRow,
  Author,
  Change,
  CommentRow,
  NewTicket,
  ReviewRow,
  StatusChangeRow,
  TicketRow,
  TicketSummaryRow,
} from './rows.ts';

export type { AttachmentRow, Change, CommentRow, TicketRow, TicketSummaryRow } from './rows.ts';

/** How many counts are kept between two changes. */
const KEPT_COUNTS = 200;
/** How many reviews may wait for their ticket in one organisation. */
const KEPT_REVIEWS = 1_000;

const ATTACHMENT_COLUMNS = 'id, ticket_id, filename, content_type, size_bytes, created_at';

/** The desk's memory: one SQLite database. Every call is synchronous and atomic. */
export class DeskStore {
  readonly #db: Database;
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #startedAt = Date.now().toString(36);
  #changes = 0;
  #pending: Change[] = []; // of the transaction that is not yet written
  /** Counts over all tickets, by their query, as long as nothing changes: pages ask for the same ones again and again. */
  #counts = new BoundedMap<string, unknown>(KEPT_COUNTS);
  /** Until then a list has to look which tickets are visible: the list lag is a fault, and rare. */
  #allVisibleAt = 0;

  /**
   * Opens (and creates) the database. `file` is a path or `:memory:`. Other processes may read it meanwhile.
   * Throws an Error that names the file when it cannot be opened, is no database, is of a later release, or belongs to a running desk.
   */
  constructor(file: string) {
    this.#db = new Database(file);
  }

  insertTicket(ticket: NewTicket): void {
    const { description, environment, clarification_answers, request, ...summary } = ticket;
    this.#allVisibleAt = Math.max(this.#allVisibleAt, ticket.list_visible_at);
    this.#change({ kind: 'ticket', ticketId: ticket.id, organisationId: ticket.organisation_id }, () => {
      const seq = this.#db.insert('tickets', summary);
      this.#db.insert('ticket_texts', { seq, description, environment, clarification_answers, request });
      this.#db.insert('subject_parts', { rowid: seq, subject: ticket.subject });
      this.#db.insert('ticket_words', { rowid: seq, subject: ticket.subject, description });
    });
  }

  ticket(id: string): TicketRow | undefined {
    return this.#db.get('SELECT * FROM whole_tickets WHERE id = ?', id);
  }

  /** One page of a list, newest first, and how many tickets there are in all. No large text is read. */
  list(filter: ListFilter): { readonly rows: readonly TicketSummaryRow[]; readonly total: number } {
    const { now, ...rest } = filter;
    const isLagging = now !== undefined && now < this.#allVisibleAt;
    const { clause, values } = toWhere(isLagging ? filter : rest);
    const count = (): number =>
      this.#db.get<{ readonly total: number }>(
        `SELECT count(*) AS total FROM tickets WHERE ${clause}`,
        ...values,
      )?.total ?? 0;
    const rows = this.#db.all<TicketSummaryRow>(
      `SELECT * FROM tickets WHERE ${clause} ORDER BY created_at DESC, seq DESC LIMIT ? OFFSET ?`,
      ...values,
      filter.limit,
      filter.offset,
    );
    // With a lag the same query gives something else a moment later.
    return { rows, total: isLagging ? count() : this.#kept([clause, ...values], count) };
  }

  /** How many tickets there are by status; of these organisations, or of all. */
  counts(organisationIds?: readonly string[]): Readonly<Record<string, number>> {
    return this.#countBy('status', organisationIds);
  }

  /** The values of a column that filters offer, with the number of tickets of each, most first; 200 at most. */
  facet(
    column: 'class' | 'workload' | 'namespace' | 'severity' | 'cluster_id' | 'state',
    organisationIds?: readonly string[],
  ): readonly { readonly value: string; readonly total: number }[] {
    const counts = Object.entries(this.#countBy(column, organisationIds));
    return counts
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, 200)
      .map(([value, total]) => ({ value, total }));
  }

  #countBy(column: string, organisationIds?: readonly string[]): Readonly<Record<string, number>> {
    return this.#kept([column, organisationIds], () => {
      const { clause, values } = toWhere({
        limit: 0,
        offset: 0,
        ...(organisationIds === undefined ? {} : { organisationIds }),
      });
      const rows = this.#db.all<{ readonly value: string | null; readonly total: number }>(
        `SELECT ${column} AS value, count(*) AS total FROM tickets WHERE ${clause} GROUP BY ${column}`,
        ...values,
      );
      return Object.fromEntries(rows.flatMap(({ value, total }) => (value === null ? [] : [[value, total]])));
    });
  }

  #kept<T>(key: readonly unknown[], count: () => T): T {
    const name = JSON.stringify(key);
    if (!this.#counts.has(name)) this.#counts.set(name, count());
    return this.#counts.get(name) as T;
  }

  /** Gives a ticket a status, and remembers who has. */
  setStatus(id: string, status: Status, at: string, author: Author = { label: 'desk', type: 'team' }): void {
    const closedAt = closedStatuses.includes(status) ? at : null;
    this.#change(this.#changeOf('status', id), () => {
      this.#db.run(
        'UPDATE tickets SET status = ?, updated_at = ?, closed_at = ? WHERE id = ?',
        status,
        at,
        closedAt,
        id,
      );
      this.#db.insert('status_changes', { ticket_id: id, status, author_label: author.label, at });
    });
  }

  statusChanges(ticketId: string): readonly StatusChangeRow[] {
    return this.#db.all('SELECT * FROM status_changes WHERE ticket_id = ? ORDER BY rowid', ticketId);
  }

  /** `facts` says what the comment changes in the ticket's row: `recovered_at`, `occurrences`. */
  insertComment(row: CommentRow, facts: Row = {}): void {
    this.#change(this.#changeOf('comment', row.ticket_id), () => {
      this.#db.insert('comments', { ...row });
      const columns = Object.keys(facts).map((name) => `, ${name} = ?`);
      this.#db.run(
        `UPDATE tickets SET updated_at = ?, comment_count = comment_count + 1${columns.join('')} WHERE id = ?`,
        row.created_at,
        ...Object.values(facts),
        row.ticket_id,
      );
    });
  }

  comments(ticketId: string): readonly CommentRow[] {
    return this.#db.all('SELECT * FROM comments WHERE ticket_id = ? ORDER BY rowid', ticketId);
  }

  insertAttachment(row: AttachmentRow, content: Uint8Array): void {
    this.#change(this.#changeOf('attachment', row.ticket_id), () => {
      this.#db.insert('attachments', { ...row, content });
      this.#db.run(
        'UPDATE tickets SET updated_at = ?, attachment_count = attachment_count + 1 WHERE id = ?',
        row.created_at,
        row.ticket_id,
      );
    });
  }

  attachments(ticketId: string): readonly AttachmentRow[] {
    return this.#db.all(
      `SELECT ${ATTACHMENT_COLUMNS} FROM attachments WHERE ticket_id = ? ORDER BY rowid`,
      ticketId,
    );
  }

  attachment(ticketId: string, id: string): (AttachmentRow & { readonly content: Uint8Array }) | undefined {
    return this.#db.get('SELECT * FROM attachments WHERE ticket_id = ? AND id = ?', ticketId, id);
  }

  /** Keeps a review until it is used or expires. `now` in RFC 3339 drops those that have expired; the oldest give way to new ones. */
  insertReview(row: ReviewRow, now: string): void {
    this.#db.run('DELETE FROM reviews WHERE expires_at <= ?', now);
    this.#db.run(
      `DELETE FROM reviews WHERE rowid IN (SELECT rowid FROM reviews WHERE organisation_id = ?
         ORDER BY rowid DESC LIMIT -1 OFFSET ${KEPT_REVIEWS - 1})`,
      row.organisation_id,
    );
    this.#db.insert('reviews', { ...row });
  }

  review(id: string): ReviewRow | undefined {
    return this.#db.get('SELECT * FROM reviews WHERE id = ?', id);
  }

  deleteReview(id: string): void {
    this.#db.run('DELETE FROM reviews WHERE id = ?', id);
  }

  /** Does all of `work` or nothing of it, and then tells what has changed. */
  transaction<T>(work: () => T): T {
    try {
      const result = this.#db.transaction(work);
      if (!this.#db.isInTransaction) this.#tell();
      return result;
    } catch (error) {
      if (!this.#db.isInTransaction) this.#pending = [];
      throw error;
    }
  }

  /** Changes whenever anything that a page shows has changed, and with every start of the desk. Costs nothing. */
  revision(): string {
    return `${this.#startedAt}-${this.#changes}`;
  }

  /** Calls `listener` after every change. The returned function ends that. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
    this.#db.close();
  }

  #changeOf(kind: Change['kind'], ticketId: string): Change {
    const row = this.#db.get<{ readonly organisation_id: string }>(
      'SELECT organisation_id FROM tickets WHERE id = ?',
      ticketId,
    );
    return { kind, ticketId, organisationId: row?.organisation_id ?? '' };
  }

  #change(change: Change, work: () => void): void {
    this.transaction(() => {
      work();
      this.#pending.push(change);
    });
  }

  #tell(): void {
    const told = this.#pending;
    this.#pending = [];
    this.#changes += told.length;
    this.#counts = new BoundedMap(KEPT_COUNTS);
    for (const change of told) for (const listener of this.#listeners) listener(change);
  }
}
