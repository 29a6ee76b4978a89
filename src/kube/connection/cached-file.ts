import { readFile } from 'node:fs/promises';
import type { Clock } from '../../domain/clock.ts';
import { REREAD_AFTER_MS } from './credentials.ts';

/** A small file that somebody else rewrites: a service-account token or a CA bundle. */
export interface CachedFile {
  /** Its content, trimmed, at most 50 s old; the last good content when it cannot be read now. Undefined when it never could. */
  read(): Promise<string | undefined>;
  /** Read again at the next call, however young. */
  refresh(): void;
}

/** Watches `path` by reading it again when what is known is old: works for every kind of volume, needs no watcher. */
export function createCachedFile(path: string, clock: Clock): CachedFile {
  let content: string | undefined;
  let readAt = Number.NEGATIVE_INFINITY;

  async function read(): Promise<string | undefined> {
    if (clock.monotonic() - readAt <= REREAD_AFTER_MS) return content;
    const startedAt = clock.monotonic();
    const text = await readFile(path, 'utf8').then(
      (raw) => raw.trim(),
      () => '',
    );
    // A missing or empty file is a volume in the middle of its rotation: keep what worked, look again next time.
    if (text === '') return content;
    content = text;
    readAt = startedAt;
    return content;
  }

  return {
    read,
    refresh: () => {
      readAt = Number.NEGATIVE_INFINITY;
    },
  };
}
