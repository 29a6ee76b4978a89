import type { Clock } from '../../domain/clock.ts';
import {
  type Incident,
  INCIDENT_API_VERSION,
  INCIDENT_KIND,
  type IncidentStatus,
  type NewIncident,
  type Phase,
  phaseByFields,
} from '../../domain/incident.ts';
import { ConflictError, type IncidentStore, NameTakenError } from '../../domain/ports.ts';
import { KubeApiError, type KubeConnection, type KubeRequest } from '../connection/index.ts';
import {
  commentTimes,
  type IncidentCondition,
  IncidentFormatError,
  incidentFromObject,
  incidentLabels,
  incidentPath,
  MANAGED_BY,
  specTimes,
  statusTimes,
} from './read.ts';

/** An Incident call is one small object; what takes longer is better tried again by the caller. */
const CALL_TIMEOUT_MS = 10_000;

interface IncidentStoreDeps {
  readonly connection: KubeConnection;
  /** The agent's own namespace, where all Incidents are. */
  readonly namespace: string;
  readonly clock: Clock;
}

/**
 * Store of Incidents as custom resources. Throws what the connection throws (KubeApiError, KubeConnectionError, the reason of an aborted
 * signal), IncidentFormatError when an object cannot be read, ConflictError and NameTakenError.
 */
export class KubeIncidentStore implements IncidentStore {
  readonly #deps: IncidentStoreDeps;

  constructor(deps: IncidentStoreDeps) {
    this.#deps = deps;
  }

  async get(name: string, signal?: AbortSignal): Promise<Incident | undefined> {
    const path = incidentPath(this.#deps.namespace, name);
    const object = await this.#call({ path }, [404], signal);
    return object === undefined ? undefined : incidentFromObject(object);
  }

  async create(incident: NewIncident, signal?: AbortSignal): ReturnType<IncidentStore['create']> {
    const { namespace } = this.#deps;
    const body = objectFromNewIncident(incident, namespace);
    const path = incidentPath(namespace);
    const object = await this.#call({ method: 'POST', path, body }, [409], signal);
    if (object !== undefined) return { created: true, incident: incidentFromObject(object) };
    // The name is taken, perhaps by an earlier call of ours whose answer was lost: either way that one counts.
    const existing = await this.get(incident.name, signal).catch(takenByUnreadable);
    if (existing !== undefined) return { created: false, incident: existing };
    throw new ConflictError(`Incident ${incident.name} was deleted while it was being created`);
  }

  async patchStatus(
    incident: Incident,
    changes: Partial<IncidentStatus>,
    signal?: AbortSignal,
  ): Promise<Incident> {
    const { namespace, clock } = this.#deps;
    const path = `${incidentPath(namespace, incident.name)}/status`;
    const body = statusPatch(incident, changes, clock.now());
    const headers = { 'content-type': 'application/merge-patch+json' };
    // Deleted (404) is as far from the version that was read as changed (409) is.
    const object = await this.#call({ method: 'PATCH', path, body, headers }, [404, 409], signal);
    if (object !== undefined) return incidentFromObject(object);
    throw new ConflictError(
      `Incident ${incident.name} is not at version ${incident.resourceVersion} any more`,
    );
  }

  async delete(incident: Incident, signal?: AbortSignal): Promise<void> {
    const path = incidentPath(this.#deps.namespace, incident.name);
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: incident.uid } };
    // 409: the name belongs to a later Incident, so this one is gone as well.
    await this.#call({ method: 'DELETE', path, body }, [404, 409], signal);
  }

  /** Undefined when the API server answers with one of the `expected` statuses. */
  async #call(
    request: KubeRequest,
    expected: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const limits = { timeoutMs: CALL_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
    try {
      return await this.#deps.connection.json<unknown>({ ...request, ...limits });
    } catch (error) {
      if (error instanceof KubeApiError && expected.includes(error.status)) return undefined;
      throw error;
    }
  }
}

function takenByUnreadable(error: unknown): never {
  if (!(error instanceof IncidentFormatError)) throw error;
  throw new NameTakenError(`the name is taken by an Incident that cannot be read: ${error.message}`);
}

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
  const { phase: _told, ...others } = wanted;
  const changes: Partial<IncidentStatus> = isToldByFields(incident, wanted) ? others : wanted;
  const status: Record<string, unknown> = writeTimes(changes, statusTimes);
  if (changes.comment !== undefined) status['comment'] = writeTimes(changes.comment, commentTimes);
  for (const key of Object.keys(changes)) status[key] ??= null;
  if (changes.phase !== undefined && changes.phase !== incident.status.phase) {
    const next = { ...incident, status: { ...incident.status, ...changes } as IncidentStatus };
    const kept = incident.kept?.conditions ?? [];
    status['conditions'] = [...conditionsOf(next, incident.status.phase, now), ...kept];
  }
  return { metadata: { resourceVersion: incident.resourceVersion }, status };
}

function isToldByFields({ status, kept }: Incident, wanted: Partial<IncidentStatus>): boolean {
  if (kept?.phase === undefined || wanted.phase === undefined) return false;
  return phaseByFields({ ...status, ...wanted }) === wanted.phase;
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
  const times = Object.entries(object).filter(([name, at]) => names.includes(name) && at !== undefined);
  return {
    ...object,
    ...Object.fromEntries(times.map(([name, at]) => [name, new Date(at as number).toISOString()])),
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
  Folded: { ready: true, message: 'Another incident covers this one.' },
  Observed: { ready: true, message: 'Written down only: the agent runs in mode observe.' },
};

/**
 * Conditions after the kstatus convention, by which Flux, Argo CD and `kubectl wait` judge an object: `Ready` always,
 * `Reconciling` while work remains, `Stalled` when it has failed for good. `before` is the phase that the incident leaves.
 */
function conditionsOf(incident: Incident, before: Phase, now: number): readonly IncidentCondition[] {
  const { phase } = incident.status;
  const { ready, message } = verdicts[phase];
  const since = verdicts[before].ready === ready ? lastTurn(incident, ready) : now;
  const about = { reason: phase, message: sentence(incident, message), since };
  return [
    condition('Ready', ready, about),
    ...(phase === 'Pending' ? [condition('Reconciling', true, about)] : []),
    ...(phase === 'Rejected' ? [condition('Stalled', true, { ...about, since: now })] : []),
  ];
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
