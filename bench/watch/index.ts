import { parseArgs } from 'node:util';
import type { BenchReport, Table } from '../lib/bench.ts';
import { round, summarize, type Summary } from '../lib/statistics.ts';
import type { Result } from './messages.ts';
import { buildPrograms, type Programs, type SubjectName } from './processes.ts';

const subjects: readonly SubjectName[] = ['floor', 'ours', 'informer'];

/** Options of the bench, as numbers. */
interface Sizes {
  readonly pods: number;
  readonly held: number;
  readonly updates: number;
  readonly crashes: number;
  readonly rate: number;
}

/**
 * What watching costs, beside a floor that only reads the same bytes and parses each object, and beside client-node's informer. Then how
 * long a crash takes to reach the handler among irrelevant updates, beside the same on a quiet watch. Options, with their defaults:
 * `--pods 50000 --held 150000 --updates 20000 --crashes 60 --rate 5000`.
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const sizes = readSizes(args);
  const programs = buildPrograms();
  try {
    const list = await ofEach((subject) => programs.measure(subject, sizes.pods, 0));
    const update = await ofEach((subject) => programs.measure(subject, 1_000, sizes.updates));
    const holding = { ours: await programs.measure('ours', sizes.held, 0) };
    const tables = [listTable(sizes, list), heldTable(sizes, holding, list), updateTable(sizes, update)];
    const crash = await crashTable(programs, sizes);
    return { tables: [...tables, crash], figures: [...tables, crash] };
  } finally {
    programs.remove();
  }
}

function readSizes(args: readonly string[]): Sizes {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pods: { type: 'string', default: '50000' },
      held: { type: 'string', default: '150000' },
      updates: { type: 'string', default: '20000' },
      crashes: { type: 'string', default: '60' },
      rate: { type: 'string', default: '5000' },
    },
  });
  const { pods, held, updates, crashes, rate } = values;
  return {
    pods: Number(pods),
    held: Number(held),
    updates: Number(updates),
    crashes: Number(crashes),
    rate: Number(rate),
  };
}

type Results = Readonly<Record<SubjectName, Result>>;

/** One after the other: they must not share the processors. */
async function ofEach(measure: (subject: SubjectName) => Promise<Result>): Promise<Results> {
  return { floor: await measure('floor'), ours: await measure('ours'), informer: await measure('informer') };
}

function tableOf(title: string, rowOf: (subject: SubjectName) => Table['rows'][string]): Table {
  return { title, rows: Object.fromEntries(subjects.map((subject) => [subject, rowOf(subject)])) };
}

function listTable({ pods }: Sizes, results: Results): Table {
  const { floor } = results;
  return tableOf(
    `List of ${pods} pods of 10.8 KB (targets: peak 60 MB over idle, 1.3 × the floor's time)`,
    (subject) => {
      const { list, peakMb, idleMb } = results[subject];
      return {
        peakOverIdleMb: round(peakMb - idleMb),
        wallMs: round(list.wallMs),
        cpuMs: round(list.cpuMs),
        wallOverFloor: round(list.wallMs / floor.list.wallMs),
        cpuOverFloor: round(list.cpuMs / floor.list.cpuMs),
      };
    },
  );
}

/** The informer's memory for as many pods would be gigabytes: it is shown for those of the list. */
function heldTable({ pods, held }: Sizes, { ours }: { readonly ours: Result }, list: Results): Table {
  const row = (count: number, { rssMb, peakMb, heapMb }: Result): Table['rows'][string] => ({
    pods: count,
    rssMb: round(rssMb),
    peakMb: round(peakMb),
    heapBytesEach: Math.round((heapMb * 1_024 * 1_024) / count),
  });
  return {
    title: 'Pods held (target: 150,000 in 200 MB)',
    rows: { ours: row(held, ours), 'ours, fewer': row(pods, list.ours), informer: row(pods, list.informer) },
  };
}

function updateTable({ updates }: Sizes, results: Results): Table {
  return tableOf(`Each of ${updates} updates (target: 1.3 × the floor)`, (subject) => ({
    cpuMicrosecondsEach: round((results[subject].update.cpuMs * 1_000) / updates),
    cpuOverFloor: round(results[subject].update.cpuMs / results.floor.update.cpuMs),
  }));
}

async function crashTable(programs: Programs, { crashes, rate }: Sizes): Promise<Table> {
  const load = { pods: 1_000, crashes };
  const quiet = summarize(await programs.delays({ ...load, rate: 0 }));
  const busy = summarize(await programs.delays({ ...load, rate }));
  const row = (summary: Summary): Table['rows'][string] => ({
    ...summary,
    p50OverQuiet: round(summary.p50 / quiet.p50),
  });
  return {
    title: 'From the write of a crash to the handler, ms (target: 100 ms more than on a quiet watch)',
    rows: { quiet: row(quiet), [`${rate} other updates a second`]: row(busy) },
  };
}
