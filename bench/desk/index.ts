import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { DeskStore } from '../../src/desk/store.ts';
import { DEFAULT_ORGANISATION } from '../../src/desk/tokens.ts';
import type { BenchReport } from '../lib/bench.ts';
import { residentMemory } from '../lib/memory.ts';
import { processorTime } from '../lib/processor.ts';
import { quantile, round } from '../lib/statistics.ts';
import { aTicket } from './tickets.ts';

const TOKEN = 'token-of-the-bench-of-the-desk';
const TICKETS = '/api/v1/org/support/tickets';
/** Of each kind, after as many that are not counted. */
const REQUESTS = 60;
const TABS = 20;

/**
 * What lists cost with many tickets, beside the bare query of the same page in SQLite; and what open pages cost a desk on which nothing happens.
 * Options: `--tickets 50000 --idle 30` (seconds).
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...args],
    options: { tickets: { type: 'string', default: '50000' }, idle: { type: 'string', default: '30' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const file = join(folder, 'desk.sqlite');
  let child: ChildProcess | undefined;
  try {
    const filledAt = performance.now();
    fill(file, Number(values.tickets));
    const fillMs = performance.now() - filledAt;
    child = fork(join(import.meta.dirname, 'server.ts'), [file, TOKEN], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    const [url] = (await once(child, 'message')) as [string];
    const lists = await measureLists(file, url);
    const idle = await measureIdle(child, url, Number(values.idle) * SECOND);
    return report(Number(values.tickets), { lists, idle, perTicketMs: fillMs / Number(values.tickets) });
  } finally {
    child?.disconnect();
    if (child !== undefined && child.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

function fill(file: string, count: number): void {
  const store = new DeskStore(file);
  const now = Date.now();
  const batch = 1_000;
  for (let start = 0; start < count; start += batch) {
    store.transaction(() => {
      for (let n = start; n < Math.min(count, start + batch); n += 1) {
        store.insertTicket(aTicket(n, new Date(now - (count - n) * MINUTE).toISOString()));
      }
    });
  }
  store.close();
}

/** A list in several ways, medians in milliseconds. */
interface ListCost {
  /** SQLite alone: the rows of the page. */
  readonly rows: number;
  /** The rows, and how many there are in all: what the answer says. */
  readonly bare: number;
  readonly api: number;
  /** The first such request after a change, when the desk counts anew. */
  readonly apiAfterChange: number;
  readonly page: number;
}

/** A condition of SQL, and the query parameters by which the API and the page ask for the same. */
interface ListCase {
  readonly where: string;
  readonly api: string;
  readonly page: string;
}

const cases: Readonly<Record<string, ListCase>> = {
  'first page': { where: 'true', api: '', page: '' },
  'page 200': { where: 'true', api: 'page=200', page: 'page=200' },
  'closed ones': { where: `status = 'closed'`, api: 'status=closed', page: 'status=closed' },
  'of one cluster': {
    where: `cluster_id = '00000000-0000-4000-8000-000000000003'`,
    api: 'cluster_id=00000000-0000-4000-8000-000000000003',
    page: 'cluster=00000000-0000-4000-8000-000000000003',
  },
  'a subject': {
    where: `seq IN (SELECT rowid FROM subject_parts WHERE subject_parts MATCH '"payments-7"')`,
    api: 'q=payments-7',
    page: 'q=payments-7',
  },
};

async function measureLists(file: string, url: string): Promise<Readonly<Record<string, ListCost>>> {
  const db = new DatabaseSync(file, { readOnly: true });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const costs: Record<string, ListCost> = {};
  for (const [name, { where, api, page }] of Object.entries(cases)) {
    const limit = (size: number, query: string): string => {
      const number = Number(new URLSearchParams(query).get('page') ?? 1);
      return `SELECT * FROM tickets WHERE ${where} ORDER BY created_at DESC, seq DESC LIMIT ${size} OFFSET ${(number - 1) * size}`;
    };
    const rows = db.prepare(limit(25, api));
    const total = db.prepare(
      `SELECT count(*) FROM tickets WHERE ${where} AND organisation_id = '${DEFAULT_ORGANISATION}'`,
    );
    const list = (): Promise<void> => read(agent, `${url}${TICKETS}?${api}`);
    costs[name] = {
      rows: await median(async () => rows.all()),
      bare: await median(async () => [rows.all(), total.get()]),
      api: await median(list),
      apiAfterChange: await median(list, () => comment(url)),
      page: await median(() => read(agent, `${url}/?${page}`)),
    };
  }
  agent.destroy();
  db.close();
  return costs;
}

