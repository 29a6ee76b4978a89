import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { failureClasses } from '../domain/failure-classes.ts';
import { commentKinds } from '../domain/incident.ts';

const PREFIX = 'ankra_support_agent_';

/** Labels of a counter: by name alone, or with all their values, of which each has a series from the start. */
type Labels<Label extends string> = readonly Label[] | Readonly<Record<Label, readonly string[]>>;

/** All metrics of the agent, on a registry of their own. Labels are closed sets: never names of objects. */
export class Metrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];

  readonly incidents = this.#counter(
    'incidents_total',
    'Changes of incidents by class: opened, folded, observed, recovered, recurred',
    { class: failureClasses, change: ['opened', 'folded', 'observed', 'recovered', 'recurred'] },
  );
  readonly folded = this.#counter(
    'folded_total',
    'Incidents that the one of a common cause covers, by cause: node, shared, storm',
    { cause: ['node', 'shared', 'storm'] },
  );
  readonly incidentObjects = this.#gauge(
    'incident_objects',
    'Incident objects, without folded ones that are over; incidents.max is their limit',
  );
  readonly incidentsIgnored = this.#gauge(
    'incidents_ignored',
    'Incident objects with which nothing is done: foreign (of another cluster), unreadable',
    ['reason'],
  );
  readonly incidentsKnown = this.#gauge('incidents_known', 'Owners with signals or an incident');
  readonly manualRequests = this.#counter(
    'manual_requests_total',
    'Requests by annotation, by what became of them',
    { outcome: ['accepted', 'delayed', 'refused'] },
  );
  readonly redactions = this.#counter(
    'redactions_total',
    'Secrets taken out of tickets and Incidents, by the rule that found them',
    ['rule'],
  );
  readonly leader = this.#gauge('leader', '1 while this replica holds the Lease');
  readonly clockSkew = this.#gauge(
    'clock_skew_seconds',
    "How far the clock of this machine is ahead of the API server's",
  );
  readonly suppressed = this.#counter(
    'suppressed_total',
    'Failing objects that a rule, or the time `for` of their class, has kept back',
    ['rule', 'class'],
  );
  readonly keptBack = this.#gauge(
    'kept_back',
    'Failing objects that a rule, or the time `for` of their class, keeps back at the moment',
    ['rule'],
  );
  readonly silences = this.#gauge('silences', 'Silences of the configuration: active, pending, expired', [
    'state',
  ]);
  readonly annotationsRefused = this.#counter(
    'annotations_refused_total',
    'Annotations ignore-until that cannot be followed',
  );
  readonly ownerReads = this.#counter(
    'owner_reads_total',
    'Reads of owners of kinds that are not watched: read, absent, refused, failed, skipped',
    { outcome: ['read', 'absent', 'refused', 'failed', 'skipped'] },
  );
  readonly detectorErrors = this.#counter('detector_errors_total', 'Detectors that failed at an object', {
    class: [...failureClasses, 'none'],
  });
  readonly tickets = this.#counter(
    'tickets_total',
    'Incidents that got a ticket, by how: filed, adopted, rejected, duplicate_closed',
    { outcome: ['filed', 'adopted', 'rejected', 'duplicate_closed'] },
  );
  readonly requestFailures = this.#counter(
    'request_failures_total',
    'Failed calls of the ticket API and of the Incident store',
    {
      call: ['list', 'get', 'create', 'comment', 'close', 'store', 'decision'],
      kind: ['unknown', 'notSent', 'paused', 'denied', 'rejected', 'store'],
    },
  );
  readonly timeToTicket = new Histogram({
    name: `${PREFIX}time_to_ticket_seconds`,
    help: 'From the opening of an incident to its ticket',
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200],
    registers: this.#registers,
  });
  readonly pendingTickets = this.#gauge('tickets_pending', 'Incidents that wait for their ticket');
  readonly oldestPendingSeconds = this.#gauge(
    'tickets_oldest_pending_age_seconds',
    'Age of the oldest incident that waits for its ticket, 0 when none does',
  );
  readonly blocked = this.#gauge('tickets_blocked', '1 while nothing can be sent to the ticket API');
  readonly comments = this.#counter('comments_total', 'Comments on tickets', {
    kind: commentKinds,
    outcome: ['sent', 'dropped'],
  });
  readonly attachments = this.#counter('attachments_total', 'Logs as files of tickets: attached, dropped', {
    outcome: ['attached', 'dropped'],
  });
  readonly controlPlaneTickets = this.#counter(
    'control_plane_tickets_total',
    'What became of tickets about the control plane: filed, adopted, recovered, recurred, double, failed',
    { outcome: ['filed', 'adopted', 'recovered', 'recurred', 'double', 'failed'] },
  );
  readonly watchObjects = this.#gauge('watch_objects', 'Objects held', ['resource']);
  readonly watchSynced = this.#gauge('watch_synced', '1 after the first complete list', ['resource']);
  readonly watchCurrent = this.#gauge(
    'watch_current',
    '1 while everything that happened is known, 0 after a failure or in silence',
    ['resource'],
  );
  readonly watchLastProvenAge = this.#gauge(
    'watch_last_proven_age_seconds',
    'Age of the last proof that nothing was missed',
    ['resource'],
  );
  readonly watchPhase = this.#gauge(
    'watch_phase',
    'Watches in this phase: idle, listing, watching, waiting, stopped',
    ['resource', 'phase'],
  );
  readonly watchLastByteAge = this.#gauge('watch_last_byte_age_seconds', 'Age of the last byte received', [
    'resource',
  ]);
  readonly watchListDuration = this.#gauge(
    'watch_list_duration_seconds',
    'How long the last complete list took',
    ['resource'],
  );
  readonly watchRelists = this.#counter('watch_relists_total', 'Complete lists, by reason', [
    'resource',
    'reason',
  ]);
  readonly watchReconnects = this.#counter('watch_reconnects_total', 'Watches opened again, by reason', [
    'resource',
    'reason',
  ]);
  readonly watchErrors = this.#counter(
    'watch_errors_total',
    'Objects that could not be used: decode, oversize, projection, handler',
    ['resource', 'kind'],
  );
  readonly watchEventsDropped = this.#counter(
    'watch_events_dropped_total',
    'Events not kept: too many about one object, or in total',
    { bound: ['object', 'total'] },
  );

  constructor(version: string) {
    collectDefaultMetrics({ register: this.registry });
    this.#gauge('build_info', 'Version of the agent', ['version']).set({ version }, 1);
  }

  #counter<Label extends string = never>(
    name: string,
    help: string,
    labels: Labels<Label> = [],
  ): Counter<Label> {
    const labelNames = isNames(labels) ? labels : (Object.keys(labels) as Label[]);
    const counter = new Counter({ name: PREFIX + name, help, labelNames, registers: this.#registers });
    if (!isNames(labels)) for (const series of seriesOf(labels)) counter.inc(series, 0);
    return counter;
  }

  #gauge<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Gauge<Label> {
    return new Gauge({ name: PREFIX + name, help, labelNames, registers: this.#registers });
  }
}

function isNames<Label extends string>(labels: Labels<Label>): labels is readonly Label[] {
  return Array.isArray(labels);
}

/** Every combination of the values. */
function seriesOf<Label extends string>(
  values: Readonly<Record<Label, readonly string[]>>,
): readonly Record<Label, string>[] {
  let all: readonly Partial<Record<Label, string>>[] = [{}];
  for (const [name, each] of Object.entries<readonly string[]>(values))
    all = all.flatMap((series) => each.map((value) => ({ ...series, [name]: value })));
  return all as readonly Record<Label, string>[];
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
