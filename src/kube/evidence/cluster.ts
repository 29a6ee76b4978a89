import type { V1Namespace, V1Node, V1NodeSpec, V1ObjectMeta } from '@kubernetes/client-node';
import type { Clock } from '../../domain/clock.ts';
import { MINUTE } from '../../domain/clock.ts';
import type { ClusterFacts } from '../../domain/environment.ts';
import type { KubeConnection } from '../connection/index.ts';
import { words } from './facts.ts';
import { createLookups } from './lookups.ts';
import { fields, fieldsList, present, text } from './raw.ts';

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

/** Reads facts of the cluster, at most once in ten minutes unless a part was missing. */
export function createClusterFacts(deps: ClusterFactsDeps): (signal?: AbortSignal) => Promise<ClusterFacts> {
  let known: { readonly facts: ClusterFacts; readonly readAt: number } | undefined;

  return async (signal) => {
    const now = deps.clock.monotonic();
    if (known !== undefined && now - known.readAt < KEPT_MS) return known.facts;
    const { facts, isComplete } = await readCluster(deps, signal);
    signal?.throwIfAborted();
    if (isComplete) known = { facts, readAt: now };
    return facts;
  };
}

async function readCluster(
  { connection, identity, isNamespaced }: ClusterFactsDeps,
  signal: AbortSignal | undefined,
): Promise<{ readonly facts: ClusterFacts; readonly isComplete: boolean }> {
  const lookups = createLookups(connection, signal);
  const none = Promise.resolve(undefined);
  const [version, kubeSystem, nodes] = await Promise.all([
    lookups.object<{ gitVersion: string }>('cluster', '/version'),
    isNamespaced ? none : lookups.object<V1Namespace>('cluster', '/api/v1/namespaces/kube-system'),
    isNamespaced ? none : lookups.list<V1Node>('cluster', '/api/v1/nodes', { limit: 1 }),
  ]);
  const providerId = text(fields<V1NodeSpec>(fieldsList<V1Node>(nodes)[0]?.spec).providerID);
  const facts = present({
    id: identity.id,
    name: identity.name,
    version: words(version?.gitVersion),
    uid: words(fields<V1ObjectMeta>(kubeSystem?.metadata).uid),
    provider: providerId?.includes('://') === true ? providerId.split('://')[0] : undefined,
  });
  return { facts, isComplete: lookups.omitted.length === 0 };
}
