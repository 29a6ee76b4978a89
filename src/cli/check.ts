import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '../config/index.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import type { TicketClient } from '../tickets/index.ts';
import { watchedResources } from '../watch/index.ts';
import { clusterOptions, type CommandIo } from './process.ts';
import { createTickets, namespaceOf, openCluster } from './runtime.ts';

const usage = 'usage: ankra-support-agent check [--config FILE] [--kubeconfig FILE] [--namespace NAME]\n';

interface Finding {
  readonly what: string;
  readonly outcome: 'ok' | 'warning' | 'failed';
  readonly detail: string;
}

/** `check`: whether the agent could work with this configuration: token, ticket API, cluster, rights. Files nothing. */
export async function checkCommand(io: CommandIo): Promise<number> {
  const { values } = parseArgs({
    args: [...io.args],
    options: { ...clusterOptions, namespace: { type: 'string' } },
  });
  if (values.help) {
    io.err(usage);
    return 0;
  }
  const config = await loadConfig(values.config, io.env);
  const { secrets, redactor, connection } = await openCluster(config, values.kubeconfig, io.env);
  const tickets = createTickets(config, connection.clock, secrets);
  const namespace = namespaceOf(connection, values.namespace, io.env);
  const findings = [
    { what: 'configuration', outcome: 'ok' as const, detail: values.config ?? 'defaults and environment' },
    ...(await checkTickets(config, tickets, connection)),
    ...(await Promise.all(watchedPaths(config, namespace).map((path) => checkList(connection, path)))),
  ];
  tickets.disconnect();
  connection.close();
  for (const { what, outcome, detail } of findings) {
    io.out(`${outcome.padEnd(8)} ${what}: ${redactor.redactLine(detail).text}\n`);
  }
  return findings.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
}

function watchedPaths(config: Config, incidentNamespace: string): readonly string[] {
  const resources = watchedResources({ namespaces: config.watch.namespaces, incidentNamespace });
  return [...new Set(resources.map(({ path }) => path))];
}

async function checkList(connection: KubeConnection, path: string): Promise<Finding> {
  const what = `may list ${path}`;
  try {
    await connection.json({ path, query: { limit: 1 } });
    return { what, outcome: 'ok', detail: 'yes' };
  } catch (error) {
    return { what, outcome: 'failed', detail: messageOf(error) };
  }
}

async function checkTickets(
  config: Config,
  tickets: TicketClient,
  connection: KubeConnection,
): Promise<readonly Finding[]> {
  const what = `ticket API ${config.ticketApi.url}`;
  if (config.mode === 'observe') return [{ what, outcome: 'ok', detail: 'not asked: mode is observe' }];
  try {
    const clusters = await tickets.listClusters();
    return [
      { what, outcome: 'ok', detail: 'answers, and takes the token' },
      await checkCluster(config, clusters, connection),
    ];
  } catch (error) {
    return [{ what, outcome: 'failed', detail: messageOf(error) }];
  }
}

async function checkCluster(
  config: Config,
  clusters: Awaited<ReturnType<TicketClient['listClusters']>>,
  connection: KubeConnection,
): Promise<Finding> {
  const what = 'cluster_id';
  const { clusterId, clusterName } = config;
  if (clusterId === undefined && clusterName !== undefined) {
    const named = clusters.filter((cluster) => cluster.name === clusterName);
    if (named.length === 1) return { what, outcome: 'ok', detail: `${named[0]?.id ?? ''} (${clusterName})` };
    return {
      what,
      outcome: 'failed',
      detail: `the ticket API knows ${named.length} clusters named "${clusterName}"; set clusterId`,
    };
  }
  const id = clusterId ?? (await clusterUid(connection));
  const isKnown = clusters.some((cluster) => cluster.id === id);
  if (isKnown) return { what, outcome: 'ok', detail: id };
  return {
    what,
    outcome: 'warning',
    detail: `${id} is not in the ticket API's list of clusters; set clusterId or clusterName`,
  };
}

async function clusterUid(connection: KubeConnection): Promise<string> {
  const namespace = await connection
    .json<{ metadata?: { uid?: string } }>({ path: '/api/v1/namespaces/kube-system' })
    .catch(() => undefined);
  return namespace?.metadata?.uid ?? 'unknown';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
