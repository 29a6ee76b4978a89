import { join } from 'node:path';
import { cacheDir } from './cache.ts';
import { runCommand, type CommandOptions } from './command.ts';
import { silentProgress } from './progress.ts';
import { clientsBinDir } from './toolchain.ts';

/** The programs that a person or a test uses to speak to a cluster. */
export type ClientProgram = 'kubectl' | 'helm';

/** The environment of kubectl and helm: which cluster, and caches that do not end up in the user's home. */
export function clientEnvironment(kubeconfig: string): Record<string, string> {
  const caches = join(cacheDir(), 'clients');
  return {
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(caches, 'kube'),
    HELM_CACHE_HOME: join(caches, 'helm'),
    HELM_CONFIG_HOME: join(caches, 'helm'),
    HELM_DATA_HOME: join(caches, 'helm'),
  };
}

/** Path of kubectl or helm; both are installed at the first call. */
export async function clientPath(program: ClientProgram): Promise<string> {
  return join(await clientsBinDir(silentProgress), program);
}

/** A call of kubectl or helm hangs at most this long: tests have limits of their own, but they should name a reason. */
const clientTimeoutMs = 180_000;

/** Runs kubectl or helm and returns what it printed. Throws CommandError with the last lines of its complaint. */
export async function runClient(
  program: ClientProgram,
  kubeconfig: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const env = { ...clientEnvironment(kubeconfig), ...options.env };
  return runCommand(await clientPath(program), args, { timeoutMs: clientTimeoutMs, ...options, env });
}
