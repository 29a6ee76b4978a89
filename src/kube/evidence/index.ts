import type { Clock } from '../../domain/clock.ts';
import type { ClusterReader } from '../../domain/ports.ts';
import type { KubeConnection } from '../connection/index.ts';
import { createClusterFacts } from './cluster.ts';
import { earlyPodOf, readEarly, readSecretValues } from './early.ts';
import { createBusyNamespaces } from './events.ts';
import { gatherEvidence, type GatherOptions } from './gather.ts';
import { createLookups, type Lookups } from './lookups.ts';
import { type Reads, shareJson } from '../connection/shared-reads.ts';

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
 * Reads around an incident. All calls throw only the reason of an aborted signal: a part that cannot be read is left out,
 * and `omitted` says why.
 */
export function createClusterReader(deps: ClusterReaderDeps): ClusterReader {
  const { connection, clock, clusterIdentity: identity = {} } = deps;
  const isNamespaced = (deps.options.namespaces ?? []).length > 0;
  const options = { ...deps.options, isNamespaced };
  const busyNamespaces = createBusyNamespaces(clock);
  const shared: Reads = { json: shareJson(connection), text: (request) => connection.text(request) };

  async function read<T>(signal: AbortSignal | undefined, how: (lookups: Lookups) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const found = await how(createLookups(shared, signal));
    signal?.throwIfAborted();
    return found;
  }

  return {
    evidence: (target, signal, early) =>
      read(signal, async (lookups) => {
        const known = earlyPodOf(early, target, clock.monotonic());
        const gathering = { lookups, options, takenAt: clock.now(), busyNamespaces, known };
        const evidence = await gatherEvidence(target, gathering);
        deps.onSecretValues?.(evidence.secretValues);
        return evidence;
      }),
    early: (target, signal) =>
      read(signal, async (lookups) => {
        const { logsEnabled, logLines: lines, logBytes: bytes } = options;
        const logs = logsEnabled ? { lines, bytes } : undefined;
        const times = { takenAt: clock.now(), monotonic: clock.monotonic() };
        const early = await readEarly(lookups, target, { ...times, logs });
        deps.onSecretValues?.(early.evidence.secretValues);
        return early;
      }),
    secretValues: (target, signal, early) =>
      read(signal, async (lookups) => {
        const values = await readSecretValues(lookups, target, early);
        deps.onSecretValues?.(values);
        return values;
      }),
    cluster: createClusterFacts({ connection, clock, identity, isNamespaced }),
  };
}
