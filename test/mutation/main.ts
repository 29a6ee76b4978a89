import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../crash-points/random.ts';
import { type ImportGraph, readImports, testsReaching } from './import-graph.ts';
import { applyMutant, findMutants, type Mutant } from './mutants.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

const HELP = `npm run mutate -- [--seed 1] [--count 200] [--folder src/outbox] [--skip src/desk,src/sandbox] [--json FILE]

Breaks the source at random places, one at a time, in a copy of the project, and runs the tests that reach the broken file. Prints what
no test has noticed. --folder draws from one folder only; --json writes every mutant with what became of it.`;

/** Nearest tests first: most mutants fail there, and the others need not be started. */
const NEAR_TESTS = 4;
const TIMEOUT_MS = 240_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '200' },
    folder: { type: 'string', default: 'src' },
    skip: { type: 'string', default: 'src/desk,src/sandbox' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

interface Drawn {
  readonly file: string;
  readonly source: string;
  readonly mutant: Mutant;
}

type Fate = 'noticed' | 'timed out' | 'not noticed' | 'no test reaches it';

const root = resolve(import.meta.dirname, '../..');

function draw(): readonly Drawn[] {
  const skipped = values.skip.split(',').filter((folder) => folder !== '');
  const all = globSync(`${values.folder}/**/*.ts`, { cwd: root })
    .toSorted()
    .filter((file) => !skipped.some((folder) => file.startsWith(`${folder}/`)))
    .flatMap((file) => {
      const source = readFileSync(join(root, file), 'utf8');
      return findMutants(source).map((mutant) => ({ file, source, mutant }));
    });
  const random = createRandom(Number(values.seed));
  const drawn: Drawn[] = [];
  while (drawn.length < Number(values.count) && all.length > 0) {
    const [one] = all.splice(Math.floor(random.next() * all.length), 1);
    if (one !== undefined) drawn.push(one);
  }
  return drawn;
}

async function tryMutant(
  workspace: Workspace,
  graph: ImportGraph,
  { file, source, mutant }: Drawn,
): Promise<Fate> {
  const tests = testsReaching(graph, file);
  if (tests.length === 0) return 'no test reaches it';
  workspace.write(file, applyMutant(source, mutant));
  try {
    for (const group of [tests.slice(0, NEAR_TESTS), tests.slice(NEAR_TESTS)]) {
      const outcome = group.length === 0 ? 'passed' : await workspace.test(group, TIMEOUT_MS);
      if (outcome !== 'passed') return outcome === 'failed' ? 'noticed' : 'timed out';
    }
    return 'not noticed';
  } finally {
    workspace.write(file, source);
  }
}

function describe({ file, source, mutant }: Drawn): string {
  const line = source.split('\n')[mutant.line - 1]?.trim() ?? '';
  return `${file}:${mutant.line} ${mutant.operator}: ${line}`;
}

interface Tally {
  tried: number;
  caught: number;
}

/** Stages are folders below src; what lies in src itself is one more. */
function stageOf(file: string): string {
  return relative('src', file).split('/').slice(0, -1)[0] ?? 'src';
}

function print(fates: readonly (readonly [Drawn, Fate])[]): void {
  const stages = new Map<string, Tally>();
  for (const [{ file }, fate] of fates) {
    const tally = stages.get(stageOf(file)) ?? { tried: 0, caught: 0 };
    tally.tried += 1;
    if (fate === 'noticed' || fate === 'timed out') tally.caught += 1;
    stages.set(stageOf(file), tally);
  }
  for (const [stage, { tried, caught }] of [...stages].toSorted(([a], [b]) => a.localeCompare(b)))
    console.log(`${stage.padEnd(12)} ${caught} of ${tried}`);
  const caught = [...stages.values()].reduce((sum, tally) => sum + tally.caught, 0);
  console.log(`${caught} of ${fates.length} noticed (${((100 * caught) / fates.length).toFixed(1)} %)`);
}

async function main(): Promise<void> {
  const files = globSync('{src,test}/**/*.ts', { cwd: root });
  const graph = readImports(root, files);
  const workspace = createWorkspace(root);
  const fates: (readonly [Drawn, Fate])[] = [];
  try {
    for (const drawn of draw()) {
      const fate = await tryMutant(workspace, graph, drawn);
      fates.push([drawn, fate]);
      if (fate !== 'noticed') console.log(`${fate}: ${describe(drawn)}`);
    }
  } finally {
    workspace.remove();
  }
  if (values.json !== undefined) {
    const rows = fates.map(([{ file, mutant }, fate]) => ({ file, ...mutant, fate }));
    writeFileSync(values.json, `${JSON.stringify(rows, undefined, 1)}\n`);
  }
  print(fates);
}

if (values.help) console.log(HELP);
else await main();
