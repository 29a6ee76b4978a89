import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createDesk, type Desk } from '../../../src/desk/desk.ts';
import type { Cluster } from '../../cluster/index.ts';
import { createCertificates } from '../../tickets/api/certificates.ts';
import { startNumbering } from './numbering.ts';

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
  readonly attachments: readonly {
    readonly filename: string;
    readonly type: string;
    readonly text: string;
  }[];
}

/** A desk over TLS that pods can reach, with a database that the test reads by itself. */
export interface TestDesk {
  readonly desk: Desk;
  /** Where the agent sends its tickets. */
  readonly url: string;
  /** PEM of the authority that signed its certificate. */
  readonly ca: string;
  readonly token: string;
  /** All tickets whose subject contains `text`. */
  tickets(text: string): readonly FiledTicket[];
  close(): Promise<void>;
}

/** What differs from the usual desk. */
export interface TestDeskOptions {
  /** Without any it takes every `cluster_id`. */
  readonly clusters?: readonly { readonly id: string; readonly name: string }[];
  /** Its answers have a `ticket_number`, which the contract does not know. */
  readonly isNumbered?: boolean;
}

/** An address of this machine that the cluster's pods reach: for a cluster that is not ours `E2E_DESK_HOST` names it. */
function hostFor({ own }: Pick<Cluster, 'own'>): string {
  return process.env['E2E_DESK_HOST'] ?? own?.hostAddress ?? '127.0.0.1';
}

/** Starts the desk where the cluster's pods reach it. */
export async function startTestDesk(
  cluster: Pick<Cluster, 'own'>,
  { clusters = [], isNumbered = false }: TestDeskOptions = {},
): Promise<TestDesk> {
  const host = hostFor(cluster);
  const folder = mkdtempSync(join(tmpdir(), 'e2e-desk-'));
  const certificates = createCertificates();
  const authority = certificates.authority('desk-ca');
  const token = `e2e-${Math.random().toString(36).slice(2)}-token`;
  const file = join(folder, 'desk.sqlite');
  const tls = authority.issue([`IP:${host}`]);
  const desk = await createDesk({
    file,
    tokens: [{ token, label: 'agent' }],
    ...(clusters.length === 0 ? {} : { clusters }),
    tls,
    host,
    port: 0,
  });
  const numbering = isNumbered
    ? await startNumbering(desk.url, host, { ...tls, ca: authority.pem })
    : undefined;
  const database = new DatabaseSync(file, { readOnly: true });
  return {
    desk,
    url: numbering?.url ?? desk.url,
    ca: authority.pem,
    token,
    tickets: (text) => readTickets(database, text),
    close: async () => {
      database.close();
      await numbering?.close();
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
  const files = database.prepare(
    'SELECT filename, content_type AS type, content FROM attachments WHERE ticket_id = ? ORDER BY rowid',
  );
  return rows.map((row) => {
    const id = row['id'] ?? '';
    return { ...toTicket(row, comments.all(id)), attachments: files.all(id).map(toAttachment) };
  });
}

function toAttachment(row: Readonly<Record<string, unknown>>): FiledTicket['attachments'][number] {
  const text = Buffer.from(row['content'] as Uint8Array).toString();
  return { filename: String(row['filename']), type: String(row['type']), text };
}

function toTicket(
  row: Readonly<Record<string, string>>,
  comments: readonly Record<string, unknown>[],
): Omit<FiledTicket, 'attachments'> {
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

/** For a person who wants to read what a run has filed: a text and an environment for each ticket. */
export async function keepTickets(tickets: readonly FiledTicket[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { subject, description, environment, comments } of tickets) {
    const name = subject.slice(0, subject.indexOf(': ')).replaceAll(/[^\w-]+/g, '-');
    const parts = [`# ${subject}`, description, ...comments.map((body) => `## Comment\n\n${body}`)];
    await writeFile(join(folder, `${name}.md`), parts.join('\n\n'));
    await writeFile(join(folder, `${name}.json`), JSON.stringify(environment, undefined, 2));
  }
}
