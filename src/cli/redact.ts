import { StringDecoder } from 'node:string_decoder';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/index.ts';
import { ExtraPatternError } from '../enrich/redact/extra-patterns.ts';
import type { RedactionOptions } from '../enrich/redact/options.ts';
import { createRedactor, type Redactor } from '../enrich/redact/redactor.ts';
import type { CommandIo } from './process.ts';
import { redactionOptions } from './runtime.ts';

/** The part of a writable stream that the command uses. */
export interface RedactOutput {
  readonly write: (text: string) => boolean;
  readonly once: (event: 'drain', listener: () => void) => unknown;
}

/** What the command needs from the process. */
export interface RedactIo {
  readonly stdin: AsyncIterable<Buffer>;
  readonly stdout: RedactOutput;
  readonly stderr: { readonly write: (text: string) => unknown };
  /** The arguments after the command's name. */
  readonly args: readonly string[];
  /** The agent's own options, from a file and the environment. Rejects with a message for the operator. */
  readonly loadOptions: (file?: string) => Promise<RedactionOptions>;
}

const usage = `usage: ankra-support-agent redact [--config FILE] [--json] < text

Writes standard input with secrets masked, line by line, to standard output, and how often each rule masked something to
standard error.

--config FILE  the agent's configuration, for its patterns and what it withholds (docs/redaction.md)
--json         the counts as JSON
--help         print this
`;

/** Throws Node's error for arguments that are not understood. */
function parseArguments(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return values;
}

/** Splits text into lines; of an endless line it keeps only as much as the redactor looks at. */
function createLineSplitter(maxLineLength: number): (text: string) => string[] {
  // Twice the limit, so that the redactor sees that the line was too long and says so.
  const room = maxLineLength * 2;
  let open = '';
  return (text) => {
    const [first = '', ...rest] = text.split('\n');
    const lines: string[] = [];
    open += first.slice(0, Math.max(0, room - open.length));
    for (const part of rest) {
      lines.push(open);
      open = part.slice(0, room);
    }
    return lines;
  };
}

function describe(counts: ReadonlyMap<string, number>, json: boolean): string {
  const sorted = [...counts].sort(([one], [other]) => one.localeCompare(other));
  if (json) return `${JSON.stringify(Object.fromEntries(sorted))}\n`;
  if (sorted.length === 0) return 'nothing redacted\n';
  const width = Math.max(...sorted.map(([rule]) => rule.length));
  return sorted.map(([rule, count]) => `${rule.padEnd(width)}  ${count}\n`).join('');
}

async function write(stdout: RedactOutput, text: string): Promise<void> {
  if (text === '' || stdout.write(text)) return;
  await new Promise<void>((resolve) => {
    stdout.once('drain', resolve);
  });
}

async function redactStream({
  stdin,
  stdout,
  redactor,
  maxLineLength,
}: Piped): Promise<ReadonlyMap<string, number>> {
  const stream = redactor.openStream();
  const decoder = new StringDecoder('utf8');
  const split = createLineSplitter(maxLineLength);
  const redact = (lines: string[]): string =>
    stream
      .push(lines)
      .map((line) => `${line}\n`)
      .join('');
  for await (const chunk of stdin) await write(stdout, redact(split(decoder.write(chunk))));
  // The last line is pushed out by a line end of its own, which is taken off again: a text keeps its last character.
  const last =
    redact(split(`${decoder.end()}\n`)) +
    stream
      .end()
      .map((line) => `${line}\n`)
      .join('');
  await write(stdout, last.slice(0, -1));
  return stream.counts;
}

interface Piped {
  readonly stdin: AsyncIterable<Buffer>;
  readonly stdout: RedactOutput;
  readonly redactor: Redactor;
  readonly maxLineLength: number;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}

/**
 * The command `redact`: standard input with secrets masked to standard output, the counts to standard error. Resolves
 * to the exit code: 0, 1 for options that cannot be used, 2 for arguments that are not understood.
 */
export async function redactCommand(io: RedactIo): Promise<number> {
  const parsed = parseArguments(io.args);
  if (parsed.help) {
    io.stdout.write(usage);
    return 0;
  }
  try {
    const options = await io.loadOptions(parsed.config);
    const redactor = createRedactor(options);
    const { maxLineLength } = options;
    const counts = await redactStream({ stdin: io.stdin, stdout: io.stdout, redactor, maxLineLength });
    io.stderr.write(describe(counts, parsed.json));
    return 0;
  } catch (error) {
    io.stderr.write(`${error instanceof ExtraPatternError ? error.problems.join('\n') : messageOf(error)}\n`);
    return 1;
  }
}

/** `redact` on the process's own streams, with the agent's own configuration. */
export function redactMain(io: CommandIo): Promise<number> {
  return redactCommand({
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    args: io.args,
    loadOptions: async (file) => redactionOptions(await loadConfig(file, io.env)),
  });
}
