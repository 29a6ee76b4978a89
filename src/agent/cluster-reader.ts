import type { Config } from '../config/index.ts';
import type { Clock } from '../domain/clock.ts';
import type { ClusterReader, OwnerReader } from '../domain/ports.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import { createClusterReader } from '../kube/evidence/cluster-reader.ts';
import { KubeOwnerReader } from '../kube/owner-reader.ts';
import { toOwner } from '../watch/index.ts';

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
      events: environment.events,
      namespaces: watch.namespaces,
    },
    clusterIdentity: {
      ...(clusterId === undefined ? {} : { id: clusterId }),
      ...(clusterName === undefined ? {} : { name: clusterName }),
    },
  });
}

/** The reader of owners, which looks at them with the selector of the configuration. */
export function openOwnerReader({
  connection,
  clock,
  config,
}: Pick<ReaderDeps, 'connection' | 'clock' | 'config'>): OwnerReader {
  const { workloadSelector } = config.watch;
  return new KubeOwnerReader({ connection, clock, project: (object) => toOwner(object, workloadSelector) });
}
