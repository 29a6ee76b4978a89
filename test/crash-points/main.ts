import { parseArgs } from 'node:util';
import { mutations } from './mutations.ts';
import { type Result, simulate } from './simulate.ts';

const HELP = `crash-points [--seeds 1000] [--from 1] [--json] [--mutation "<name>"]
crash-points --seed <n> [--trace] [--mutation "<name>"]

Runs the agent on models of a cluster and the ticket desk: kills it at its awaits, and lets its views go stale.
Mutations: ${Object.keys(mutations).join('; ')}`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    mutation: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

interface Summary {
  seeds: number;
  strict: number;
  failed: number;
  incidents: number;
  tickets: number;
  doubles: number;
  comments: number;
  runs: number;
  readonly killPoints: Record<string, number>;
}

async function runMany(from: number, count: number): Promise<void> {
  const sum: Summary = {
    seeds: 0,
    strict: 0,
    failed: 0,
    incidents: 0,
    tickets: 0,
    doubles: 0,
    comments: 0,
    runs: 0,
    killPoints: {},
  };
  const failures: Pick<Result, 'seed' | 'violations'>[] = [];
  const startedAt = performance.now();
  for (let seed = from; seed < from + count; seed += 1) {
    const result = await simulate(seed, { mutation: mutationNamed() });
    add(sum, result);
    if (result.violations.length > 0) failures.push({ seed, violations: result.violations });
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const report = { ...sum, seconds: round(seconds), seedsPerSecond: round(count / seconds), failures };
  console.log(values.json ? JSON.stringify(report, undefined, 2) : inWords(report));
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function add(sum: Summary, result: Result): void {
  sum.seeds += 1;
  sum.strict += Number(result.isStrict);
  sum.failed += Number(result.violations.length > 0);
  sum.incidents += result.incidents;
  sum.tickets += result.tickets;
  sum.doubles += result.doubles;
  sum.comments += result.comments;
  sum.runs += result.runs;
  for (const [where, count] of Object.entries(result.killPoints))
    sum.killPoints[where] = (sum.killPoints[where] ?? 0) + count;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function inWords(
  report: Summary & { seconds: number; failures: readonly Pick<Result, 'seed' | 'violations'>[] },
): string {
  const { seeds, strict, failed, incidents, tickets, doubles, comments, runs, seconds } = report;
  const kills = Object.values(report.killPoints).reduce((total, count) => total + count, 0);
  const lines = report.failures.map(({ seed, violations }) => `seed ${seed}: ${violations.join('; ')}`);
  return [
    ...lines,
    `${seeds} seeds in ${seconds} s (${strict} strict): ${incidents} Incidents, ${tickets} tickets, ${comments} comments, ` +
      `${runs} processes, ${kills} of them killed at ${Object.keys(report.killPoints).length} different points of a call; ${doubles} doubles, all in worlds whose list lags too long; ${failed} seeds failed`,
  ].join('\n');
}

async function runOne(seed: number): Promise<void> {
  const { trace, ...result } = await simulate(seed, { mutation: mutationNamed(), keepsTrace: values.trace });
  for (const line of trace) console.log(line);
  console.log(JSON.stringify(result, undefined, 2));
  process.exitCode = result.violations.length > 0 ? 1 : 0;
}

function mutationNamed(): (typeof mutations)[string] {
  if (values.mutation === undefined) return {};
  const mutation = mutations[values.mutation];
  if (mutation === undefined) throw new Error(`no such mutation: ${values.mutation}\n\n${HELP}`);
  return mutation;
}

if (values.help) console.log(HELP);
else if (values.seed !== undefined) await runOne(Number(values.seed));
else await runMany(Number(values.from), Number(values.seeds));
