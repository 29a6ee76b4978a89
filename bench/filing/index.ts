import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SECOND } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createCertificates } from '../../test/tickets/api/certificates.ts';
import type { BenchReport } from '../lib/bench.ts';
import { residentMemory } from '../lib/memory.ts';
import { processorTime } from '../lib/processor.ts';
import { quantile, round } from '../lib/statistics.ts';
import { type ServerSide, startServerSide } from '../time-to-post/server-side.ts';
import { bundleAgent, start, startAgent } from '../time-to-post/subjects.ts';
import type { FloorArguments } from './floor.ts';
import { type Pending, pending } from './pending.ts';

/** As many as the agent works on at once by default. */
const CONCURRENCY = 2;
const DOWN_MS = 5 * SECOND;
const PATIENCE_MS = 180 * SECOND;

/** How one subject got through. Milliseconds. */
interface Run {
  /** From the moment when the desk is back to the first request. */
  readonly untilFirst: number;
  /** From there to the last ticket. */
  readonly filing: number;
  /** Of its process, on processors, meanwhile: what else runs on the machine does not count. */
  readonly processor: number;
  readonly residentMb: number;
}

/**
 * The desk is down while many Incidents wait; then it is back. The agent at an unlimited rate, beside a bare loop of got that looks
 * up and posts the same bodies, two at a time as well. Options: `--tickets 1000 --rounds 3`.
 */
export async function bench(args: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tickets: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '3' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const runs: Record<string, Run[]> = { floor: [], agent: [] };
  try {
    const bundle = await bundleAgent(folder);
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const [name, done] of Object.entries(runs)) {
        const own = join(folder, `${name}-${round}`);
        mkdirSync(own);
        done.push(await measure(name === 'floor' ? undefined : bundle, own, Number(values.tickets)));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return report(runs, Number(values.tickets));
}

interface Subject {
  readonly server: ServerSide;
  readonly child: ChildProcess;
}

async function measure(bundle: string | undefined, folder: string, tickets: number): Promise<Run> {
  const certificates = createCertificates();
  const server = await startServerSide(certificates);
  certificates.remove();
  server.desk.faults.add({ kind: 'down' });
  const child = await (bundle === undefined
    ? floor(server, folder, tickets)
    : agent(server, { bundle, folder, tickets }));
  try {
    // The agent finds out that the desk is down meanwhile; the floor waits to be told that it is back.
    await systemClock.sleep(DOWN_MS);
    return await comeBack({ server, child }, tickets);
  } finally {
    child.disconnect();
    await once(child, 'exit');
    await server.close();
  }
}

async function comeBack({ server, child }: Subject, tickets: number): Promise<Run> {
  const { desk, trace } = server;
  trace.clear();
  desk.faults.clear();
  const { pid = 0 } = child;
  const spentBefore = processorTime(pid) ?? Number.NaN;
  const backAt = performance.now();
  child.send('go');
  await untilFiled(server, tickets);
  const endedAt = performance.now();
  const firstAt = trace.requests.find(({ url }) => url.includes('/support/'))?.startAt ?? backAt;
  const processor = (processorTime(pid) ?? Number.NaN) - spentBefore;
  const { residentMb = Number.NaN } = residentMemory(pid) ?? {};
  return { untilFirst: firstAt - backAt, filing: endedAt - firstAt, processor, residentMb };
}

function agent(
  server: ServerSide,
  { bundle, folder, tickets }: { readonly bundle: string; readonly folder: string; readonly tickets: number },
): Promise<ChildProcess> {
  for (const { object } of allPending(server, tickets)) server.sandbox.objects.apply(object);
  return startAgent(server, {
    file: bundle,
    folder,
    composesInThread: true,
    ticketApi: { lookupDelay: '1s', maxConcurrent: CONCURRENCY },
  });
}

function allPending({ sandbox }: ServerSide, tickets: number): readonly Pending[] {
  const { uid = '' } = sandbox.objects.get({ kind: 'Namespace', name: 'kube-system' })?.metadata ?? {};
  return Array.from({ length: tickets }, (_none, n) => pending(n, uid));
}

function floor(server: ServerSide, folder: string, tickets: number): Promise<ChildProcess> {
  const file = join(folder, 'bodies.json');
  writeFileSync(file, JSON.stringify(allPending(server, tickets).map(({ marker, body }) => [marker, body])));
  const given: FloorArguments = { addresses: server.addresses, file, concurrency: CONCURRENCY };
  return start(join(import.meta.dirname, 'floor.ts'), given);
}

async function untilFiled({ desk }: ServerSide, tickets: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  const filed = (): number => Object.values(desk.store.counts()).reduce((sum, count) => sum + count, 0);
  while (filed() < tickets) {
    if (performance.now() > deadline) throw new Error(`only ${filed()} of ${tickets} tickets were filed`);
    await systemClock.sleep(10);
  }
}

function report(runs: Readonly<Record<string, readonly Run[]>>, tickets: number): BenchReport {
  const median = (name: string, field: keyof Run): number =>
    round(
      quantile(
        (runs[name] ?? []).map((run) => run[field]),
        0.5,
      ),
    );
  const rows = Object.fromEntries(
    Object.keys(runs).map((name) => [
      name,
      {
        'until the first request': median(name, 'untilFirst'),
        'all filed after it': median(name, 'filing'),
        '÷ floor': round(median(name, 'filing') / median('floor', 'filing')),
        'on processors': median(name, 'processor'),
        'that ÷ floor': round(median(name, 'processor') / median('floor', 'processor')),
        'resident MB': median(name, 'residentMb'),
      },
    ]),
  );
  return {
    figures: { tickets, runs },
    tables: [{ title: `${tickets} tickets from the moment when the desk is back, ms, medians`, rows }],
  };
}
