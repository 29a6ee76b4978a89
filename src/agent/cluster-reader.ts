import type { Config } from '../config/index.ts';
import type { Clock } from '../domain/clock.ts';
import type { ClusterReader } from '../domain/ports.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import { createClusterReader } from '../kube/evidence/index.ts';

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
