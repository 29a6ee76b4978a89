import { readFile, stat } from 'node:fs/promises';
import { SettingError } from './error.ts';

/** A small file that somebody else replaces from time to time: a mounted Secret or ConfigMap. */
export interface WatchedFile {
  /** The content, read again only when the file has changed. Throws SettingError when it cannot be read. */
  read(): Promise<string>;
  /** Makes the next `read` look into the file whatever its time says. */
  forget(): void;
}

/** Far above any token or CA bundle, in bytes. */
const LARGEST = 2 * 1024 * 1024;

/**
 * `what` names the file in errors. A kubelet exchanges a mounted volume by turning the link `..data` to a new
 * directory: behind the link stands another inode then, even if size and time are the same.
 */
export function createWatchedFile(path: string, what: string): WatchedFile {
  let seen: { readonly version: string; readonly content: string } | undefined;
  return {
    read: async () => {
      try {
        const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
        if (size > LARGEST) throw new SettingError(`${what} is larger than 2 MiB: ${path}`);
        const version = [dev, ino, size, mtimeNs].join('/');
        if (seen?.version !== version) seen = { version, content: await readFile(path, 'utf8') };
        return seen.content;
      } catch (error) {
        if (error instanceof SettingError) throw error;
        const code = (error as { readonly code?: string }).code ?? 'unknown error';
        throw new SettingError(`${what} cannot be read: ${path} (${code})`);
      }
    },
    forget: () => {
      seen = undefined;
    },
  };
}
