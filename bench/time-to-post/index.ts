import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createCertificates } from '../../test/tickets/api/certificates.ts';
import type { BenchReport } from '../lib/bench.ts';
import { type Resident, residentMemory } from '../lib/memory.ts';
import { quantile, round, type Summary, summarize } from '../lib/statistics.ts';
import { labelOf, phaseNames, type Phases, phasesOf, serverTime } from './phases.ts';
import { type ServerSide, startServerSide } from './server-side.ts';
import { bundleAgent, startAgent, startFloor } from './subjects.ts';
import type { TracedRequest } from './trace.ts';
import { createWorkload } from './workload.ts';

/** Before the memory of an idle agent is read: its start is over, and what it left behind is mostly collected. */
const IDLE_MS = 10 * SECOND;

/** One failure, from the status that shows it to the POST. Times are those of `performance.now()`. */
interface Sample {
  readonly failedAt: number;
  readonly postedAt: number;
  readonly requests: readonly TracedRequest[];
}

/** One program that is measured, and its own servers. */
interface Subject {
  readonly name: string;
  readonly server: ServerSide;
  readonly child: ChildProcess;
  readonly samples: Sample[];
}

/**
 * From the failing status visible on a watch (settle 0, look-up included) to the first byte of the POST, beside a bare loop that watches,
 * parses and posts. Options: `--samples 300 --warm-up 50`, and `--rest-minutes 6` to read the memory once more after so long a rest.
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      samples: { type: 'string', default: '300' },
      'warm-up': { type: 'string', default: '50' },
      'rest-minutes': { type: 'string', default: '0' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const subjects: Subject[] = [];
  try {
    await startSubjects(folder, subjects);
    await systemClock.sleep(IDLE_MS);
    const idle = memoryOf(subjects);
    await measure(subjects, Number(values['warm-up']));
    for (const { samples } of subjects) samples.splice(0);
    await measure(subjects, Number(values.samples));
    const after = memoryOf(subjects);
    await systemClock.sleep(Number(values['rest-minutes']) * MINUTE);
    return report(subjects, { idle, after, rested: memoryOf(subjects) });
  } finally {
    for (const { child, server } of subjects) {
      if (child.connected) child.disconnect();
      await server.close();
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startSubjects(root: string, subjects: Subject[]): Promise<void> {
  const bundle = await bundleAgent(root);
  const starts: Readonly<Record<string, (server: ServerSide, own: string) => Promise<ChildProcess>>> = {
    floor: startFloor,
    agent: (server, folder) => startAgent(server, { file: bundle, folder, composesInThread: true }),
    'agent, one thread': (server, folder) =>
      startAgent(server, { file: bundle, folder, composesInThread: false }),
  };
  const certificates = createCertificates();
  try {
    for (const [name, start] of Object.entries(starts)) {
      const server = await startServerSide(certificates);
      const own = join(root, name);
      mkdirSync(own);
      subjects.push({ name, server, child: await start(server, own), samples: [] });
    }
  } finally {
    certificates.remove();
  }
}

/** In turns, so that whatever else the machine does meets all subjects alike. */
async function measure(subjects: readonly Subject[], count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    for (const { server, samples } of subjects) samples.push(await takeSample(server));
  }
}

let workloads = 0;

/** Each sample is another owner, so that each opens an incident of its own. */
async function takeSample({ sandbox, trace }: ServerSide): Promise<Sample> {
  workloads += 1;
  const workload = createWorkload(sandbox, workloads);
  await trace.quiet();
  trace.clear();
  const posting = trace.next(({ method, url }) => method === 'POST' && url.endsWith('/support/tickets'));
  workload.fail();
  const failedAt = performance.now();
  const { startAt: postedAt } = await posting;
  await trace.quiet();
  workload.remove();
  return { failedAt, postedAt, requests: [...trace.requests] };
}

type Memory = Readonly<Record<string, Readonly<Record<keyof Resident, number>>>>;

