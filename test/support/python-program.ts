import { execFile } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir } from '../cluster/cache.ts';

const run = promisify(execFile);

/**
 * Path of a program of PyPI, `schemathesis==4.32.5`, in an environment of its own beside what the cluster tool builds. Installed once for a machine.
 * Throws what pip says.
 */
export async function pythonProgram(requirement: string): Promise<string> {
  const [name = ''] = requirement.split('==');
  const folder = join(cacheDir(), `pypi-${requirement.replaceAll(/[^\w.]+/gu, '-')}`);
  const program = join(folder, 'bin', name);
  // Written last: an installation that was killed is done again.
  const done = join(folder, 'installed');
  if (existsSync(done)) return program;
  rmSync(folder, { recursive: true, force: true });
  // Scripts of an environment have its path in them: it cannot be made elsewhere and moved.
  await run('python3', ['-m', 'venv', folder]);
  await run(join(folder, 'bin', 'pip'), ['install', '--quiet', requirement]);
  writeFileSync(done, '');
  return program;
}
