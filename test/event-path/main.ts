/**
 * Counts the files and functions of `src` that run between a pod's MODIFIED event and its Incident being Filed: `npm run event-path`, with `-- --files` by
 * name. The agent runs on the sandbox and the ticket desk in this process, five times; V8's precise coverage counts what ran each time. With `-- --folders` it prints which
 * folders are on the stack from the watch to the queue, and from the queue to the Incident and the ticket; exit code 1 if one is there twice.
 */
import { Session } from 'node:inspector/promises';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { deploy } from '../agent/shop.ts';
import { openStage, until } from '../agent/stage.ts';
import { enteredAgain, measureFolders } from './folders.ts';

const src = resolve(import.meta.dirname, '../../src');
/** They are on the other side of the network. */
const OTHERS: ReadonlySet<string> = new Set(['desk', 'sandbox']);

/** The waits of other tests are so short that what happens beside the path would run meanwhile. */
const USUAL = { startSpreadMs: 0 };

/** Names of the functions that have run, by file. */
type Ran = ReadonlyMap<string, readonly string[]>;

/** What has run of `src` since coverage was last taken; taking it begins anew. */
async function takeCoverage(session: Session): Promise<Ran> {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const ran = new Map<string, readonly string[]>();
  for (const { url, functions } of result) {
    const file = url.startsWith('file:') ? relative(src, fileURLToPath(url)) : '..';
    if (file.startsWith('..') || OTHERS.has(folderOf(file))) continue;
    const names = functions
      .filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
      .map(({ functionName }) => functionName);
    if (names.length > 0) ran.set(file, names);
  }
  return ran;
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '.';
}

/** What runs from a pod's first crash to its ticket. */
async function measure(): Promise<Ran> {
  const stage = await openStage();
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  try {
    const { agent } = await stage.start('agent-1', { lease: {} }, (deps) => ({
      ...deps,
      watchTimings: USUAL,
    }));
    const workload = deploy(stage.sandbox);
    await until('a ready agent', () => agent.ready() === undefined);
    await until('a leader', () => stage.sandbox.objects.list({ kind: 'Lease' }).length > 0);
    await takeCoverage(session);
    workload.crash(1);
    await until('a filed Incident', () =>
      stage.incidents().some(({ status }) => status['phase'] === 'Filed'),
    );
    return await takeCoverage(session);
  } finally {
    session.disconnect();
    await stage.close();
  }
}

/** What runs by the clock beside the path, such as the renewal of the Lease, runs in one time and not in another. */
const RUNS = 5;

/** What has run each time. */
async function measureOften(): Promise<Ran> {
  let common = await measure();
  for (let run = 1; run < RUNS; run += 1) {
    const again = await measure();
    const inBoth = [...common].map(([file, names]): [string, readonly string[]] => [
      file,
      names.filter((name) => again.get(file)?.includes(name) === true),
    ]);
    common = new Map(inBoth.filter(([, names]) => names.length > 0));
  }
  return common;
}

function byFile([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

function print(ran: Ran, isByName: boolean): void {
  const byFolder = Map.groupBy(ran, ([file]) => folderOf(file));
  const rows = [...byFolder].toSorted(([, left], [, right]) => right.length - left.length);
  const functionsOf = (files: readonly (readonly [string, readonly string[]])[]): number =>
    files.reduce((sum, [, names]) => sum + names.length, 0);
  for (const [folder, files] of rows) {
    console.log(`${folder.padEnd(10)} ${files.length} files, ${functionsOf(files)} functions`);
    if (isByName)
      for (const [file, names] of files.toSorted(byFile)) console.log(`  ${file}: ${names.join(', ')}`);
  }
  console.log(`${'all'.padEnd(10)} ${ran.size} files, ${functionsOf([...ran])} functions`);
}

async function printFolders(): Promise<void> {
  const found = await measureFolders();
  for (const [name, paths] of Object.entries(found))
    for (const path of paths) {
      const again = enteredAgain(path);
      if (again.length > 0) process.exitCode = 1;
      const twice = again.length > 0 ? `   entered again: ${again.join(', ')}` : '';
      console.log(`${name.padEnd(10)} ${path.join(' → ')}${twice}`);
    }
}

const flag = { type: 'boolean', default: false } as const;
const { values } = parseArgs({ options: { files: flag, folders: flag } });
if (values.folders) await printFolders();
else print(await measureOften(), values.files);
process.exit();
