import type { Clock } from '../../domain/clock.ts';
import type { Incident, IncidentStatus, NewIncident } from '../../domain/incident.ts';
import { ConflictError, NameTakenError } from '../../domain/ports.ts';
import type { IncidentStore } from '../../domain/ports.ts';
import { KubeApiError } from '../connection/index.ts';
import type { KubeConnection, KubeRequest } from '../connection/index.ts';
import { IncidentFormatError, incidentFromObject, incidentPath } from './read.ts';
import { objectFromNewIncident, statusPatch } from './write.ts';

/** An Incident call is one small object; what takes longer is better tried again by the caller. */
const CALL_TIMEOUT_MS = 10_000;

export interface IncidentStoreDeps {
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
    const object = await this.#call({ path, ...abortable(signal) }, [404]);
    return object === undefined ? undefined : incidentFromObject(object);
  }

  async create(incident: NewIncident, signal?: AbortSignal): ReturnType<IncidentStore['create']> {
    const { namespace } = this.#deps;
    const body = objectFromNewIncident(incident, namespace);
    const path = incidentPath(namespace);
    const object = await this.#call({ method: 'POST', path, body, ...abortable(signal) }, [409]);
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
    const object = await this.#call(
      { method: 'PATCH', path, body, headers, ...abortable(signal) },
      [404, 409],
    );
    if (object !== undefined) return incidentFromObject(object);
    throw new ConflictError(
      `Incident ${incident.name} is not at version ${incident.resourceVersion} any more`,
    );
  }

  async delete(incident: Incident, signal?: AbortSignal): Promise<void> {
    const path = incidentPath(this.#deps.namespace, incident.name);
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: incident.uid } };
    // 409: the name belongs to a later Incident, so this one is gone as well.
    await this.#call({ method: 'DELETE', path, body, ...abortable(signal) }, [404, 409]);
  }

  /** Undefined when the API server answers with one of the `expected` statuses. */
  async #call(request: KubeRequest, expected: readonly number[]): Promise<unknown> {
    try {
      return await this.#deps.connection.json<unknown>({ ...request, timeoutMs: CALL_TIMEOUT_MS });
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

function abortable(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
