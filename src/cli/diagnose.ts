import { writeFile } from 'node:fs/promises';
import { parseArgs, promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { loadConfig } from '../config/index.ts';
import { SECOND } from '../domain/clock.ts';
import type { Redactor } from '../enrich/index.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import { version } from '../version.ts';
import { checkCluster } from './check-cluster.ts';
import { messageOf } from './finding.ts';
import { clusterOptions, type CommandIo } from './process.ts';
import { namespaceOf, openCluster } from './runtime.ts';

const usage = `usage: ankra-support-agent diagnose [--file ankra-support-agent.json.gz] [--namespace NAME] [--config FILE]
                                    [--kubeconfig FILE] [--context NAME]

Gathers what a bug report needs into one file of JSON: versions, configuration, the agent's pods with health, metrics and
last log lines, its Lease, Incidents and rights. Redacted; without the texts of tickets. --file - writes plain JSON to
standard output. What could not be read stands in it as "error".
`;

const LOG_LINES = 500;
const LOG_BYTES = 512 * 1_024;
const TIMEOUT_MS = 15 * SECOND;
const SELECTOR = 'app.kubernetes.io/name=ankra-support-agent';

/** `diagnose`: one redacted file for a bug report. Changes nothing in the cluster. */
export async function diagnoseCommand(io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...io.args],
    options: { ...clusterOptions, file: { type: 'string', default: 'ankra-support-agent.json.gz' } },
  });
  if (values.help) {
    io.out(usage);
    return 0;
  }
  const config = await loadConfig(values.config, io.env);
  const { redactor, connection } = await openCluster(config, values, io.env);
  const namespace = namespaceOf(connection, values.namespace, io.env);
  try {
    const gathered = {
      madeAt: new Date(connection.clock.now()).toISOString(),
      versions: {
        agent: version,
        node: process.version,
        kubernetes: await attempt(read(connection, '/version')),
      },
      namespace,
      rights: await attempt(checkCluster({ config, connection, namespace })),
      ...(await gather(connection, namespace)),
    };
    const { texts, ...objects } = gathered;
    const whole = {
      ...(redactor.redactValue(objects).value as object),
      texts: redactTexts(texts, redactor),
    };
    await write(`${JSON.stringify(whole, undefined, 1)}\n`, values.file, io);
    return 0;
  } finally {
    connection.close();
  }
}

async function write(text: string, file: string, io: CommandIo): Promise<void> {
  if (file === '-') return io.out(text);
  const packed = await promisify(gzip)(text);
  await writeFile(file, packed, { mode: 0o600 });
  io.out(
    `${file}: ${Math.ceil(packed.length / 1_024)} KiB; look through it before you hand it on: gunzip -c ${file} | less\n`,
  );
}

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly { name: string; image?: string }[];
  };
  readonly status?: unknown;
}

interface Listed<T> {
  readonly items?: readonly T[];
}

/** Longer texts, by pod: they are redacted line by line, and not as values. */
type Texts = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

async function gather(
  connection: KubeConnection,
  namespace: string,
): Promise<{ readonly texts: Texts } & Readonly<Record<string, unknown>>> {
  const home = `/api/v1/namespaces/${namespace}`;
  const list = <T>(path: string): Promise<Listed<T>> => read(connection, path, { labelSelector: SELECTOR });
  const pods = await attempt(list<Pod>(`${home}/pods`));
  const found = 'error' in pods ? [] : (pods.items ?? []);
  const texts = await Promise.all(
    found.map(
      async ({ metadata: { name } }) => [name, await textsOf(connection, `${home}/pods/${name}`)] as const,
    ),
  );
  return {
    pods: 'error' in pods ? pods : found.map(describePod),
    configuration: await attempt(list(`${home}/configmaps`).then(configurationsOf)),
    leases: await attempt(read(connection, `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`)),
    incidents: await attempt(
      read<Listed<Incident>>(
        connection,
        `/apis/support.ankra.app/v1alpha1/namespaces/${namespace}/incidents`,
      ).then(({ items = [] }) => items.map(withoutDraft)),
    ),
    events: await attempt(read(connection, `${home}/events`, { limit: 200 })),
    texts: Object.fromEntries(texts),
  };
}

function describePod({ metadata, spec, status }: Pod): unknown {
  const images = (spec?.containers ?? []).map(({ name, image }) => ({ name, image }));
  return { name: metadata.name, node: spec?.nodeName, images, status };
}

function configurationsOf({ items = [] }: Listed<unknown>): unknown {
  return items.map((item) => {
    const { metadata, data } = item as {
      metadata: { name: string };
      data?: Readonly<Record<string, string>>;
    };
    return { name: metadata.name, config: JSON.parse(data?.['config.json'] ?? '{}') as unknown };
  });
}

interface Incident {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
}

/** The text of a ticket is for its readers, and no bug report needs it. */
function withoutDraft({ metadata, spec, status }: Incident): unknown {
  const { draft: _draft, note: _note, ...rest } = spec ?? {};
  return { name: metadata['name'], createdAt: metadata['creationTimestamp'], spec: rest, status };
}

/** Health and metrics need the right to the proxy of pods, as an administrator has it. */
async function textsOf(connection: KubeConnection, path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = (
    below: string,
    query: Readonly<Record<string, string | number | boolean>> = {},
  ): Promise<unknown> =>
    attempt(
      connection.text({ path: `${path}/${below}`, query, timeoutMs: TIMEOUT_MS, maxBytes: 4 * LOG_BYTES }),
    );
  const log = { container: 'agent', tailLines: LOG_LINES, limitBytes: LOG_BYTES, timestamps: true };
  return {
    log: await text('log', log),
    previousLog: await text('log', { ...log, previous: true }),
    readyz: await text('proxy/readyz'),
    metrics: await text('proxy/metrics'),
  };
}

function redactTexts(texts: Texts, redactor: Redactor): unknown {
  const redacted = (text: unknown): unknown => {
    if (typeof text !== 'string') return redactor.redactValue(text).value;
    const stream = redactor.openStream();
    return [...stream.push(text.split('\n')), ...stream.end()];
  };
  return Object.fromEntries(
    Object.entries(texts).map(([pod, parts]) => [
      pod,
      Object.fromEntries(Object.entries(parts).map(([part, text]) => [part, redacted(text)])),
    ]),
  );
}

function read<T>(
  connection: KubeConnection,
  path: string,
  query: Readonly<Record<string, string | number>> = {},
): Promise<T> {
  return connection.json<T>({ path, query, timeoutMs: TIMEOUT_MS });
}

/** What was read, or why it was not. */
async function attempt<T>(reading: Promise<T>): Promise<T | { readonly error: string }> {
  try {
    return await reading;
  } catch (error) {
    return { error: messageOf(error) };
  }
}
