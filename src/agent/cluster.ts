import type { Config } from '../config/index.ts';
import { type Clock, SECOND } from '../domain/clock.ts';
import type { ClusterFacts } from '../domain/environment.ts';
import type { ClusterReader, EventAnswers, OwnerReader } from '../domain/ports.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { type ClusterId, createClusterId, type TicketClient } from '../tickets/index.ts';
import { createClusterReader } from '../kube/evidence/cluster-reader.ts';
import { KubeOwnerReader } from '../kube/owner-reader.ts';
import { toOwner, type WatchOptions } from '../watch/index.ts';

const FIRST_CONTACT_RETRY_MS = 2 * SECOND;
/** After so many tries without success it is said again. */
const TRIES_BETWEEN_WARNINGS = 30;

/** The cluster as it was first met. */
export interface FirstContact {
  readonly facts: ClusterFacts;
  /** Identity of the cluster in all keys: it never changes with the configuration. */
  readonly clusterKey: string;
}

interface FirstContactDeps {
  readonly reader: Pick<ClusterReader, 'cluster'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Address of the Kubernetes API. */
  readonly server: string;
  /** The configured id, which stands for the cluster where it may read only some namespaces. */
  readonly clusterId: string | undefined;
  readonly isNamespaced: boolean;
}

/**
 * Without the cluster's identity no incident has a key: waits until it can be read. A failed read is never passed over, as
 * another key would file everything a second time.
 */
export async function firstContact(deps: FirstContactDeps, signal: AbortSignal): Promise<FirstContact> {
  const { reader, clock, log, server, isNamespaced, clusterId } = deps;
  for (let tries = 0; ; tries += 1) {
    signal.throwIfAborted();
    const facts = await reader.cluster(signal);
    const clusterKey = isNamespaced ? clusterId : facts.uid;
    // In namespaced mode nothing but the version can be read: it tells that the API answers.
    if (clusterKey !== undefined && facts.version !== undefined) return { facts, clusterKey };
    if (tries % TRIES_BETWEEN_WARNINGS === 0) {
      log.warn({ server }, 'the cluster and its namespace kube-system cannot be read yet; it is tried again');
    }
    await clock.sleep(FIRST_CONTACT_RETRY_MS, signal);
  }
}

