import { Correlator, incidentKey } from '../../src/correlate/index.ts';
import { defaultForMs } from '../support/default-for.ts';
import { type Clock, nowOf, SECOND } from '../../src/domain/clock.ts';
import type { FreshnessOf } from '../../src/domain/ports.ts';
import { INCIDENT_KIND } from '../../src/domain/incident.ts';
import type { IncidentCache, IncidentWriter } from '../../src/incidents/index.ts';
import type { KubeConnection } from '../../src/kube/connection/index.ts';
import type { Outbox } from '../../src/outbox/index.ts';
import { ClusterIndex } from '../../src/observe/cluster-index.ts';
import { ClusterObserver } from '../../src/observe/cluster-observer.ts';
import { IncidentActions } from '../../src/reconcile/incident-actions.ts';
import { createReconcileQueue, Reconciler, type ReconcileQueue } from '../../src/reconcile/reconciler.ts';
import { ManualRequests } from '../../src/reconcile/manual-requests.ts';
import { isRequired, untilCurrent } from '../../src/agent/readiness.ts';
import { handOn, noteList } from '../../src/agent/watch-reports.ts';
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

/** The stages before the outbox: the real ones, composed as `src/agent/wiring.ts` composes them. */
export interface AgentPart {
  readonly watches: Watches;
  /** Resolves when a term of leadership may begin to decide. */
  readonly begin: (stop: AbortSignal) => Promise<void>;
  /** Decides and acts until the signal is aborted. */
  readonly lead: (stop: AbortSignal) => Promise<void>;
}

/** A way to take away a guard of what the agent believes. */
export interface AgentMutation {
  readonly freshness?: (freshnessOf: FreshnessOf, clock: Clock) => FreshnessOf;
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
  readonly clock: Clock;
  readonly incidents: IncidentCache;
  readonly writer: IncidentWriter;
  readonly outbox: Outbox;
  readonly mutation: AgentMutation;
}

/** What the stages of one process have in common. */
interface Core {
  readonly queue: ReconcileQueue;
  readonly correlator: Correlator;
  readonly index: ClusterIndex;
}

/** Many more than a world can have: common causes are no business of this harness. */
const MANY = 1_000;
/** Failures of the world are told within seconds. */
const HOLD_MS = 5 * SECOND;
const forMs = { ...defaultForMs, probe: HOLD_MS };

/** The stages of one process; its watches begin. */
export function createAgentPart(deps: AgentPartDeps): AgentPart {
  const { mutation, clock, incidents, process, world } = deps;
  const real: FreshnessOf = (kind, namespace) => watches.freshness(kind, namespace);
  const freshnessOf = mutation.freshness?.(real, clock) ?? real;
  const core = createCore(deps);
  const actions = createActions(deps);
  const requests = createRequests(deps, core, actions);
  const observer = createObserver(deps, core, { requests, freshnessOf });
  const reconciler = new Reconciler({
    clock,
    incidents,
    actions,
    requests,
    freshnessOf,
    queue: core.queue,
    correlator: core.correlator,
    healthOf: (owner, known) => observer.healthOf(owner, known),
    prove: (scopes) => {
      for (const { kind, namespace } of scopes) watches.prove([kind], namespace);
    },
    report: {
      actionFailed: (_key, error) => world.trace(`${process.name}: an action failed: ${String(error)}`),
    },
  });
  const watches = watchCluster(deps, observer);
  void watches.whenSynced.then(() => observer.synced());
  return {
    watches,
    begin: (stop) => untilCurrent(watches, clock, stop),
    lead: (stop) => reconciler.run(stop),
  };
}

function createCore({ world, clock, process, incidents }: AgentPartDeps): Core {
  const keyOf = incidentKey.bind(undefined, CLUSTER_KEY);
  const queue = createReconcileQueue({ clock, random: world.random.next, isLeader: process.isLeader });
  const correlator = new Correlator(
    {
      forMs,
      groupWaitMs: SECOND,
      resolveAfterMs: world.quietMs,
      storm: { perMinute: MANY, perHour: MANY },
      maxIncidents: MANY,
      mode: 'file',
    },
    {
      keyOf,
      incidents,
      onRelated: (key, isCause) => (isCause ? queue.enqueueWithin(key, SECOND) : queue.enqueue(key)),
    },
  );
  incidents.onChange((change) => correlator.incidentChanged(change, nowOf(clock)));
  return { queue, correlator, index: new ClusterIndex((owner) => correlator.hasUnresolved(keyOf(owner))) };
}

function createActions({ world, process, clock, outbox, incidents, writer }: AgentPartDeps): IncidentActions {
  return new IncidentActions({
    clock,
    incidents,
    writer,
    outbox,
    isLeader: process.isLeader,
    clusterKey: CLUSTER_KEY,
    reader: createReader(world, process),
    compose: composeBriefly,
    severityOf: () => 'critical',
    redact: (text) => text,
    clusterFacts: () => Promise.resolve({}),
    mode: 'file',
    report: { opened: () => undefined, folded: () => undefined, pruned: () => undefined },
  });
}

function createObserver(
  { world, process, clock, server }: AgentPartDeps,
  { queue, correlator, index }: Core,
  { requests, freshnessOf }: { readonly requests: ManualRequests; readonly freshnessOf: FreshnessOf },
): ClusterObserver {
  const tell = (text: string): void => world.trace(`${process.name}: ${text}`);
  return new ClusterObserver({
    clock,
    index,
    correlator,
    requests,
    freshnessOf,
    forMs,
    clusterKey: CLUSTER_KEY,
    ownerReader: { read: readOwnerOf(world, process, server) },
    queue,
    rules: { excludeNamespaces: [], disabledClasses: new Set() },
    detectOptions: { resolveAfterMs: world.quietMs, ownedEvictions: true },
    report: {
      suppressed: () => undefined,
      ownerRead: () => undefined,
      annotationRefused: () => undefined,
      detectorFailed: (detector, error) => tell(`${detector} ${String(error)}`),
      evaluationFailed: ({ name }, error) => tell(`${name} cannot be judged: ${String(error)}`),
    },
    signal: new AbortController().signal,
  });
}

function createRequests(
  { clock, incidents }: AgentPartDeps,
  { queue, index }: Core,
  actions: IncidentActions,
): ManualRequests {
  return new ManualRequests({
    clock,
    incidents,
    actions,
    clusterKey: CLUSTER_KEY,
    lookup: index,
    answers: { answer: () => Promise.resolve() },
    perHour: MANY,
    queue,
    report: { request: () => undefined },
  });
}

function watchCluster(deps: AgentPartDeps, observer: ClusterObserver): Watches {
  const { world, process, clock, connection, mutation, incidents } = deps;
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
    onChange: (change) => handOn({ observer, incidents }, change),
    onCheck: () => observer.lookAgain(),
    observer: (event, { name, kind }) => {
      if (kind === INCIDENT_KIND) noteList(incidents, event);
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
