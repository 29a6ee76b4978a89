/**
 * Kills the desk in the middle of its work, again and again: `npm run desk:kill -- [--rounds 100] [--seed N]`.
 *
 * Several clients create tickets, comment and attach. After a random time the desk gets SIGKILL and is started again on the same file. What it has
 * answered for has to be there: every ticket, every comment, every attachment with its bytes, and the search has to find it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../../support/free-port.ts';

const TOKEN = 'token-of-the-kill-test';
const TICKETS = '/api/v1/org/support/tickets';
const CLIENTS = 8;
const main = resolve(import.meta.dirname, '../../../src/main.ts');

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});

/** What the desk has answered for. */
interface Accepted {
  readonly tickets: Map<string, string>;
  readonly comments: Map<string, string>;
  readonly attachments: Map<string, string>;
}

const accepted: Accepted = { tickets: new Map(), comments: new Map(), attachments: new Map() };
const folder = mkdtempSync(join(tmpdir(), 'desk-kill-'));
const file = join(folder, 'desk.sqlite');
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, TOKEN);
let counter = 0;

async function startDesk(port: number): Promise<ChildProcess> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    main,
    'desk',
    '--token-file',
    tokenFile,
    '--port',
    String(port),
    '--file',
    file,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (bytes: Buffer) => (said += String(bytes)));
  while (!said.includes('tickets are kept')) {
    if (child.exitCode !== null) throw new Error(`the desk did not start: ${said}`);
    await sleep(20);
  }
  return child;
}

interface Answer {
  readonly id: string;
  readonly comments: readonly { readonly id: string; readonly body: string }[];
  readonly attachments: readonly { readonly id: string }[];
}

/** One client until its connection breaks: a ticket, a comment on it, a file. */
async function work(url: string): Promise<void> {
  const call = async (path: string, init: { readonly body: string | FormData }): Promise<Answer> => {
    const json = typeof init.body === 'string' ? { 'content-type': 'application/json' } : {};
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, ...json },
      ...init,
    });
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
    return (await response.json()) as Answer;
  };
  for (;;) {
    const n = (counter += 1);
    const subject = `Ticket number ${n} of the kill test`;
    const environment = { version: '1', log: `line of ${n}\n`.repeat(200) };
    const { id } = await call(TICKETS, {
      body: JSON.stringify({ subject, description: 'Killed in the middle of its work.', environment }),
    });
    accepted.tickets.set(id, subject);
    const body = `comment ${n}`;
    const commented = await call(`${TICKETS}/${id}/comments`, { body: JSON.stringify({ body }) });
    accepted.comments.set(commented.comments.at(-1)?.id ?? '', body);
    const form = new FormData();
    form.set('file', new File([`file ${n}`], 'a.txt'));
    const attached = await call(`${TICKETS}/${id}/attachments`, { body: form });
    accepted.attachments.set(attached.attachments.at(-1)?.id ?? '', `file ${n}`);
  }
}

/** A connection that breaks ends a client; an answer that says no is a failure. */
async function client(url: string): Promise<string | undefined> {
  try {
    await work(url);
  } catch (error) {
    return error instanceof TypeError ? undefined : (error as Error).message;
  }
  return undefined;
}

/** What has been answered for and is not in the file. */
function missing(): readonly string[] {
  const db = new DatabaseSync(file, { readOnly: true });
  const lost: string[] = [];
  const check = (sql: string, wanted: ReadonlyMap<string, string>): void => {
    const statement = db.prepare(sql);
    for (const [id, value] of wanted)
      if (statement.get(id, value) === undefined) lost.push(`${value} (${id})`);
  };
  check(
    'SELECT 1 FROM whole_tickets WHERE id = ? AND subject = ? AND environment IS NOT NULL',
    accepted.tickets,
  );
  check('SELECT 1 FROM comments WHERE id = ? AND body = ?', accepted.comments);
  check('SELECT 1 FROM attachments WHERE id = ? AND CAST(content AS TEXT) = ?', accepted.attachments);
  const found = db
    .prepare(`SELECT count(*) AS n FROM ticket_words WHERE ticket_words MATCH 'killed'`)
    .get()?.['n'];
  const kept = db.prepare('SELECT count(*) AS n FROM tickets').get()?.['n'];
  if (found !== kept) lost.push(`the search finds ${String(found)} of ${String(kept)} tickets`);
  const integrity = db.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
  if (integrity !== 'ok') lost.push(`the file is damaged: ${String(integrity)}`);
  db.close();
  return lost;
}

async function round(port: number, afterMs: number): Promise<readonly string[]> {
  const child = await startDesk(port);
  const clients = Array.from({ length: CLIENTS }, () => client(`http://127.0.0.1:${port}`));
  await sleep(afterMs);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const refused = (await Promise.all(clients)).filter((message) => message !== undefined);
  return [...refused, ...missing()];
}

const failures: string[] = [];
const port = await freePort();
const rounds = Number(values.rounds);
try {
  for (let n = 0; n < rounds && failures.length === 0; n += 1) {
    // From nothing at all to a second and a half of work, the same for the same seed.
    const afterMs = ((Number(values.seed) + n * 389) % 1_500) + 20;
    failures.push(...(await round(port, afterMs)));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const { tickets, comments, attachments } = accepted;
for (const failure of failures.slice(0, 20)) process.stdout.write(`lost: ${failure}\n`);
process.stdout.write(
  `seed ${values.seed}, ${rounds} kills: ${tickets.size} tickets, ${comments.size} comments and ${attachments.size} attachments were accepted, ${failures.length} failures\n`,
);
process.exitCode = failures.length === 0 && tickets.size > rounds ? 0 : 1;
