#!/usr/bin/env node
import { type CommandIo, failureOf } from './cli/process.ts';
import { version } from './version.ts';

type Command = (io: CommandIo) => Promise<number>;

/** Each command is loaded when it is asked for: the agent in a cluster carries no desk and no sandbox in memory. */
const commands: Readonly<
  Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>
> = {
  run: {
    summary: 'watch the cluster and file tickets',
    load: async () => (await import('./cli/run.ts')).runCommand,
  },
  check: {
    summary: 'check configuration, token and rights',
    load: async () => (await import('./cli/check.ts')).checkCommand,
  },
  preview: {
    summary: 'show what would be filed now, and why not',
    load: async () => (await import('./cli/preview.ts')).previewCommand,
  },
  diagnose: {
    summary: 'gather what a bug report needs into one redacted file',
    load: async () => (await import('./cli/diagnose.ts')).diagnoseCommand,
  },
  redact: {
    summary: 'redact standard input as the agent would',
    load: async () => (await import('./cli/redact.ts')).redactMain,
  },
  desk: {
    summary: 'serve a ticket desk with a web page',
    load: async () => (await import('./cli/desk.ts')).deskCommand,
  },
  demo: {
    summary: 'show the whole way of a ticket without a cluster',
    load: async () => (await import('./cli/demo.ts')).demoCommand,
  },
};

function usage(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`);
  return `ankra-support-agent ${version}\n\nusage: ankra-support-agent COMMAND [OPTIONS]\n\n${rows.join('\n')}\n
help COMMAND, or COMMAND --help, explains its options; --version prints the version\n`;
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv;
  const io: CommandIo = {
    args,
    env: process.env,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  };
  if (name === undefined) {
    io.err(usage());
    return 2;
  }
  if (name === 'help' && args[0] !== undefined) return main([args[0], '--help']);
  if (['help', '--help', '-h'].includes(name)) {
    io.out(usage());
    return 0;
  }
  if (name === '--version') {
    io.out(`${version}\n`);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    io.err(`unknown command "${name}"\n\n${usage()}`);
    return 2;
  }
  return (await command.load())(io);
}

// Whoever reads the output has had enough of it, as in `… | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

// A diagnostic report would hold every environment variable.
if (process.report !== undefined) process.report.excludeEnv = true;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { text, exitCode } = failureOf(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = exitCode;
}
