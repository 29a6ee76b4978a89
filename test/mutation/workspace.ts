import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What became of a run of tests. */
export type Outcome = 'passed' | 'failed' | 'timed out';

/** A copy of the project in which files may be broken. */
export interface Workspace {
  readonly write: (file: string, source: string) => void;
  /** Runs test files until the first fails. */
  readonly test: (files: readonly string[], timeoutMs: number) => Promise<Outcome>;
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
    test: (files, timeoutMs) => runTests(folder, files, timeoutMs),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** In a process group of its own, so that a mutant which spins is ended with all that it started. */
async function runTests(folder: string, files: readonly string[], timeoutMs: number): Promise<Outcome> {
  const child = spawn(
    join(folder, 'node_modules/.bin/node'),
    [
      '--experimental-vm-modules',
      '--no-warnings',
      join(folder, 'node_modules/jest/bin/jest.js'),
      '--bail=1',
      '--silent',
      '--runTestsByPath',
      ...files,
    ],
    { cwd: folder, stdio: 'ignore', detached: true },
  );
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, timeoutMs);
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('exit', (code) => resolve(code));
  child.once('error', () => resolve(1));
  const code = await promise;
  clearTimeout(timer);
  if (isLate) return 'timed out';
  return code === 0 ? 'passed' : 'failed';
}
