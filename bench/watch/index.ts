import { parseArgs } from 'node:util';
import type { BenchReport, Table } from '../lib/bench.ts';
import { round, summarize, type Summary } from '../lib/statistics.ts';
import type { Result } from './messages.ts';
import { buildPrograms, type Programs, type SubjectName, type Watcher } from './processes.ts';

const subjects: readonly SubjectName[] = ['floor', 'ours', 'informer'];

/** Options of the bench, as numbers. */
interface Sizes {
  readonly pods: number;
  readonly held: number;
  readonly updates: number;
  readonly crashes: number;
  readonly rate: number;
  /** Turns of the floor and of the agent's own watch. */
  readonly rounds: number;
}

/**
 * What watching costs, beside a floor that only reads the same bytes and parses each object, and beside client-node's informer. Then how
 * long a crash takes to reach the handler among irrelevant updates, beside the same on a quiet watch. Options, with their defaults:
 * `--pods 50000 --held 150000 --updates 20000 --crashes 60 --rate 5000 --rounds 3`.
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const sizes = readSizes(args);
  const programs = buildPrograms();
  try {
    const { rounds } = sizes;
    const list = await inTurns(rounds, 'list', (subject) => programs.measure(subject, sizes.pods, 0));
    const update = await inTurns(rounds, 'update', (subject) =>
      programs.measure(subject, 1_000, sizes.updates),
    );
    const holding = {
      ours: await programs.measure('ours', sizes.held, 0),
      informer: await programs.measure('informer', sizes.held, 0),
    };
    const tables = {
      list: listTable(sizes, list),
      held: heldTable(sizes, holding, list),
      update: updateTable(sizes, update),
      crash: await crashTable(programs, sizes),
    };
    return { tables: Object.values(tables), figures: figuresOf(tables) };
  } finally {
    programs.remove();
  }
}

function figuresOf(tables: Readonly<Record<string, Table>>): Record<string, Table['rows']> {
  return Object.fromEntries(Object.entries(tables).map(([name, { rows }]) => [name, rows]));
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
      rounds: { type: 'string', default: '3' },
    },
  });
  const { pods, held, updates, crashes, rate, rounds } = values;
  return {
    pods: Number(pods),
    held: Number(held),
    updates: Number(updates),
    crashes: Number(crashes),
    rate: Number(rate),
    rounds: Number(rounds),
  };
}

type Results = Readonly<Record<SubjectName, Result>>;

/**
 * One after the other, for they must not share the processors, and in turns, so that a slow moment meets all of them. Of each the run of median
 * processor time is shown. The informer takes ten times as long and has one turn.
 */
async function inTurns(
  rounds: number,
  what: 'list' | 'update',
  measure: (subject: SubjectName) => Promise<Result>,
): Promise<Results> {
  const informer = await measure('informer');
  const runs: Record<Exclude<SubjectName, 'informer'>, Result[]> = { floor: [], ours: [] };
  for (let n = 0; n < rounds; n += 1) {
    runs.floor.push(await measure('floor'));
    runs.ours.push(await measure('ours'));
  }
  const median = (results: readonly Result[]): Result => {
    const sorted = results.toSorted((a, b) => a[what].cpuMs - b[what].cpuMs);
    const middle = sorted[Math.floor(sorted.length / 2)];
    if (middle === undefined) throw new Error('--rounds must be at least 1');
    return middle;
  };
  return { floor: median(runs.floor), ours: median(runs.ours), informer };
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

function heldTable({ pods, held }: Sizes, holding: Omit<Results, 'floor'>, list: Results): Table {
  const row = (count: number, { rssMb, peakMb, heapMb, idleHeapMb }: Result): Table['rows'][string] => ({
    pods: count,
    rssMb: round(rssMb),
    peakMb: round(peakMb),
    heapBytesEach: Math.round(((heapMb - idleHeapMb) * 1_024 * 1_024) / count),
  });
  return {
    title: 'Pods held (target: 150,000 in 200 MB)',
    rows: {
      ours: row(held, holding.ours),
      informer: row(held, holding.informer),
      'ours, fewer': row(pods, list.ours),
      'informer, fewer': row(pods, list.informer),
    },
  };
}

function updateTable({ updates }: Sizes, results: Results): Table {
  return tableOf(`Each of ${updates} updates (target: 1.3 × the floor)`, (subject) => ({
    cpuMicrosecondsEach: round((results[subject].update.cpuMs * 1_000) / updates),
    cpuOverFloor: round(results[subject].update.cpuMs / results.floor.update.cpuMs),
  }));
}

/** On a quiet watch first, then among the others: first the one subject, then the other, for each. */
async function crashTable(programs: Programs, { crashes, rate }: Sizes): Promise<Table> {
  const load = { pods: 1_000, crashes };
  const quiet = await ofWatchers((watcher) => programs.delays(watcher, { ...load, rate: 0 }));
  const busy = await ofWatchers((watcher) => programs.delays(watcher, { ...load, rate }));
  const row = (name: Watcher, summaries: Readonly<Record<Watcher, Summary>>): Table['rows'][string] => ({
    ...summaries[name],
    p50OverQuiet: round(summaries[name].p50 / quiet[name].p50),
    maxOverQuietMs: round(summaries[name].max - quiet[name].max),
  });
  const others = `${rate} others a second`;
  return {
    title: 'From the write of a crash to the handler, ms (target: 100 ms more than on a quiet watch)',
    rows: {
      'ours, quiet': row('ours', quiet),
      [`ours, ${others}`]: row('ours', busy),
      'informer, quiet': row('informer', quiet),
      [`informer, ${others}`]: row('informer', busy),
    },
  };
}

async function ofWatchers(
  measure: (watcher: Watcher) => Promise<readonly number[]>,
): Promise<Record<Watcher, Summary>> {
  return { ours: summarize(await measure('ours')), informer: summarize(await measure('informer')) };
}
