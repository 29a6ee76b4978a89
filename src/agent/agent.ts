import type { Config } from '../config/index.ts';
import { type CorrelatorDeps, createCorrelator, type Correlator, incidentKey } from '../correlate/index.ts';
import type { ClusterReader, EventAnswers, TicketApi } from '../domain/ports.ts';
import type { Redactor } from '../enrich/index.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import { createEventAnswers } from '../kube/event-answers.ts';
import { createIncidentStore } from '../kube/incident-store/index.ts';
import type { ClusterClock } from '../lib/cluster-clock.ts';
import { createOutbox, type Outbox } from '../outbox/index.ts';
import { reportSkew, showSkew } from './clock-skew.ts';
import { type ClusterIndex, createClusterIndex } from '../observe/cluster-index.ts';
import { checkedClusterId, clusterFacts, type FirstContact, meetCluster } from './cluster-identity.ts';
import {
  createIncidentActions,
  type IncidentActions,
  searchBeforeOpening,
} from '../reconcile/incident-actions.ts';
import { createReconciler, type Reconciler } from '../reconcile/reconciler.ts';
import { createLeadership, type Leadership } from './leadership.ts';
import { updateGauges } from './gauges.ts';
import type { ObjectObserver } from '../observe/object-observer.ts';
import { openObserver } from './open-observer.ts';
import { createReader } from './cluster-reader.ts';
import { createReport, type Report } from './report.ts';
import { createManualRequests, type ManualRequests } from '../reconcile/manual-requests.ts';
import { type StageSettings, stageSettings } from './stage-settings.ts';
import type { Composer } from '../compose/composer.ts';
import { openRedaction, type OpenComposer } from '../compose/open-composer.ts';
import { createOutboxTexts } from '../compose/ticket-texts.ts';
import { remarksOn, untilCurrent, whyUnready } from './readiness.ts';
import { watchCluster } from './watch-reports.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';
import { type ClusterId, createClusterId, type TicketClient, withClusterId } from '../tickets/index.ts';
import type { Watches, WatchesDeps } from '../watch/index.ts';

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
  /** Opens a composer with a thread of its own; without it Incidents are composed in this one. */
  readonly openComposer?: OpenComposer;
  /** Told of what the secret-like variables of a pod hold that is being looked at: it must appear nowhere. */
  readonly onSecretValues?: (values: readonly string[]) => void;
  /** The machine's wall clock, where `clock` is not that. */
  readonly wallNow?: () => number;
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
  /** What a ready agent does without, a line for each. */
  readonly remarks: () => readonly string[];
  /** Resolves with the error when a part has ended that must not: a defect, and only a new process helps. */
  readonly failed: Promise<unknown>;
  /** Brings metrics up to date that are read, not counted. */
  readonly measure: () => void;
}

const AGENT_NAME = 'ankra-support-agent';

/** What is given, the cluster's time as the connection learns it, and who is told what may end only when the agent stops. */
interface RunDeps extends AgentDeps {
  /** The only clock of all stages. */
  readonly clock: ClusterClock;
  readonly onFailed: (error: unknown) => void;
}

/** Everything that the stages of one agent share. */
interface Composition extends RunDeps {
  readonly reader: ClusterReader;
  readonly settings: StageSettings;
  /** Identity of the cluster in all keys; never changes with the configuration. */
  readonly clusterKey: string;
  readonly clusterId: ClusterId;
  readonly desk: TicketApi;
  readonly answers: EventAnswers;
  readonly report: Report;
  readonly index: ClusterIndex;
  readonly book: Correlator;
  readonly composer: Composer;
  readonly isLeader: () => boolean;
  readonly now: () => number;
}

/** What the stages ask of parts that are made after them. */
interface Late extends Pick<CorrelatorDeps, 'incidents' | 'isOccupied' | 'onRelated'> {
  readonly isLeader: () => boolean;
}

interface Running {
  readonly watches: Watches;
  readonly leadership: Leadership;
  readonly outbox: Outbox;
  readonly observer: ObjectObserver;
  readonly pipeline: Reconciler;
  readonly book: Correlator;
  readonly composer: Composer;
  /** Ends what nobody waits for. */
  readonly ending: AbortController;
}

