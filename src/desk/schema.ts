import type { DatabaseSync } from 'node:sqlite';

/** The steps from one version of the database to the next; `PRAGMA user_version` says how many of them have been taken. */
const migrations: readonly ((db: DatabaseSync) => void)[] = [createFirst, splitTickets];

/**
 * Brings the database to the schema of this release, in one transaction. Throws when the file is of a later release: its tickets are left
 * as they are.
 */
export function migrate(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > migrations.length) {
    throw new Error(
      `it was written by a later release (version ${version}, this one knows ${migrations.length}): ` +
        'use that release, or name another file',
    );
  }
  if (version === migrations.length) return;
  // A table that is built anew under the same name leaves references to it dangling for a moment.
  db.exec('PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE;');
  try {
    for (const step of migrations.slice(version)) step(db);
    db.exec(`PRAGMA user_version = ${migrations.length}; COMMIT;`);
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  } finally {
    db.exec('PRAGMA foreign_keys = ON');
  }
}

/** Version 1 was made without a version number, so its tables may be there already. */
function createFirst(db: DatabaseSync): void {
  db.exec(`
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
) STRICT;`);
}

/**
 * Version 2: what a list shows is in narrow rows, so that no list reads an environment; the large texts are beside them. Full-text indexes:
 * trigrams for any part of a subject, words for subject and description.
 */
function splitTickets(db: DatabaseSync): void {
  db.exec(`${TICKETS}${TEXTS}${SEARCH}${HISTORY}${COPY}`);
  for (const column of ['created_at', ...LISTED_BY]) {
    const columns = column === 'created_at' ? 'created_at' : `${column}, created_at`;
    db.exec(`CREATE INDEX tickets_${column} ON tickets (${columns})`);
  }
}

/** Columns by which lists are filtered; each has an index that gives the newest first. */
const LISTED_BY = [
  'organisation_id',
  'status',
  'state',
  'severity',
  'class',
  'workload',
  'cluster_id',
] as const;

// A key of its own: the full-text indexes name rows by it, and VACUUM may renumber rows that have none.
const TICKETS = `
CREATE TABLE new_tickets (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, organisation_id TEXT NOT NULL, subject TEXT NOT NULL,
  source TEXT NOT NULL, severity TEXT, category TEXT NOT NULL, cluster_id TEXT, cluster_name TEXT,
  status TEXT NOT NULL, ai_review_status TEXT NOT NULL, ai_summary TEXT, class TEXT, namespace TEXT,
  workload_kind TEXT, workload TEXT, failing_since TEXT, occurrences INTEGER, recovered_at TEXT, closed_at TEXT,
  comment_count INTEGER NOT NULL DEFAULT 0, attachment_count INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, list_visible_at INTEGER NOT NULL,
  state TEXT NOT NULL AS (CASE WHEN status IN ('resolved', 'closed') THEN 'closed'
    WHEN recovered_at IS NOT NULL THEN 'recovered' ELSE 'open' END) VIRTUAL
) STRICT;`;

const TEXTS = `
CREATE TABLE ticket_texts (
  seq INTEGER PRIMARY KEY, description TEXT NOT NULL, environment TEXT,
  clarification_answers TEXT, request TEXT NOT NULL
) STRICT;`;

const SEARCH = `
CREATE VIRTUAL TABLE subject_parts USING fts5 (subject, content = '', tokenize = 'trigram');
CREATE VIRTUAL TABLE ticket_words USING fts5 (
  subject, description, content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);`;

const HISTORY = `
CREATE TABLE status_changes (
  ticket_id TEXT NOT NULL REFERENCES tickets (id), status TEXT NOT NULL, author_label TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE INDEX status_changes_ticket ON status_changes (ticket_id);
ALTER TABLE comments ADD COLUMN author_type TEXT NOT NULL DEFAULT 'agent';
UPDATE comments SET author_type = 'team' WHERE author_label = 'Support engineer';`;

/**
 * The tickets of version 1. What the list shows of a failure is read out of their environment, this once; SQLite reads no JSON that is
 * nested deeper than 1,000 levels.
 */
const COPY = `
CREATE TEMP VIEW old_facts AS
  SELECT id, iif(json_valid(environment), environment, NULL) AS facts, iif(json_valid(request), request, NULL) AS request FROM tickets;
INSERT INTO new_tickets (id, organisation_id, subject, source, severity, category, cluster_id, cluster_name, status,
    ai_review_status, ai_summary, created_at, updated_at, list_visible_at, closed_at, class, namespace, workload_kind,
    workload, failing_since, occurrences, comment_count, attachment_count, recovered_at)
  SELECT id, organisation_id, subject, source, severity, category, cluster_id, cluster_name, status,
    ai_review_status, ai_summary, created_at, updated_at, list_visible_at,
    CASE WHEN status IN ('resolved', 'closed') THEN updated_at END,
    substr(facts ->> '$.incident.class', 1, 253), substr(facts ->> '$.owner.namespace', 1, 253),
    substr(facts ->> '$.owner.kind', 1, 253), substr(facts ->> '$.owner.name', 1, 253), substr(facts ->> '$.incident.since', 1, 253),
    CASE json_type(facts, '$.incident.occurrences') WHEN 'integer' THEN facts ->> '$.incident.occurrences' END,
    (SELECT count(*) FROM comments WHERE ticket_id = tickets.id),
    (SELECT count(*) FROM attachments WHERE ticket_id = tickets.id),
    (SELECT max(created_at) FROM comments WHERE ticket_id = tickets.id AND body LIKE '**Recovered**%')
  FROM tickets JOIN old_facts USING (id) ORDER BY tickets.rowid;
INSERT INTO ticket_texts (seq, description, environment, request, clarification_answers)
  SELECT seq, description, environment, tickets.request, old_facts.request -> '$.clarification_answers'
  FROM tickets JOIN new_tickets USING (id) JOIN old_facts USING (id);
DROP VIEW old_facts;
DROP TABLE tickets;
ALTER TABLE new_tickets RENAME TO tickets;
CREATE VIEW whole_tickets AS SELECT * FROM tickets JOIN ticket_texts USING (seq);
INSERT INTO subject_parts (rowid, subject) SELECT seq, subject FROM tickets;
INSERT INTO ticket_words (rowid, subject, description) SELECT seq, subject, description FROM whole_tickets;`;
