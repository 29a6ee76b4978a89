/**
 * What watching costs, beside a floor that only reads and parses the same bytes and beside client-node's informer.
 * Usage: node bench/watch/run.ts [--json] [--pods 50000] [--held 150000] [--updates 20000]
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';

/** The chart's node options. */
const NODE_OPTIONS = ['--max-semi-space-size=2', '--expose-gc', '--disable-warning=ExperimentalWarning'];
/** The informer keeps whole objects, 20 KB each. */
const INFORMER_OPTIONS = [...NODE_OPTIONS, '--max-old-space-size=6000'];

interface Result {
  readonly idleMb: number;
  readonly peakMb: number;
  readonly rssMb: number;
  readonly heapMb: number;
  readonly list: { wallMs: number; cpuMs: number };
  readonly update: { wallMs: number; cpuMs: number };
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    pods: { type: 'string', default: '50000' },
    held: { type: 'string', default: '150000' },
    updates: { type: 'string', default: '20000' },
  },
});
const path = (file: string): string => new URL(file, import.meta.url).pathname;

/** The child's first message. */
function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`a bench process ended with ${code}`)));
  });
}

async function measure(subject: string, pods: number, updates: number): Promise<Result> {
  const server = fork(path('server.ts'), [String(pods), String(updates)], { execArgv: [] });
  try {
    const port = await answerOf<number>(server);
    const execArgv = subject === 'informer' ? INFORMER_OPTIONS : NODE_OPTIONS;
    const args = [subject, `http://127.0.0.1:${port}`, String(updates)];
    return await answerOf<Result>(fork(bundle, args, { execArgv }));
  } finally {
    server.disconnect();
  }
}

/** Measured as it is shipped: one minified bundle. The informer is bundled, too. */
const folder = mkdtempSync(new URL('../../node_modules/.bench-', import.meta.url).pathname);
const bundle = join(folder, 'subject.mjs');
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
buildSync({
  entryPoints: [path('subject.ts')],
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  logLevel: 'error',
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
});

const pods = Number(values.pods);
const held = Number(values.held);
const updates = Number(values.updates);
const list: Record<string, Result> = {};
const update: Record<string, Result> = {};
for (const subject of ['floor', 'ours', 'informer']) {
  list[subject] = await measure(subject, pods, 0);
  update[subject] = await measure(subject, 1_000, updates);
}
const holding = await measure('ours', held, 0);

const round = (value: number): number => Math.round(value * 100) / 100;
const ratio = (of: number | undefined, to: number | undefined): number =>
  round((of ?? Number.NaN) / (to ?? Number.NaN));
const report = {
  pods,
  list: Object.fromEntries(
    Object.entries(list).map(([subject, result]) => [
      subject,
      {
        peakOverIdleMb: round(result.peakMb - result.idleMb),
        wallMs: round(result.list.wallMs),
        cpuMs: round(result.list.cpuMs),
        wallOverFloor: ratio(result.list.wallMs, list['floor']?.list.wallMs),
        cpuOverFloor: ratio(result.list.cpuMs, list['floor']?.list.cpuMs),
      },
    ]),
  ),
  held: {
    pods: held,
    rssMb: round(holding.rssMb),
    peakMb: round(holding.peakMb),
    heapMb: round(holding.heapMb),
  },
  updates,
  update: Object.fromEntries(
    Object.entries(update).map(([subject, result]) => [
      subject,
      {
        cpuMicrosecondsEach: round((result.update.cpuMs * 1_000) / updates),
        cpuOverFloor: ratio(result.update.cpuMs, update['floor']?.update.cpuMs),
      },
    ]),
  ),
};

if (values.json) {
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
} else {
  process.stdout.write(`\nList of ${pods} pods of 10.8 KB (floor: read the same bytes, JSON.parse each)\n`);
  console.table(report.list);
  process.stdout.write(`\n${held} pods held\n`);
  console.table({ ours: report.held });
  process.stdout.write(`\nEach of ${updates} updates\n`);
  console.table(report.update);
}
