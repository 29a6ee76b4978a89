import type { Incident, IncidentStatus, NewIncident } from '../domain/incident.ts';
import { ConflictError, type IncidentStore, NameTakenError } from '../domain/ports.ts';
import type { IncidentCache } from './incident-cache.ts';

/** The Lease was lost in the middle of a step: what is left of it belongs to another process. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** Throws LeaseLostError without the Lease: a process that stood still had decided by what was true before. */
export function requireLease(isLeader: () => boolean): void {
  if (!isLeader()) throw new LeaseLostError('the Lease was lost');
}

/** A status write that meets newer versions again and again is not ours to win. */
const MAX_CONFLICTS = 5;

/** Decides about the newest version of an Incident, again after each conflict; undefined leaves it as it is. */
export type StatusChange = (newest: Incident) => Partial<IncidentStatus> | undefined;

/** Writes Incidents, and tells the cache what was answered. Throws what the store throws. */
export class IncidentWriter {
  readonly #store: IncidentStore;
  readonly #cache: IncidentCache;

  constructor(store: IncidentStore, cache: IncidentCache) {
    this.#store = store;
    this.#cache = cache;
  }

  /** Not created, the incident is the one of the same owner that has the name already. Throws NameTakenError where it is of another. */
  async create(incident: NewIncident): ReturnType<IncidentStore['create']> {
    const result = await this.#store.create(incident);
    if (!isSameOwner(result.incident, incident)) throw new NameTakenError(takenBy(result.incident));
    this.#cache.noteAnswer(result.incident);
    return result;
  }

  /** Writes on the newest version. Undefined when the incident is gone. */
  async update(incident: Incident, change: StatusChange): Promise<Incident | undefined> {
    const { name, uid } = incident;
    const known = this.#cache.named(name);
    let newest = known?.uid === uid ? known : incident;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
      const status = change(newest);
      if (status === undefined) return newest;
      const written = await this.#patch(newest, status);
      if (written !== undefined) return written;
      const read = await this.#store.get(name);
      if (read?.uid !== uid) {
        this.#cache.remove(incident);
        return undefined;
      }
      // The watch may be late: what is decided next must rest on what was read just now.
      this.#cache.noteAnswer(read, newest);
      newest = read;
    }
    throw new ConflictError(`Incident ${name} keeps changing under our hands`);
  }

  /** Deleting what is already gone is no error. */
  async delete(incident: Incident, signal: AbortSignal): Promise<void> {
    await this.#store.delete(incident, signal);
    this.#cache.remove(incident);
  }

  /** The incident with its draft, which the cache does not have. Undefined when it is gone. */
  async read({ name, uid }: Incident): Promise<Incident | undefined> {
    const whole = await this.#store.get(name);
    return whole?.uid === uid ? whole : undefined;
  }

  /** Undefined when somebody has changed the incident meanwhile. */
  async #patch(newest: Incident, status: Partial<IncidentStatus>): Promise<Incident | undefined> {
    try {
      return this.#cache.noteAnswer(await this.#store.patchStatus(newest, status), newest);
    } catch (error) {
      if (error instanceof ConflictError) return undefined;
      throw error;
    }
  }
}

/** Names hold a few digits of a key alone, and anybody may have made an object of that name. */
function isSameOwner({ spec: found }: NewIncident, { spec: wanted }: NewIncident): boolean {
  const isElsewhere = found.cluster !== undefined && found.cluster !== wanted.cluster;
  return found.key === wanted.key && (wanted.cluster === undefined || !isElsewhere);
}

function takenBy({ name, spec: { key, cluster } }: Incident): string {
  return `the name ${name} is taken by an Incident of another key (${key.slice(0, 10)}) or cluster (${cluster ?? 'not said'})`;
}
