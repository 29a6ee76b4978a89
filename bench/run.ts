/**
 * Runs benches: `npm run bench -- [NAME …] [--json] [-- ARGUMENTS OF THE BENCH]`; without a name all of them.
 * Tables go to standard output, or with `--json` one object with the figures of each bench under its name.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { BenchReport } from './lib/bench.ts';
import { benchNames, loadBench } from './lib/registry.ts';

const args = process.argv.slice(2);
const end = args.includes('--') ? args.indexOf('--') : args.length;
const { values, positionals } = parseArgs({
  args: args.slice(0, end),
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
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
