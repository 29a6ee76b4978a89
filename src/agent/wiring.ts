import { type Composer, type OpenComposer, openRedaction } from '../compose/composer.ts';
import { createOutboxTexts } from '../compose/ticket-texts.ts';
import type { Config } from '../config/index.ts';
import { Correlator, incidentKey, type Silences } from '../correlate/index.ts';
import { type Clock, nowOf, SECOND } from '../domain/clock.ts';
import type { ClusterReader, EventAnswers, TicketApi } from '../domain/ports.ts';
import type { Redactor } from '../enrich/index.ts';
import { IncidentCache, IncidentWriter } from '../incidents/index.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import { createEventAnswers } from '../kube/event-answers.ts';
import { KubeIncidentStore } from '../kube/incident-store/store.ts';
import { ClusterIndex } from '../observe/cluster-index.ts';
import { ClusterObserver } from '../observe/cluster-observer.ts';
import { Outbox } from '../outbox/index.ts';
import { IncidentActions } from '../reconcile/incident-actions.ts';
import { ManualRequests } from '../reconcile/manual-requests.ts';
import { createReconcileQueue, Reconciler, type ReconcileQueue } from '../reconcile/reconciler.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';
import { type ClusterId, ClusterTicketApi, type TicketClient } from '../tickets/index.ts';
import type { Watches } from '../watch/index.ts';
import {
  type FirstContact,
  openClusterFacts,
  openClusterId,
  openOwnerReader,
  tellUnknownCluster,
} from './cluster.ts';
import { type ControlPlane, createControlPlane } from './control-plane.ts';
import { IncidentReport } from './incident-report.ts';
import { createReport, type Report } from './report.ts';
import { logSilences } from './evaluation-report.ts';
import { type StageSettings, stageSettings } from './stage-settings.ts';

/** Judging a storm of thousands takes tens of milliseconds: a cause is judged once for all that happens to its members meanwhile. */
const CAUSE_INTERVAL_MS = SECOND;

const AGENT_NAME = 'ankra-support-agent';

/** What the stages are made of. */
export interface StagesDeps {
  readonly config: Config;
  readonly version: string;
  readonly connection: KubeConnection;
  readonly tickets: TicketClient;
  readonly redactor: Redactor;
  readonly openComposer: OpenComposer | undefined;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly namespace: string;
  readonly identity: string;
  /** UID of the pod, where it is known. */
  readonly podUid: string | undefined;
  /** The node that this process runs on, where it is known. */
  readonly node: string | undefined;
  /** The only clock of all stages. */
  readonly clock: Clock;
  readonly reader: ClusterReader;
  readonly cluster: FirstContact;
  readonly isLeader: () => boolean;
  readonly freshnessOf: Watches['freshness'];
  readonly prove: Watches['prove'];
  /** Ends what nobody waits for. */
  readonly ending: AbortSignal;
}

/** The stages from what the watches see to what is sent. */
export interface Stages {
  readonly incidents: IncidentCache;
  readonly correlator: Correlator;
  readonly observer: ClusterObserver;
  readonly reconciler: Reconciler;
  readonly outbox: Outbox;
  readonly composer: Composer;
  readonly silences: Silences;
  /** Undefined where it is switched off. */
  readonly controlPlane: ControlPlane | undefined;
  readonly ticketApi: Pick<ClusterTicketApi, 'unknownCluster'>;
}

/** What more than one stage needs. */
interface Core {
  readonly settings: StageSettings;
  readonly answers: EventAnswers;
  readonly report: Report;
  readonly incidentReport: IncidentReport;
  readonly incidents: IncidentCache;
  readonly writer: IncidentWriter;
  readonly queue: ReconcileQueue;
  readonly correlator: Correlator;
  readonly index: ClusterIndex;
}

/** Makes the stages. Nothing runs yet. */
export function createStages(deps: StagesDeps): Stages {
  const core = createCore(deps);
  const { incidents, correlator } = core;
  const clusterId = openClusterId(deps);
  const ticketApi = new ClusterTicketApi(deps.tickets, clusterId, {
    clock: deps.clock,
    onUnknown: (error) => tellUnknownCluster(deps, core.answers, error),
  });
  const { outbox, actions, composer } = createFiling(deps, core, { clusterId, ticketApi });
  const requests = createRequests(deps, core, actions);
  const observer = createObserver(deps, core, requests);
  const reconciler = new Reconciler({
    clock: deps.clock,
    queue: core.queue,
    incidents,
    correlator,
    freshnessOf: deps.freshnessOf,
    healthOf: (owner, freshnessOf) => observer.healthOf(owner, freshnessOf),
    prove: (scopes) => scopes.forEach(({ kind, namespace }) => deps.prove([kind], namespace)),
    actions,
    requests,
    report: core.report,
  });
  const controlPlane = createControlPlane(deps, { incidents, ticketApi });
  const { silences } = core.settings;
  logSilences(deps.log, deps.config, silences, deps.clock.now());
  return { incidents, correlator, observer, reconciler, outbox, composer, silences, controlPlane, ticketApi };
}

