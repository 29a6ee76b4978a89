import { X509Certificate } from 'node:crypto';
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
        // By way of the thread pool: on a file server that does not answer, it would hold up all else.
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

/** Where the bearer token comes from. */
export interface TokenSource {
  /** The token as it is now. Throws SettingError, which never quotes it. */
  read(): Promise<string>;
  /** The API refused it: look again, whatever has been remembered. */
  forget(): void;
}

/** What can stand in a header without quoting: visible ASCII. */
const PRINTABLE = /^[\x21-\x7e]+$/u;

/** The token without surrounding blanks and line ends. Throws SettingError when it cannot be a token. */
export function checkToken(content: string, where: string): string {
  const token = content.trim();
  if (token === '') throw new SettingError(`${where} is empty`);
  if (!PRINTABLE.test(token)) {
    // The content stays out of the message: a broken token is still most of a token.
    throw new SettingError(`${where} has characters that no token has (only visible ASCII is allowed)`);
  }
  return token;
}

/** A token in a file, read again when the file changes: a rotated token needs no restart. */
export function createTokenFile(path: string): TokenSource {
  const file = createWatchedFile(path, 'the token file');
  return {
    read: async () => checkToken(await file.read(), `the token file ${path}`),
    forget: () => {
      file.forget();
    },
  };
}

/** Certificates of a PEM bundle. Throws SettingError when there is none, or one that cannot be read. */
export function readBundle(pem: string, path: string): readonly string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
  if (blocks.length === 0) throw new SettingError(`the CA bundle has no certificate: ${path}`);
  for (const block of blocks) {
    try {
      void new X509Certificate(block);
    } catch {
      throw new SettingError(`the CA bundle has a certificate that cannot be read: ${path}`);
    }
  }
  return blocks;
}
