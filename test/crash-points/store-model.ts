import type { Incident, IncidentStatus, NewIncident } from '../../src/domain/incident.ts';
import { ConflictError, type IncidentStore } from '../../src/domain/ports.ts';
import type { World } from './world.ts';

/** A change as a watch tells it. */
export type StoreEvent =
  | { readonly kind: 'upsert'; readonly incident: Incident }
  | { readonly kind: 'removed'; readonly incident: Incident };

/** The Incidents of the cluster, as the API server keeps them. All methods are single atomic moments. */
export interface StoreModel {
  readonly incidents: ReadonlyMap<string, Incident>;
  /** Incidents that were deleted, by uid. */
  readonly deleted: ReadonlyMap<string, Incident>;
  /** Status writes so far, by uid. */
  readonly writes: ReadonlyMap<string, number>;
  readonly subscribe: (listener: (event: StoreEvent) => void) => () => void;
  readonly get: (name: string) => Incident | undefined;
  readonly create: (incident: NewIncident) => Awaited<ReturnType<IncidentStore['create']>>;
  /** Throws ConflictError. */
  readonly patchStatus: (incident: Incident, status: Partial<IncidentStatus>) => Incident;
  readonly remove: (incident: Incident) => void;
}

/** No Incidents. */
export function createStoreModel({ trace, scheduler }: World): StoreModel {
  const incidents = new Map<string, Incident>();
  const deleted = new Map<string, Incident>();
  const writes = new Map<string, number>();
  const listeners = new Set<(event: StoreEvent) => void>();
  let version = 100;
  let uids = 0;

  function keep(incident: Incident): Incident {
    incidents.set(incident.name, incident);
    for (const listener of listeners) listener({ kind: 'upsert', incident });
    return incident;
  }

  function put({ name, spec }: NewIncident): Incident {
    version += 1;
    uids += 1;
    trace(`store: ${name} is uid-${uids}`);
    return keep({
      name,
      uid: `uid-${uids}`,
      resourceVersion: String(version),
      createdAt: scheduler.now(),
      spec,
      status: { phase: 'Pending' },
    });
  }

  return {
    incidents,
    deleted,
    writes,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get: (name) => incidents.get(name),
    create: (incident) => {
      const existing = incidents.get(incident.name);
      if (existing !== undefined) return { created: false, incident: existing };
      return { created: true, incident: put(incident) };
    },
    patchStatus: (incident, changes) => {
      const stored = incidents.get(incident.name);
      if (stored?.uid !== incident.uid || stored.resourceVersion !== incident.resourceVersion)
        throw new ConflictError(`${incident.name} has changed`);
      version += 1;
      writes.set(stored.uid, (writes.get(stored.uid) ?? 0) + 1);
      const status = merged(stored.status, changes);
      trace(`store: ${stored.name} ${JSON.stringify(changes, (_key, value: unknown) => value ?? null)}`);
      return keep({ ...stored, resourceVersion: String(version), status });
    },
    remove: (incident) => {
      const stored = incidents.get(incident.name);
      if (stored?.uid !== incident.uid) return;
      version += 1;
      incidents.delete(incident.name);
      deleted.set(stored.uid, stored);
      trace(`store: ${stored.name} (${stored.uid}) is deleted`);
      const gone = { ...stored, resourceVersion: String(version) };
      for (const listener of listeners) listener({ kind: 'removed', incident: gone });
    },
  };
}

/** A JSON merge patch: what is undefined goes. */
function merged(status: IncidentStatus, changes: Partial<IncidentStatus>): IncidentStatus {
  const entries = Object.entries({ ...status, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as IncidentStatus;
}
