import { createCorrelator, type Correlator, incidentKey } from '../../src/correlate/index.ts';
import { defaultHoldMs } from '../../src/correlate/rules.ts';
import { type Clock, SECOND } from '../../src/domain/clock.ts';
import type { CurrencyOf } from '../../src/domain/currency.ts';
import { INCIDENT_KIND } from '../../src/domain/incident.ts';
import type { KubeConnection } from '../../src/kube/connection/index.ts';
import type { Outbox } from '../../src/outbox/index.ts';
import { type ClusterIndex, createClusterIndex } from '../../src/observe/cluster-index.ts';
import {
  createIncidentActions,
  type IncidentActions,
  searchBeforeOpening,
} from '../../src/reconcile/incident-actions.ts';
import { createReconciler, type Reconciler } from '../../src/reconcile/reconciler.ts';
import { createObjectObserver, type ObjectObserver } from '../../src/observe/object-observer.ts';
import { createCustomOwners } from '../../src/observe/custom-owners.ts';
import { createManualRequests, type ManualRequests } from '../../src/reconcile/manual-requests.ts';
import { isRequired, untilCurrent } from '../../src/agent/readiness.ts';
import { handOn } from '../../src/agent/watch-reports.ts';
import {
  type IncidentView,
  type UnreadableIncidentView,
  type WatchedResource,
  watchedResources,
  Watches,
} from '../../src/watch/index.ts';
import type { ApiServer } from './api-connection.ts';
import { collectionNames } from './api-model.ts';
import { composeBriefly, createReader, readOwnerOf } from './cluster-reads.ts';
import type { AgentProcess } from './process.ts';
import { INCIDENT_NAMESPACE } from './store-model.ts';
import { CLUSTER_KEY, type World } from './world.ts';

/** The stages before the outbox: the real ones, composed as `src/agent/agent.ts` composes them. */
export interface AgentPart {
  readonly watches: Watches;
  /** Resolves when a term of leadership may begin to decide. */
  readonly begin: (stop: AbortSignal) => Promise<void>;
  /** Decides and acts until the signal is aborted. */
  readonly lead: (stop: AbortSignal) => Promise<void>;
}

/** A way to take away a guard of what the agent believes. */
export interface AgentMutation {
  readonly currency?: (currencyOf: CurrencyOf, clock: Clock) => CurrencyOf;
  /** In place of the cluster's. */
  readonly clock?: (clock: Clock) => Clock;
  /** What the watch of the Incidents hands on. */
  readonly incident?: (view: IncidentView | UnreadableIncidentView) => IncidentView | UnreadableIncidentView;
}

export interface AgentPartDeps {
  readonly world: World;
  readonly process: AgentProcess;
  readonly connection: KubeConnection;
  readonly server: ApiServer;
  readonly outbox: Outbox;
  readonly mutation: AgentMutation;
}

/** What the stages of one process share. */
interface Shared extends AgentPartDeps {
  readonly clock: Clock;
  readonly index: ClusterIndex;
  readonly book: Correlator;
}

/** Many more than a world can have: common causes are no business of this harness. */
const MANY = 1_000;
/** Failures of the world are told within seconds. */
const HOLD_MS = 5 * SECOND;

/** The stages of one process; its watches begin. */
export function createAgentPart(deps: AgentPartDeps): AgentPart {
  const { mutation, process } = deps;
  let watches: Watches | undefined;
  let pipeline: Reconciler | undefined;
  const currencyOf: CurrencyOf = (kind, namespace) => watches?.currency(kind, namespace);
  const shared = share(deps, () => pipeline);
  pipeline = createReconciler({
    ...shared,
    clusterKey: CLUSTER_KEY,
    currencyOf: mutation.currency?.(currencyOf, shared.clock) ?? currencyOf,
    prove: (scopes) => {
      for (const { kind, namespace } of scopes) watches?.prove([kind], namespace);
    },
    isLeader: process.isLeader,
    maxIncidents: MANY,
    report: createReport(deps),
  });
  const actions = createActions(shared, pipeline);
  pipeline.connect({
    actions,
    observer: createObserver(shared, pipeline),
    requests: composeRequests(shared, pipeline, actions),
  });
  const started = watchCluster(shared, pipeline);
  watches = started;
  const { synced, run } = pipeline;
  void started.whenSynced.then(synced);
  return {
    watches: started,
    begin: (stop) => untilCurrent(started, shared.clock, stop),
    lead: run,
  };
}

function share(deps: AgentPartDeps, pipeline: () => Reconciler | undefined): Shared {
  const { quietMs } = deps.world;
  const keyOf = incidentKey.bind(undefined, CLUSTER_KEY);
  const book = createCorrelator(
    {
      holdMs: { ...defaultHoldMs, probe: HOLD_MS },
      settleMs: SECOND,
      recoveryQuietMs: quietMs,
      storm: { perMinute: MANY, perHour: MANY },
      maxIncidents: MANY,
      mode: 'file',
    },
    {
      keyOf,
      incidents: () => pipeline()?.incidentCount() ?? 0,
      onRelated: (key, isCause) => (isCause ? pipeline()?.enqueueCause(key) : pipeline()?.enqueue(key)),
    },
  );
  const { mutation, connection, process } = deps;
  const clock = mutation.clock?.(process.clock) ?? connection.clock;
  return { ...deps, clock, book, index: createClusterIndex((owner) => book.hasUnresolved(keyOf(owner))) };
}

