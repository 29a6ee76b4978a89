import { collectDefaultMetrics } from 'prom-client';
import { failureClasses } from '../domain/failure-classes.ts';
import { causeKinds, commentKinds } from '../domain/incident.ts';
import { blockCauses, failureKinds, filingCalls, operations, requestOutcomes } from '../domain/ports.ts';
import { MetricSet } from './metric-registry.ts';

/** What a later release has written is one value of a label. */
const OTHER = 'other';

/** All metrics of the agent, on a registry of their own. Labels are closed sets: never names of objects. */
export class Metrics {
  readonly #set = new MetricSet();
  readonly registry = this.#set.registry;

  readonly incidentChanges = this.#set.counter(
    'incident_changes_total',
    'Changes of incidents by class: opened, folded, observed, recovered, recurred',
    { class: [...failureClasses, OTHER], change: ['opened', 'folded', 'observed', 'recovered', 'recurred'] },
  );
  readonly folded = this.#set.counter(
    'folded_total',
    'Incidents that the one of a common cause covers, by cause: node, shared, storm',
    { cause: causeKinds },
  );
  readonly incidentObjects = this.#set.gauge(
    'incident_objects',
    'Incident objects, without folded ones that are over',
  );
  readonly incidentObjectsLimit = this.#set.gauge(
    'incident_objects_limit',
    'incidents.max: how many Incident objects there may be',
  );
  readonly incidentsIgnored = this.#set.gauge(
    'incidents_ignored',
    'Incident objects with which nothing is done: foreign (of another cluster), unreadable',
    { reason: ['foreign', 'unreadable'] },
  );
  readonly incidentsKnown = this.#set.gauge('incidents_known', 'Owners with signals or an incident');
  readonly manualRequests = this.#set.counter(
    'manual_requests_total',
    'Requests by annotation, by what became of them',
    { outcome: ['accepted', 'delayed', 'refused'] },
  );
  readonly ticketsWithheld = this.#set.counter(
    'tickets_withheld_total',
    'Tickets without their texts, as these could not be redacted in time',
  );
  readonly redactions = this.#set.counter(
    'redactions_total',
    'Secrets taken out of tickets and Incidents, by the rule that found them',
    ['rule'],
  );
  readonly leader = this.#set.gauge('leader', '1 while this replica holds the Lease');
  readonly clockSkew = this.#set.gauge(
    'clock_skew_seconds',
    "How far the clock of this machine is ahead of the API server's",
  );
  readonly suppressed = this.#set.counter(
    'suppressed_total',
    'Failing objects that a rule, or the time `for` of their class, has kept back',
    ['rule', 'class'],
  );
  readonly suppressedObjects = this.#set.gauge(
    'suppressed_objects',
    'Failing objects that a rule, or the time `for` of their class, keeps back at the moment',
    ['rule'],
  );
  readonly silences = this.#set.gauge('silences', 'Silences of the configuration: active, pending, expired', [
    'state',
  ]);
  readonly annotationsRefused = this.#set.counter(
    'annotations_refused_total',
    'Annotations ignore-until that cannot be followed',
  );
  readonly ownerReads = this.#set.counter(
    'owner_reads_total',
    'Reads of owners of kinds that are not watched: read, absent, refused, failed, skipped',
    { outcome: ['read', 'absent', 'refused', 'failed', 'skipped'] },
  );
  readonly detectorErrors = this.#set.counter('detector_errors_total', 'Detectors that failed at an object', {
    class: [...failureClasses, 'none'],
  });
  readonly symptomToOpening = this.#set.histogram(
    'symptom_to_opening_seconds',
    'From the first symptom of a failure to the opening of its incident',
    [15, 60, 120, 300, 600, 1_200, 3_600, 21_600, 86_400],
  );
  readonly tickets = this.#set.counter(
    'tickets_total',
    'Incidents that got a ticket, by how: filed, adopted, rejected, duplicate_closed',
    { outcome: ['filed', 'adopted', 'rejected', 'duplicate_closed'] },
  );
  readonly requestFailures = this.#set.counter(
    'request_failures_total',
    'Failed calls of the ticket API and of the Incident store',
    {
      call: [...filingCalls, 'store', 'decision'],
      kind: [...failureKinds, 'store'],
    },
  );
  readonly requestDuration = this.#set.histogram(
    'ticket_api_request_duration_seconds',
    'Requests to the ticket API, by call and outcome',
    [0.1, 0.5, 1, 5, 20],
    { operation: operations, outcome: requestOutcomes },
  );
  readonly fileTimestamp = this.#set.gauge(
    'ticket_api_file_timestamp_seconds',
    'When a file that the ticket API needs was changed, 0 when there is none: token, ca, proxy (credentials)',
    { file: ['token', 'ca', 'proxy'] },
  );
  readonly clusterUnknown = this.#set.gauge(
    'cluster_unknown',
    '1 while tickets go without cluster_id, as the ticket API does not know this cluster',
  );
  readonly timeToTicket = this.#set.histogram(
    'time_to_ticket_seconds',
    'From the opening of an incident to its ticket',
    [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200],
  );
  readonly pendingTickets = this.#set.gauge('tickets_pending', 'Incidents that wait for their ticket');
  readonly oldestPending = this.#set.gauge(
    'tickets_oldest_pending_timestamp_seconds',
    'When the oldest incident was opened that waits for its ticket, 0 when none does',
  );
  readonly blocked = this.#set.gauge(
    'tickets_blocked',
    '1 while nothing can be sent to the ticket API, by why',
    { reason: blockCauses },
  );
  readonly comments = this.#set.counter('comments_total', 'Comments on tickets', {
    kind: [...commentKinds, OTHER],
    outcome: ['sent', 'dropped'],
  });
  readonly attachments = this.#set.counter(
    'attachments_total',
    'Logs as files of tickets: attached, dropped',
    {
      outcome: ['attached', 'dropped'],
    },
  );
  readonly controlPlaneTickets = this.#set.counter(
    'control_plane_tickets_total',
    'What became of tickets about the control plane: filed, adopted, recovered, recurred, double, failed',
    { outcome: ['filed', 'adopted', 'recovered', 'recurred', 'double', 'failed'] },
  );
  readonly watchObjects = this.#set.gauge('watch_objects', 'Objects held', ['resource']);
  readonly watchCurrent = this.#set.gauge(
    'watch_current',
    '1 while everything that happened is known, 0 after a failure or in silence',
    ['resource'],
  );
  readonly watchLastProven = this.#set.gauge(
    'watch_last_proven_timestamp_seconds',
    'When it was last proven that nothing was missed, 0 before the first proof',
    ['resource'],
  );
  readonly watchPhase = this.#set.gauge(
    'watch_phase',
    'Watches in this phase: idle, listing, watching, waiting, stopped',
    ['resource', 'phase'],
  );
  readonly watchLastByte = this.#set.gauge(
    'watch_last_byte_timestamp_seconds',
    'When the last byte was received, 0 before the first',
    ['resource'],
  );
  readonly watchListDuration = this.#set.gauge(
    'watch_list_duration_seconds',
    'How long the last complete list took',
    ['resource'],
  );
  readonly watchRelists = this.#set.counter('watch_relists_total', 'Complete lists, by reason', [
    'resource',
    'reason',
  ]);
  readonly watchReconnects = this.#set.counter('watch_reconnects_total', 'Watches opened again, by reason', [
    'resource',
    'reason',
  ]);
  readonly watchErrors = this.#set.counter(
    'watch_errors_total',
    'Objects that could not be used: decode, oversize, projection, handler',
    ['resource', 'kind'],
  );
  readonly watchEventsDropped = this.#set.counter(
    'watch_events_dropped_total',
    'Events not kept: too many about one object, or in total',
    { bound: ['object', 'total'] },
  );

  readonly configInfo = this.#set.gauge(
    'config_info',
    'The configuration: mode (file, observe), scope (cluster, namespaces), and a hash that tells two apart',
    ['mode', 'scope', 'hash'],
  );

  constructor(version: string) {
    collectDefaultMetrics({ register: this.registry });
    this.#set.gauge('build_info', 'Version of the agent', ['version']).set({ version }, 1);
  }
}
