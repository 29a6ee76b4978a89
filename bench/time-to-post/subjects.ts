import { execFile, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../../src/lib/clock.ts';
import type { ConfigInput } from '../../src/config/index.ts';
import type { AgentArguments } from './agent.ts';
import { type Addresses, AGENT_NAMESPACE, type ServerSide } from './server-side.ts';

/** What the chart and the image (its entry point, its environment) start the agent with; the floor gets them as well. */
const NODE_OPTIONS = ['--max-semi-space-size=2', '--max-old-space-size=160', '--optimize-for-size'];
const ENVIRONMENT = { NODE_ENV: 'production', MALLOC_ARENA_MAX: '1' };
const LEADING_WITHIN_MS = 30_000;

const root = resolve(import.meta.dirname, '../..');
const floorFile = join(import.meta.dirname, 'floor.ts');
const sourceFile = join(import.meta.dirname, 'agent.ts');

/** Bundles the agent of the working tree into `folder`, as the image has it. Resolves with the file to run. */
export async function bundleAgent(folder: string): Promise<string> {
  const outdir = join(folder, 'bundle');
  const args = ['scripts/build.ts', '--entry', sourceFile, '--outdir', outdir];
  await promisify(execFile)(process.execPath, args, { cwd: root });
  return join(outdir, 'ankra-support-agent.mjs');
}

/** Starts the bare loop; resolves when it watches. */
export function startFloor({ addresses }: ServerSide): Promise<ChildProcess> {
  return startFloorAt(addresses);
}

/** Starts it at other servers than those of `startServerSide`. */
export function startFloorAt(addresses: Addresses): Promise<ChildProcess> {
  return start(floorFile, addresses);
}

/** How an agent is started. */
export interface AgentOptions {
  /** The bundle. */
  readonly file: string;
  /** For its files, as a pod has them. */
  readonly folder: string;
  readonly composesInThread: boolean;
  readonly ticketApi?: ConfigInput['ticketApi'];
}

/** Starts an agent; resolves when it leads and has listed everything. */
export async function startAgent(server: ServerSide, options: AgentOptions): Promise<ChildProcess> {
  const child = await start(options.file, agentArguments(server.addresses, options));
  const deadline = performance.now() + LEADING_WITHIN_MS;
  const lease = { kind: 'Lease', namespace: AGENT_NAMESPACE, name: 'ankra-support-agent' };
  while (server.sandbox.objects.get(lease) === undefined) {
    if (performance.now() > deadline) throw new Error('the agent does not take its Lease');
    await systemClock.sleep(20);
  }
  return child;
}

/** Starts an agent at other servers than those of `startServerSide`; resolves when it has listed everything. */
export function startAgentAt(addresses: Addresses, options: AgentOptions): Promise<ChildProcess> {
  return start(options.file, agentArguments(addresses, options));
}

function agentArguments(
  { kubernetes, desk, token, ca }: Addresses,
  { folder: directory, composesInThread, ticketApi }: AgentOptions,
): AgentArguments {
  const files = { token, 'ca.crt': ca, namespace: AGENT_NAMESPACE };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const { hostname, port } = new URL(kubernetes);
  return {
    namespace: AGENT_NAMESPACE,
    composesInThread,
    kubernetes: {
      kind: 'in-cluster',
      directory,
      environment: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    },
    config: {
      ticketApi: {
        url: desk,
        tokenFile: join(directory, 'token'),
        caFile: join(directory, 'ca.crt'),
        maxPerMinute: 0,
        ...ticketApi,
      },
      groupWait: '0s',
      // Every sample is an incident of its own.
      storm: { perMinute: 100_000, perHour: 100_000 },
      log: { level: 'warn' },
      http: { host: '127.0.0.1', port: 0 },
    },
  };
}

/** Starts a program of a bench as the chart starts the agent; resolves with its first message. */
export function start(file: string, argument: unknown): Promise<ChildProcess> {
  const execArgv = [...NODE_OPTIONS, '--disable-warning=ExperimentalWarning'];
  // What the child prints is no part of the report.
  const stdio = ['ignore', 2, 2, 'ipc'] as const;
  const env = { ...process.env, ...ENVIRONMENT };
  const child = fork(file, [JSON.stringify(argument)], { execArgv, env, stdio: [...stdio] });
  return new Promise((fulfil, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
    child.once('message', () => fulfil(child));
  });
}
