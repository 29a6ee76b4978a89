import type { Config } from './config/index.ts';
import { createIncidentBook, type IncidentBook } from './correlate/index.ts';
import { type Clock, SECOND } from './domain/clock.ts';
import type { ClusterFacts } from './domain/environment.ts';
import type { ClusterReader, EventAnswers, TicketDesk } from './domain/ports.ts';
import type { Redactor } from './enrich/index.ts';
import type { KubeConnection } from './kube/connection/index.ts';
import { createEventAnswers } from './kube/event-answers.ts';
import { createClusterReader } from './kube/evidence/index.ts';
import { createIncidentStore } from './kube/incident-store/index.ts';
import { createOutbox, type Outbox } from './outbox/index.ts';
import { type ClusterIndex, createClusterIndex } from './pipeline/cluster-index.ts';
import { createIncidentActions, type IncidentActions, lookUp } from './pipeline/incidents.ts';
import { createPipeline, type Pipeline } from './pipeline/index.ts';
import { createLeadership, type Leadership } from './pipeline/leadership.ts';
import { createObjectObserver } from './pipeline/observer.ts';
import { createReport, type Report } from './pipeline/report.ts';
import { createRequests, type Requests } from './pipeline/requests.ts';
import { type StageSettings, stageSettings } from './pipeline/settings.ts';
import { createOutboxTexts } from './pipeline/texts.ts';
import { handOn, measureWatches, reportWatchEvent } from './pipeline/watching.ts';
import type { Logger, Metrics } from './telemetry/index.ts';
import { type ClusterId, createClusterId, type TicketClient, withClusterId } from './tickets/index.ts';
import { startWatches, watchedResources, type Watches, type WatchesDeps } from './watch/index.ts';

export interface AgentDeps {
  readonly config: Config;
  readonly version: string;
  readonly connection: KubeConnection;
  readonly tickets: TicketClient;
  readonly redactor: Redactor;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The agent's own namespace, and the name of its pod. */
  readonly namespace: string;
  readonly identity: string;
  /** Other waits than the usual ones, for the demo and benches. */
  readonly watchTimings?: WatchesDeps['timings'];
}

/** The composition of all stages. */
export interface Agent {
  /** Resolves when everything runs; waits for a Kubernetes API that cannot be reached yet. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** Ends in order: no new work, what is in flight comes to its end or is left safely, the Lease is given up. */
  readonly stop: () => Promise<void>;
  /** Undefined when all is well. */
  readonly live: () => string | undefined;
  readonly ready: () => string | undefined;
  /** Brings metrics up to date that are read, not counted. */
  readonly measure: () => void;
}

const AGENT_NAME = 'ankra-support-agent';
const FIRST_CONTACT_RETRY_MS = 2 * SECOND;

/** Everything that the stages of one agent share. */
interface Composition extends AgentDeps {
  readonly reader: ClusterReader;
  readonly settings: StageSettings;
  /** Identity of the cluster in all keys; never changes with the configuration. */
  readonly clusterKey: string;
  readonly clusterId: ClusterId;
  readonly desk: TicketDesk;
  readonly answers: EventAnswers;
  readonly report: Report;
  readonly index: ClusterIndex;
  readonly book: IncidentBook;
  readonly isLeader: () => boolean;
}

interface Running {
  readonly watches: Watches;
  readonly leadership: Leadership;
  readonly outbox: Outbox;
  readonly book: IncidentBook;
}

/** An agent that does nothing yet. */
export function createAgent(deps: AgentDeps): Agent {
  let running: Running | undefined;
  return {
    start: async (signal) => {
      const reader = createReader(deps);
      running = run(deps, reader, await firstContact(deps, reader, signal));
    },
    stop: async () => {
      await running?.leadership.stop();
      await running?.watches.stop();
    },
    live: () => {
      const stalled = running?.watches.stalled();
      return stalled === undefined ? undefined : `the watch of ${stalled} makes no progress`;
    },
    ready: () => {
      if (running === undefined) return 'the Kubernetes API has not been reached yet';
      return running.watches.synced ? undefined : 'the watches have not listed everything yet';
    },
    measure: () => {
      if (running !== undefined) measure(deps, running);
    },
  };
}

function createReader({ config, connection, clock }: AgentDeps): ClusterReader {
  const { logs, environment } = config;
  return createClusterReader({
    connection,
    clock,
    options: {
      logsEnabled: logs.enabled,
      logLines: logs.lines,
      logBytes: logs.maxBytes,
      events: environment.events,
    },
  });
}

