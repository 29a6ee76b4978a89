import { types } from 'node:util';
import { ConfigError } from '../config/index.ts';
import { KubeconfigError } from '../kube/connection/errors.ts';
import { SettingError } from '../tickets/api/error.ts';

/** How a command meets the process that runs it. */
export interface CommandIo {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** A command ends with this message and exit code; for wrong use and for failures that a person can fix. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Options of the commands that work with a cluster, for `parseArgs`. */
export const clusterOptions = {
  config: { type: 'string' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** What these options mean, for the help of a command. */
export const clusterHelp = `--config FILE      configuration in JSON (docs/configuration.md); without it defaults and environment
--kubeconfig FILE  which cluster; without it the cluster that it runs in, else KUBECONFIG
--context NAME     which context of the kubeconfig; its current one when not given
--namespace NAME   where the Incident objects are; without it the pod's own namespace, or that of the kubeconfig
--help, -h         print this`;

/** Says on a terminal, after the first second and then every second, that something is being waited for. */
export async function withProgress<T>(io: CommandIo, text: string, work: Promise<T>): Promise<T> {
  if (process.stderr.isTTY !== true) return work;
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 1;
    io.err(`\r${text} … ${seconds} s`);
  }, 1_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    // Back to the beginning of the line, and the line away.
    if (seconds > 0) io.err('\r\u001b[K');
  }
}

/** The TCP port that `--port` names; 0 stands for any that is free. Throws CommandError. */
export function portOf(text: string): number {
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new CommandError(`--port: "${text}" is no port; give a number from 0 to 65535`, 2);
  return port;
}

/** The form that `--output` names. Throws CommandError. */
export function outputOf(text: string): 'text' | 'json' {
  if (text === 'text' || text === 'json') return text;
  throw new CommandError(`--output: "${text}" is not known, only "text" and "json"`, 2);
}

/** The first SIGTERM or SIGINT aborts; a second one ends the process at once. Call `restore` when done. */
export function stopSignal(): { readonly signal: AbortSignal; readonly restore: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort(new Error(`received ${name}`));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    signal: controller.signal,
    restore: () => {
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
    },
  };
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

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
