import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ConfigInput } from '../../../../src/config/index.ts';
import { eventually } from '../wait.ts';

const bundle = resolve(import.meta.dirname, '../../../../dist/ankra-support-agent.mjs');
const clock = resolve(import.meta.dirname, 'shifted-clock.ts');
const STARTS_WITHIN_MS = 60_000;

/** A line of the agent's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** The bundle as a process of this machine. */
export interface AgentProcess {
  readonly lines: () => readonly LogLine[];
  /** Standard output and error as they came. */
  readonly text: () => string;
  /** `/readyz`, `/livez` or `/metrics`: the status, a space and the text; empty while nobody listens. */
  readonly ask: (path: string) => Promise<string>;
  readonly pause: () => void;
  readonly goOn: () => void;
  /** Sets its wall clock wrong by this much, from now on. */
  readonly setClockOff: (ms: number) => void;
  /** SIGTERM, and waits for its end. */
  readonly stop: () => Promise<void>;
}

export interface AgentProcessOptions {
  /** Speaks to the API server by this URL, with a CA and a token. */
  readonly api: { readonly url: string; readonly ca: string; readonly token: string };
  readonly namespace: string;
  readonly deskToken: string;
  readonly config: Omit<ConfigInput, 'ticketApi'> & { readonly ticketApi: Record<string, unknown> };
  /** How wrong its wall clock is at first. */
  readonly clockOffMs?: number;
}

/** The start before: a dozen at once take minutes on a machine that is busy, and one after the other seconds each. */
let lastStart: Promise<unknown> = Promise.resolve();

/** Starts `run`, when those that were asked for before have started; resolves when it has said its port. */
export function startAgentProcess(options: AgentProcessOptions): Promise<AgentProcess> {
  const start = lastStart.then(() => startNow(options));
  lastStart = start.catch(() => undefined);
  return start;
}

async function startNow(options: AgentProcessOptions): Promise<AgentProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'e2e-agent-'));
  const child = await spawnAgent(folder, options);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  const ended = once(child, 'exit');
  const lines = (): readonly LogLine[] => text.split('\n').flatMap(parseLine);
  const port = await eventually('the port of the agent', STARTS_WITHIN_MS, () => {
    if (child.exitCode !== null) throw new Error(`the agent ended: ${text}`);
    return lines().find(({ msg }) => msg === 'agent starts')?.['port'];
  }).catch((error: unknown) => {
    // Nobody would stop it: it would run, and file, for ever.
    child.kill('SIGKILL');
    throw error;
  });
  return {
    lines,
    text: () => text,
    ask: async (path) => {
      const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`).catch(() => undefined);
      return answer === undefined ? '' : `${answer.status} ${await answer.text()}`;
    },
    pause: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    setClockOff: (ms) => void child.send(ms),
    stop: async () => {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function spawnAgent(folder: string, options: AgentProcessOptions): Promise<ChildProcess> {
  const { api, namespace, config, deskToken, clockOffMs = 0 } = options;
  const file = (name: string): string => join(folder, name);
  await writeFile(file('token'), deskToken);
  const ticketApi = { ...config.ticketApi, tokenFile: file('token') };
  await writeFile(file('config.json'), JSON.stringify({ ...config, ticketApi }));
  await writeFile(file('kubeconfig'), kubeconfigOf(api));
  const command = [
    '--config',
    file('config.json'),
    '--kubeconfig',
    file('kubeconfig'),
    '--namespace',
    namespace,
  ];
  return spawn(process.execPath, ['--import', clock, bundle, 'run', ...command], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, E2E_CLOCK_OFFSET_MS: String(clockOffMs) },
  });
}

/** JSON is YAML, too. */
function kubeconfigOf({ url, ca, token }: AgentProcessOptions['api']): string {
  const authority = Buffer.from(ca).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'proxy',
    clusters: [{ name: 'proxy', cluster: { server: url, 'certificate-authority-data': authority } }],
    users: [{ name: 'agent', user: { token } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'agent' } }],
  });
}

function parseLine(line: string): readonly LogLine[] {
  try {
    return [JSON.parse(line) as LogLine];
  } catch {
    // A warning of the runtime, or the beginning of a line.
    return [];
  }
}
