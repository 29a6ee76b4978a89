import { spawn } from 'node:child_process';

/** How to run a command; every field is optional. */
export interface CommandOptions {
  /** Text for the command's standard input. Without it, standard input is empty. */
  readonly input?: string;
  readonly cwd?: string;
  /** Added to this process's environment; an undefined value removes the variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The command is killed after this time. Without it, the command may take as long as it likes. */
  readonly timeoutMs?: number;
  /** Called for every line of standard error while the command runs. */
  readonly onErrorLine?: (line: string) => void;
}

/** A command that could not be started, ended with a code other than 0, or ran out of time. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** The exit code, or undefined when the command was not found or was killed. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;

  constructor(
    message: string,
    result: { exitCode?: number; stdout: string; stderr: string },
    cause?: unknown,
  ) {
    super(message, { cause });
    this.exitCode = result.exitCode;
    this.stdout = result.stdout;
    this.stderr = result.stderr;
  }
}

const linesInError = 20;

/** The last lines of a text, for an error message. */
export function lastLines(text: string, count = linesInError): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/**
 * Runs a command to its end and returns its standard output.
 * Throws CommandError with the command line and the last lines that it wrote.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const title = [command.split('/').at(-1), ...args].join(' ').slice(0, 300);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      ...(options.timeoutMs === undefined
        ? {}
        : { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output.stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      output.stderr += chunk;
      for (const line of chunk.split('\n')) if (line !== '') options.onErrorLine?.(line);
    });
    // A command that ends without reading its input closes the pipe; its exit code tells the rest.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      reject(new CommandError(`${title}: ${error.message}`, output, error));
    });
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output.stdout);
      const ending = code === null ? `was ended by ${signal}` : `failed with exit code ${code}`;
      const said = lastLines(output.stderr.trim() === '' ? output.stdout : output.stderr);
      const exit = code === null ? {} : { exitCode: code };
      reject(new CommandError(`${title} ${ending}:\n${said}`, { ...output, ...exit }));
    });
  });
}
