import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { drawMutants, type Drawn, isAt, mutantsBelow, type Place, placeOf, readEquivalents } from './draw.ts';
import { type ImportGraph, readImports, testsReaching } from './import-graph.ts';
import { applyMutant } from './mutants.ts';
import { describeMutant, type Fate, tableOf } from './report.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

const HELP = `npm run mutate -- [--seed 1] [--count 200] [--folder src/outbox,src/lib] [--skip src/desk,src/sandbox] [--without test/agent] [--seconds 20]
                  [--json FILE] [--again FILE] [--durations FILE]

Breaks the source at random places, one at a time, in a copy of the project, and runs the tests that reach the broken file, near and quick
ones first, until one fails. Prints what no test has noticed, and a table by folder. Mutants that change nothing stand with their reason in
test/mutation/equivalent.json and are not drawn.

  --folder     draws from these folders or files only
  --skip       and not from these
  --without    leaves out tests of these folders for source that they do not mirror: they take long
  --seconds    runs for each mutant only the first tests that take so long together; try --again what is not noticed then
  --json       writes every mutant with what became of it
  --again      tries those of such a file again that were not noticed
  --durations  keeps in a file how long each test takes; without it all tests run once before the first mutant`;

/** Processor time above what a test takes by itself. */
const LIMIT_MS = 10_000;
const LIMIT_FACTOR = 3;
/** For tests on the source as it is. */
const PLAIN_LIMIT_MS = 600_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '200' },
    folder: { type: 'string', default: 'src' },
    skip: { type: 'string', default: 'src/desk,src/sandbox' },
    without: { type: 'string', default: '' },
    seconds: { type: 'string', default: 'Infinity' },
    json: { type: 'string' },
    again: { type: 'string' },
    durations: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

type Durations = ReadonlyMap<string, number>;

interface Tried extends Place {
  readonly fate: Fate;
}

/** What became of a mutant, and at which test. */
interface Trial {
  readonly fate: Fate;
  readonly by?: string | undefined;
}

const root = resolve(import.meta.dirname, '../..');

function listOf(names: string): readonly string[] {
  return names.split(',').filter((name) => name !== '');
}

function choose(): readonly Drawn[] {
  const all = mutantsBelow(root, listOf(values.folder), listOf(values.skip));
  const equivalents = readEquivalents(root);
  const alive = all.filter((drawn) => !equivalents.some((place) => isAt(drawn, place)));
  console.log(`${alive.length} mutants, and ${all.length - alive.length} that change nothing`);
  if (values.again === undefined) return drawMutants(alive, Number(values.seed), Number(values.count));
  const before = JSON.parse(readFileSync(values.again, 'utf8')) as readonly Tried[];
  const open = before.filter(({ fate }) => fate !== 'noticed');
  return alive.filter((drawn) => open.some((place) => isAt(drawn, place)));
}

/** What a test takes by itself. A test that fails already would notice every mutant, so that nothing is tried then. */
async function measure(workspace: Workspace, tests: readonly string[]): Promise<Durations> {
  if (values.durations !== undefined && existsSync(values.durations))
    return new Map(Object.entries(JSON.parse(readFileSync(values.durations, 'utf8')) as object));
  const { outcome, last, tookMs } = await workspace.test(tests, () => PLAIN_LIMIT_MS);
  if (outcome !== 'passed') throw new Error(`${last ?? 'a test'} fails without any mutant`);
  if (values.durations !== undefined)
    writeFileSync(values.durations, `${JSON.stringify(Object.fromEntries(tookMs), undefined, 1)}\n`);
  return tookMs;
}

/** A folder of tests mirrors that of the source. */
function isLeftOut(test: string, file: string): boolean {
  return listOf(values.without).some(
    (folder) => test.startsWith(folder) && !file.startsWith(folder.replace('test/', 'src/')),
  );
}

