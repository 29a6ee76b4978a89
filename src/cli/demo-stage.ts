import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent } from '../agent/agent.ts';
import { type Config, parseConfig } from '../config/index.ts';
import { createDesk, type Desk } from '../desk/desk.ts';
import type { ClusterView } from '../desk/page/cluster-page.ts';
import { classDefinitions, detectedClasses } from '../domain/failure-classes.ts';
import type { Redactor } from '../enrich/index.ts';
import { createKubeConnection, type KubeConnection } from '../kube/connection/index.ts';
import { systemClock } from '../lib/clock.ts';
import { aNamespace } from '../sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { createLogger, Metrics } from '../telemetry/index.ts';
import { version } from '../version.ts';
import { CommandError } from './process.ts';
import { createAgentRedactor, createKnownSecrets, createTickets } from './runtime.ts';

const NAMESPACE = 'ankra-support-agent';
const TOKEN = 'demo-token-of-the-in-memory-desk';

/** Closes one thing that was opened. */
export type Closer = () => void | Promise<void>;

/** What a demo is set up with. */
export interface StageOptions {
  /** For the token's file. */
  readonly folder: string;
  /** The first of them that is free is taken. */
  readonly ports: readonly number[];
  readonly stop: AbortSignal;
  /** How many times faster than in reality the story is played. */
  readonly speed: number;
  /** What the desk shows of the cluster. */
  readonly cluster: ClusterView;
}

/** An in-memory Kubernetes, the desk, and the agent between them. */
export interface Stage {
  readonly sandbox: Sandbox;
  readonly desk: Desk;
  readonly config: Config;
  readonly connection: KubeConnection;
  readonly redactor: Redactor;
  /** Ends the agent, and begins a new one that remembers nothing. */
  readonly restartAgent: () => Promise<void>;
}

/** Opens all of it. What has been opened is in `closers`, also when it throws. Throws CommandError when no port is free. */
export async function openStage(options: StageOptions, closers: Closer[]): Promise<Stage> {
  const sandbox = await createSandbox({ token: TOKEN });
  closers.push(() => sandbox.close());
  sandbox.objects.apply(aNamespace(NAMESPACE));
  const clusterId = sandbox.objects.get({ kind: 'Namespace', name: 'kube-system' })?.metadata.uid ?? '';
  const desk = await openDesk(options, clusterId);
  closers.push(() => desk.close());
  const { folder, speed, stop } = options;
  const { openAgent, ...parts } = await assemble({ folder, speed, server: sandbox.url, deskUrl: desk.url });
  let agent = openAgent();
  closers.push(
    () => parts.connection.close(),
    () => parts.tickets.disconnect(),
    () => agent.stop(),
  );
  await agent.start(stop);
  const restartAgent = async (): Promise<void> => {
    await agent.stop();
    agent = openAgent();
    await agent.start(stop);
  };
  return { sandbox, desk, restartAgent, ...parts };
}

/** The desk on the first of the ports that is free. Throws CommandError when none is. */
async function openDesk({ ports, cluster }: StageOptions, clusterId: string): Promise<Desk> {
  const options = {
    cluster,
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

interface Places {
  readonly folder: string;
  readonly speed: number;
  readonly server: string;
  readonly deskUrl: string;
}

/** What an agent is made of; each that is opened of it begins anew. */
async function assemble({ folder, speed, server, deskUrl }: Places) {
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, TOKEN, { mode: 0o600 });
  const config = demoConfig({ url: deskUrl, tokenFile, speed });
  const secrets = createKnownSecrets();
  const redactor = createAgentRedactor(config, secrets);
  const tickets = createTickets(config, systemClock, secrets);
  const connection = await createKubeConnection(
    { kind: 'explicit', server, token: TOKEN },
    { clock: systemClock, version },
  );
  const log = createLogger({
    level: 'error',
    version,
    redact: (text) => redactor.redactText(text).text,
    destination: process.stderr,
  });
  const openAgent = (): Agent =>
    new Agent({
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
  return { config, redactor, tickets, connection, openAgent };
}

/** As in production, only with short waits: nobody watches a demo for ten minutes. */
function demoConfig({ url, tokenFile, speed }: { url: string; tokenFile: string; speed: number }): Config {
  const classes = Object.fromEntries(
    detectedClasses.map((name) => [name, { for: `${Math.round(classDefinitions[name].forMs / speed)}ms` }]),
  );
  return parseConfig(
    {
      ticketApi: { url, tokenFile, lookupDelay: '2s' },
      clusterName: 'demo',
      groupWait: '1s',
      resolveAfter: '5s',
      classes,
      lease: { duration: '6s', renewDeadline: '4s', retryPeriod: '1s' },
    },
    'the demo',
  );
}