function createCore(deps: StagesDeps): Core {
  const { config, connection, clock, random, log, metrics, namespace, isLeader } = deps;
  const { clusterKey } = deps.cluster;
  const settings = stageSettings(config, { namespace, name: config.lease.name });
  const answers = createEventAnswers({ connection, clock, identity: deps.identity });
  const report = createReport({ log, metrics, answers, namespace, now: () => clock.now() });
  const maxIncidents = config.incidents.max;
  const incidentReport = new IncidentReport({ log, metrics, answers, isLeader, maxIncidents });
  const keyOf = incidentKey.bind(undefined, clusterKey);
  const incidents = new IncidentCache({ clusterKey, keyOf, report: incidentReport });
  const writer = new IncidentWriter(new KubeIncidentStore({ connection, namespace, clock }), incidents);
  const queue = createReconcileQueue({ clock, random, isLeader });
  const correlator = new Correlator(settings.correlator, {
    keyOf,
    incidents,
    onRelated: (key, isCause) => (isCause ? queue.enqueueWithin(key, CAUSE_INTERVAL_MS) : queue.enqueue(key)),
  });
  incidents.onChange((change) => incidentReport.changed(change, incidents.count));
  incidents.onChange((change) => correlator.incidentChanged(change, nowOf(clock)));
  const index = new ClusterIndex((owner) => correlator.hasUnresolved(keyOf(owner)));
  return { settings, answers, report, incidentReport, incidents, writer, queue, correlator, index };
}

function createFiling(
  deps: StagesDeps,
  core: Core,
  tickets: { readonly clusterId: ClusterId; readonly ticketApi: TicketApi },
): { readonly outbox: Outbox; readonly actions: IncidentActions; readonly composer: Composer } {
  const { config, clock, isLeader, reader, cluster } = deps;
  const { settings, report, incidentReport, incidents, writer } = core;
  const outbox = createOutbox(deps, core, tickets);
  const { redactor, composer } = openComposing(deps);
  const actions = new IncidentActions({
    clock,
    incidents,
    writer,
    reader,
    outbox,
    isLeader,
    clusterKey: cluster.clusterKey,
    mode: config.mode,
    severityOf: settings.severityOf,
    compose: (input) => composer.compose(input),
    redact: (text, exact) => redactor.redactLine(text, exact).text,
    clusterFacts: openClusterFacts({ reader, clusterId: tickets.clusterId, mode: config.mode }),
    report: {
      opened: report.opened,
      folded: report.folded,
      pruned: () => incidentReport.pruned(),
    },
  });
  return { outbox, actions, composer };
}

function createOutbox(
  { config, clock, random, isLeader }: StagesDeps,
  { settings, report, incidents, writer }: Core,
  { clusterId, ticketApi }: { readonly clusterId: ClusterId; readonly ticketApi: TicketApi },
): Outbox {
  return new Outbox({
    clock,
    random,
    isLeader,
    incidents,
    writer,
    ticketApi,
    options: settings.outbox,
    texts: createOutboxTexts({ clusterId: clusterId.current, ticketLink: config.ticketApi.ticketLink }),
    observer: report,
  });
}

function openComposing(deps: StagesDeps): ReturnType<typeof openRedaction> {
  const { config, version, namespace, metrics, log, redactor, openComposer } = deps;
  const opened = openComposer === undefined ? {} : { openComposer };
  return openRedaction({ config, version, namespace, metrics, log, redactor, ...opened }, AGENT_NAME);
}

function createRequests(
  { config, clock, cluster }: StagesDeps,
  { answers, report, incidents, queue, index }: Core,
  actions: IncidentActions,
): ManualRequests | undefined {
  if (!config.manual.enabled) return undefined;
  return new ManualRequests({
    clock,
    incidents,
    actions,
    answers,
    report,
    clusterKey: cluster.clusterKey,
    lookup: index,
    perHour: config.manual.perHour,
    queue,
  });
}

function createObserver(
  { config, connection, clock, cluster, freshnessOf, ending }: StagesDeps,
  { settings, report, queue, correlator, index }: Core,
  requests: ManualRequests | undefined,
): ClusterObserver {
  return new ClusterObserver({
    clock,
    index,
    correlator,
    freshnessOf,
    requests,
    report,
    clusterKey: cluster.clusterKey,
    ownerReader: openOwnerReader({ connection, clock, config }),
    queue,
    rules: settings.rules,
    detectOptions: settings.detect,
    forMs: settings.correlator.forMs,
    signal: ending,
  });
}
