import { type Clock, MINUTE } from '../domain/clock.ts';
import type { CallOutcome, CreateOutcome, TicketApi } from '../domain/ports.ts';
import type { Ticket, TicketFile, TicketRequest, TicketSummary } from '../domain/ticket.ts';
import { TicketApiError } from './api/error.ts';
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

/** The ticket API has not known the cluster for so long that a ticket without `cluster_id` is better than none. */
const UNKNOWN_CLUSTER_MS = 10 * MINUTE;

export interface ClusterTicketApiDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Tickets go without `cluster_id` from now on, and why. Must not throw. */
  readonly onUnknown: (error: string) => void;
}

/**
 * Ticket API whose requests carry the `cluster_id`, and whose look-ups find no ticket of another one: a copy of a cluster has the same
 * markers. A cluster that the API does not know pauses filing, as it is configuration, but not for ever: after ten minutes tickets go
 * without the id, which the contract allows; id and name of the cluster stand in their environment.
 */
export class ClusterTicketApi implements TicketApi {
  readonly #api: TicketApi;
  readonly #clusterId: ClusterId;
  readonly #deps: ClusterTicketApiDeps;
  #unknownSince: number | undefined;
  #unknown: string | undefined;

  constructor(api: TicketApi, clusterId: ClusterId, deps: ClusterTicketApiDeps) {
    this.#api = api;
    this.#clusterId = clusterId;
    this.#deps = deps;
  }

  /** Why tickets are filed without `cluster_id`, if they are. */
  get unknownCluster(): string | undefined {
    return this.#unknown;
  }

  async find(text: string, signal?: AbortSignal): Promise<readonly TicketSummary[]> {
    const tickets = await this.#api.find(text, signal);
    return tickets.filter((ticket) => !isElsewhere(ticket, this.#clusterId.current()));
  }

  get(id: string, signal?: AbortSignal): Promise<Ticket | undefined> {
    return this.#api.get(id, signal);
  }

  comment(id: string, body: string, signal?: AbortSignal): Promise<CallOutcome> {
    return this.#api.comment(id, body, signal);
  }

  close(id: string, signal?: AbortSignal): Promise<CallOutcome> {
    return this.#api.close(id, signal);
  }

  attach(id: string, file: TicketFile, signal?: AbortSignal): Promise<CallOutcome> {
    return this.#api.attach(id, file, signal);
  }

  async create(request: TicketRequest, signal?: AbortSignal): Promise<CreateOutcome> {
    const { outcome, isUnknown } = await this.#createWithId(request, signal);
    if (!isUnknown || outcome.kind === 'created') {
      this.#unknownSince = undefined;
      this.#unknown = undefined;
      return outcome;
    }
    const now = this.#deps.clock.monotonic();
    this.#unknownSince ??= now;
    if (now - this.#unknownSince < UNKNOWN_CLUSTER_MS) return outcome;
    if (this.#unknown === undefined) this.#deps.onUnknown(outcome.error);
    this.#unknown = outcome.error;
    return this.#api.create({ ...request, clusterId: undefined }, signal);
  }

  async #createWithId(
    request: TicketRequest,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly outcome: CreateOutcome; readonly isUnknown: boolean }> {
    try {
      const id = await this.#clusterId.resolve(signal);
      const outcome = await this.#api.create({ ...request, clusterId: id }, signal);
      return { outcome, isUnknown: isAboutCluster(outcome) };
    } catch (error) {
      signal?.throwIfAborted();
      const words = error instanceof Error ? error.message : String(error);
      // A list of clusters that cannot be read says nothing of the cluster.
      const isUnknown = !(error instanceof TicketApiError);
      const setting = isUnknown ? 'cluster' : error.setting;
      return { outcome: { kind: 'paused', error: words, ...(setting && { setting }) }, isUnknown };
    }
  }
}

function isAboutCluster(outcome: CreateOutcome): boolean {
  return outcome.kind === 'paused' && outcome.setting === 'cluster';
}

/** A ticket that was filed before the id was known has none. */
function isElsewhere({ clusterId }: TicketSummary, current: string | undefined): boolean {
  if (clusterId === undefined || current === undefined) return false;
  return clusterId.toLowerCase() !== current.toLowerCase();
}
