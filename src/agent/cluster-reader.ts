import type { Config } from '../config/index.ts';
import type { Clock } from '../domain/clock.ts';
import type { ClusterReader, OwnerReader } from '../domain/ports.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import { createClusterReader } from '../kube/evidence/cluster-reader.ts';
import { KubeOwnerReader } from '../kube/owner-reader.ts';
import { toOwner, type WatchOptions } from '../watch/index.ts';

export interface ReaderDeps {
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
