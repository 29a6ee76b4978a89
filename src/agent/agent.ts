import type { Config } from '../config/index.ts';
import type { OpenComposer } from '../compose/composer.ts';
import type { Redactor } from '../enrich/index.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';
import type { TicketClient } from '../tickets/index.ts';
import { watchedResources, type Watches, type WatchesDeps } from '../watch/index.ts';
import { reportSkew, showSkew, startAllSeries, updateGauges } from './gauges.ts';
import { createReader, meetCluster, selectorsOf } from './cluster.ts';
import { Leadership } from './leadership.ts';
import { remarksOn, untilCurrent, whyUnready } from './readiness.ts';
import { createStages, type Stages } from './wiring.ts';
import { watchCluster } from './watch-reports.ts';

export interface AgentDeps {
  readonly config: Config;
  readonly version: string;
  readonly connection: KubeConnection;
  readonly tickets: TicketClient;
  readonly redactor: Redactor;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The agent's own namespace, and the name of its pod. */
  readonly namespace: string;
  readonly identity: string;
  /** UID of the pod, where it is known. */
  readonly podUid?: string | undefined;
  /** The node that this process runs on, where it is known. */
  readonly node?: string | undefined;
  /** Opens a composer with a thread of its own; without it Incidents are composed in this one. */
  readonly openComposer?: OpenComposer;
  /** Told of what the secret-like variables of a pod hold that is being looked at: it must appear nowhere. */
  readonly onSecretValues?: (values: readonly string[]) => void;
  /** The machine's wall clock, where `clock` is not that. */
  readonly wallNow?: () => number;
  /** Other waits than the usual ones, for the demo and benches. */
  readonly watchTimings?: WatchesDeps['timings'];
}

interface Running {
  readonly stages: Stages;
  readonly watches: Watches;
  readonly leadership: Leadership;
}

/** The whole agent: makes all stages, starts and stops them. */
export class Agent {
  readonly #deps: AgentDeps;
  readonly #failure = Promise.withResolvers<unknown>();
  /** Ends what nobody waits for. */
  readonly #ending = new AbortController();
  #running: Running | undefined;

  constructor(deps: AgentDeps) {
    this.#deps = deps;
    const { config, metrics, namespace } = deps;
    const watched = watchedResources({ ...selectorsOf(config), incidentNamespace: namespace });
    startAllSeries(
      metrics,
      config,
      watched.map(({ name }) => name),
    );
  }

  /** Resolves with the error when a part has ended that must not: a defect, and only a new process helps. */
  get failed(): Promise<unknown> {
    return this.#failure.promise;
  }

  /** Resolves when everything runs; waits for a Kubernetes API that cannot be reached yet. */
  async start(signal: AbortSignal): Promise<void> {
    const { config, connection, log, onSecretValues } = this.#deps;
    const { clock } = connection;
    const reader = createReader({ config, connection, clock, onSecretValues });
    const cluster = await meetCluster({ reader, clock, log, config, connection }, signal);
    const { version, tickets, redactor, openComposer, random, metrics, namespace, identity, podUid, node } =
      this.#deps;
    const leadership = this.#openLeadership();
    const stages = createStages({
      config,
      version,
      connection,
      tickets,
      redactor,
      openComposer,
      random,
      log,
      metrics,
      namespace,
      identity,
      podUid,
      node,
      clock,
      reader,
      cluster,
      isLeader: () => leadership.isLeader(),
      freshnessOf: (kind, scope) => watches.freshness(kind, scope),
      prove: (kinds, scope) => watches.prove(kinds, scope),
      ending: this.#ending.signal,
    });
    void reportSkew(clock, log, this.#ending.signal);
    // It takes part also while this replica does not lead.
    void stages.controlPlane?.run(this.#ending.signal).catch(this.#failure.resolve);
    const watches = this.#watch(stages, leadership);
    this.#running = { stages, watches, leadership };
  }

  /** Ends in order: no new work, what is in flight comes to its end or is left safely, the Lease is given up. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running?.leadership.stop();
    await this.#running?.watches.stop();
    await this.#running?.stages.composer.close();
  }

  /** Undefined when all is well. */
  live(): string | undefined {
    const stalled = this.#running?.watches.stalled();
    return stalled === undefined ? undefined : `the watch of ${stalled} makes no progress`;
  }

  /** Why nothing can be filed at the moment, if so. */
  ready(): string | undefined {
    if (this.#running === undefined) return 'the Kubernetes API has not been reached yet';
    return whyUnready(this.#running.watches, this.#deps.connection.clock);
  }

  /** What a ready agent does without, a line for each. */
  remarks(): readonly string[] {
    if (this.#running === undefined) return [];
    const { watches, stages } = this.#running;
    const { unknownCluster } = stages.ticketApi;
    const unknown = unknownCluster === undefined ? [] : [`tickets go without cluster_id: ${unknownCluster}`];
    return [...remarksOn(watches, this.#deps.connection.clock), ...unknown];
  }

  /** Brings metrics up to date that are read, not counted. */
  measure(): void {
    const { metrics, connection } = this.#deps;
    showSkew(metrics, connection.clock);
    if (this.#running === undefined) return;
    const { watches, stages, leadership } = this.#running;
    const { outbox, correlator, observer, incidents, silences } = stages;
    const isLeader = leadership.isLeader();
    const measured = { watches, outbox, correlator, observer, incidents, silences, isLeader };
    updateGauges(metrics, measured, connection.clock.now());
    metrics.clusterUnknown.set(isLeader && stages.ticketApi.unknownCluster !== undefined ? 1 : 0);
  }

  #openLeadership(): Leadership {
    const { connection, random, log, metrics, namespace, identity, config } = this.#deps;
    return new Leadership({
      connection,
      clock: connection.clock,
      random,
      log,
      metrics,
      namespace,
      identity,
      lease: config.lease,
      onFailed: this.#failure.resolve,
    });
  }

  #watch({ observer, incidents, reconciler, outbox, controlPlane }: Stages, leadership: Leadership): Watches {
    const { config, connection, random, namespace, log, wallNow, watchTimings } = this.#deps;
    const { clock } = connection;
    const watches = watchCluster(
      {
        connection,
        clock,
        random,
        namespace,
        log,
        wallNow,
        watch: selectorsOf(config),
        timings: watchTimings,
        onFailed: this.#failure.resolve,
      },
      { observer, incidents },
      () =>
        leadership.start(async (stop, cut) => {
          await untilCurrent(watches, clock, stop);
          await Promise.all([reconciler.run(stop), outbox.run(stop, cut)]);
        }, controlPlane),
    );
    return watches;
  }
}
