import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { Agent } from '../agent/agent.ts';
import { showFiles } from '../agent/gauges.ts';
import { type Config, loadConfig } from '../config/index.ts';
import { SECOND } from '../domain/clock.ts';
import { systemClock } from '../lib/clock.ts';
import { createLogger, Metrics, startTelemetryServer } from '../telemetry/index.ts';
import { version } from '../version.ts';
import { aborted, clusterHelp, clusterOptions, type CommandIo, stopSignal } from './process.ts';
import { ThreadComposer } from '../compose/composer.ts';
import { createTickets, namespaceOf, openCluster, redactionOptions } from './runtime.ts';

const usage = `usage: ankra-support-agent run [--config FILE] [--kubeconfig FILE] [--context NAME] [--namespace NAME]

Watches the cluster and files tickets, until it is stopped. What the Deployment runs. Logs JSON lines on standard output.

${clusterHelp}
`;

/** `run [--config FILE] [--kubeconfig FILE] [--namespace NAME]`: watches and files until it is stopped. */
export async function runCommand(io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...io.args],
    options: clusterOptions,
  });
  if (values.help) {
    io.out(usage);
    return 0;
  }
  const config = await loadConfig(values.config, io.env);
  const stop = stopSignal();
  try {
    return await runAgent(config, { ...values, env: io.env, stop: stop.signal });
  } finally {
    stop.restore();
  }
}

interface RunOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  readonly env: CommandIo['env'];
  readonly stop: AbortSignal;
}

async function runAgent(config: Config, options: RunOptions): Promise<number> {
  const parts = await assemble(config, options);
  const { agent, connection, tickets, log, metrics, namespace } = parts;
  const server = await startTelemetryServer({
    ...config.http,
    registry: metrics.registry,
    beforeScrape: () => {
      agent.measure();
      return showFiles(metrics, config);
    },
    live: () => agent.live(),
    ready: () => agent.ready(),
    remarks: () => agent.remarks(),
  });
  let exitCode = 0;
  log.info({ server: connection.server, namespace, port: server.port, mode: config.mode }, 'agent starts');
  try {
    await agent.start(options.stop);
    const error = await Promise.race([agent.failed, aborted(options.stop)]);
    if (!options.stop.aborted) {
      exitCode = 1;
      log.fatal({ err: error }, 'a part of the agent has failed; it stops, to be started anew');
    }
  } catch (error) {
    if (!options.stop.aborted) throw error;
  }
  log.info('agent stops');
  await agent.stop();
  connection.close();
  tickets.disconnect();
  await server.close();
  log.info('agent stopped');
  return exitCode;
}

/** Everything an agent is made of, from its configuration and this process. */
async function assemble(config: Config, { env, namespace: given, ...place }: RunOptions) {
  const { secrets, redactor, connection } = await openCluster(config, place, env);
  const log = createLogger({
    level: config.log.level,
    version,
    redact: (text) => redactor.redactText(text).text,
  });
  const metrics = new Metrics(version);
  const namespace = namespaceOf(connection, given, env);
  const tickets = createTickets(config, connection.clock, secrets, ({ operation, outcome, durationMs }) =>
    metrics.requestDuration.observe({ operation, outcome }, durationMs / SECOND),
  );
  const agent = new Agent({
    config,
    version,
    connection,
    tickets,
    redactor,
    wallNow: () => systemClock.now(),
    random: Math.random,
    log,
    metrics,
    namespace,
    identity: env['POD_NAME'] ?? hostname(),
    podUid: env['POD_UID'],
    node: env['NODE_NAME'],
    onSecretValues: (values) => values.forEach((value) => secrets.learn('environment', value)),
    openComposer: (settings, report) =>
      new ThreadComposer({
        settings: { ...settings, redaction: redactionOptions(config) },
        knownSecrets: secrets.values,
        ...report,
      }),
  });
  return { agent, connection, tickets, log, metrics, namespace };
}
