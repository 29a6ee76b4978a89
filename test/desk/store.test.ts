import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ListFilter } from '../../src/desk/list-sql.ts';
import type { NewTicket } from '../../src/desk/rows.ts';
import { DeskStore } from '../../src/desk/store.ts';
import { ORGANISATION, OTHER_ORGANISATION } from './fixtures.ts';

function aTicket(n: number, changes: Partial<NewTicket> = {}): NewTicket {
  const at = new Date(Date.UTC(2026, 10, 23, 3, 0, n)).toISOString();
  return {
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    organisation_id: ORGANISATION,
    subject: `Ticket ${n}`,
    description: 'Nothing is said.',
    source: 'agent',
    severity: 'critical',
    category: 'technical',
    cluster_id: null,
    cluster_name: null,
    status: 'open',
    ai_review_status: 'passed',
    ai_summary: null,
    class: null,
    namespace: null,
    workload_kind: null,
    workload: null,
    failing_since: null,
    occurrences: null,
    environment: null,
    clarification_answers: null,
    request: '{}',
    created_at: at,
    updated_at: at,
    list_visible_at: 0,
    ...changes,
  };
}

describe('lists', () => {
  let store: DeskStore;
  beforeEach(() => {
    store = new DeskStore(':memory:');
  });
  afterEach(() => store.close());

  const subjects = (filter: Partial<ListFilter>): readonly string[] =>
    store.list({ limit: 50, offset: 0, ...filter }).rows.map(({ subject }) => subject);

  test('find any part of a subject, with signs that mean something to SQL or to a full-text query', () => {
    const given = [
      '100% full "disk"',
      "it's OR * NEAR(a)",
      'Größe überschritten',
      'a_b-c:d',
      '日本語のポッド',
    ];
    given.forEach((subject, n) => store.insertTicket(aTicket(n, { subject })));
    expect(subjects({ subject: '0% full "d' })).toEqual([given[0]]);
    expect(subjects({ subject: "'s OR * NEAR(" })).toEqual([given[1]]);
    expect(subjects({ subject: 'ÜBERSCHR' })).toEqual([given[2]]);
    expect(subjects({ subject: '_b' })).toEqual([given[3]]);
    expect(subjects({ subject: '語の' })).toEqual([given[4]]);
    expect(subjects({ subject: '%' })).toEqual([given[0]]);
    expect(subjects({ subject: '\0' })).toHaveLength(5);
    expect(subjects({ subject: 'nowhere' })).toEqual([]);
  });

  test('find words of subject and description, from their beginning, in any order, or a part of the subject', () => {
    store.insertTicket(
      aTicket(1, { subject: 'Deployment payments-api crashes', description: 'exit code 137' }),
    );
    store.insertTicket(
      aTicket(2, { subject: 'Node lost', description: 'kubelet of payments-node says nothing' }),
    );
    expect(subjects({ text: 'payments' })).toHaveLength(2);
    expect(subjects({ text: '137 deploy' })).toEqual(['Deployment payments-api crashes']);
    expect(subjects({ text: 'ments-ap' })).toEqual(['Deployment payments-api crashes']);
    expect(subjects({ text: 'kubele' })).toEqual(['Node lost']);
    for (const text of ['"', '*', 'AND', 'NOT x', 'subject:x', '(', '"a" OR "b', '\0', '--', 'NEAR(']) {
      expect(subjects({ text })).toEqual(
        text === '\0' ? ['Node lost', 'Deployment payments-api crashes'] : [],
      );
    }
  });

  test('filter by organisation, state, severity, class, workload and cluster, and say how many there are', () => {
    store.insertTicket(
      aTicket(1, { class: 'OOMKilled', namespace: 'shop', workload: 'cart', severity: 'high' }),
    );
    store.insertTicket(aTicket(2, { organisation_id: OTHER_ORGANISATION, class: 'OOMKilled' }));
    store.insertTicket(aTicket(3, { cluster_id: 'c1' }));
    expect(subjects({ class: 'OOMKilled' })).toEqual(['Ticket 2', 'Ticket 1']);
    expect(subjects({ class: 'OOMKilled', organisationIds: [ORGANISATION] })).toEqual(['Ticket 1']);
    expect(subjects({ organisationIds: [] })).toEqual([]);
    expect(subjects({ workload: 'cart', namespace: 'shop', severity: 'high' })).toEqual(['Ticket 1']);
    expect(subjects({ clusterId: 'c1' })).toEqual(['Ticket 3']);
    store.setStatus(aTicket(3).id, 'closed', aTicket(9).created_at);
    expect(subjects({ states: ['closed'] })).toEqual(['Ticket 3']);
    expect(subjects({ states: ['open', 'recovered'] })).toEqual(['Ticket 2', 'Ticket 1']);
    expect(store.list({ limit: 1, offset: 1 })).toMatchObject({ total: 3, rows: [{ subject: 'Ticket 2' }] });
    expect(store.facet('class')).toEqual([{ value: 'OOMKilled', total: 2 }]);
    expect(store.counts([ORGANISATION])).toEqual({ open: 1, closed: 1 });
  });

  test('a change is told when it is written, and not when it is taken back', () => {
    const told: string[] = [];
    store.onChange(({ kind }) => told.push(kind));
    const before = store.revision();
    expect(() =>
      store.transaction(() => {
        store.insertTicket(aTicket(1));
        throw new Error('no');
      }),
    ).toThrow('no');
    expect([told, store.revision()]).toEqual([[], before]);
    store.insertTicket(aTicket(1));
    expect(told).toEqual(['ticket']);
    expect(store.revision()).not.toBe(before);
  });
});

