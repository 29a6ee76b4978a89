import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ConfigInput } from '../../../src/config/index.ts';
import { createDesk, type Desk } from '../../../src/desk/desk.ts';
import { aNamespace } from '../../../src/sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../../../src/sandbox/sandbox.ts';
import { root } from './helm.ts';

const TOKEN = 'token-of-the-desk-and-the-sandbox';
const NAMESPACE = 'ankra-support-agent';

/** The program of the Deployment, as a process of its own, between a sandbox and a desk. */
export interface RunningAgent {
  readonly sandbox: Sandbox;
  readonly desk: Desk;
  /** Where it serves its metrics. */
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Starts it and waits until it serves. Throws with its last words when it ends before. */
export async function startAgent(config: ConfigInput = {}): Promise<RunningAgent> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-'));
  const sandbox = await createSandbox({ token: TOKEN });
  for (const name of [NAMESPACE, 'shop']) sandbox.objects.apply(aNamespace(name));
  const id = sandbox.objects.get({ kind: 'Namespace', name: 'kube-system' })?.metadata.uid ?? '';
  const desk = await createDesk({
    file: ':memory:',
    tokens: [{ token: TOKEN, label: 'agent' }],
    clusters: [{ id, name: 'test' }],
    host: '127.0.0.1',
    port: 0,
  });
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, TOKEN);
  const program = await startProgram(folder, {
    config: {
      ...config,
      http: { host: '127.0.0.1', port: 0 },
      ticketApi: { url: desk.url, tokenFile, lookupDelay: '200ms' },
    },
    kubernetes: { server: sandbox.url, token: TOKEN },
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  async function close(): Promise<void> {
    await desk.close();
    await sandbox.close();
    await rm(folder, { recursive: true });
  }
  const stop = async (): Promise<void> => {
    await program.stop();
    await close();
  };
  return { sandbox, desk, port: program.port, stop };
}

/** What a process of the agent is started with. */
export interface ProgramOptions {
  readonly config: unknown;
  /** `ca` in PEM. */
  readonly kubernetes: { readonly server: string; readonly token: string; readonly ca?: string };
  /** A command that runs it, as `ip netns exec NAME`. */
  readonly under?: readonly string[];
}

/** Starts `run` with files of that folder. Throws with its last words when it ends before it serves. */
export async function startProgram(
  folder: string,
  { config, kubernetes, under = [] }: ProgramOptions,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const [settings, kubeconfig] = [join(folder, 'config.json'), join(folder, 'kubeconfig')];
  await writeFile(settings, JSON.stringify(config));
  await writeFile(kubeconfig, JSON.stringify(kubeconfigFor(kubernetes)));
  const run = [process.execPath, join(root, 'src/main.ts'), 'run'];
  const args = ['--config', settings, '--kubeconfig', kubeconfig, '--namespace', NAMESPACE];
  const [program = '', ...rest] = [...under, ...run, ...args];
  const child = spawn(program, rest, {
    env: {
      PATH: process.env['PATH'],
      POD_NAME: 'agent-1',
      NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  };
  return { port: await portOf(child), stop };
}

function kubeconfigFor({ server, token, ca }: ProgramOptions['kubernetes']): object {
  const data = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server, ...data } }],
    users: [{ name: 'agent', user: { token } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'agent' } }],
    'current-context': 'sandbox',
  };
}

/** The port stands in the line of the log that says that it starts. The log is read to its end, so that it never waits for us. */
function portOf(child: ChildProcess): Promise<number> {
  const words: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  for (const output of [child.stdout, child.stderr])
    if (output !== null)
      createInterface(output).on('line', (line) => {
        words.push(line);
        const port = /"port":(\d+).*"msg":"agent starts"/.exec(line)?.[1];
        if (port !== undefined) resolve(Number(port));
      });
  child.once('exit', () => reject(new Error(`the agent has ended: ${words.slice(-5).join('\n')}`)));
  return promise;
}
