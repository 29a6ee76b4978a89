import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** What became of a run of tests. */
export type Outcome = 'passed' | 'failed' | 'timed out';

/** A run of tests: the first failure ends it. */
export interface TestRun {
  readonly outcome: Outcome;
  /** The test file at which it ended, relative to the root. */
  readonly last: string | undefined;
  /** How long each test file took that came to its end, by its path relative to the root. */
  readonly tookMs: ReadonlyMap<string, number>;
}

/** A copy of the project in which files may be broken. */
export interface Workspace {
  readonly write: (file: string, source: string) => void;
  /** Runs test files in the order given until the first test fails, or a file takes more processor time than its limit. */
  readonly test: (files: readonly string[], limitMs: (file: string) => number) => Promise<TestRun>;
  readonly remove: () => void;
}

/** What tests read besides source: documents, chart, manifests. */
const left = ['node_modules', '.git', 'dist'];

/** Copies the project, but for its packages, into a temporary folder. */
export function createWorkspace(root: string): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'mutation-'));
  cpSync(root, folder, {
    recursive: true,
    filter: (source) => !left.some((name) => source === join(root, name)),
  });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return {
    write: (file, source) => writeFileSync(join(folder, file), source),
    test: (files, limitMs) => runTests(folder, files, limitMs),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Other work on the machine is no reason for a test to fail. */
const TEST_TIMEOUT_MS = 20_000;

function argumentsFor(folder: string, files: readonly string[]): readonly string[] {
  return [
    '--experimental-vm-modules',
    '--no-warnings',
    join(folder, 'node_modules/jest/bin/jest.js'),
    '--runInBand',
    '--bail=1',
    `--testTimeout=${TEST_TIMEOUT_MS}`,
    '--silent',
    '--reporters=<rootDir>/test/mutation/first-failure-reporter.ts',
    '--testSequencer=<rootDir>/test/mutation/given-order-sequencer.ts',
    '--runTestsByPath',
    ...files,
  ];
}

/** In a process group of its own, so that a mutant which spins is ended with all that it started. */
async function runTests(
  folder: string,
  files: readonly string[],
  limitMs: (file: string) => number,
): Promise<TestRun> {
  const child = spawn(join(folder, 'node_modules/.bin/node'), argumentsFor(folder, files), {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    detached: true,
    env: { ...process.env, TEST_ORDER: files.map((file) => join(folder, file)).join(':') },
  });
  const end = (): void => endGroup(child.pid);
  const watch = new Progress(child.pid, limitMs, end);
  createInterface({ input: child.stdio[PROGRESS] as Readable }).on('line', (path) => {
    watch.begin(relative(folder, path));
  });
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('exit', resolve);
  child.once('error', () => resolve(1));
  const code = await promise;
  end();
  return watch.end(code);
}

const PROGRESS = 3;
const START_LIMIT_MS = 60_000;
const LOOK_MS = 1_000;
/** What waits for something that never comes is ended by the time limit of its tests; this is for what nothing ends. */
const WAIT_FACTOR = 10;

/** Which test file runs, for how long, and whether that is too long: on a busy machine only processor time tells. */
class Progress {
  readonly #pid: number | undefined;
  readonly #limitMs: (file: string) => number;
  readonly #onLate: () => void;
  readonly #tookMs = new Map<string, number>();
  readonly #timer = setInterval(() => this.#look(), LOOK_MS);
  #current: string | undefined;
  #began: Spent;
  #isLate = false;

  constructor(pid: number | undefined, limitMs: (file: string) => number, onLate: () => void) {
    this.#pid = pid;
    this.#limitMs = limitMs;
    this.#onLate = onLate;
    this.#began = spentBy(pid);
  }

  begin(file: string): void {
    this.#note();
    this.#current = file;
    this.#began = spentBy(this.#pid);
  }

  end(code: number | null): TestRun {
    clearInterval(this.#timer);
    if (code === 0) this.#note();
    const outcome = this.#isLate ? 'timed out' : code === 0 ? 'passed' : 'failed';
    return { outcome, last: this.#current, tookMs: this.#tookMs };
  }

  #note(): void {
    if (this.#current !== undefined)
      this.#tookMs.set(this.#current, spentBy(this.#pid).wallMs - this.#began.wallMs);
  }

  #look(): void {
    const limitMs = this.#current === undefined ? START_LIMIT_MS : this.#limitMs(this.#current);
    const { wallMs, cpuMs } = spentBy(this.#pid);
    if (cpuMs - this.#began.cpuMs < limitMs && wallMs - this.#began.wallMs < WAIT_FACTOR * limitMs) return;
    this.#isLate = true;
    this.#onLate();
  }
}

interface Spent {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Processor time as /proc tells it, in hundredths of a second; where there is no /proc all time counts. */
function spentBy(pid: number | undefined): Spent {
  const wallMs = performance.now();
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return { wallMs, cpuMs: 10 * (Number(fields[11]) + Number(fields[12])) };
  } catch {
    return { wallMs, cpuMs: process.platform === 'linux' ? 0 : wallMs };
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it runs any more.
  }
}
