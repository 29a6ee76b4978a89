/**
 * Runs benches: `npm run bench -- [NAME …] [--json] [--compare FILE] [-- ARGUMENTS OF THE BENCH]`; without a name all of them.
 * Tables go to standard output, or with `--json` one object with the figures of each bench under its name. With `--compare` and a file that
 * `--json` wrote, a ratio that is worse by more than a tenth is named, and the exit code is 1.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { BenchReport } from './lib/bench.ts';
import { regressions, sentences } from './lib/compare.ts';
import { benchNames, loadBench } from './lib/registry.ts';

const args = process.argv.slice(2);
const end = args.includes('--') ? args.indexOf('--') : args.length;
const { values, positionals } = parseArgs({
  args: args.slice(0, end),
  options: { json: { type: 'boolean', default: false }, compare: { type: 'string' } },
  allowPositionals: true,
});

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** What `--json` wrote. It is read before anything is measured: a wrong name costs no ten minutes. */
function readReport(file: string): Record<string, unknown> {
  try {
    const report: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof report === 'object' && report !== null && 'machine' in report) return { ...report };
  } catch (error) {
    fail(`--compare ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return fail(`--compare ${file}: this is no report of \`npm run bench -- --json\``);
}

const before = values.compare === undefined ? undefined : readReport(values.compare);
const names = positionals.length > 0 ? positionals : benchNames();
const benches = await Promise.all(names.map(async (name) => ({ name, run: await loadBench(name) })));

function print(name: string, { tables }: BenchReport): void {
  process.stdout.write(`\n${name}\n`);
  for (const { title, rows } of tables) {
    process.stdout.write(`\n${title}\n`);
    console.table(rows);
  }
}

const figures: Record<string, unknown> = {};
for (const { name, run } of benches) {
  const report = await run(args.slice(end + 1));
  figures[name] = report.figures;
  if (!values.json) print(name, report);
}
if (values.json) {
  const machine = { node: process.version, processors: availableParallelism() };
  process.stdout.write(`${JSON.stringify({ machine, ...figures }, undefined, 2)}\n`);
}

if (before !== undefined) {
  const worse = sentences(regressions(before, figures));
  for (const sentence of worse) process.stderr.write(`${sentence}\n`);
  if (worse.length > 0)
    fail(`${worse.length} ratios are worse by more than a tenth than in ${values.compare ?? ''}`);
  process.stderr.write(`no ratio is worse by more than a tenth than in ${values.compare ?? ''}\n`);
}
