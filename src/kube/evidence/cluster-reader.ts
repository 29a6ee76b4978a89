import { type Clock, MINUTE } from '../../domain/clock.ts';
import type { ClusterReader, EarlyEvidence, EvidenceTarget } from '../../domain/ports.ts';
import { type KubeConnection, SharedReads } from '../connection/index.ts';
import { earlyPodOf, readEarly, readSecretValues } from './early-snapshot.ts';
import { BusyNamespaces } from './events.ts';
import { gatherEvidence } from './gather.ts';
import type { LogOptions } from './logs.ts';
import type { Listed } from './managers.ts';
import { EvidenceReader } from './evidence-reader.ts';
import type * as k8s from '@kubernetes/client-node';
import type { ClusterFacts } from '../../domain/environment.ts';
import { fields, metaOf, present, text, words } from '../object-fields.ts';

/** How much is read, and what may be. */
export interface ClusterReaderOptions {
  readonly logsEnabled: boolean;
  /** Last lines of each log. */
  readonly logLines: number;
  /** Bytes of each log. */
  readonly logBytes: number;
  /** Bytes of the log that is attached as a file; 0 for none. */
  readonly logFileBytes?: number;
  /** Newest Events of all objects together. */
  readonly events: number;
  /** Labels and annotations of the owner that are told; none by default. */
  readonly listed?: Listed;
  /** There is a right to read ConfigMaps. */
  readonly withConfigMaps?: boolean;
  /** `metrics.k8s.io` is served, and there is a right to read it. */
  readonly withUsage?: boolean;
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
  const { logsEnabled, logLines: lines, logBytes: bytes, logFileBytes: fileBytes = 0 } = deps.options;
  const { events, namespaces = [], withConfigMaps = false, withUsage = false } = deps.options;
  const { listed = { labels: [], annotations: [] } } = deps.options;
  const logs = logsEnabled ? { lines, bytes, fileBytes } : undefined;
  const isNamespaced = namespaces.length > 0;
  const facts = new ClusterFactsReader({ connection, clock, identity, isNamespaced });
  const busyNamespaces = new BusyNamespaces(clock);
  const shared = new SharedReads(connection);
  const read: Read = (signal, how) => readWith(new EvidenceReader(shared, signal, clock), signal, how);

  return {
    evidence: (target, signal, early) =>
      read(signal, async (reader) => {
        const known = earlyPodOf(early, target, clock.monotonic());
        const options = { logs, events, isNamespaced, listed, withConfigMaps, withUsage };
        const gathering = { reader, options, takenAt: clock.now(), busyNamespaces, known };
        const evidence = await gatherEvidence(target, gathering);
        onSecretValues?.(evidence.secretValues);
        return evidence;
      }),
    early: (target, signal) => read(signal, (reader) => readSnapshot(deps, reader, target, logs)),
    lastLines: async (target, signal) => {
      if (logs === undefined) return undefined;
      const limits = { ...logs, fileBytes: 0 };
      return (await read(signal, (reader) => readSnapshot(deps, reader, target, limits))).evidence;
    },
    secretValues: (target, signal, early) =>
      read(signal, async (reader) => {
        const values = await readSecretValues(reader, target, early);
        onSecretValues?.(values);
        return values;
      }),
    cluster: (signal) => facts.read(signal),
  };
}

async function readSnapshot(
  { clock, onSecretValues }: ClusterReaderDeps,
  reader: EvidenceReader,
  target: EvidenceTarget,
  logs: LogOptions | undefined,
): Promise<EarlyEvidence> {
  const options = { takenAt: clock.now(), monotonic: clock.monotonic(), logs };
  const early = await readEarly(reader, target, options);
  onSecretValues?.(early.evidence.secretValues);
  return early;
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

interface ClusterFactsDeps {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  /** What the configuration says of the cluster. */
  readonly identity: { readonly id?: string; readonly name?: string };
  /** The agent may read only some namespaces: neither kube-system nor nodes. */
  readonly isNamespaced: boolean;
}

/** A cluster changes its version now and then, its identity never. */
const KEPT_MS = 10 * MINUTE;

interface Version {
  readonly version: string;
  readonly readAt: number;
}

interface Identity {
  readonly facts: Pick<ClusterFacts, 'uid' | 'provider'>;
  /** Monotonic milliseconds; what is incomplete then is asked for again. */
  readonly keptUntil: number;
}

/** Reads facts of the cluster: its identity once, its version at most once in ten minutes. What was missing is asked for again. */
class ClusterFactsReader {
  readonly #deps: ClusterFactsDeps;
  #identity: Identity | undefined;
  #version: Version | undefined;

  constructor(deps: ClusterFactsDeps) {
    this.#deps = deps;
  }

  async read(signal?: AbortSignal): Promise<ClusterFacts> {
    const { connection, identity } = this.#deps;
    const reader = new EvidenceReader(connection, signal);
    const [version, { uid, provider }] = await Promise.all([
      this.#readVersion(reader),
      this.#readIdentity(reader),
    ]);
    signal?.throwIfAborted();
    return present({ id: identity.id, name: identity.name, version, uid, provider });
  }

  async #readVersion(reader: EvidenceReader): Promise<string | undefined> {
    const now = this.#deps.clock.monotonic();
    if (this.#version !== undefined && now - this.#version.readAt < KEPT_MS) return this.#version.version;
    const version = words((await reader.object<{ gitVersion: string }>('cluster', '/version'))?.gitVersion);
    this.#version = version === undefined ? undefined : { version, readAt: now };
    return version;
  }

  async #readIdentity(reader: EvidenceReader): Promise<Identity['facts']> {
    if (this.#deps.isNamespaced) return {};
    const now = this.#deps.clock.monotonic();
    if (this.#identity === undefined || now >= this.#identity.keptUntil)
      this.#identity = await readIdentity(reader, now);
    return this.#identity.facts;
  }
}

async function readIdentity(reader: EvidenceReader, now: number): Promise<Identity> {
  const [kubeSystem, nodes] = await Promise.all([
    reader.object<k8s.V1Namespace>('cluster', '/api/v1/namespaces/kube-system'),
    reader.page<k8s.V1Node>('cluster', '/api/v1/nodes', { limit: 1 }),
  ]);
  const [node] = nodes.items;
  const providerId = text(fields<k8s.V1NodeSpec>(node?.spec).providerID);
  const facts = present({
    uid: words(metaOf(kubeSystem).uid),
    provider: providerId?.includes('://') === true ? providerId.split('://')[0] : undefined,
  });
  if (kubeSystem === undefined || !nodes.isRead) return { facts, keptUntil: now };
  // A cluster may be asked before its first node is there.
  return { facts, keptUntil: node === undefined ? now + KEPT_MS : Infinity };
}