/** The first contact of an agent of this configuration. */
export function meetCluster(
  {
    config,
    connection,
    ...deps
  }: Pick<FirstContactDeps, 'reader' | 'clock' | 'log'> & {
    readonly config: Pick<Config, 'clusterId' | 'watch'>;
    readonly connection: Pick<KubeConnection, 'server'>;
  },
  signal: AbortSignal,
): Promise<FirstContact> {
  const { clusterId, watch } = config;
  const isNamespaced = watch.namespaces.length > 0;
  return firstContact({ ...deps, server: connection.server, clusterId, isNamespaced }, signal);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A `cluster_id` that is a UUID, as the ticket API wants it, or none: resolving one that is not throws. */
export function checkedClusterId(clusterId: ClusterId): ClusterId {
  return {
    current: () => {
      const id = clusterId.current();
      return id !== undefined && UUID.test(id) ? id : undefined;
    },
    resolve: async (signal) => {
      const id = await clusterId.resolve(signal);
      if (id === undefined || UUID.test(id)) return id;
      throw new Error(`cluster_id "${id}" is not a UUID, so the ticket API would refuse it: set clusterId`);
    },
  };
}

/** The `cluster_id` of the tickets, from the configuration or the cluster. */
export function openClusterId({
  config,
  cluster,
  tickets,
}: {
  readonly config: Pick<Config, 'clusterId' | 'clusterName'>;
  readonly cluster: FirstContact;
  readonly tickets: Pick<TicketClient, 'listClusters'>;
}): ClusterId {
  return checkedClusterId(
    createClusterId({
      clusterId: config.clusterId,
      clusterName: config.clusterName,
      clusterUid: cluster.facts.uid,
      listClusters: (signal) => tickets.listClusters(signal),
    }),
  );
}

/**
 * Reads what is known of the cluster now. Where tickets are filed, a name of the configuration is resolved first, so that already the first
 * ticket has the id; once, as a ticket API that does not answer is not to hold up every incident.
 */
export function openClusterFacts({
  reader,
  clusterId,
  mode,
}: {
  readonly reader: Pick<ClusterReader, 'cluster'>;
  readonly clusterId: ClusterId;
  readonly mode: Config['mode'];
}): (signal: AbortSignal) => Promise<ClusterFacts> {
  let resolved: Promise<unknown> | undefined;
  return async (signal) => {
    if (mode === 'file') resolved ??= resolveSoon(clusterId, signal);
    const [facts] = await Promise.all([reader.cluster(signal), resolved]);
    const id = clusterId.current();
    return id === undefined ? facts : { ...facts, id };
  };
}

/** An Incident is written before its ticket is, so that it must not wait for a ticket API that does not answer. */
const RESOLVE_WITHIN_MS = 2 * SECOND;

function resolveSoon(clusterId: ClusterId, signal: AbortSignal): Promise<unknown> {
  const soon = AbortSignal.any([signal, AbortSignal.timeout(RESOLVE_WITHIN_MS)]);
  return clusterId.resolve(soon).catch(() => undefined);
}

/** Says in the log, and by an Event on the agent's own pod, that tickets go without `cluster_id`. */
export function tellUnknownCluster(
  {
    log,
    namespace,
    identity: name,
    podUid: uid,
  }: {
    readonly log: Logger;
    readonly namespace: string;
    readonly identity: string;
    readonly podUid: string | undefined;
  },
  answers: EventAnswers,
  error: string,
): void {
  log.warn(
    { error },
    'the ticket API does not know this cluster: tickets go without cluster_id; set clusterId or clusterName',
  );
  if (uid === undefined) return;
  const pod = { apiVersion: 'v1', kind: 'Pod', namespace, name, uid };
  const note = `The ticket API does not know this cluster, and tickets go without cluster_id: set clusterName or clusterId to what it knows. ${error}`;
  answers
    .answer(pod, { type: 'Warning', reason: 'ClusterUnknown', note, id: uid })
    .catch((failure: unknown) => log.warn({ err: failure }, 'the answer on the object failed'));
}

interface ReaderDeps {
  readonly config: Config;
  readonly connection: KubeConnection;
  readonly clock: Clock;
  /** See `ClusterReaderDeps`. */
  readonly onSecretValues?: ((values: readonly string[]) => void) | undefined;
}

/** The reader of evidence, as the configuration wants it. */
export function createReader({ config, connection, clock, onSecretValues }: ReaderDeps): ClusterReader {
  const { logs, environment, watch, clusterId, clusterName } = config;
  return createClusterReader({
    connection,
    clock,
    onSecretValues,
    options: {
      logsEnabled: logs.enabled,
      logLines: logs.lines,
      logBytes: logs.maxBytes,
      logFileBytes: logs.attachBytes,
      events: environment.events,
      listed: environment,
      withConfigMaps: environment.configMaps,
      withUsage: environment.usage,
      namespaces: watch.namespaces,
    },
    clusterIdentity: {
      ...(clusterId === undefined ? {} : { id: clusterId }),
      ...(clusterName === undefined ? {} : { name: clusterName }),
    },
  });
}

/** What is watched, and what is selected of it by labels. */
export function selectorsOf({ watch, silences }: Config): Omit<WatchOptions, 'incidentNamespace'> {
  return { ...watch, silenceSelectors: silences.map(({ workloadSelector }) => workloadSelector) };
}

/** The reader of owners, which looks at them with the selector of the configuration. */
export function openOwnerReader({
  connection,
  clock,
  config,
}: Pick<ReaderDeps, 'connection' | 'clock' | 'config'>): OwnerReader {
  const { workloadSelector: wanted, silenceSelectors: silences } = selectorsOf(config);
  const selectors = { wanted, silences };
  return new KubeOwnerReader({ connection, clock, project: (object) => toOwner(object, selectors) });
}
