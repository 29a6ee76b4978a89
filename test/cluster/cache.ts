import { createHash } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import type { Progress } from './progress.ts';

/** The folder outside the clone in which everything that is built is kept. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CACHE_HOME'] ?? '';
  return join(base === '' ? join(homedir(), '.cache') : base, 'ankra-support-agent');
}

/** Name of an entry of the cache: a change of the pinned modules or of the build makes a new one. */
export function entryName(name: string, version: string, inputs: readonly string[]): string {
  const hash = createHash('sha256').update(inputs.join('\n')).digest('hex').slice(0, 8);
  return `${name}-${version}-${hash}`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Returns the folder of a cache entry, and makes it first if it is not there. `make` fills a temporary folder, which gets
 * its name at the very end: a build that was killed leaves no half-made entry.
 */
export async function cached(
  entry: string,
  make: (dir: string) => Promise<void>,
  progress: Progress,
): Promise<string> {
  const target = join(cacheDir(), entry);
  if (await exists(target)) return target;
  const onWait = (): void => progress.say(`waiting for another process that is making ${entry}`);
  return withLock(target, onWait, async () => {
    if (await exists(target)) return target;
    const unfinished = `${target}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    await make(unfinished);
    await rename(unfinished, target);
    return target;
  });
}
