import {
  type Incident,
  INCIDENT_API_VERSION,
  INCIDENT_KIND,
  isAutomatic,
  unknownWords,
  type UnreadableIncident,
} from '../domain/incident.ts';
import type { EventAnswers } from '../domain/ports.ts';
import type { IncidentChange } from '../incidents/index.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';
import { aboutIncident, classLabel } from './report.ts';

/** A copied namespace can have thousands: so many of each kind are named in the log, all are counted by a metric. */
const MAX_NAMED = 20;
/** Longest note of an Event (events.k8s.io/v1: 1 kB). */
const MAX_NOTE = 1_000;

const REMEDY =
  'upgrade the agent to the release that has written it, or delete it: then a failure that stands gets a new one, which takes the open ticket';

export interface IncidentReportDeps {
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'incidentChanges'>;
  readonly answers: EventAnswers;
  readonly isLeader: () => boolean;
  /** How many Incidents there may be. */
  readonly maxIncidents: number;
}

/** Report of how the Incidents change, to log and metrics, and of those that are not as this release of this cluster's agent writes them. */
export class IncidentReport {
  readonly #deps: IncidentReportDeps;
  readonly #named = { foreign: 0, unreadable: 0, unknown: 0 };
  #isPruningTold = false;
  #wasFull = false;

  constructor(deps: IncidentReportDeps) {
    this.#deps = deps;
  }

  /** It is of another cluster, and nothing is done with it. */
  foreign({ name, spec }: Incident): void {
    this.#tellForeign(name, spec.cluster);
  }

  /** It cannot be read, and no other one is opened in its place, unless it is of another cluster. */
  unreadable(incident: UnreadableIncident, isForeign: boolean): void {
    const { name, unreadable, cluster } = incident;
    if (isForeign) return this.#tellForeign(name, cluster);
    if (!this.#isNamed('unreadable')) return;
    this.#deps.log.error(
      { incident: name, reason: unreadable, remedy: REMEDY },
      'an Incident cannot be read, and its workload gets no other one',
    );
    tellOnObject(this.#deps, incident);
  }

  /** The custom resource does not have all fields that are written. */
  pruned(): void {
    if (this.#isPruningTold) return;
    this.#isPruningTold = true;
    this.#deps.log.warn(
      'the custom resource of the Incidents is older than this agent and drops fields: kubectl apply -f deploy/crd.yaml',
    );
  }

  /** Tells what is worth it of a change, after which there are so many Incidents. All replicas see it, and the leader tells. */
  changed({ before, after }: IncidentChange, count: number): void {
    const { isLeader } = this.#deps;
    if (after !== undefined) this.#tellUnknown(after, before);
    if (before?.uid === after?.uid && isLeader()) this.#tellChange(before, after);
    const isFull = count >= this.#deps.maxIncidents;
    if (isFull && !this.#wasFull && isLeader())
      this.#deps.log.warn(
        { incidents: count },
        'there are as many Incidents as incidents.max allows; what fails now is told by the storm incident alone',
      );
    this.#wasFull = isFull;
  }

  #tellChange(before: Incident | undefined, after: Incident | undefined): void {
    const change = before === undefined || after === undefined ? undefined : changeOf(after, before);
    if (after === undefined || change === undefined) return;
    this.#deps.metrics.incidentChanges.inc({ class: classLabel(after), change });
    const told = { ...aboutIncident(after), change, recovery: after.status.recovery };
    this.#deps.log.info(told, 'incident changed');
  }

  /** It has words of a later release, and is handled by what is known of it. Told once. */
  #tellUnknown(after: Incident, before: Incident | undefined): void {
    const words = unknownWords(after);
    if (words.length === 0 || (before !== undefined && unknownWords(before).length > 0)) return;
    if (this.#isNamed('unknown'))
      this.#deps.log.warn(
        { incident: after.name, words },
        'an Incident has words of a later release; it is handled by what is known of it',
      );
  }

  #tellForeign(incident: string, cluster: string | undefined): void {
    if (this.#isNamed('foreign'))
      this.#deps.log.warn(
        { incident, cluster },
        'an Incident of another cluster is left alone; it may be deleted',
      );
  }

  #isNamed(kind: 'foreign' | 'unreadable' | 'unknown'): boolean {
    this.#named[kind] += 1;
    return this.#named[kind] <= MAX_NAMED;
  }
}

/** What has changed, unless the outbox tells of it. A request by hand only comes and goes. */
function changeOf(incident: Incident, before: Incident): string | undefined {
  const [now, then] = [incident.status, before.status];
  if (!isAutomatic(incident)) return undefined;
  if ((now.recurrences ?? 0) > (then.recurrences ?? 0)) return 'recurred';
  if (now.recoveredAt !== undefined && then.recoveredAt === undefined) return 'recovered';
  return now.phase === 'Observed' && then.phase !== 'Observed' ? 'observed' : undefined;
}

function tellOnObject(
  { log, answers }: Pick<IncidentReportDeps, 'log' | 'answers'>,
  incident: UnreadableIncident,
): void {
  const { name, uid, namespace, unreadable } = incident;
  const object = { apiVersion: INCIDENT_API_VERSION, kind: INCIDENT_KIND, namespace, name, uid };
  const note = `This agent cannot read it, says nothing more on its ticket and opens no other one for its workload: ${REMEDY}. ${unreadable}`;
  answers
    .answer(object, { type: 'Warning', reason: 'IncidentUnreadable', note: note.slice(0, MAX_NOTE), id: uid })
    .catch((error: unknown) => log.warn({ incident: name, err: error }, 'the answer on the object failed'));
}
