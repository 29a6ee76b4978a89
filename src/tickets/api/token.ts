import { SettingError } from './error.ts';
import { createWatchedFile } from './watched-file.ts';

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