/** Of `work`, each time after `before`, which is not measured. */
async function median(
  work: () => Promise<unknown>,
  before: () => Promise<void> = async () => undefined,
): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 2 * REQUESTS; n += 1) {
    await before();
    const startAt = performance.now();
    await work();
    if (n >= REQUESTS) times.push(performance.now() - startAt);
  }
  return quantile(times, 0.5);
}

async function comment(url: string): Promise<void> {
  const path = `${url}${TICKETS}/00000001-1111-4111-8111-111111111111/comments`;
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const response = await fetch(path, { method: 'POST', headers, body: '{"body":"Still failing."}' });
  if (!response.ok) throw new Error(`a comment was answered with ${response.status}`);
  await response.arrayBuffer();
}

async function read(agent: Agent, url: string): Promise<void> {
  const request = get(url, { agent, headers: { authorization: `Bearer ${TOKEN}` } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`${url} was answered with ${response.statusCode}`);
  response.resume();
  await once(response, 'end');
}

/** What pages that listen cost while nothing changes, as a share of one processor. */
interface IdleCost {
  readonly withoutTabs: number;
  readonly withTabs: number;
  readonly residentMb: number;
}

async function measureIdle({ pid = 0 }: ChildProcess, url: string, forMs: number): Promise<IdleCost> {
  const share = async (): Promise<number> => {
    const before = processorTime(pid) ?? Number.NaN;
    await systemClock.sleep(forMs);
    return ((processorTime(pid) ?? Number.NaN) - before) / forMs;
  };
  await systemClock.sleep(2 * SECOND);
  const withoutTabs = await share();
  const tabs = Array.from({ length: TABS }, () => get(`${url}/events`, (response) => response.resume()));
  await Promise.all(tabs.map((tab) => once(tab, 'response')));
  const withTabs = await share();
  for (const tab of tabs) tab.destroy();
  return { withoutTabs, withTabs, residentMb: residentMemory(pid)?.residentMb ?? Number.NaN };
}

interface Measured {
  readonly lists: Readonly<Record<string, ListCost>>;
  readonly idle: IdleCost;
  readonly perTicketMs: number;
}

function report(tickets: number, { lists, idle, perTicketMs }: Measured): BenchReport {
  const rows = Object.entries(lists).map(([name, cost]) => [
    name,
    {
      'SQLite, rows ms': round(cost.rows),
      'and count ms': round(cost.bare),
      'API ms': round(cost.api),
      'API / SQLite': round(cost.api / cost.bare),
      'API after a change ms': round(cost.apiAfterChange),
      'page ms': round(cost.page),
      'page / SQLite': round(cost.page / cost.bare),
    },
  ]);
  const percent = (share: number): number => round(share * 100);
  return {
    figures: { tickets, lists, idle, perTicketMs },
    tables: [
      {
        title: `Lists of ${tickets} tickets, medians of ${REQUESTS}`,
        rows: Object.fromEntries(rows) as Record<string, Record<string, number>>,
      },
      {
        title: 'A desk on which nothing happens',
        rows: {
          'no page open': { '% of a processor': percent(idle.withoutTabs), 'resident MB': '' },
          [`${TABS} pages open`]: {
            '% of a processor': percent(idle.withTabs),
            'resident MB': idle.residentMb,
          },
        },
      },
      { title: 'Storing', rows: { 'one ticket': { ms: round(perTicketMs) } } },
    ],
  };
}