function memoryOf(subjects: readonly Subject[]): Memory {
  const entries = subjects.map(({ name, child }) => [name, residentMemory(child.pid ?? 0)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, Resident] => entry[1] !== undefined));
}

function report(
  subjects: readonly Subject[],
  memory: { readonly idle: Memory; readonly after: Memory; readonly rested: Memory },
): BenchReport {
  const times = Object.fromEntries(subjects.map(({ name, samples }) => [name, withRatio(samples, subjects)]));
  const agents = subjects.filter(({ name }) => name !== 'floor');
  const phases = Object.fromEntries(agents.map(({ name, samples }) => [name, phaseMedians(samples)]));
  const requests = requestMedians(agents[0]?.samples ?? []);
  const counts = Object.fromEntries(agents.map(({ name, samples }) => [name, readCounts(samples)]));
  return {
    figures: { times, phases, requests, counts, memory },
    tables: [
      { title: 'Failing status on the watch → first byte of the POST, ms', rows: times },
      { title: 'Where the agent’s time goes, medians in ms', rows: phases },
      { title: 'Requests of the agent, ms after the failing status, medians', rows: requests },
      { title: 'Reads of the Kubernetes API for one incident (target: 6)', rows: counts },
      { title: 'Memory after the start, idle, MB', rows: memory.idle },
      { title: 'Memory after all samples, MB', rows: memory.after },
      { title: 'Memory after the rest, MB', rows: memory.rested },
    ],
  };
}

type Row = Readonly<Record<string, number>>;

function durations(samples: readonly Sample[]): readonly number[] {
  return samples.map(({ failedAt, postedAt }) => postedAt - failedAt);
}

/** The times of a subject, and how many times the floor they are. */
function withRatio(samples: readonly Sample[], [floor]: readonly Subject[]): Row {
  const own: Summary = summarize(durations(samples));
  const least = summarize(durations(floor?.samples ?? []));
  return { ...own, 'p50 ÷ floor': round(own.p50 / least.p50), 'p99 ÷ floor': round(own.p99 / least.p99) };
}

function phaseMedians(samples: readonly Sample[]): Row {
  const all = samples.map(({ failedAt, requests, postedAt }) => phasesOf(failedAt, requests, postedAt));
  const known = all.filter((phases): phases is Phases => phases !== undefined);
  const atServers = samples.map(({ requests, postedAt }) => serverTime(requests, postedAt));
  return {
    ...Object.fromEntries(
      phaseNames.map((name) => [
        name,
        round(
          quantile(
            known.map((phases) => phases[name]),
            0.5,
          ),
        ),
      ]),
    ),
    'of all: at the servers': round(quantile(atServers, 0.5)),
  };
}

/** Neither watches, which are not traced, nor the look-up of the ticket. */
function readCounts(samples: readonly Sample[]): Row {
  const counts = samples.map(
    ({ requests }) =>
      requests.filter(({ method, url }) => method === 'GET' && !url.includes('/support/')).length,
  );
  return { p50: quantile(counts, 0.5), most: Math.max(...counts) };
}

/** When the n-th request of each kind came and was answered. */
function requestMedians(samples: readonly Sample[]): Readonly<Record<string, Row>> {
  const seen = new Map<string, { readonly starts: number[]; readonly ends: number[] }>();
  for (const { failedAt, requests } of samples) {
    const counts = new Map<string, number>();
    for (const request of requests) {
      const label = labelOf(request);
      const count = (counts.get(label) ?? 0) + 1;
      counts.set(label, count);
      const key = count === 1 ? label : `${label} (${count})`;
      const row = seen.get(key) ?? { starts: [], ends: [] };
      seen.set(key, row);
      row.starts.push(request.startAt - failedAt);
      row.ends.push((request.endAt ?? request.startAt) - failedAt);
    }
  }
  const rows = [...seen].map(([label, { starts, ends }]) => {
    const row = { asked: round(quantile(starts, 0.5)), answered: round(quantile(ends, 0.5)) };
    return [label, row] as const;
  });
  return Object.fromEntries(rows.toSorted(([, a], [, b]) => a.asked - b.asked));
}
