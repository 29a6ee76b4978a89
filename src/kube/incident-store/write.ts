import {
  type Incident,
  INCIDENT_API_VERSION,
  INCIDENT_KIND,
  type IncidentStatus,
  type NewIncident,
  type Phase,
  phaseByFields,
} from '../../domain/incident.ts';
import {
  commentTimes,
  type IncidentCondition,
  incidentLabels,
  MANAGED_BY,
  specTimes,
  statusTimes,
} from './read.ts';

/** The object to POST. It has no status: the API server drops one at creation, and none means Pending. */
export function objectFromNewIncident(incident: NewIncident, namespace: string): object {
  const { key, trigger, target, cluster } = incident.spec;
  return {
    apiVersion: INCIDENT_API_VERSION,
    kind: INCIDENT_KIND,
    metadata: {
      name: incident.name,
      namespace,
      labels: {
        // Never app.kubernetes.io/instance: Argo CD would adopt the object and prune it.
        [incidentLabels.managedBy]: MANAGED_BY,
        ...(cluster === undefined ? {} : { [incidentLabels.cluster]: toLabelValue(cluster) }),
        [incidentLabels.key]: toLabelValue(key),
        [incidentLabels.class]: toLabelValue(incident.spec.class),
        [incidentLabels.trigger]: toLabelValue(trigger),
        [incidentLabels.ownerKind]: toLabelValue(target.kind),
        [incidentLabels.ownerName]: toLabelValue(target.name),
        [incidentLabels.targetNamespace]: toLabelValue(target.namespace),
      },
    },
    spec: writeTimes(incident.spec, specTimes),
  };
}

/**
 * The JSON merge patch that brings an Incident's status from what it is to `changes`, refused by the API server when
 * the Incident has changed since it was read. A key that is present and undefined is removed. Conditions are sent
 * when the phase changes, with `now` as the time of their transition.
 *
 * What this release does not know stays as it is: fields are not named, conditions of other types are sent along, and a phase of a
 * later release is replaced only by one that the other fields do not tell.
 */
export function statusPatch(incident: Incident, wanted: Partial<IncidentStatus>, now: number): object {
  const changes = isToldByFields(incident, wanted) ? withoutPhase(wanted) : wanted;
  const status: Record<string, unknown> = writeTimes(changes, statusTimes);
  if (changes.comment !== undefined) status['comment'] = writeTimes(changes.comment, commentTimes);
  for (const key of Object.keys(changes)) status[key] ??= null;
  if (changes.phase !== undefined && changes.phase !== incident.status.phase) {
    const next = { ...incident, status: { ...incident.status, ...changes } as IncidentStatus };
    const others = incident.kept?.conditions ?? [];
    status['conditions'] = [...conditionsOf(next, incident.status.phase, now), ...others];
  }
  return { metadata: { resourceVersion: incident.resourceVersion }, status };
}

function isToldByFields({ status, kept }: Incident, wanted: Partial<IncidentStatus>): boolean {
  if (kept?.phase === undefined || wanted.phase === undefined) return false;
  return phaseByFields({ ...status, ...wanted }) === wanted.phase;
}

function withoutPhase({ phase: _told, ...changes }: Partial<IncidentStatus>): Partial<IncidentStatus> {
  return changes;
}

/** Longest label value (Kubernetes: Labels and Selectors, syntax and character set). */
const MAX_LABEL_LENGTH = 63;

/** The nearest thing to `value` that a label may hold: letters, digits, `-_.`, a letter or digit at both ends. */
export function toLabelValue(value: string): string {
  return value
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, MAX_LABEL_LENGTH)
    .replace(/[^A-Za-z0-9]*$/, '');
}

function writeTimes(object: object, names: readonly string[]): Record<string, unknown> {
  const isTime = ([name, value]: readonly [string, unknown]): boolean =>
    names.includes(name) && value !== undefined;
  const written = Object.entries(object).filter(isTime);
  return {
    ...object,
    ...Object.fromEntries(written.map(([name, at]) => [name, new Date(at as number).toISOString()])),
  };
}

/**
 * The spec is immutable, so what the status speaks of is its first generation. Removing the draft makes a second
 * one, of which the status has nothing new to say.
 */
const OBSERVED_GENERATION = 1;

/** A condition message may have 32,768 characters; nobody reads more than this in `kubectl describe`. */
const MAX_MESSAGE_LENGTH = 1_024;

interface Verdict {
  readonly ready: boolean;
  readonly message: string;
}

const verdicts: Readonly<Record<Phase, Verdict>> = {
  Pending: { ready: false, message: 'The ticket is not filed yet.' },
  Filed: { ready: true, message: 'The ticket is filed.' },
  Recovered: { ready: true, message: 'The workload has recovered.' },
  Rejected: { ready: false, message: 'The ticket API refused the ticket.' },
  Folded: { ready: true, message: 'Another incident speaks for this one.' },
  Observed: { ready: true, message: 'Written down only: the agent runs in mode observe.' },
};

/**
 * Conditions after the kstatus convention, by which Flux, Argo CD and `kubectl wait` judge an object: `Ready` always,
 * `Reconciling` while work remains, `Stalled` when it has failed for good. `before` is the phase that the incident leaves.
 */
function conditionsOf(incident: Incident, before: Phase, now: number): readonly IncidentCondition[] {
  const { phase } = incident.status;
  const { ready, message } = verdicts[phase];
  const words = sentence(incident, message);
  const since = verdicts[before].ready === ready ? lastTurn(incident, ready) : now;
  const conditions = [condition('Ready', ready, { reason: phase, message: words, since })];
  if (phase === 'Pending') {
    conditions.push(condition('Reconciling', true, { reason: phase, message: words, since }));
  }
  if (phase === 'Rejected') {
    conditions.push(condition('Stalled', true, { reason: phase, message: words, since: now }));
  }
  return conditions;
}

/** `Ready` turns true when the ticket is filed; until then it has been false since the beginning. */
function lastTurn(incident: Incident, ready: boolean): number {
  return (ready ? incident.status.filedAt : undefined) ?? incident.createdAt;
}

function sentence(incident: Incident, message: string): string {
  const { phase, ticketId, lastError, foldedInto, recovery } = incident.status;
  const more = {
    Filed: ticketId,
    Recovered: recovery,
    Rejected: lastError,
    Folded: foldedInto,
    Pending: lastError,
  }[phase as string];
  return (more === undefined ? message : `${message} (${more})`).slice(0, MAX_MESSAGE_LENGTH);
}

function condition(
  type: IncidentCondition['type'],
  holds: boolean,
  about: { readonly reason: string; readonly message: string; readonly since: number },
): IncidentCondition {
  return {
    type,
    status: holds ? 'True' : 'False',
    reason: about.reason,
    message: about.message,
    lastTransitionTime: new Date(about.since).toISOString(),
    observedGeneration: OBSERVED_GENERATION,
  };
}
