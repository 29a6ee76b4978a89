import type { Clock } from '../domain/clock.ts';
import type { Incident, IncidentStatus, NewIncident } from '../domain/incident.ts';
import { ConflictError, type IncidentStore } from '../domain/ports.ts';
import type { TicketDraft } from '../domain/ticket.ts';
import type { FilingFacts, Lookup } from './next-step.ts';

/** A status write that meets newer versions again and again is not ours to win. */
const MAX_CONFLICTS = 5;
/** Drafts kept in memory until their tickets are filed; the others are read again from the store. */
const MAX_DRAFTS = 50;

/** The Incident was deleted while it was worked on. */
export class GoneError extends Error {
  override readonly name = 'GoneError';
}

/** One incident and what this process knows of it. */
export interface Item {
  incident: Incident;
  facts: FilingFacts;
  busy: boolean;
}

/** The incidents that one process knows. The objects in the cluster are the truth; this may be lost at any moment. */
export interface Shelf {
  readonly items: ReadonlyMap<string, Item>;
  readonly offer: (incident: Incident) => void;
  readonly forget: (name: string) => void;
  readonly drop: (item: Item) => void;
  /** What is known of everybody's attempts begins anew: another process may have been sending until a moment ago. */
  readonly takeOver: () => void;
  readonly create: (
    incident: NewIncident,
    lookup?: Promise<Lookup | undefined>,
  ) => ReturnType<IncidentStore['create']>;
  /** The incident with its draft. Throws GoneError. */
  readonly load: (incident: Incident) => Promise<Incident>;
  /** Writes on the newest version; `change` is asked again after a conflict. Undefined when the incident is gone. */
  readonly update: (
    incident: Incident,
    change: (newest: Incident) => Partial<IncidentStatus> | undefined,
  ) => Promise<Incident | undefined>;
}

interface State {
  readonly store: IncidentStore;
  readonly clock: Clock;
  readonly items: Map<string, Item>;
  /** Incidents that this process is making: no other one can have tried to file them. */
  readonly making: Map<string, FilingFacts>;
  readonly drafts: Map<string, TicketDraft>;
  readonly onChange: () => void;
}

const fresh: FilingFacts = { failures: 0, shrink: 0 };

/** An empty shelf. `onChange` is told whenever there may be something new to do. */
export function createShelf(store: IncidentStore, clock: Clock, onChange: () => void): Shelf {
  const state: State = { store, clock, items: new Map(), making: new Map(), drafts: new Map(), onChange };
  return {
    items: state.items,
    offer: (incident) => offer(state, incident),
    forget: (name) => {
      state.items.delete(name);
      onChange();
    },
    drop: (item) => {
      state.drafts.delete(item.incident.uid);
      if (state.items.get(item.incident.name) === item) state.items.delete(item.incident.name);
    },
    takeOver: () => {
      for (const item of state.items.values()) item.facts = { ...fresh, unknownSince: clock.monotonic() };
    },
    create: (incident, lookup) => create(state, incident, lookup),
    load: (incident) => load(state, incident),
    update: (incident, change) => update(state, incident, change),
  };
}

function offer(state: State, whole: Incident): void {
  const { draft: _draft, ...spec } = whole.spec;
  const incident = { ...whole, spec };
  const item = state.items.get(incident.name);
  if (item === undefined || item.incident.uid !== incident.uid) {
    const facts = state.making.get(incident.name) ?? { ...fresh, unknownSince: state.clock.monotonic() };
    state.items.set(incident.name, { incident, facts, busy: false });
  } else if (isNewer(incident, item.incident)) {
    item.incident = incident;
  }
  if (incident.status.phase !== 'Pending') state.drafts.delete(incident.uid);
  state.onChange();
}

async function create(
  state: State,
  incident: NewIncident,
  lookup: Promise<Lookup | undefined> | undefined,
): ReturnType<IncidentStore['create']> {
  state.making.set(incident.name, fresh);
  try {
    const [result, found] = await Promise.all([state.store.create(incident), lookup]);
    if (result.created) remember(state, result.incident, found);
    else state.making.delete(incident.name);
    offer(state, result.incident);
    return result;
  } finally {
    state.making.delete(incident.name);
  }
}

function remember(state: State, incident: Incident, lookup: Lookup | undefined): void {
  if (lookup !== undefined) state.making.set(incident.name, { ...fresh, lookup });
  if (incident.spec.draft !== undefined && state.drafts.size < MAX_DRAFTS) {
    state.drafts.set(incident.uid, incident.spec.draft);
  }
}

async function load(state: State, incident: Incident): Promise<Incident> {
  const draft = state.drafts.get(incident.uid);
  if (draft !== undefined) return { ...incident, spec: { ...incident.spec, draft } };
  const whole = await state.store.get(incident.name);
  if (whole === undefined || whole.uid !== incident.uid) throw new GoneError(incident.name);
  return whole;
}

async function update(
  state: State,
  incident: Incident,
  change: (newest: Incident) => Partial<IncidentStatus> | undefined,
): Promise<Incident | undefined> {
  let newest: Incident | undefined = state.items.get(incident.name)?.incident ?? incident;
  for (let conflicts = 0; newest !== undefined && conflicts < MAX_CONFLICTS; conflicts += 1) {
    const status = change(newest);
    if (status === undefined) return newest;
    try {
      const written = await state.store.patchStatus(newest, status);
      offer(state, written);
      return written;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      newest = await state.store.get(incident.name);
    }
  }
  if (newest !== undefined)
    throw new ConflictError(`Incident ${incident.name} keeps changing under our hands`);
  state.items.delete(incident.name);
  return undefined;
}

/** Resource versions of one object only grow; they are decimal numbers of any length. */
function isNewer(left: Incident, right: Incident): boolean {
  const [a, b] = [left.resourceVersion, right.resourceVersion];
  return a.length === b.length ? a > b : a.length > b.length;
}
