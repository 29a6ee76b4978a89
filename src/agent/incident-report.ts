import {
  type Incident,
  INCIDENT_API_VERSION,
  INCIDENT_KIND,
  type UnreadableIncident,
} from '../domain/incident.ts';
import type { EventAnswers } from '../domain/ports.ts';
import type { Logger } from '../telemetry/index.ts';

/** Tells of Incidents that are not as this release of this cluster's agent writes them. */
export interface IncidentReport {
  /** It is of another cluster, and nothing is done with it. */
  readonly foreign: (incident: Incident) => void;
  /** It cannot be read, and no other one is opened in its place, unless it is of another cluster. */
  readonly unreadable: (incident: UnreadableIncident, isForeign: boolean) => void;
  /** It has words of a later release, and is handled by what is known of it. */
  readonly unknown: (incident: Incident, words: readonly string[]) => void;
  /** The custom resource does not have all fields that are written. */
  readonly pruned: () => void;
}

/** A copied namespace can have thousands: so many of each kind are named in the log, all are counted by a metric. */
const MAX_NAMED = 20;
/** Longest note of an Event (events.k8s.io/v1: 1 kB). */
const MAX_NOTE = 1_000;

const REMEDY =
  'upgrade the agent to the release that has written it, or delete it: then a failure that stands gets a new one, which takes the open ticket';

export interface IncidentReportDeps {
  readonly log: Logger;
  readonly answers: EventAnswers;
}

/** A report to a log, and to an Event on what cannot be read. */
export function createIncidentReport({ log, answers }: IncidentReportDeps): IncidentReport {
  const named = { foreign: 0, unreadable: 0, unknown: 0 };
  let isPruningTold = false;
  const isNamed = (kind: keyof typeof named): boolean => {
    named[kind] += 1;
    return named[kind] <= MAX_NAMED;
  };

  function foreign(name: string, cluster: string | undefined): void {
    if (isNamed('foreign'))
      log.warn(
        { incident: name, cluster },
        'an Incident of another cluster is left alone; it may be deleted',
      );
  }

  return {
    foreign: ({ name, spec }) => foreign(name, spec.cluster),
    unreadable: (incident, isForeign) => {
      const { name, unreadable } = incident;
      if (isForeign) return foreign(name, incident.cluster);
      if (!isNamed('unreadable')) return;
      log.error(
        { incident: name, reason: unreadable, remedy: REMEDY },
        'an Incident cannot be read, and its workload gets no other one',
      );
      tellOnObject({ log, answers }, incident);
    },
    pruned: () => {
      if (isPruningTold) return;
      isPruningTold = true;
      log.warn(
        'the custom resource of the Incidents is older than this agent and drops fields: kubectl apply -f deploy/crd.yaml',
      );
    },
    unknown: ({ name }, words) => {
      if (isNamed('unknown'))
        log.warn(
          { incident: name, words },
          'an Incident has words of a later release; it is handled by what is known of it',
        );
    },
  };
}

function tellOnObject({ log, answers }: IncidentReportDeps, incident: UnreadableIncident): void {
  const { name, uid, namespace, unreadable } = incident;
  const object = { apiVersion: INCIDENT_API_VERSION, kind: INCIDENT_KIND, namespace, name, uid };
  const note = `This agent cannot read it, says nothing more on its ticket and opens no other one for its workload: ${REMEDY}. ${unreadable}`;
  answers
    .answer(object, { type: 'Warning', reason: 'IncidentUnreadable', note: note.slice(0, MAX_NOTE), id: uid })
    .catch((error: unknown) => log.warn({ incident: name, err: error }, 'the answer on the object failed'));
}