describe('the database file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-'));
    file = join(folder, 'desk.sqlite');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('of the first release, which had no version, is brought up to date with everything in it', () => {
    const environment = JSON.stringify({
      incident: { class: 'CrashLoopBackOff', since: '2026-11-23T02:50:00Z', occurrences: 7 },
      owner: { kind: 'Deployment', namespace: 'shop', name: 'cart' },
    });
    const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    const old = new DatabaseSync(file);
    old.exec(`
CREATE TABLE tickets (
  id TEXT PRIMARY KEY, organisation_id TEXT NOT NULL, subject TEXT NOT NULL, description TEXT NOT NULL,
  source TEXT NOT NULL, severity TEXT, category TEXT NOT NULL, cluster_id TEXT, cluster_name TEXT,
  status TEXT NOT NULL, ai_review_status TEXT NOT NULL, ai_summary TEXT, environment TEXT,
  request TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, list_visible_at INTEGER NOT NULL
) STRICT;
CREATE TABLE comments (
  id TEXT PRIMARY KEY, ticket_id TEXT NOT NULL REFERENCES tickets (id), author_label TEXT NOT NULL,
  body TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;`);
    const insert = old.prepare(
      `INSERT INTO tickets VALUES (?, ?, ?, 'the description', 'agent', 'high', 'bug', NULL, NULL, 'open', 'passed', NULL, ?,
         '{"clarification_answers":[{"q":1}]}', '2026-11-23T03:00:00.000Z', '2026-11-23T03:00:00.000Z', 0)`,
    );
    insert.run('one', ORGANISATION, 'The first', environment);
    insert.run('two', ORGANISATION, 'The second', deep);
    old.exec(
      `INSERT INTO comments VALUES ('c', 'one', 'agent', '**Recovered** at 03:10.', '2026-11-23T03:10:00.000Z')`,
    );
    old.close();

    const store = new DeskStore(file);
    expect(store.ticket('one')).toMatchObject({
      class: 'CrashLoopBackOff',
      namespace: 'shop',
      workload_kind: 'Deployment',
      workload: 'cart',
      failing_since: '2026-11-23T02:50:00Z',
      occurrences: 7,
      comment_count: 1,
      state: 'recovered',
      description: 'the description',
      clarification_answers: '[{"q":1}]',
      environment,
    });
    expect(store.ticket('two')).toMatchObject({ class: null, environment: deep });
    expect(store.list({ text: 'descr', limit: 9, offset: 0 }).total).toBe(2);
    expect(store.comments('one')).toMatchObject([{ author_type: 'agent' }]);
    store.close();
    // Once more: nothing is done twice.
    const again = new DeskStore(file);
    expect(again.list({ limit: 9, offset: 0 }).total).toBe(2);
    again.close();
  });

  test('of a later release is left alone, with a word what to do', () => {
    const later = new DatabaseSync(file);
    later.exec('PRAGMA user_version = 99');
    later.close();
    expect(() => new DeskStore(file)).toThrow(
      /desk\.sqlite: it was written by a later release.*name another file/u,
    );
  });

  test('that a running desk serves is refused under every name of it, may be read meanwhile, and is free after that', () => {
    const store = new DeskStore(file);
    store.insertTicket(aTicket(1));
    const alias = join(folder, 'alias.sqlite');
    symlinkSync(file, alias);
    for (const name of [file, alias]) {
      expect(() => new DeskStore(name)).toThrow(
        `${name}: the desk of process ${process.pid} on ${hostname()} serves it already: end that one, or name another file`,
      );
    }
    const reader = new DatabaseSync(file, { readOnly: true });
    expect(reader.prepare('SELECT count(*) AS n FROM tickets').get()).toEqual({ n: 1 });
    reader.close();
    store.close();
    const next = new DeskStore(file);
    expect(next.list({ limit: 9, offset: 0 }).total).toBe(1);
    next.close();
  });

  test('that is no database is named', () => {
    writeFileSync(file, 'this is no database, but long enough to look like a file of one'.repeat(50));
    expect(() => new DeskStore(file)).toThrow(/desk\.sqlite: file is not a database/u);
    expect(() => new DeskStore(join(folder, 'nowhere', 'desk.sqlite'))).toThrow(/nowhere/u);
  });

  test('keeps its search when rows are compacted', () => {
    const store = new DeskStore(file);
    for (let n = 0; n < 20; n += 1) store.insertTicket(aTicket(n, { subject: `Ticket number ${n}.` }));
    store.close();
    const db = new DatabaseSync(file);
    db.exec('VACUUM');
    db.close();
    const again = new DeskStore(file);
    expect(again.list({ subject: 'number 7.', limit: 9, offset: 0 }).rows).toMatchObject([
      { subject: 'Ticket number 7.' },
    ]);
    again.close();
  });
});
