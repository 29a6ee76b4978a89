import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SECOND } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { BenchReport, Table } from '../lib/bench.ts';
import { peakMemory, type Resident, residentMemory } from '../lib/memory.ts';
import { processorTime } from '../lib/processor.ts';
import { round } from '../lib/statistics.ts';
import type { Addresses } from '../time-to-post/server-side.ts';
import { bundleAgent, start, startAgentAt } from '../time-to-post/subjects.ts';

/** Before the memory is read: what a start leaves behind is mostly collected by then. */
const IDLE_MS = 10 * SECOND;
/** `resources.limits.memory` of the chart. */
const LIMIT_MB = (256 * 1_024 * 1_024) / 1e6;

interface Row extends Resident {
  readonly peakMb: number;
  readonly processorSeconds: number;
}

type Start = (addresses: Addresses, folder: string) => Promise<ChildProcess>;

/**
 * What Warning Events cost: the whole agent beside a bare loop that lists and watches the same ones and keeps nothing. Both run with the
 * chart's Node options. A fifth of the Events is about one object. Options: `--events 300000 --more 20000`.
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '300000' },
      more: { type: 'string', default: '20000' },
    },
  });
  const root = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const bundle = await bundleAgent(root);
    const agent: Start = (addresses, folder) =>
      startAgentAt(addresses, { file: bundle, folder, composesInThread: true });
    const floor: Start = (addresses) => start(join(import.meta.dirname, 'floor.ts'), addresses);
    const [events, more] = [Number(values.events), Number(values.more)];
    const measureIn = (name: string, begin: Start, count: number): Promise<Row> =>
      measure(join(root, name), begin, { events: count, more: count === 0 ? 0 : more });
    const rows = {
      floor: await measureIn('floor', floor, events),
      'agent, no Events': await measureIn('idle', agent, 0),
      agent: await measureIn('agent', agent, events),
    };
    return report(rows, { events, more });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function measure(
  folder: string,
  begin: Start,
  { events, more }: { readonly events: number; readonly more: number },
): Promise<Row> {
  mkdirSync(folder);
  const server = fork(join(import.meta.dirname, 'server.ts'), [String(events), String(more)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  try {
    const addresses = await messageOf<Addresses>(server);
    const sent = messageOf(server);
    const child = await begin(addresses, folder);
    if (events > 0) await sent;
    await systemClock.sleep(IDLE_MS);
    const row = memoryOf(child.pid ?? 0);
    child.disconnect();
    return row;
  } finally {
    server.disconnect();
  }
}

function messageOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`the server of the bench ended with ${code}`)));
  });
}

/** A process that has ended has none: then the bench fails. */
function memoryOf(pid: number): Row {
  const [resident, peakMb] = [residentMemory(pid), peakMemory(pid)];
  if (resident === undefined || peakMb === undefined)
    throw new Error('a subject has ended, or there is no /proc');
  return { ...resident, peakMb, processorSeconds: (processorTime(pid) ?? 0) / SECOND };
}

function report(
  rows: Readonly<Record<string, Row>> & { readonly floor: Row },
  { events, more }: { readonly events: number; readonly more: number },
): BenchReport {
  const { floor } = rows;
  const table: Table = {
    title: `${events} Warning Events listed and ${more} more watched, MB (limit of the chart: ${round(LIMIT_MB)}; target: 200 resident)`,
    rows: Object.fromEntries(
      Object.entries(rows).map(([name, row]) => [
        name,
        {
          ...row,
          processorSeconds: round(row.processorSeconds),
          residentOverFloor: round(row.residentMb / floor.residentMb),
          processorOverFloor: round(row.processorSeconds / floor.processorSeconds),
          peakOverLimit: round(row.peakMb / LIMIT_MB),
        },
      ]),
    ),
  };
  return { tables: [table], figures: { events: table.rows } };
}
