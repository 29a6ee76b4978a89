import type { Config } from '../config/index.ts';
import { incidentKey, keyMarker } from '../correlate/index.ts';
import type { Clock } from '../domain/clock.ts';
import type { TicketApi } from '../domain/ports.ts';
import type { Redactor } from '../enrich/index.ts';
import type { IncidentCache } from '../incidents/index.ts';
import { type KubeConnection, writeFailureOf } from '../kube/connection/index.ts';
import {
  ControlPlaneFiler,
  type ControlPlaneObserver,
  type ControlPlaneTexts,
  WriteHealth,
} from '../outbox/index.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';
import {
  controlPlaneRecovered,
  controlPlaneRecurred,
  controlPlaneRequest,
  doubleText,
  lastControlPlaneComment,
} from '../tickets/index.ts';
import type { FirstContact } from './cluster.ts';
import type { LeaseListener } from './leadership.ts';

export interface ControlPlaneDeps {
  readonly config: Pick<Config, 'controlPlane' | 'mode' | 'closeRecovered' | 'ticketApi' | 'clusterName'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly cluster: FirstContact;
  readonly connection: Pick<KubeConnection, 'server'>;
  readonly node: string | undefined;
  /** Name of the pod. */
  readonly identity: string;
  readonly version: string;
  readonly redactor: Pick<Redactor, 'redactLine'>;
  readonly isLeader: () => boolean;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'controlPlaneTickets'>;
}

/** What it reads of the incidents, and where it files. */
export interface ControlPlanePorts {
  readonly incidents: Pick<IncidentCache, 'all'>;
  readonly ticketApi: TicketApi;
}

/** Watches how the writes to the API server go, and files one ticket when none is taken any more. */
export interface ControlPlane extends LeaseListener {
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** Undefined where it is switched off, and in mode observe, which files nothing. */
export function createControlPlane(
  deps: ControlPlaneDeps,
  { incidents, ticketApi }: ControlPlanePorts,
): ControlPlane | undefined {
  const { config, clock } = deps;
  if (!config.controlPlane.enabled || config.mode !== 'file') return undefined;
  const health = new WriteHealth(clock);
  const filer = new ControlPlaneFiler({
    ticketApi,
    clock,
    random: deps.random,
    health,
    texts: textsOf(deps, () => unresolvedOf(incidents)),
    observer: observerOf(deps),
    isLeader: deps.isLeader,
    options: {
      forMs: config.controlPlane.for,
      lookupDelayMs: config.ticketApi.lookupDelay,
      closeRecovered: config.closeRecovered,
    },
  });
  return {
    termBegan: () => filer.termBegan(),
    termEnded: (reason) => filer.termEnded(reason === 'expired'),
    written: (at) => health.succeeded(at),
    failed: (error) => {
      const failure = writeFailureOf(error);
      if (failure !== undefined) health.failed(failure);
    },
    run: (signal) => filer.run(signal),
  };
}

/** The owner that stands for the control plane: no object of Kubernetes has an empty name. */
const OWNER = { apiVersion: '', kind: 'ControlPlane', namespace: '', name: '', uid: '' };

function textsOf(deps: ControlPlaneDeps, unresolved: () => readonly string[]): ControlPlaneTexts {
  const { config } = deps;
  const { facts: cluster, clusterKey } = deps.cluster;
  const redact = (text: string): string => deps.redactor.redactLine(text).text;
  const facts = {
    cluster: {
      uid: cluster.uid ?? clusterKey,
      ...(config.clusterName === undefined ? {} : { name: config.clusterName }),
      ...(cluster.version === undefined ? {} : { version: cluster.version }),
    },
    keyMarker: keyMarker(incidentKey(clusterKey, OWNER)),
    server: deps.connection.server,
    node: deps.node,
    replica: deps.identity,
    agentVersion: deps.version,
    category: config.ticketApi.category,
  };
  return {
    keyMarker: facts.keyMarker,
    request: (outage) => controlPlaneRequest(outage, facts, { unresolved: unresolved(), redact }),
    recovered: (recovery) => controlPlaneRecovered(facts, recovery),
    recurred: (outage) => controlPlaneRecurred(outage, redact),
    double: doubleText,
    lastSaid: lastControlPlaneComment,
  };
}

/** The incidents that are not over by what is known, the newest first: `crash: Deployment shop/checkout`. */
function unresolvedOf(incidents: Pick<IncidentCache, 'all'>): readonly string[] {
  return [...incidents.all()]
    .filter(({ status: { phase, recoveredAt } }) => phase !== 'Recovered' && recoveredAt === undefined)
    .toSorted((one, other) => other.createdAt - one.createdAt)
    .map(({ spec, status }) => {
      const { kind, namespace, name } = spec.target;
      return `${status.class ?? spec.class}: ${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
    });
}

function observerOf({ log, metrics, redactor }: ControlPlaneDeps): ControlPlaneObserver {
  const count = (outcome: string): void => metrics.controlPlaneTickets.inc({ outcome });
  return {
    filed: (ticketId) => {
      count('filed');
      log.warn({ ticketId }, 'the control plane takes no writes: ticket filed');
    },
    adopted: (ticketId) => {
      count('adopted');
      log.warn({ ticketId }, 'the control plane takes no writes: there is a ticket already');
    },
    commented: (ticketId, kind) => {
      count(kind);
      log.info({ ticketId, kind }, 'the ticket of the control plane has a comment');
    },
    doubleClosed: (ticketId, keptTicketId) => {
      count('double');
      log.warn(
        { ticketId, keptTicketId },
        'two replicas filed a ticket of the control plane; this one is closed',
      );
    },
    failed: (error) => {
      count('failed');
      log.warn(
        { error: redactor.redactLine(error).text },
        'the ticket of the control plane could not be sent',
      );
    },
  };
}
