import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createDesk, type Desk } from '../../../src/desk/desk.ts';
import { createCertificates } from '../../tickets/api/certificates.ts';

/** A ticket as it lies in the desk's database. */
export interface FiledTicket {
  readonly id: string;
  readonly subject: string;
  readonly description: string;
  readonly source: string;
  readonly severity: string;
  readonly category: string;
  readonly clusterId: string;
  readonly status: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly environment: Record<string, unknown>;
  readonly comments: readonly string[];
}

/** A desk over TLS that pods can reach, with a database that the test reads by itself. */
export interface TestDesk {
  readonly desk: Desk;
  /** PEM of the authority that signed its certificate. */
  readonly ca: string;
  readonly token: string;
  /** All tickets whose subject contains `text`. */
  tickets(text: string): readonly FiledTicket[];
  close(): Promise<void>;
}

/** Starts the desk on `host`, an address of this machine that the cluster's pods reach. Without clusters it takes every `cluster_id`. */
export async function startTestDesk(
  host: string,
  clusters: readonly { readonly id: string; readonly name: string }[] = [],
): Promise<TestDesk> {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-desk-'));
  const certificates = createCertificates();
  const authority = certificates.authority('desk-ca');
  const token = `e2e-${Math.random().toString(36).slice(2)}-token`;
  const file = join(folder, 'desk.sqlite');
  const desk = await createDesk({
    file,
    tokens: [{ token, label: 'agent' }],
    ...(clusters.length === 0 ? {} : { clusters }),
    tls: authority.issue([`IP:${host}`]),
    host,
    port: 0,
  });
  const database = new DatabaseSync(file, { readOnly: true });
  return {
    desk,
    ca: authority.pem,
    token,
    tickets: (text) => readTickets(database, text),
    close: async () => {
      database.close();
      await desk.close();
      certificates.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readTickets(database: DatabaseSync, text: string): readonly FiledTicket[] {
  const rows = database
    .prepare('SELECT * FROM whole_tickets WHERE instr(subject, ?) > 0 ORDER BY created_at')
    .all(text) as Record<string, string>[];
  const comments = database.prepare('SELECT body FROM comments WHERE ticket_id = ? ORDER BY created_at');
  return rows.map((row) => toTicket(row, comments.all(row['id'] ?? '')));
}

function toTicket(
  row: Readonly<Record<string, string>>,
  comments: readonly Record<string, unknown>[],
): FiledTicket {
  const field = (name: string): string => row[name] ?? '';
  return {
    id: field('id'),
    subject: field('subject'),
    description: field('description'),
    source: field('source'),
    severity: field('severity'),
    category: field('category'),
    clusterId: field('cluster_id'),
    status: field('status'),
    createdAt: Date.parse(field('created_at')),
    environment: JSON.parse(row['environment'] ?? '{}') as Record<string, unknown>,
    comments: comments.map((comment) => String(comment['body'])),
  };
}
