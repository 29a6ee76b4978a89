import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { CrashMark, Result } from './messages.ts';

const BENCH_OPTIONS = ['--expose-gc', '--disable-warning=ExperimentalWarning'];
/** The chart's node options. */
const NODE_OPTIONS = [...BENCH_OPTIONS, '--max-semi-space-size=2', '--max-old-space-size=160'];
/** The informer keeps whole objects, 20 KB each: with the chart's limit it would die. */
const INFORMER_OPTIONS = [...BENCH_OPTIONS, '--max-semi-space-size=2', '--max-old-space-size=12000'];

export type SubjectName = 'floor' | 'ours' | 'informer';
/** Those that hand changes to somebody. */
export type Watcher = Exclude<SubjectName, 'floor'>;

/** The programs of the bench: the server from source, the subjects as they are shipped. */
export interface Programs {
  /** Takes a list of `pods`, then `updates` updates. */
  measure(subject: SubjectName, pods: number, updates: number): Promise<Result>;
  /** How long each of `crashes` took from the server's write to the handler, among `rate` other updates a second; milliseconds. */
  delays(subject: Watcher, load: CrashLoad): Promise<number[]>;
  /** Removes what was built. */
  remove(): void;
}

export interface CrashLoad {
  readonly pods: number;
  readonly rate: number;
  readonly crashes: number;
}

const source = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Bundles and minifies the subjects: source text that is loaded stays in memory. */
export function buildPrograms(): Programs {
  const folder = mkdtempSync(source('../../node_modules/.bench-'));
  buildSync({
    entryPoints: [source('subject.ts'), source('crash-subject.ts')],
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
  return {
    measure: (subject, pods, updates) => measure(join(folder, 'subject.mjs'), subject, { pods, updates }),
    delays: (subject, load) => delays(join(folder, 'crash-subject.mjs'), subject, load),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function startServer(...args: readonly number[]): ChildProcess {
  return fork(source('server.ts'), args.map(String), { execArgv: [] });
}

/** The child's first message. */
function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`a bench process ended with ${code}`)));
  });
}

async function measure(
  program: string,
  subject: SubjectName,
  { pods, updates }: { pods: number; updates: number },
): Promise<Result> {
  const server = startServer(pods, updates);
  try {
    const port = await answerOf<number>(server);
    const args = [subject, `http://127.0.0.1:${port}`, String(updates)];
    return await answerOf<Result>(fork(program, args, { execArgv: optionsOf(subject) }));
  } finally {
    server.disconnect();
  }
}

function optionsOf(subject: SubjectName): string[] {
  return subject === 'informer' ? INFORMER_OPTIONS : NODE_OPTIONS;
}

async function delays(
  program: string,
  watcher: Watcher,
  { pods, rate, crashes }: CrashLoad,
): Promise<number[]> {
  const server = startServer(pods, 0, rate, crashes);
  const port = await answerOf<number>(server);
  const subject = fork(program, [watcher, `http://127.0.0.1:${port}`], { execArgv: optionsOf(watcher) });
  try {
    return await collect(server, subject, crashes);
  } finally {
    server.disconnect();
    subject.disconnect();
  }
}

/** The two marks of a crash come in either order. */
function collect(server: ChildProcess, subject: ChildProcess, crashes: number): Promise<number[]> {
  const first = new Map<string, CrashMark>();
  const found: number[] = [];
  return new Promise((resolve, reject) => {
    const take = (mark: CrashMark): void => {
      const other = first.get(mark.uid);
      if (other === undefined) first.set(mark.uid, mark);
      else if (other.kind !== mark.kind) found.push(Math.abs(other.atMs - mark.atMs));
      if (found.length === crashes) resolve(found);
    };
    for (const child of [server, subject]) {
      child.on('message', take);
      child.once('exit', (code) => reject(new Error(`a bench process ended with ${code}`)));
    }
  });
}
