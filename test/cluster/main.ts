import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clientEnvironment, clientPath, type ClientProgram } from './clients.ts';
import { CommandError } from './command.ts';
import { componentStates } from './components.ts';
import { ClusterError } from './failure.ts';
import { parseKubernetesVersion } from './kubernetes.ts';
import { auditLogPath, clusterDir, clusterLayout, kubeconfigPath, serverUrl } from './layout.ts';
import { down, up } from './lifecycle.ts';
import { createTerminalProgress } from './progress.ts';
import {
  actionlintProgram,
  clusterBinDir,
  kubeScoreProgram,
  kwokProgram,
  metricsServerProgram,
} from './toolchain.ts';

const usage = `A real Kubernetes cluster of one node, for end-to-end tests.

  npm run cluster -- up                build what is missing, start the cluster
  npm run cluster -- up --kubernetes 1.29.15
                                       the same with another version of Kubernetes
  npm run cluster -- build             build what the cluster and the tests need, and start nothing;
                                       with --kubernetes that version of Kubernetes alone
  npm run cluster -- down              end it, leave nothing
  npm run cluster -- status            what runs, and how to use it
  npm run cluster -- kubectl <args>    kubectl as administrator of the cluster
  npm run cluster -- helm <args>       Helm as administrator of the cluster
  npm run cluster -- tools             build kwok too, for tests of scale
`;

const commandRemedy = 'Remedy: `npm run cluster -- down`, then `up`, starts from nothing.';

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function status(): Promise<number> {
  const layout = clusterLayout('');
  const states = await componentStates(layout);
  for (const { name, pid, isHealthy } of states) {
    const health = pid === undefined ? 'not running' : isHealthy ? 'healthy' : 'NOT HEALTHY';
    print(`${name.padEnd(24)} ${String(pid ?? '-').padStart(8)}  ${health}`);
  }
  const isUp = states.every((state) => state.isHealthy);
  if (states.some((state) => state.name === 'kube-apiserver' && state.isHealthy)) {
    await client('kubectl', ['get', 'nodes']);
  }
  if (isUp) printUse();
  else print('\nThe cluster is not up. Start it: npm run cluster -- up');
  return isUp ? 0 : 1;
}

function printUse(): void {
  const layout = clusterLayout('');
  print(`
API server   ${serverUrl(layout)}
kubeconfig   ${kubeconfigPath(layout, 'admin')}
logs         ${join(clusterDir, 'logs')}   audit log: ${auditLogPath(layout)}

Use it:      npm run cluster -- kubectl get pods -A
        or   export KUBECONFIG=${kubeconfigPath(layout, 'admin')}`);
}

/** What `--kubernetes` asks for, of the arguments of `up` and `build`. Throws ClusterError for anything else. */
function wantedVersion(args: readonly string[]): string | undefined {
  try {
    const { values } = parseArgs({ args: [...args], options: { kubernetes: { type: 'string' } } });
    return values.kubernetes === undefined ? undefined : parseKubernetesVersion(values.kubernetes);
  } catch (error) {
    if (error instanceof ClusterError) throw error;
    throw new ClusterError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

/** Into the cache, from which every test takes them. Those of the shortest step first. */
async function buildAll(version: string | undefined): Promise<void> {
  const progress = createTerminalProgress();
  if (version !== undefined) {
    await clusterBinDir(progress, version);
    return;
  }
  for (const build of [kubeScoreProgram, actionlintProgram, clusterBinDir, metricsServerProgram])
    await build(progress);
}

/** Runs kubectl or helm with this process's own input and output, and returns its exit code. */
async function client(program: ClientProgram, args: readonly string[]): Promise<number> {
  const kubeconfig = kubeconfigPath(clusterLayout(''), 'admin');
  await access(kubeconfig).catch(() => {
    throw new ClusterError('There is no cluster. Start it: npm run cluster -- up');
  });
  const env = { ...process.env, ...clientEnvironment(kubeconfig) };
  const child = spawn(await clientPath(program), args, { stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function main([command = '', ...args]: readonly string[]): Promise<number> {
  switch (command) {
    case 'up':
      await up(createTerminalProgress(), wantedVersion(args));
      printUse();
      return 0;
    case 'down':
      await down(createTerminalProgress());
      return 0;
    case 'status':
      return status();
    case 'kubectl':
    case 'helm':
      return client(command, args);
    case 'build':
      await buildAll(wantedVersion(args));
      return 0;
    case 'tools':
      print(await kwokProgram(createTerminalProgress()));
      return 0;
    default:
      process.stderr.write(usage);
      return 2;
  }
}

// A reader such as `head` may close the pipe early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof ClusterError) process.stderr.write(`\n${error.message}\n`);
  else if (error instanceof CommandError) process.stderr.write(`\n${error.message}\n${commandRemedy}\n`);
  else throw error;
  process.exitCode = 1;
}
