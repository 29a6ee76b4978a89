import type { Clock } from '../../domain/clock.ts';
import type { ClusterReader } from '../../domain/ports.ts';
import type { KubeConnection } from '../connection/index.ts';
import { ClusterFactsReader } from './cluster.ts';
import { earlyPodOf, readEarly, readSecretValues } from './early.ts';
import { BusyNamespaces } from './events.ts';
import { gatherEvidence } from './gather.ts';
import { EvidenceReader } from './evidence-reader.ts';
import { SharedReads } from '../connection/shared-reads.ts';

/** How much is read, and what may be. */
export interface ClusterReaderOptions {
  readonly logsEnabled: boolean;
  /** Last lines of each log. */
  readonly logLines: number;
  /** Bytes of each log. */
  readonly logBytes: number;
  /** Newest Events of all objects together. */
  readonly events: number;
  /** The agent may read only these namespaces, hence no nodes; empty or absent: the whole cluster. */
  readonly namespaces?: readonly string[];
}

export interface ClusterReaderDeps {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly options: ClusterReaderOptions;
  /** What the configuration says of the cluster. */
  readonly clusterIdentity?: { readonly id?: string; readonly name?: string };
  /** Gets what the secret-like variables of a pod hold whenever evidence of it is read. */
  readonly onSecretValues?: ((values: readonly string[]) => void) | undefined;
}

/**
 * Reads around an incident. All calls throw only the reason of an aborted signal: a part that cannot be read is left out,
 * and `omitted` says why.
 */
export function createClusterReader(deps: ClusterReaderDeps): ClusterReader {
  const { connection, clock, clusterIdentity: identity = {}, onSecretValues } = deps;
  const { logsEnabled, logLines: lines, logBytes: bytes, events, namespaces = [] } = deps.options;
  const logs = logsEnabled ? { lines, bytes } : undefined;
  const isNamespaced = namespaces.length > 0;
  const facts = new ClusterFactsReader({ connection, clock, identity, isNamespaced });
  const busyNamespaces = new BusyNamespaces(clock);
  const shared = new SharedReads(connection);
  const read: Read = (signal, how) => readWith(new EvidenceReader(shared, signal), signal, how);

  return {
    evidence: (target, signal, early) =>
      read(signal, async (reader) => {
        const known = earlyPodOf(early, target, clock.monotonic());
        const options = { logs, events, isNamespaced };
        const gathering = { reader, options, takenAt: clock.now(), busyNamespaces, known };
        const evidence = await gatherEvidence(target, gathering);
        onSecretValues?.(evidence.secretValues);
        return evidence;
      }),
    early: (target, signal) =>
      read(signal, async (reader) => {
        const options = { takenAt: clock.now(), monotonic: clock.monotonic(), logs };
        const early = await readEarly(reader, target, options);
        onSecretValues?.(early.evidence.secretValues);
        return early;
      }),
    secretValues: (target, signal, early) =>
      read(signal, async (reader) => {
        const values = await readSecretValues(reader, target, early);
        onSecretValues?.(values);
        return values;
      }),
    cluster: (signal) => facts.read(signal),
  };
}

type Read = <T>(signal: AbortSignal | undefined, how: (reader: EvidenceReader) => Promise<T>) => Promise<T>;

async function readWith<T>(
  reader: EvidenceReader,
  signal: AbortSignal | undefined,
  how: (reader: EvidenceReader) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const found = await how(reader);
  signal?.throwIfAborted();
  return found;
}
