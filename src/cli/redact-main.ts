import { loadConfig } from '../config/index.ts';
import type { CommandIo } from './process.ts';
import { redactCommand } from './redact.ts';
import { redactionOptions } from './runtime.ts';

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
