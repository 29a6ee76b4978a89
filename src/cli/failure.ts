import { types } from 'node:util';
import { ConfigError } from '../config/index.ts';
import { KubeconfigError } from '../kube/connection/errors.ts';
import { SettingError } from '../tickets/api/error.ts';
import { CommandError } from './process.ts';

/** What a command that failed says on standard error, and its exit code: 2 for arguments that were not understood. */
export interface CommandFailure {
  readonly text: string;
  readonly exitCode: number;
}

// Node's codes for what an operator can fix, with a message that names it.
const plainCodes = new Set(['ENOENT', 'EACCES', 'EISDIR', 'EADDRINUSE']);

/** What names itself what is wrong. */
const plain = [ConfigError, KubeconfigError, SettingError] as const;

/** Tells mistakes of an operator, which need no stack, from faults of the program, which do. */
export function failureOf(error: unknown): CommandFailure {
  if (!types.isNativeError(error)) return { text: String(error), exitCode: 1 };
  if (error instanceof CommandError) return { text: error.message, exitCode: error.exitCode };
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code.startsWith('ERR_PARSE_ARGS_')) {
    const [first] = error.message.split('. ');
    return { text: `${first}. See --help.`, exitCode: 2 };
  }
  const isPlain = plain.some((kind) => error instanceof kind) || plainCodes.has(code);
  return { text: isPlain ? error.message : (error.stack ?? error.message), exitCode: 1 };
}
