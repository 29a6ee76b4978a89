import type { Clock } from '../../domain/clock.ts';
import type { ClusterReader } from '../../domain/ports.ts';
import type { KubeConnection } from '../connection/index.ts';
import { createClusterFacts } from './cluster.ts';
import { gatherEvidence } from './gather.ts';
import type { GatherOptions } from './gather.ts';
import { createLookups } from './lookups.ts';

/** How much is read, and what may be. */
export interface ClusterReaderOptions extends Omit<GatherOptions, 'isNamespaced'> {
  /** The agent may read only these namespaces, hence no nodes; empty or absent: the whole cluster. */
  readonly namespaces?: readonly string[];
}

export interface ClusterReaderDeps {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly options: ClusterReaderOptions;
  /** What the configuration says of the cluster. */
  readonly clusterIdentity?: { readonly id?: string; readonly name?: string };
  /** Told of what the secret-like variables of a pod hold whenever evidence of it is read. */
  readonly onSecretValues?: ((values: readonly string[]) => void) | undefined;
}

/**
 * Reads around an incident. Both calls throw only the reason of an aborted signal: a part that cannot be read is left out,
 * and `omitted` says why.
 */
export function createClusterReader(deps: ClusterReaderDeps): ClusterReader {
  const { connection, clock, clusterIdentity: identity = {} } = deps;
  const isNamespaced = (deps.options.namespaces ?? []).length > 0;
  const options = { ...deps.options, isNamespaced };

  return {
    evidence: async (target, signal) => {
      signal?.throwIfAborted();
      const lookups = createLookups(connection, signal);
      const evidence = await gatherEvidence(target, { lookups, options, takenAt: clock.now() });
      deps.onSecretValues?.(evidence.secretValues);
      signal?.throwIfAborted();
      return evidence;
    },
    cluster: createClusterFacts({ connection, clock, identity, isNamespaced }),
  };
}
