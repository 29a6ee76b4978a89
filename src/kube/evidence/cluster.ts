import type * as k8s from '@kubernetes/client-node';
import { type Clock, MINUTE } from '../../domain/clock.ts';
import type { ClusterFacts } from '../../domain/environment.ts';
import type { KubeConnection } from '../connection/index.ts';
import { words } from './facts.ts';
import { createLookups, type Lookups } from './lookups.ts';
import { fields, present, text } from '../object-fields.ts';

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
export function createClusterFacts(deps: ClusterFactsDeps): (signal?: AbortSignal) => Promise<ClusterFacts> {
  const { connection, clock, identity: given } = deps;
  let identity: Identity | undefined;
  let version: Version | undefined;

  async function versionNow(lookups: Lookups): Promise<string | undefined> {
    const now = clock.monotonic();
    if (version !== undefined && now - version.readAt < KEPT_MS) return version.version;
    const read = words((await lookups.object<{ gitVersion: string }>('cluster', '/version'))?.gitVersion);
    version = read === undefined ? undefined : { version: read, readAt: now };
    return read;
  }

  async function identityNow(lookups: Lookups): Promise<Identity['facts']> {
    if (deps.isNamespaced) return {};
    const now = clock.monotonic();
    if (identity === undefined || now >= identity.keptUntil) identity = await readIdentity(lookups, now);
    return identity.facts;
  }

  return async (signal) => {
    const lookups = createLookups(connection, signal);
    const [read, known] = await Promise.all([versionNow(lookups), identityNow(lookups)]);
    signal?.throwIfAborted();
    return present({
      id: given.id,
      name: given.name,
      version: read,
      uid: known.uid,
      provider: known.provider,
    });
  };
}

async function readIdentity(lookups: Lookups, now: number): Promise<Identity> {
  const [kubeSystem, nodes] = await Promise.all([
    lookups.object<k8s.V1Namespace>('cluster', '/api/v1/namespaces/kube-system'),
    lookups.page<k8s.V1Node>('cluster', '/api/v1/nodes', { limit: 1 }),
  ]);
  const [node] = nodes.items;
  const providerId = text(fields<k8s.V1NodeSpec>(node?.spec).providerID);
  const facts = present({
    uid: words(fields<k8s.V1ObjectMeta>(kubeSystem?.metadata).uid),
    provider: providerId?.includes('://') === true ? providerId.split('://')[0] : undefined,
  });
  if (kubeSystem === undefined || !nodes.isRead) return { facts, keptUntil: now };
  // A cluster may be asked before its first node is there.
  return { facts, keptUntil: node === undefined ? now + KEPT_MS : Infinity };
}
