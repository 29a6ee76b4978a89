import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue } from 'node:sqlite';
import type { Source, Status } from './api/ticket-input.ts';
import type { Category, Severity } from '../domain/ticket.ts';

/** One row of the table `tickets`: names as on the wire, times in RFC 3339, JSON as text. */
export interface TicketRow {
  readonly id: string;
  readonly organisation_id: string;
  readonly subject: string;
  readonly description: string;
  readonly source: Source;
  readonly severity: Severity | null;
  readonly category: Category;
  readonly cluster_id: string | null;
  readonly cluster_name: string | null;
  readonly status: Status;
  readonly ai_review_status: 'pending' | 'passed' | 'flagged';
  readonly ai_summary: string | null;
  /** The environment of the request as JSON text. */
  readonly environment: string | null;
  /** The whole request body as JSON text, as it was received. */
  readonly request: string;
  readonly created_at: string;
  readonly updated_at: string;
  /** Epoch milliseconds from which lists show the ticket. */
  readonly list_visible_at: number;
}

/** One row of the table `comments`. */
export interface CommentRow {
  readonly id: string;
  readonly ticket_id: string;
  readonly author_label: string;
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

/** A stored review: the draft it was made of, as JSON text. */
export interface ReviewRow {
  readonly id: string;
  readonly organisation_id: string;
  readonly draft: string;
  readonly expires_at: string;
}

/** Which tickets a list is about. Empty filters let everything through. */
export interface ListFilter {
  /** Every organisation when absent: the page only. */
  readonly organisationId?: string;
  readonly statuses?: readonly string[];
  readonly clusterId?: string;
  readonly severity?: string;
  /** Text in the subject, upper or lower case. */
  readonly text?: string;
  /** Epoch milliseconds; tickets that are not visible yet are left out. */
  readonly now: number;
  readonly limit: number;
  readonly offset: number;
}

/** The desk's memory: one SQLite database. Every call is synchronous and atomic. */
export interface DeskStore {
  insertTicket(row: TicketRow): void;
  ticket(id: string): TicketRow | undefined;
  list(filter: ListFilter): { readonly rows: readonly TicketRow[]; readonly total: number };
  setStatus(id: string, status: Status, at: string): void;
  insertComment(row: CommentRow): void;
  comments(ticketId: string): readonly CommentRow[];
  insertAttachment(row: AttachmentRow, content: Uint8Array): void;
  attachments(ticketId: string): readonly AttachmentRow[];
  attachment(ticketId: string, id: string): (AttachmentRow & { readonly content: Uint8Array }) | undefined;
  insertReview(row: ReviewRow): void;
  review(id: string): ReviewRow | undefined;
  /** How many tickets there are by status. */
  counts(): Readonly<Record<string, number>>;
  /** Changes whenever anything that a page shows has changed. */
  revision(): string;
  close(): void;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS tickets (
  id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, subject TEXT NOT NULL, description TEXT NOT NULL,
  source TEXT NOT NULL, severity TEXT, category TEXT NOT NULL, cluster_id TEXT, cluster_name TEXT,
  status TEXT NOT NULL, ai_review_status TEXT NOT NULL, ai_summary TEXT, environment TEXT,
  request TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, list_visible_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS comments (
  id TEXT PRIMARY KEY, ticket_id TEXT NOT NULL REFERENCES tickets (id), author_label TEXT NOT NULL,
  body TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS comments_ticket ON comments (ticket_id);
CREATE TABLE IF NOT EXISTS attachments (
  id TEXT PRIMARY KEY, ticket_id TEXT NOT NULL REFERENCES tickets (id), filename TEXT NOT NULL,
  content_type TEXT NOT NULL, size_bytes INTEGER NOT NULL, created_at TEXT NOT NULL, content BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS attachments_ticket ON attachments (ticket_id);
CREATE TABLE IF NOT EXISTS reviews (
  id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, draft TEXT NOT NULL, expires_at TEXT NOT NULL
) STRICT;`;

const ATTACHMENT_COLUMNS = 'id, ticket_id, filename, content_type, size_bytes, created_at';

type Row = Readonly<Record<string, SQLInputValue>>;

function insert(db: DatabaseSync, table: string, row: Row): void {
  const names = Object.keys(row);
  const marks = names.map(() => '?').join(', ');
  db.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`).run(...Object.values(row));
}

/** The WHERE clause of a list and its values. */
function toWhere(filter: ListFilter): { readonly clause: string; readonly values: readonly SQLInputValue[] } {
  const terms: string[] = ['list_visible_at <= ?'];
  const values: SQLInputValue[] = [filter.now];
  const add = (term: string, ...given: readonly SQLInputValue[]): void => {
    terms.push(term);
    values.push(...given);
  };
  if (filter.organisationId !== undefined) add('organisation_id = ?', filter.organisationId);
  if (filter.clusterId !== undefined) add('cluster_id = ?', filter.clusterId);
  if (filter.severity !== undefined) add('severity = ?', filter.severity);
  if (filter.text !== undefined) add('instr(lower(subject), lower(?)) > 0', filter.text);
  if (filter.statuses !== undefined && filter.statuses.length > 0) {
    add(`status IN (${filter.statuses.map(() => '?').join(', ')})`, ...filter.statuses);
  }
  return { clause: terms.join(' AND '), values };
}

/** The reads and writes of the table `tickets`. */
function ticketQueries(
  db: DatabaseSync,
): Pick<DeskStore, 'insertTicket' | 'ticket' | 'list' | 'setStatus' | 'counts'> {
  return {
    insertTicket: (row) => {
      insert(db, 'tickets', { ...row });
    },
    ticket: (id) => db.prepare('SELECT * FROM tickets WHERE id = ?').get(id) as TicketRow | undefined,
    list: (filter) => {
      const { clause, values } = toWhere(filter);
      const count = db.prepare(`SELECT count(*) AS total FROM tickets WHERE ${clause}`).get(...values);
      const rows = db
        .prepare(
          `SELECT * FROM tickets WHERE ${clause} ORDER BY created_at DESC, rowid DESC LIMIT ? OFFSET ?`,
        )
        .all(...values, filter.limit, filter.offset);
      return { rows: rows as unknown as TicketRow[], total: Number(count?.['total']) };
    },
    setStatus: (id, status, at) => {
      db.prepare('UPDATE tickets SET status = ?, updated_at = ? WHERE id = ?').run(status, at, id);
    },
    counts: () => {
      const rows = db.prepare('SELECT status, count(*) AS total FROM tickets GROUP BY status').all();
      return Object.fromEntries(rows.map((row) => [String(row['status']), Number(row['total'])]));
    },
  };
}

/** The reads and writes of what hangs on a ticket. */
function sideQueries(
  db: DatabaseSync,
): Omit<DeskStore, 'insertTicket' | 'ticket' | 'list' | 'setStatus' | 'counts' | 'close'> {
  return {
    insertComment: (row) => {
      insert(db, 'comments', { ...row });
      db.prepare('UPDATE tickets SET updated_at = ? WHERE id = ?').run(row.created_at, row.ticket_id);
    },
    comments: (ticketId) =>
      db
        .prepare('SELECT * FROM comments WHERE ticket_id = ? ORDER BY rowid')
        .all(ticketId) as unknown as CommentRow[],
    insertAttachment: (row, content) => {
      insert(db, 'attachments', { ...row, content });
    },
    attachments: (ticketId) =>
      db
        .prepare(`SELECT ${ATTACHMENT_COLUMNS} FROM attachments WHERE ticket_id = ? ORDER BY rowid`)
        .all(ticketId) as unknown as AttachmentRow[],
    attachment: (ticketId, id) =>
      db.prepare('SELECT * FROM attachments WHERE ticket_id = ? AND id = ?').get(ticketId, id) as
        (AttachmentRow & { readonly content: Uint8Array }) | undefined,
    insertReview: (row) => {
      insert(db, 'reviews', { ...row });
    },
    review: (id) => db.prepare('SELECT * FROM reviews WHERE id = ?').get(id) as ReviewRow | undefined,
    revision: () => {
      const row = db
        .prepare(
          `SELECT (SELECT count(*) FROM tickets) AS t, (SELECT max(updated_at) FROM tickets) AS u,
                  (SELECT count(*) FROM comments) AS c, (SELECT count(*) FROM attachments) AS a`,
        )
        .get();
      return Object.values(row ?? {}).join('/');
    },
  };
}

/**
 * Opens (and creates) the database. `file` is a path or `:memory:`. Other processes may read it meanwhile.
 * Throws what SQLite throws when the file cannot be opened.
 */
export function openStore(file: string): DeskStore {
  const db = new DatabaseSync(file);
  // A killed desk loses nothing that it has answered for; only a power cut could take the last moments.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;');
  db.exec(SCHEMA);
  return {
    ...ticketQueries(db),
    ...sideQueries(db),
    close: () => {
      db.close();
    },
  };
}
