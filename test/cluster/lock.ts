import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { identify, isRunning, parseRecord } from './processes.ts';

const pollMs = 500;

async function tryTake(path: string): Promise<boolean> {
  const self = await identify(process.pid);
  try {
    await writeFile(path, JSON.stringify({ name: 'lock', ...self }), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

async function isHeld(path: string): Promise<boolean> {
  const record = parseRecord(await readFile(path, 'utf8').catch(() => ''));
  return record !== undefined && (await isRunning(record));
}

/**
 * Runs work while no other process of this machine runs work with the same lock file.
 * A lock whose holder was killed is taken over. `onWait` is called once if somebody else holds it.
 */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let hasWaited = false;
  while (!(await tryTake(path))) {
    if (await isHeld(path)) {
      if (!hasWaited) onWait();
      hasWaited = true;
    } else {
      await rm(path, { force: true });
    }
    await wait(pollMs);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
