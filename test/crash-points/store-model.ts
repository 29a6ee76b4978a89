import type { Incident, IncidentStatus, NewIncident } from '../../src/domain/incident.ts';
import { ConflictError, type IncidentStore } from '../../src/domain/ports.ts';
import { incidentFromObject } from '../../src/kube/incident-store/read.ts';
import { objectFromNewIncident, statusPatch } from '../../src/kube/incident-store/store.ts';
import type { ApiModel, NewObject, RawObject } from './api-model.ts';
import { EPOCH, type World } from './world.ts';

/** Where the agent keeps its Incidents. */
export const INCIDENT_NAMESPACE = 'agent';

/** That somebody has written down that a failure is over. */
export interface WrittenRecovery {
  readonly incident: Incident;
  /** Milliseconds from the beginning. */
  readonly at: number;
  /** When the Incident was made, or its failure came again. */
  readonly standsSince: number;
}

/** That somebody has written down that a failure has come again. */
export interface WrittenRecurrence {
  readonly incident: Incident;
  /** Milliseconds from the beginning. */
  readonly at: number;
  /** When it had been written down as over. */
  readonly overAt: number;
}

/** The Incidents of the cluster, as the API server keeps them. All methods are single atomic moments. */
export interface StoreModel {
  /** Those that this release can read. */
  readonly incidents: ReadonlyMap<string, Incident>;
  /** Incidents that were deleted, by uid. */
  readonly deleted: ReadonlyMap<string, Incident>;
  /** Status writes so far, by uid. */
  readonly writes: ReadonlyMap<string, number>;
  /** Comments that were to be said, by their markers. */
  readonly intents: ReadonlyMap<string, { readonly kind: string; readonly uid: string }>;
  readonly recoveries: readonly WrittenRecovery[];
  readonly recurrences: readonly WrittenRecurrence[];
  readonly rawOf: (name: string) => RawObject | undefined;
  /** Throws IncidentFormatError. */
  readonly get: (name: string) => Incident | undefined;
  readonly create: (incident: NewIncident) => Awaited<ReturnType<IncidentStore['create']>>;
  /** Throws ConflictError. */
  readonly patchStatus: (incident: Incident, status: Partial<IncidentStatus>) => Incident;
  readonly remove: (incident: Incident) => void;
  /** Somebody else has written this object: another release, a restore, a person. */
  readonly putRaw: (object: NewObject) => RawObject;
  readonly removeRaw: (name: string) => void;
  readonly onCreated: (listener: (incident: Incident) => void) => void;
}

/** No Incidents. */
export function createStoreModel({ trace, scheduler }: World, api: ApiModel): StoreModel {
  const incidents = new Map<string, Incident>();
  const deleted = new Map<string, Incident>();
  const writes = new Map<string, number>();
  const intents = new Map<string, { readonly kind: string; readonly uid: string }>();
  const recoveries: WrittenRecovery[] = [];
  const recurrences: WrittenRecurrence[] = [];
  const standsSince = new Map<string, number>();
  const uids = new Map<string, string>();
  /** As they were when they could last be read, by uid. */
  const lastRead = new Map<string, Incident>();
  const listeners: ((incident: Incident) => void)[] = [];
  let count = 0;

  const rawOf = (name: string): RawObject | undefined => api.get('incidents', uids.get(name) ?? '');

  /** What was written is true even where this release cannot read it. */
  function keep(object: NewObject): RawObject {
    const kept = api.put('incidents', object);
    const { name, uid } = kept.metadata;
    uids.set(name, uid);
    incidents.delete(name);
    try {
      const incident = incidentFromObject(kept);
      incidents.set(name, incident);
      lastRead.set(uid, incident);
    } catch {
      trace(`store: ${name} cannot be read`);
    }
    return kept;
  }

  function put(incident: NewIncident): Incident {
    count += 1;
    const uid = `uid-${count}`;
    const object = objectFromNewIncident(incident, INCIDENT_NAMESPACE) as RawObject;
    trace(`store: ${incident.name} is ${uid}`);
    standsSince.set(uid, scheduler.now());
    const creationTimestamp = new Date(EPOCH + scheduler.now()).toISOString();
    const made = incidentFromObject(
      keep({ ...object, metadata: { ...object.metadata, uid, generation: 1, creationTimestamp } }),
    );
    for (const listener of listeners) listener(made);
    return made;
  }

  function removeRaw(stored: RawObject | undefined): void {
    if (stored === undefined) return;
    const { name, uid } = stored.metadata;
    const incident = incidents.get(name) ?? lastRead.get(uid);
    if (incident !== undefined) deleted.set(uid, incident);
    incidents.delete(name);
    uids.delete(name);
    trace(`store: ${name} (${uid}) is deleted`);
    api.remove('incidents', uid);
  }

  function patch(incident: Incident, changes: Partial<IncidentStatus>): Incident {
    const stored = rawOf(incident.name);
    const { uid, resourceVersion } = stored?.metadata ?? {};
    if (stored === undefined || uid !== incident.uid || resourceVersion !== incident.resourceVersion)
      throw new ConflictError(`${incident.name} has changed`);
    const { status } = statusPatch(incident, changes, EPOCH + scheduler.now()) as { status: object };
    writes.set(uid, (writes.get(uid) ?? 0) + 1);
    trace(`store: ${incident.name} ${JSON.stringify(changes, briefly)}`);
    const kept = incidentFromObject(keep({ ...stored, status: merged(stored.status, status) }));
    note(kept, changes);
    return kept;
  }

  /** What is now to be said, and what was decided. */
  function note(
    kept: Incident,
    { comment, recoveredAt, recovery, ...others }: Partial<IncidentStatus>,
  ): void {
    const { uid } = kept;
    if (comment !== undefined) intents.set(comment.marker, { kind: comment.kind, uid });
    const at = scheduler.now();
    // Without a sentence the outbox notes what the ticket says already; of one that another goes on with nothing is said.
    if (recoveredAt !== undefined && recovery !== undefined && others.foldedInto === undefined)
      recoveries.push({ incident: kept, at, standsSince: standsSince.get(uid) ?? 0 });
    if (recoveredAt !== undefined || others.recurrences === undefined) return;
    standsSince.set(uid, at);
    const over = recoveries.findLast(({ incident }) => incident.uid === uid);
    if (over !== undefined) recurrences.push({ incident: kept, at, overAt: over.at });
  }

  return {
    incidents,
    deleted,
    writes,
    intents,
    recoveries,
    recurrences,
    rawOf,
    get: (name) => {
      const stored = rawOf(name);
      return stored === undefined ? undefined : incidentFromObject(stored);
    },
    create: (incident) => {
      const existing = rawOf(incident.name);
      if (existing !== undefined) return { created: false, incident: incidentFromObject(existing) };
      return { created: true, incident: put(incident) };
    },
    patchStatus: patch,
    remove: (incident) => {
      const stored = rawOf(incident.name);
      if (stored?.metadata.uid === incident.uid) removeRaw(stored);
    },
    putRaw: keep,
    removeRaw: (name) => removeRaw(rawOf(name)),
    onCreated: (listener) => listeners.push(listener),
  };
}

function briefly(key: string, value: unknown): unknown {
  return key === 'text' ? undefined : (value ?? null);
}

/** A JSON merge patch: what is null goes. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const before = typeof target === 'object' && target !== null ? target : {};
  const result = new Map<string, unknown>(Object.entries(before));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, merged(result.get(name), value));
  }
  return Object.fromEntries(result);
}
