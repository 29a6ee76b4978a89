import { incidentKey, incidentMarker, incidentName } from '../../src/correlate/identity.ts';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { objectFromNewIncident } from '../../src/kube/incident-store/store.ts';
import type { NewObject, RawObject, ViewTroubles } from './api-model.ts';
import type { DeskModel } from './desk-model.ts';
import { INCIDENT_NAMESPACE, type StoreModel } from './store-model.ts';
import { EPOCH, type World } from './world.ts';

/** Incidents that are not as this release of this cluster's agent writes them. */
export interface Strangers {
  /** One of another cluster comes with a copied namespace. */
  readonly copyForeign: () => void;
  /** A later release writes words that this one does not know into an Incident. */
  readonly writeUnknown: () => void;
  /** An Incident is written so that it cannot be read; later it is as before, or deleted, or neither. */
  readonly writeUnreadable: () => void;
  /** What was done to them although nothing may be. */
  readonly broken: () => readonly string[];
  /** An Incident that cannot be read has this key. */
  readonly isOccupied: (key: string) => boolean;
  /** That of another cluster. */
  readonly isForeign: (name: string) => boolean;
}

export interface StrangersDeps {
  readonly world: World;
  readonly store: StoreModel;
  readonly desk: DeskModel;
  readonly troubles: ViewTroubles;
}

/** Long enough to be seen by a watch that is well. */
const SEEN_AFTER_MS = 5 * SECOND;
/** A watch that was troubled so long ago is well, or known not to be. */
const TROUBLED_MS = 4 * MINUTE;

interface Unreadable {
  readonly key: string;
  readonly since: number;
  readonly written: RawObject;
}

interface State extends StrangersDeps {
  readonly foreign: Map<string, { readonly written: RawObject; readonly ticketId: string }>;
  readonly unreadable: Map<string, Unreadable>;
  /** Uids of those that have a field which nobody knows here. */
  readonly extended: Set<string>;
  readonly violations: string[];
}

/** None of them. */
export function createStrangers(deps: StrangersDeps): Strangers {
  const state: State = {
    ...deps,
    foreign: new Map(),
    unreadable: new Map(),
    extended: new Set(),
    violations: [],
  };
  deps.store.onCreated((incident) => noteCreated(state, incident));
  return {
    copyForeign: () => copyForeign(state),
    writeUnknown: () => writeUnknown(state),
    writeUnreadable: () => writeUnreadable(state),
    broken: () => [...state.violations, ...touched(state)],
    isOccupied: (key) => [...state.unreadable.values()].some((one) => one.key === key),
    isForeign: (name) => state.foreign.has(name),
  };
}

function copyForeign(state: State): void {
  const { world, store, desk, foreign } = state;
  const owner = world.random.pick(world.faults)?.owner;
  if (owner === undefined) return;
  const key = incidentKey('another-cluster', owner);
  const name = incidentName(owner, key, 1);
  if (foreign.has(name)) return;
  const uid = `uid-of-${name}`;
  const marker = incidentMarker({ uid, spec: { key } });
  const request = {
    subject: `${owner.name} fails [${marker}]`,
    description: 'It fails.',
    category: 'technical' as const,
    severity: 'critical' as const,
    environment: {},
    clusterId: 'another',
    marker,
  };
  const { id } = desk.accept(request, { sender: 'another cluster', sentAt: world.scheduler.now() });
  const at = EPOCH + world.scheduler.now() - MINUTE;
  const spec = {
    trigger: 'automatic',
    target: owner,
    key,
    class: 'crash',
    reason: 'Error',
    openedAt: at,
  } as const;
  const isNamed = world.random.chance(0.7);
  const object = objectFromNewIncident(
    { name, spec: isNamed ? { ...spec, cluster: 'another-cluster' } : spec },
    INCIDENT_NAMESPACE,
  ) as NewObject;
  world.trace(`an Incident of another cluster comes: ${name}`);
  const written = store.putRaw({
    ...object,
    metadata: { ...object.metadata, uid, creationTimestamp: new Date(at).toISOString() },
    status: { phase: 'Filed', ticketId: id, filedAt: new Date(at).toISOString() },
  });
  foreign.set(name, { written, ticketId: id });
}

