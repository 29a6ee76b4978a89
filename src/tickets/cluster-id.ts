import type { TicketApi } from '../domain/ports.ts';
import type { TicketSummary } from '../domain/ticket.ts';
import type { ApiCluster } from './api/schema.ts';

/** Where the `cluster_id` of the tickets comes from, in this order: the id, the name, the cluster itself. */
export interface ClusterIdSources {
  readonly clusterId: string | undefined;
  readonly clusterName: string | undefined;
  /** UID of the namespace kube-system. */
  readonly clusterUid: string | undefined;
  readonly listClusters: (signal?: AbortSignal) => Promise<readonly ApiCluster[]>;
}

/** The `cluster_id`, asked for when it is first needed and kept from then on. */
export interface ClusterId {
  /** What is known by now. */
  readonly current: () => string | undefined;
  /** Throws when a name is configured that the ticket API does not know, or cannot be asked about at the moment. */
  readonly resolve: (signal?: AbortSignal) => Promise<string | undefined>;
}

/** A cluster id that is resolved once. */
export function createClusterId(sources: ClusterIdSources): ClusterId {
  const { clusterId, clusterName, clusterUid, listClusters } = sources;
  let known = clusterId ?? (clusterName === undefined ? clusterUid : undefined);
  return {
    current: () => known,
    resolve: async (signal) => {
      if (known !== undefined || clusterName === undefined) return known;
      const named = (await listClusters(signal)).filter((cluster) => cluster.name === clusterName);
      if (named.length > 1)
        throw new Error(`clusterName "${clusterName}" is the name of several clusters: set clusterId`);
      if (named[0] === undefined)
        throw new Error(
          `clusterName "${clusterName}" is not known to the ticket API: check it, or set clusterId`,
        );
      known = named[0].id;
      return known;
    },
  };
}

/**
 * A ticket API whose requests carry the `cluster_id`, and whose look-ups find no ticket of another one: a copy of a cluster has the same
 * markers. One that cannot be resolved pauses filing: it is configuration.
 */
export function withClusterId(api: TicketApi, clusterId: ClusterId): TicketApi {
  return {
    find: async (text, signal) => {
      const tickets = await api.find(text, signal);
      return tickets.filter((ticket) => !isElsewhere(ticket, clusterId.current()));
    },
    get: (id, signal) => api.get(id, signal),
    comment: (id, body, signal) => api.comment(id, body, signal),
    close: (id, signal) => api.close(id, signal),
    create: async (request, signal) => {
      try {
        const id = await clusterId.resolve(signal);
        return await api.create({ ...request, clusterId: id }, signal);
      } catch (error) {
        signal?.throwIfAborted();
        return { kind: 'paused', error: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

/** A ticket that was filed before the id was known has none. */
function isElsewhere({ clusterId }: TicketSummary, current: string | undefined): boolean {
  if (clusterId === undefined || current === undefined) return false;
  return clusterId.toLowerCase() !== current.toLowerCase();
}