/** Near tests first, and among them quick ones: most mutants fail there, and the others need not be started. */
function orderTests(graph: ImportGraph, file: string, durations: Durations): readonly string[] {
  let leftMs = Number(values.seconds) * 1_000;
  return testsReaching(graph, file)
    .filter(({ test }) => !isLeftOut(test, file))
    .map(({ test, steps }) => ({ test, cost: steps * (1_000 + (durations.get(test) ?? 0)) }))
    .toSorted((a, b) => a.cost - b.cost)
    .map(({ test }) => test)
    .filter((test) => (leftMs -= durations.get(test) ?? 0) > 0);
}

async function tryMutant(
  workspace: Workspace,
  drawn: Drawn,
  tests: readonly string[],
  durations: Durations,
): Promise<Trial> {
  if (tests.length === 0) return { fate: 'no test reaches it' };
  const limitMs = (test: string): number => LIMIT_MS + LIMIT_FACTOR * (durations.get(test) ?? 0);
  workspace.write(drawn.file, applyMutant(drawn.source, drawn.mutant));
  const trial = await runUntilNoticed(workspace, tests, limitMs);
  workspace.write(drawn.file, drawn.source);
  if (trial.by !== undefined) await checkUnbroken(workspace, trial.by);
  return trial;
}

const passing = new Set<string>();

/** What a test file notices says nothing unless it passes on the source as it is. Looked at once for each. */
async function checkUnbroken(workspace: Workspace, test: string): Promise<void> {
  if (passing.has(test)) return;
  for (let tries = 0; tries < 2 && !passing.has(test); tries += 1) {
    const { outcome } = await workspace.test([test], () => PLAIN_LIMIT_MS);
    if (outcome === 'passed') passing.add(test);
  }
  if (!passing.has(test)) throw new Error(`${test} fails without any mutant`);
}

/** A busy machine can make a test fail as well: only a test file that fails twice has noticed something. */
async function runUntilNoticed(
  workspace: Workspace,
  tests: readonly string[],
  limitMs: (test: string) => number,
): Promise<Trial> {
  const { outcome, last: by } = await workspace.test(tests, limitMs);
  if (outcome === 'passed') return { fate: 'not noticed' };
  const again = by === undefined ? undefined : await workspace.test([by], limitMs);
  if (again?.outcome !== 'passed') return { fate: outcome === 'failed' ? 'noticed' : 'timed out', by };
  const rest = tests.slice(tests.indexOf(by ?? '') + 1);
  return rest.length === 0 ? { fate: 'not noticed' } : runUntilNoticed(workspace, rest, limitMs);
}

function save(trials: readonly (readonly [Drawn, Trial])[]): void {
  if (values.json === undefined) return;
  const rows = trials.map(([drawn, trial]) => ({ ...placeOf(drawn), ...drawn.mutant, ...trial }));
  writeFileSync(values.json, `${JSON.stringify(rows, undefined, 1)}\n`);
}

async function run(workspace: Workspace): Promise<void> {
  const graph = readImports(root, globSync('{src,test}/**/*.ts', { cwd: root }));
  const chosen = choose();
  const reaching = new Set(chosen.flatMap(({ file }) => testsReaching(graph, file).map(({ test }) => test)));
  const durations = await measure(workspace, [...reaching]);
  const trials: (readonly [Drawn, Trial])[] = [];
  for (const drawn of chosen) {
    const tests = orderTests(graph, drawn.file, durations);
    const trial = await tryMutant(workspace, drawn, tests, durations);
    trials.push([drawn, trial]);
    if (trial.fate !== 'noticed') console.log(`${trial.fate}: ${describeMutant(drawn)}`);
    save(trials);
  }
  for (const line of tableOf(trials.map(([drawn, { fate }]) => [drawn, fate]))) console.log(line);
}

async function main(): Promise<void> {
  const workspace = createWorkspace(root);
  try {
    await run(workspace);
  } finally {
    workspace.remove();
  }
}

if (values.help) console.log(HELP);
else await main();
