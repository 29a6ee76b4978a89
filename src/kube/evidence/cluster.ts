import type * as k8s from '@kubernetes/client-node';
import { type Clock, MINUTE } from '../../domain/clock.ts';
import type { ClusterFacts } from '../../domain/environment.ts';
import type { KubeConnection } from '../connection/index.ts';
import { words } from './facts.ts';
import { EvidenceReader } from './evidence-reader.ts';
import { fields, metaOf, present, text } from '../object-fields.ts';

export interface ClusterFactsDeps {
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
export class ClusterFactsReader {
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
