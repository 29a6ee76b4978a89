import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent } from '../agent/agent.ts';
import { type Config, parseConfig } from '../config/index.ts';
import { createDesk, type Desk } from '../desk/desk.ts';
import { createKubeConnection } from '../kube/connection/index.ts';
import { systemClock } from '../lib/system-clock.ts';
import { aNamespace } from '../sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { createLogger, Metrics } from '../telemetry/index.ts';
import type { TicketClient } from '../tickets/index.ts';
import { version } from '../version.ts';
import { CommandError } from './process.ts';
import { createAgentRedactor, createKnownSecrets, createTickets } from './runtime.ts';

const NAMESPACE = 'ankra-support-agent';
export const TOKEN = 'demo-token-of-the-in-memory-desk';

/** Closes one thing that was opened. */
export type Closer = () => void | Promise<void>;

/** What a demo is set up with. */
export interface StageOptions {
  /** For the token's file. */
  readonly folder: string;
  /** The first of them that is free is taken. */
  readonly ports: readonly number[];
  readonly stop: AbortSignal;
  readonly say: (text: string) => void;
}

/** An in-memory Kubernetes, the desk, and the agent between them. */
export interface Stage {
  readonly sandbox: Sandbox;
  readonly desk: Desk;
  readonly agent: Agent;
  readonly tickets: TicketClient;
  readonly stop: AbortSignal;
  readonly say: (text: string) => void;
}

/** Opens all of it. What has been opened is in `closers`, also when it throws. Throws CommandError when no port is free. */
export async function openStage(options: StageOptions, closers: Closer[]): Promise<Stage> {
  const sandbox = await createSandbox({ token: TOKEN });
  closers.push(() => sandbox.close());
  sandbox.objects.apply(aNamespace(NAMESPACE));
  const clusterId = sandbox.objects.get({ kind: 'Namespace', name: 'kube-system' })?.metadata.uid ?? '';
  const desk = await openDesk(options.ports, clusterId);
  closers.push(() => desk.close());
  const { agent, tickets } = await openAgent(options.folder, sandbox.url, desk.url);
  closers.push(
    () => tickets.disconnect(),
    () => agent.stop(),
  );
  await agent.start(options.stop);
  return { sandbox, desk, agent, tickets, stop: options.stop, say: options.say };
}

/** The desk on the first of the ports that is free. Throws CommandError when none is. */
async function openDesk(ports: readonly number[], clusterId: string): Promise<Desk> {
  const options = {
    file: ':memory:',
    tokens: [{ token: TOKEN, label: 'ankra-support-agent' }],
    clusters: [{ id: clusterId, name: 'demo' }],
    host: '127.0.0.1',
  };
  for (const port of ports) {
    try {
      return await createDesk({ ...options, port });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new CommandError(
    ports.length === 1
      ? `port ${ports[0]} is taken: choose another with --port`
      : `ports ${ports[0]} to ${ports.at(-1)} are taken: choose another with --port`,
  );
}

async function openAgent(
  folder: string,
  server: string,
  deskUrl: string,
): Promise<{ readonly agent: Agent; readonly tickets: TicketClient }> {
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, TOKEN, { mode: 0o600 });
  const config = demoConfig(deskUrl, tokenFile);
  const secrets = createKnownSecrets();
  const redactor = createAgentRedactor(config, secrets);
  const tickets = createTickets(config, systemClock, secrets);
  const connection = await createKubeConnection(
    { kind: 'explicit', server, token: TOKEN },
    { clock: systemClock, version },
  );
  const log = createLogger({
    level: 'warn',
    version,
    redact: (text) => redactor.redactText(text).text,
    destination: process.stderr,
  });
  const agent = new Agent({
    config,
    version,
    connection,
    tickets,
    redactor,
    random: Math.random,
    log,
    metrics: new Metrics(version),
    namespace: NAMESPACE,
    identity: 'demo',
    watchTimings: { startSpreadMs: 0 },
  });
  return { agent, tickets };
}

/** As in production, only with short waits: nobody watches a demo for ten minutes. */
function demoConfig(url: string, tokenFile: string): Config {
  return parseConfig(
    {
      ticketApi: { url, tokenFile, lookupDelay: '2s' },
      clusterName: 'demo',
      groupWait: '1s',
      resolveAfter: '5s',
      lease: { duration: '6s', renewDeadline: '4s', retryPeriod: '1s' },
    },
    'the demo',
  );
}
