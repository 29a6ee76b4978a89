import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from '../../src/agent/agent.ts';
import { createAgentRedactor, createKnownSecrets, createTickets } from '../../src/cli/runtime.ts';
import { type ConfigInput, parseConfig } from '../../src/config/index.ts';
import { createDesk } from '../../src/desk/desk.ts';
import { createKubeConnection } from '../../src/kube/connection/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { aNamespace } from '../../src/sandbox/objects.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { createLogger, Metrics } from '../../src/telemetry/index.ts';
import { longLease } from '../agent/stage.ts';
import type { Canaries } from './canaries.ts';

const NAMESPACE = 'ankra-support-agent';

/** An agent between a cluster and a desk, with all that leaves it in reach. */
export type CanaryStage = Awaited<ReturnType<typeof openCanaryStage>>;

/** Opens sandbox, desk and agent; both tokens are canaries. */
export async function openCanaryStage(canaries: Canaries, more: ConfigInput = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'canary-'));
  const tokenFile = join(folder, 'token');
  const token = canaries.opaque('token of the ticket API');
  const account = canaries.opaque('token of the service account');
  await writeFile(tokenFile, `${token}\n`);
  const sandbox = await createSandbox({ token: account });
  for (const name of [NAMESPACE, 'shop']) sandbox.objects.apply(aNamespace(name));
  const id = sandbox.objects.get({ kind: 'Namespace', name: 'kube-system' })?.metadata.uid ?? '';
  const desk = await createDesk({
    file: ':memory:',
    tokens: [{ token, label: 'agent' }],
    clusters: [{ id, name: 'test' }],
    host: '127.0.0.1',
    port: 0,
  });
  const toDesk = await startWitness(desk.url);
  const toCluster = await startWitness(sandbox.url);

  const config = parseConfig(
    {
      ticketApi: { url: toDesk.url, tokenFile, lookupDelay: '200ms', timeout: '5s' },
      groupWait: '0s',
      classes: { config: { for: '0s' } },
      resolveAfter: '1s',
      lease: longLease,
      ...more,
    },
    'test',
  );
  const secrets = createKnownSecrets();
  const redactor = createAgentRedactor(config, secrets);
  const connection = await createKubeConnection(
    { kind: 'explicit', server: toCluster.url, token: account },
    {
      clock: systemClock,
      version: '0.0.0',
      onSecret: (value) => secrets.learn('kubernetesToken', value),
    },
  );
  const tickets = createTickets(config, systemClock, secrets);
  const lines: string[] = [];
  const metrics = new Metrics('0.0.0');
  const agent = new Agent({
    config,
    version: '0.0.0',
    connection,
    tickets,
    redactor,
    random: () => 0.02,
    log: createLogger({
      level: 'trace',
      version: '0.0.0',
      redact: (text) => redactor.redactText(text).text,
      destination: { write: (line) => void lines.push(line) },
    }),
    metrics,
    namespace: NAMESPACE,
    identity: 'agent-1',
    onSecretValues: (values) => values.forEach((value) => secrets.learn('environment', value)),
    watchTimings: {
      startSpreadMs: 0,
      backoffInitMs: 20,
      reopenSpreadMs: 20,
      shortWatchMs: 0,
      proofSpacingMs: 100,
    },
  });

  return {
    sandbox,
    desk,
    account,
    token,
    lines,
    start: () => agent.start(new AbortController().signal),
    incidents: () => sandbox.objects.list({ kind: 'Incident', namespace: NAMESPACE }),
    /** All that an outsider could see of the agent. */
    seen: async () => ({
      'requests to the ticket API': toDesk.seen(),
      'requests to the cluster': toCluster.seen(),
      Incidents: JSON.stringify(sandbox.objects.list({ kind: 'Incident' })),
      'Events of the agent': JSON.stringify(
        sandbox.objects
          .list({ kind: 'Event' })
          .filter((event) => event['reportingComponent'] === 'ankra-support-agent'),
      ),
      Lease: JSON.stringify(sandbox.objects.list({ kind: 'Lease' })),
      log: lines.join(''),
      metrics: await metrics.registry.metrics(),
      health: `${agent.live() ?? ''} ${agent.ready() ?? ''}`,
    }),
    close: async () => {
      await agent.stop();
      connection.close();
      tickets.disconnect();
      await Promise.all([toDesk.close(), toCluster.close(), desk.close(), sandbox.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Witness {
  readonly url: string;
  /** All requests: line, headers without Authorization, body. */
  readonly seen: () => string;
  readonly close: () => Promise<void>;
}

/** Stands between two and writes down what passes. */
export async function startWitness(target: string): Promise<Witness> {
  const requests: string[] = [];
  const server = createServer((incoming, outgoing) => {
    void readBody(incoming).then((body) => {
      const { authorization: _secret, ...headers } = incoming.headers;
      requests.push(`${incoming.method} ${incoming.url}\n${JSON.stringify(headers)}\n${body.toString()}`);
      const options = { method: incoming.method, headers: incoming.headers };
      const onward = httpRequest(new URL(incoming.url ?? '/', target), options, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        answer.on('error', () => outgoing.destroy());
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      outgoing.on('close', () => onward.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => requests.join('\n'),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