/** An agent that does nothing yet. */
export function createAgent(given: AgentDeps): Agent {
  let running: Running | undefined;
  const failure = Promise.withResolvers<unknown>();
  const deps: RunDeps = { ...given, clock: given.connection.clock, onFailed: failure.resolve };
  return {
    start: async (signal) => {
      const reader = createReader(deps);
      running = run(deps, reader, await meetCluster({ ...deps, reader }, signal));
    },
    stop: async () => {
      running?.ending.abort();
      await running?.leadership.stop();
      await running?.watches.stop();
      await running?.composer.close();
    },
    live: () => {
      const stalled = running?.watches.stalled();
      return stalled === undefined ? undefined : `the watch of ${stalled} makes no progress`;
    },
    ready: () => {
      if (running === undefined) return 'the Kubernetes API has not been reached yet';
      return whyUnready(running.watches, deps.clock);
    },
    remarks: () => (running === undefined ? [] : remarksOn(running.watches, deps.clock)),
    failed: failure.promise,
    measure: () => {
      showSkew(deps.metrics, deps.clock);
      if (running !== undefined) updateGauges(deps.metrics, running, deps.clock.now());
    },
  };
}

function run(deps: RunDeps, reader: ClusterReader, contact: FirstContact): Running {
  let leadership: Leadership | undefined;
  let pipeline: Reconciler | undefined;
  let watches: Watches | undefined;
  const shared = compose(deps, reader, contact, {
    isLeader: () => leadership?.isLeader() === true,
    incidents: () => pipeline?.incidentCount() ?? 0,
    isOccupied: (key) => pipeline?.isKeyTaken(key) === true,
    onRelated: (key, isCause) => (isCause ? pipeline?.enqueueCause(key) : pipeline?.enqueue(key)),
  });
  const outbox = composeOutbox(shared);
  pipeline = createReconciler({
    ...shared,
    outbox,
    maxIncidents: deps.config.incidents.max,
    currencyOf: (kind, namespace) => watches?.currency(kind, namespace),
    prove: (scopes) => scopes.forEach(({ kind, namespace }) => watches?.prove([kind], namespace)),
  });
  const actions = composeActions(shared, outbox, pipeline);
  const ending = new AbortController();
  void reportSkew(deps.clock, deps.log, ending.signal);
  const observer = openObserver(shared, pipeline, ending.signal);
  pipeline.connect({
    actions,
    observer,
    requests: composeRequests(shared, outbox, pipeline, actions),
  });
  leadership = createLeadership({
    ...deps,
    lease: deps.config.lease,
    lead: async (stop, cut) => {
      if (watches !== undefined) await untilCurrent(watches, deps.clock, stop);
      await Promise.all([pipeline.run(stop), outbox.run(stop, cut)]);
    },
  });
  watches = watchCluster(deps, pipeline, leadership.start);
  return { ...shared, watches, leadership, outbox, pipeline, observer, ending };
}

function compose(
  deps: RunDeps,
  reader: ClusterReader,
  { facts, clusterKey }: FirstContact,
  late: Late,
): Composition {
  const { config, connection, clock, log, metrics, namespace, tickets } = deps;
  const clusterId = checkedClusterId(
    createClusterId({
      clusterId: config.clusterId,
      clusterName: config.clusterName,
      clusterUid: facts.uid,
      listClusters: (signal) => tickets.listClusters(signal),
    }),
  );
  const settings = stageSettings(config, { namespace, name: config.lease.name });
  const answers = createEventAnswers({ connection, clock, identity: deps.identity });
  const now = (): number => clock.now();
  const keyOf: CorrelatorDeps['keyOf'] = (owner) => incidentKey(clusterKey, owner);
  const book = createCorrelator(settings.book, { keyOf, ...late });
  return {
    ...deps,
    ...openRedaction(deps, AGENT_NAME),
    reader,
    settings,
    clusterKey,
    clusterId,
    desk: withClusterId(tickets, clusterId),
    answers,
    report: createReport({ log, metrics, answers, now, namespace }),
    index: createClusterIndex((owner) => book.hasUnresolved(keyOf(owner))),
    book,
    isLeader: late.isLeader,
    now,
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

function composeActions(shared: Composition, outbox: Outbox, pipeline: Reconciler): IncidentActions {
  const { config, redactor } = shared;
  return createIncidentActions({
    ...shared,
    outbox,
    mode: config.mode,
    severityOf: shared.settings.severityOf,
    compose: shared.composer.compose,
    redact: (text, exact) => redactor.redactLine(text, exact).text,
    clusterFacts: (signal) => clusterFacts(shared, signal),
    isNameTaken: pipeline.isNameTaken,
    onWritten: pipeline.written,
    onGone: pipeline.removeIncident,
    onOpened: shared.report.opened,
    onFolded: shared.report.folded,
  });
}

function composeRequests(
  shared: Composition,
  outbox: Outbox,
  pipeline: Reconciler,
  actions: IncidentActions,
): ManualRequests | undefined {
  const { config, index, report } = shared;
  if (!config.manual.enabled) return undefined;
  return createManualRequests({
    ...shared,
    ...pipeline,
    actions,
    lookup: index,
    lookUp: (key, signal) => searchBeforeOpening({ desk: outbox.reads, mode: config.mode }, key, signal),
    perHour: config.manual.perHour,
    onRequest: report.request,
  });
}
