import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** All metrics of the agent, on a registry of their own. Labels are closed sets: never names of objects. */
export interface Metrics {
  readonly registry: Registry;
  readonly incidents: Counter<'class' | 'change'>;
  readonly folded: Counter<'cause'>;
  readonly incidentObjects: Gauge;
  readonly incidentsIgnored: Gauge<'reason'>;
  readonly suppressed: Counter<'rule' | 'class'>;
  readonly keptBack: Gauge<'rule'>;
  readonly ownerReads: Counter<'outcome'>;
  readonly standing: Gauge;
  readonly tickets: Counter<'outcome'>;
  readonly requestFailures: Counter<'call' | 'kind'>;
  readonly timeToTicket: Histogram;
  readonly pendingTickets: Gauge;
  readonly oldestPendingSeconds: Gauge;
  readonly blocked: Gauge;
  readonly comments: Counter<'kind' | 'outcome'>;
  readonly manualRequests: Counter<'outcome'>;
  readonly detectorErrors: Counter<'class'>;
  readonly redactions: Counter<'rule'>;
  readonly leader: Gauge;
  readonly clockSkew: Gauge;
  readonly watchObjects: Gauge<'resource'>;
  readonly watchSynced: Gauge<'resource'>;
  readonly watchCurrent: Gauge<'resource'>;
  readonly watchLastProvenAge: Gauge<'resource'>;
  readonly watchPhase: Gauge<'resource' | 'phase'>;
  readonly watchLastByteAge: Gauge<'resource'>;
  readonly watchListDuration: Gauge<'resource'>;
  readonly watchRelists: Counter<'resource' | 'reason'>;
  readonly watchReconnects: Counter<'resource' | 'reason'>;
  readonly watchErrors: Counter<'resource' | 'kind'>;
  readonly watchEventsDropped: Counter<'bound'>;
}

const PREFIX = 'ankra_support_agent_';

/** The metrics of one agent. */
export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: `${PREFIX}build_info`,
    help: 'Version of the agent',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  return {
    registry,
    ...incidentMetrics(registers),
    ...stageMetrics(registers),
    ...observerMetrics(registers),
    ...ticketMetrics(registers),
    ...watchMetrics(registers),
  };
}

function incidentMetrics(registers: Registry[]) {
  return {
    incidents: new Counter({
      name: `${PREFIX}incidents_total`,
      help: 'Changes of incidents by class: opened, folded, observed, recovered, recurred',
      labelNames: ['class', 'change'] as const,
      registers,
    }),
    folded: new Counter({
      name: `${PREFIX}folded_total`,
      help: 'Incidents for which that of a common cause speaks, by cause: node, shared, storm',
      labelNames: ['cause'] as const,
      registers,
    }),
    incidentObjects: new Gauge({
      name: `${PREFIX}incident_objects`,
      help: 'Incident objects, without folded ones that are over; incidents.max is their limit',
      registers,
    }),
    incidentsIgnored: new Gauge({
      name: `${PREFIX}incidents_ignored`,
      help: 'Incident objects with which nothing is done: foreign (of another cluster), unreadable',
      labelNames: ['reason'] as const,
      registers,
    }),
    standing: new Gauge({
      name: `${PREFIX}incidents_known`,
      help: 'Owners with signals or an incident',
      registers,
    }),
  };
}

function stageMetrics(registers: Registry[]) {
  return {
    manualRequests: new Counter({
      name: `${PREFIX}manual_requests_total`,
      help: 'Requests by annotation, by what became of them',
      labelNames: ['outcome'] as const,
      registers,
    }),
    redactions: new Counter({
      name: `${PREFIX}redactions_total`,
      help: 'Secrets taken out of tickets and Incidents, by the rule that found them',
      labelNames: ['rule'] as const,
      registers,
    }),
    leader: new Gauge({ name: `${PREFIX}leader`, help: '1 while this replica holds the Lease', registers }),
    clockSkew: new Gauge({
      name: `${PREFIX}clock_skew_seconds`,
      help: "How far the clock of this machine is ahead of the API server's",
      registers,
    }),
  };
}