/** Any of those that stand. */
function pickRaw({ world, store, foreign }: State): RawObject | undefined {
  const names = [...store.incidents.values()]
    .filter(
      ({ name, spec, status }) =>
        spec.trigger === 'automatic' && status.phase === 'Filed' && !foreign.has(name),
    )
    .map(({ name }) => name);
  return store.rawOf(world.random.pick(names) ?? '');
}

function writeUnknown(state: State): void {
  const { world, store } = state;
  const raw = pickRaw(state);
  if (raw === undefined) return;
  const status = { ...(raw.status as object) };
  const words = [{ phase: 'Parked' }, { class: 'quota' }, { severity: 'page' }];
  const changed = { ...status, ...world.random.pick(words) };
  world.trace(`a later release writes ${raw.metadata.name}: ${JSON.stringify(changed)}`);
  store.putRaw({ ...raw, status: changed });
  if ('severity' in changed) state.extended.add(raw.metadata.uid);
}

function writeUnreadable(state: State): void {
  const { world, store, unreadable } = state;
  const raw = pickRaw(state);
  if (raw === undefined) return;
  const { name, uid } = raw.metadata;
  world.trace(`${name} is written so that it cannot be read`);
  const spec = raw.spec as { readonly key: string };
  const written = store.putRaw({ ...raw, spec: { ...spec, openedAt: 'whenever' } });
  unreadable.set(name, { key: spec.key, since: world.scheduler.now(), written });
  const end = (action: () => void) => (): void => {
    unreadable.delete(name);
    if (store.rawOf(name)?.metadata.uid === uid) action();
  };
  const afterMs = world.random.between(10, 240) * SECOND;
  const what = world.random.between(0, 2);
  if (what === 0)
    world.scheduler.after(
      afterMs,
      end(() => store.putRaw(raw)),
    );
  if (what === 1)
    world.scheduler.after(
      afterMs,
      end(() => store.removeRaw(name)),
    );
}

/** Nothing is opened for an owner whose Incident cannot be read, as far as that can be known. */
function noteCreated({ world, troubles, unreadable, violations }: State, incident: Incident): void {
  if (incident.spec.trigger === 'manual') return;
  const now = world.scheduler.now();
  const occupied = [...unreadable.values()].find(({ key }) => key === incident.spec.key);
  if (occupied === undefined || now < occupied.since + SEEN_AFTER_MS) return;
  if (now < troubles.lastAt('incidents') + TROUBLED_MS) return;
  violations.push(`${incident.name} was opened beside one that cannot be read`);
}

function touched(state: State): readonly string[] {
  return [...touchedForeign(state), ...touchedOwn(state)];
}

function isAsWritten({ store }: State, name: string, written: RawObject): boolean {
  return store.rawOf(name)?.metadata.resourceVersion === written.metadata.resourceVersion;
}

function touchedForeign(state: State): readonly string[] {
  const broken: string[] = [];
  for (const [name, { written, ticketId }] of state.foreign) {
    const ticket = state.desk.ticket(ticketId);
    if (!isAsWritten(state, name, written)) broken.push(`${name} is of another cluster and was changed`);
    const words = (ticket?.comments ?? []).map(({ body }) => body);
    if (words.length > 0 || ticket?.closed?.by === 'agent')
      broken.push(`${ticketId} is of another cluster and was told or closed: ${words.join(', ')}`);
  }
  return broken;
}

function touchedOwn(state: State): readonly string[] {
  const { store, unreadable, extended } = state;
  const broken: string[] = [];
  for (const { name, uid } of store.incidents.values()) {
    const status = store.rawOf(name)?.status ?? {};
    if (extended.has(uid) && !('severity' in (status as object)))
      broken.push(`${name} has lost what a later release had written`);
  }
  for (const [name, { written }] of unreadable)
    if (!isAsWritten(state, name, written)) broken.push(`${name} cannot be read and was changed`);
  return broken;
}