function createReport({ world, process }: AgentPartDeps): Parameters<typeof createReconciler>[0]['report'] {
  const tell = (text: string): void => world.trace(`${process.name}: ${text}`);
  return {
    foreign: ({ name }) => tell(`${name} is of another cluster`),
    unreadable: ({ name }) => tell(`${name} cannot be read`),
    unknown: ({ name }, words) => tell(`${name} has words of a later release: ${words.join(', ')}`),
    full: () => tell('there are too many Incidents'),
    changed: () => undefined,
    actionFailed: (_key, error) => tell(`an action failed: ${String(error)}`),
    lookFailed: ({ name }, error) => tell(`${name} cannot be judged: ${String(error)}`),
  };
}

function createActions({ world, process, clock, outbox }: Shared, pipeline: Reconciler): IncidentActions {
  return createIncidentActions({
    clock,
    outbox,
    clusterKey: CLUSTER_KEY,
    isNameTaken: pipeline.isNameTaken,
    reader: createReader(world, process),
    compose: composeBriefly,
    severityOf: () => 'critical',
    redact: (text) => text,
    clusterFacts: () => Promise.resolve({}),
    mode: 'file',
    onWritten: pipeline.written,
    onGone: pipeline.removeIncident,
    onOpened: () => undefined,
    onFolded: () => undefined,
    report: { pruned: () => undefined },
  });
}

function createObserver(shared: Shared, pipeline: Reconciler): ObjectObserver {
  const { world, process, clock, index, server } = shared;
  return createObjectObserver({
    ...shared,
    clusterKey: CLUSTER_KEY,
    owners: createCustomOwners({
      reader: { read: readOwnerOf(world, process, server) },
      clock,
      index,
      look: pipeline.look,
      report: { ownerRead: () => undefined },
      signal: new AbortController().signal,
    }),
    rules: { excludeNamespaces: [], disabledClasses: new Set() },
    holdMs: { ...defaultHoldMs, probe: HOLD_MS },
    detectOptions: { recoveryQuietMs: world.quietMs, ownedEvictions: true },
    touch: pipeline.enqueue,
    report: {
      keptBack: () => undefined,
      detectorFailed: (detector, error) => world.trace(`${process.name}: ${detector} ${String(error)}`),
    },
  });
}

function composeRequests(
  { clock, index, outbox }: Shared,
  pipeline: Reconciler,
  actions: IncidentActions,
): ManualRequests {
  return createManualRequests({
    ...pipeline,
    clusterKey: CLUSTER_KEY,
    lookup: index,
    actions,
    answers: { answer: () => Promise.resolve() },
    lookUp: (key, signal) => searchBeforeOpening({ desk: outbox.reads, mode: 'file' }, key, signal),
    now: () => clock.now(),
    perHour: MANY,
    onRequest: () => undefined,
  });
}

function watchCluster(deps: Shared, pipeline: Reconciler): Watches {
  const { world, process, clock, connection, mutation } = deps;
  const resources = watchedResources({ incidentNamespace: INCIDENT_NAMESPACE }).filter(
    ({ name, fieldSelector }) =>
      collectionNames.some((one) => one === name) && (fieldSelector ?? 'type=Warning') === 'type=Warning',
  );
  return new Watches({
    connection,
    clock,
    wallNow: () => process.clock.now(),
    random: world.random.next,
    resources: resources.map((resource) => mutated(resource, mutation)),
    isRequired,
    onChange: (change) => handOn(pipeline, change),
    onCheck: pipeline.lookAgain,
    observer: (event, { name }) => {
      if (event.kind === 'unwell') world.trace(`${process.name}: ${name} is unwell: ${event.reason}`);
      if (event.kind === 'stale') world.trace(`${process.name}: ${name} is stale: ${event.reason}`);
      if (event.kind === 'current') world.trace(`${process.name}: ${name} is current`);
      if (event.kind === 'well') world.trace(`${process.name}: ${name} is well again`);
    },
    // A list of three objects has two pages.
    timings: { pageLimit: 2 },
    // Each look costs the simulation as much as an event.
    checkMs: 4 * SECOND,
  });
}

function mutated(resource: WatchedResource, { incident }: AgentMutation): WatchedResource {
  if (incident === undefined || resource.kind !== INCIDENT_KIND) return resource;
  return {
    ...resource,
    project: (object) => {
      const view = resource.project(object);
      return view?.kind === INCIDENT_KIND ? incident(view) : view;
    },
  };
}
