/** The agent as `run` puts it together, in a process of its own that ends with its parent. Argument: its files and addresses as JSON. */
import { Agent } from '../../src/agent/agent.ts';
import {
  createAgentRedactor,
  createKnownSecrets,
  createTickets,
  redactionOptions,
} from '../../src/cli/runtime.ts';
import { type ConfigInput, parseConfig } from '../../src/config/index.ts';
import { createKubeConnection, type KubeSource } from '../../src/kube/connection/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type OpenComposer, ThreadComposer } from '../../src/compose/composer.ts';
import { createLogger, Metrics, startTelemetryServer } from '../../src/telemetry/index.ts';
import { version } from '../../src/version.ts';

/** What the agent's process is told. */
export interface AgentArguments {
  readonly config: ConfigInput;
  readonly kubernetes: KubeSource;
  readonly namespace: string;
  /** As `run` does it; otherwise in the main thread. */
  readonly composesInThread: boolean;
}

const given = JSON.parse(process.argv[2] ?? '') as AgentArguments;
const config = parseConfig(given.config, 'the bench');
const secrets = createKnownSecrets();
const redactor = createAgentRedactor(config, secrets);
const metrics = new Metrics(version);
const openComposer: OpenComposer = (settings, tell) =>
  new ThreadComposer({
    settings: { ...settings, redaction: redactionOptions(config) },
    knownSecrets: secrets.values,
    ...tell,
  });
const agent = new Agent({
  config,
  version,
  redactor,
  metrics,
  connection: await createKubeConnection(given.kubernetes, { clock: systemClock, version }),
  tickets: createTickets(config, systemClock, secrets),
  random: Math.random,
  log: createLogger({
    level: config.log.level,
    version,
    redact: (text) => redactor.redactText(text).text,
    destination: process.stderr,
  }),
  namespace: given.namespace,
  identity: 'bench',
  watchTimings: { startSpreadMs: 0 },
  ...(given.composesInThread ? { openComposer } : {}),
});
await startTelemetryServer({
  ...config.http,
  registry: metrics.registry,
  beforeScrape: () => agent.measure(),
  live: () => agent.live(),
  ready: () => agent.ready(),
});
process.once('disconnect', () => process.exit());
await agent.start(new AbortController().signal);
while (agent.ready() !== undefined) await systemClock.sleep(20);
process.send?.('ready');