/** Without the cluster's identity no incident has a key: the agent waits until it can be read. */
async function firstContact(
  deps: AgentDeps,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<ClusterFacts> {
  for (;;) {
    signal.throwIfAborted();
    const facts = await reader.cluster(signal);
    if (facts.uid !== undefined) return facts;
    // In namespaced mode kube-system may not be read; the API answers all the same.
    if (facts.version !== undefined && deps.config.clusterId !== undefined) return facts;
    deps.log.warn(
      { server: deps.connection.server },
      'the namespace kube-system cannot be read yet; where it may not be read, clusterId must be set',
    );
    await deps.clock.sleep(FIRST_CONTACT_RETRY_MS, signal);
  }
}

function run(deps: AgentDeps, reader: ClusterReader, facts: ClusterFacts): Running {
  let leadership: Leadership | undefined;
  const shared = compose(deps, reader, facts, () => leadership?.isLeader() === true);
  const outbox = composeOutbox(shared);
  const { clock, clusterKey, index, book, isLeader, report } = shared;
  const pipeline = createPipeline({ clock, clusterKey, index, book, outbox, isLeader, report });
  const actions = composeActions(shared, outbox, pipeline);
  pipeline.connect({
    actions,
    observer: composeObserver(shared, pipeline),
    requests: composeRequests(shared, { outbox, pipeline, actions }),
  });
  leadership = createLeadership({
    ...deps,
    lease: deps.config.lease,
    lead: async (stop, cut) => {
      await Promise.all([pipeline.run(stop), outbox.run(stop, cut)]);
    },
  });
  const { start } = leadership;
  const watches = startWatches({
    ...deps,
    resources: watchedResources({
      namespaces: deps.config.watch.namespaces,
      incidentNamespace: deps.namespace,
    }),
    onChange: (change) => handOn(pipeline, change),
    observer: (event, resource) => reportWatchEvent(deps.log, resource.name, event),
    ...(deps.watchTimings === undefined ? {} : { timings: deps.watchTimings }),
  });
  void watches.whenSynced.then(() => {
    pipeline.synced();
    start();
  });
  return { watches, leadership, outbox, book };
}

function compose(
  deps: AgentDeps,
  reader: ClusterReader,
  facts: ClusterFacts,
  isLeader: () => boolean,
): Composition {
  const { config, connection, clock, log, metrics, namespace } = deps;
  const clusterId = createClusterId({
    clusterId: config.clusterId,
    clusterName: config.clusterName,
    clusterUid: facts.uid,
    listClusters: (signal) => deps.tickets.listClusters(signal),
  });
  const settings = stageSettings(config, { namespace, name: config.lease.name });
  const answers = createEventAnswers({ connection, clock });
  return {
    ...deps,
    reader,
    settings,
    clusterKey: facts.uid ?? config.clusterId ?? '',
    clusterId,
    desk: withClusterId(deps.tickets, clusterId),
    answers,
    report: createReport({ log, metrics, answers, now: clock.now }),
    index: createClusterIndex(),
    book: createIncidentBook(settings.book),
    isLeader,
  };
}

function composeOutbox(shared: Composition): Outbox {
  const { connection, namespace, clock, clusterId, config } = shared;
  return createOutbox({
    ...shared,
    store: createIncidentStore({ connection, namespace, clock }),
    options: shared.settings.outbox,
    texts: createOutboxTexts({ clusterId: clusterId.current, ticketLink: config.ticketApi.ticketLink }),
    observer: shared.report,
  });
}

function composeActions(shared: Composition, outbox: Outbox, pipeline: Pipeline): IncidentActions {
  const { config, redactor, namespace, version, settings } = shared;
  return createIncidentActions({
    ...shared,
    outbox,
    mode: config.mode,
    clusterFacts: (signal) => clusterFacts(shared, signal),
    story: {
      redactor,
      agent: { name: AGENT_NAME, version },
      namespace,
      maxEnvironmentLength: config.environment.maxLength,
      category: config.ticketApi.category,
      severityOf: settings.severityOf,
    },
    onWritten: pipeline.upsertIncident,
    onGone: pipeline.removeIncident,
    onOpened: shared.report.opened,
  });
}

async function clusterFacts(
  { reader, config, clusterId }: Composition,
  signal: AbortSignal,
): Promise<ClusterFacts> {
  const facts = await reader.cluster(signal);
  const id = clusterId.current();
  return {
    ...facts,
    ...(id === undefined ? {} : { id }),
    ...(config.clusterName === undefined ? {} : { name: config.clusterName }),
  };
}

function composeObserver(shared: Composition, pipeline: Pipeline): ReturnType<typeof createObjectObserver> {
  return createObjectObserver({
    ...shared,
    rules: shared.settings.rules,
    detectOptions: { recoveryQuietMs: shared.config.recovery.quiet },
    touch: pipeline.touch,
  });
}

function composeRequests(
  shared: Composition,
  made: { readonly outbox: Outbox; readonly pipeline: Pipeline; readonly actions: IncidentActions },
): Requests | undefined {
  const { config, desk, index, clock } = shared;
  if (!config.manual.enabled) return undefined;
  return createRequests({
    ...shared,
    ...made,
    lookup: index,
    incidentNamed: made.pipeline.incidentNamed,
    filedIncidentOf: made.pipeline.filedIncidentOf,
    lookUp: (key, signal) => lookUp({ desk, mode: config.mode }, key, signal),
    now: clock.now,
    onRequest: shared.report.request,
  });
}

function measure({ metrics, clock }: AgentDeps, { watches, outbox, book }: Running): void {
  const { count, oldestAt } = outbox.pending();
  metrics.pendingTickets.set(count);
  metrics.oldestPendingSeconds.set(oldestAt === undefined ? 0 : Math.max(0, clock.now() - oldestAt) / 1_000);
  metrics.standing.set(book.size);
  measureWatches(metrics, watches);
}