function observerMetrics(registers: Registry[]) {
  return {
    suppressed: new Counter({
      name: `${PREFIX}suppressed_total`,
      help: 'Failing objects that a rule, or the time `for` of their class, has kept back',
      labelNames: ['rule', 'class'] as const,
      registers,
    }),
    keptBack: new Gauge({
      name: `${PREFIX}kept_back`,
      help: 'Failing objects that a rule, or the time `for` of their class, keeps back at the moment',
      labelNames: ['rule'] as const,
      registers,
    }),
    ownerReads: new Counter({
      name: `${PREFIX}owner_reads_total`,
      help: 'Reads of owners of kinds that are not watched: read, absent, refused, failed, skipped',
      labelNames: ['outcome'] as const,
      registers,
    }),
    detectorErrors: new Counter({
      name: `${PREFIX}detector_errors_total`,
      help: 'Detectors that failed at an object',
      labelNames: ['class'] as const,
      registers,
    }),
  };
}

function ticketMetrics(registers: Registry[]) {
  return {
    tickets: new Counter({
      name: `${PREFIX}tickets_total`,
      help: 'Incidents that got a ticket, by how: filed, adopted, rejected, duplicate_closed',
      labelNames: ['outcome'] as const,
      registers,
    }),
    requestFailures: new Counter({
      name: `${PREFIX}request_failures_total`,
      help: 'Failed calls of the ticket API and of the Incident store',
      labelNames: ['call', 'kind'] as const,
      registers,
    }),
    timeToTicket: new Histogram({
      name: `${PREFIX}time_to_ticket_seconds`,
      help: 'From the opening of an incident to its ticket',
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200],
      registers,
    }),
    pendingTickets: new Gauge({
      name: `${PREFIX}tickets_pending`,
      help: 'Incidents that wait for their ticket',
      registers,
    }),
    oldestPendingSeconds: new Gauge({
      name: `${PREFIX}tickets_oldest_pending_age_seconds`,
      help: 'Age of the oldest incident that waits for its ticket, 0 when none does',
      registers,
    }),
    blocked: new Gauge({
      name: `${PREFIX}tickets_blocked`,
      help: '1 while nothing can be sent to the ticket API',
      registers,
    }),
    comments: new Counter({
      name: `${PREFIX}comments_total`,
      help: 'Comments on tickets',
      labelNames: ['kind', 'outcome'] as const,
      registers,
    }),
  };
}

function watchMetrics(registers: Registry[]) {
  const described = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) => ({
    name: `${PREFIX}watch_${name}`,
    help,
    labelNames,
    registers,
  });
  const resource = ['resource'] as const;
  return {
    watchObjects: new Gauge(described('objects', 'Objects held', resource)),
    watchSynced: new Gauge(described('synced', '1 after the first complete list', resource)),
    watchCurrent: new Gauge(
      described('current', '1 while everything that happened is known, 0 in trouble or silence', resource),
    ),
    watchLastProvenAge: new Gauge(
      described('last_proven_age_seconds', 'Age of the last proof that nothing was missed', resource),
    ),
    watchPhase: new Gauge(
      described('phase', 'Watches in this phase: idle, listing, watching, waiting, stopped', [
        'resource',
        'phase',
      ]),
    ),
    watchLastByteAge: new Gauge(
      described('last_byte_age_seconds', 'Age of the last byte received', resource),
    ),
    watchListDuration: new Gauge(
      described('list_duration_seconds', 'How long the last complete list took', resource),
    ),
    watchRelists: new Counter(
      described('relists_total', 'Complete lists, by reason', ['resource', 'reason']),
    ),
    watchReconnects: new Counter(
      described('reconnects_total', 'Watches opened again, by reason', ['resource', 'reason']),
    ),
    watchErrors: new Counter(
      described('errors_total', 'Objects that could not be used: decode, oversize, projection, handler', [
        'resource',
        'kind',
      ]),
    ),
    watchEventsDropped: new Counter(
      described('events_dropped_total', 'Events not kept: too many about one object, or in total', ['bound']),
    ),
  };
}

/** Shows a count that somebody else keeps. */
export function showCount<Label extends string>(
  counter: Counter<Label>,
  labels: Record<Label, string>,
  count: number,
): void {
  counter.remove(labels);
  counter.inc(labels, count);
}
