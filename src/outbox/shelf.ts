import { type Clock, MINUTE } from '../domain/clock.ts';
import type { Incident, IncidentStatus, NewIncident } from '../domain/incident.ts';
import { ConflictError, type IncidentStore, NameTakenError } from '../domain/ports.ts';
import type { TicketDraft } from '../domain/ticket.ts';
import { isNewer } from '../lib/resource-version.ts';
import { GoneError } from './errors.ts';
import { type FilingFacts, type TicketMatches, unknownFacts } from './next-step.ts';
import { createIncidentsOfKey, goesOn, type IncidentsOfKey } from './incidents-of-key.ts';

/** A status write that meets newer versions again and again is not ours to win. */
const MAX_CONFLICTS = 5;
/** Drafts kept in memory until their tickets are filed; the others are read again from the store. */
const MAX_DRAFTS = 50;
/** A ticket that was sent so long ago is in the list. */
const SENT_MEMORY_MS = 10 * MINUTE;

/** One incident and what this process knows of it. */
export interface Item {
  incident: Incident;
  facts: FilingFacts;
}

/** The incidents that one process knows. The objects in the cluster are the truth; this may be lost at any moment. */
export interface Shelf {
  readonly items: ReadonlyMap<string, Item>;
  /** What is older than what is known is passed over, unless it `isTrue` whatever its version. */
  readonly offer: (incident: Incident, isTrue?: boolean) => void;
  /** With `uid` a later Incident of the same name is kept. */
  readonly forget: (name: string, uid?: string) => void;
  /** What is known of everybody's attempts begins anew: another process may have been sending until a moment ago. */
  readonly takeOver: () => void;
  readonly create: (
    incident: NewIncident,
    matches?: Promise<TicketMatches | undefined>,
  ) => ReturnType<IncidentStore['create']>;
  /** The incident with its draft. Throws GoneError. */
  readonly load: (incident: Incident) => Promise<Incident>;
  /** Writes on the newest version; `change` is asked again after a conflict. Undefined when the incident is gone. */
  readonly update: (
    incident: Incident,
    change: (newest: Incident) => Partial<IncidentStatus> | undefined,
  ) => Promise<Incident | undefined>;
  /** No other Incident of its key was made later. */
  readonly isNewest: (incident: Incident) => boolean;
  /** Name of the Incident that goes on in place of this one, where two of one key stand. */
  readonly successorOf: (incident: Incident) => string | undefined;
  /** Names of all Incidents of this key. */
  readonly namesOf: (key: string) => Iterable<string>;
  /** A ticket of this incident's key may have been made just now, whatever becomes of the Incident. */
  readonly noteSent: (incident: Incident) => void;
}

interface State {
  readonly store: IncidentStore;
  readonly clock: Clock;
  readonly items: Map<string, Item>;
  readonly siblings: IncidentsOfKey;
  /** By uid. */
  readonly drafts: Map<string, TicketDraft>;
  /** When a ticket of a key was sent last (monotonic), oldest first. */
  readonly sentAt: Map<string, number>;
  readonly onChange: (name: string) => void;
  /** Counts the take-overs. */
  term: number;
}

/** An empty shelf. `onChange` is told of every incident for which there may be something new to do. */
export function createShelf(store: IncidentStore, clock: Clock, onChange: (name: string) => void): Shelf {
  const items = new Map<string, Item>();
  const siblings = createIncidentsOfKey();
  const [drafts, sentAt] = [new Map(), new Map()];
  const state: State = { store, clock, items, siblings, drafts, sentAt, onChange, term: 0 };
  return {
    items,
    offer: (incident, isTrue) => offer(state, incident, isTrue),
    forget: (name, uid) => forget(state, name, uid),
    takeOver: () => takeOver(state),
    create: (incident, matches) => create(state, incident, matches),
    load: (incident) => load(state, incident),
    update: (incident, change) => update(state, incident, change),
    isNewest: (incident) => !ofKey(state, incident).some((other) => other.createdAt > incident.createdAt),
    successorOf: (incident) => ofKey(state, incident).find((other) => goesOn(incident, other))?.name,
    namesOf: siblings.namesOf,
    noteSent: (incident) => noteSent(state, incident),
  };
}

function ofKey({ items, siblings }: State, { spec }: Incident): readonly Incident[] {
  return [...siblings.namesOf(spec.key)].flatMap((name) => items.get(name)?.incident ?? []);
}

function changed({ siblings, onChange }: State, { spec }: Incident): void {
  for (const name of siblings.namesOf(spec.key)) onChange(name);
}

function takeOver(state: State): void {
  state.term += 1;
  for (const [name, item] of state.items) {
    item.facts = arrivalFacts(state, item.incident);
    state.onChange(name);
  }
}

function arrivalFacts({ clock }: State, incident: Incident): FilingFacts {
  return unknownFacts(incident, { now: clock.now(), elapsed: clock.monotonic() });
}

function offer(state: State, whole: Incident, isTrue = false): void {
  const { items, siblings, drafts } = state;
  const { draft: _draft, ...spec } = whole.spec;
  const incident = { ...whole, spec };
  const item = items.get(incident.name);
  if (item !== undefined && !isTrue && !isNewer(incident.resourceVersion, item.incident.resourceVersion))
    return;
  if (item?.incident.uid !== incident.uid) {
    if (item !== undefined) drafts.delete(item.incident.uid);
    items.set(incident.name, { incident, facts: arrivalFacts(state, incident) });
    siblings.add(incident);
  } else {
    // Filed by another process, whose attempts nobody knows, or not filed any more: the cluster was restored from a backup. A
    // step of our own says more about it when it ends.
    if (hasTicket(incident) !== hasTicket(item.incident)) item.facts = arrivalFacts(state, incident);
    item.incident = incident;
  }
  if (incident.status.phase !== 'Pending') drafts.delete(incident.uid);
  changed(state, incident);
}

function hasTicket({ status }: Incident): boolean {
  return status.ticketId !== undefined;
}

function forget(state: State, name: string, uid: string | undefined): void {
  const { items, siblings, drafts, onChange } = state;
  const item = items.get(name);
  if (item === undefined || (uid !== undefined && item.incident.uid !== uid)) return;
  drafts.delete(item.incident.uid);
  items.delete(name);
  siblings.remove(item.incident);
  onChange(name);
  changed(state, item.incident);
}

async function create(
  state: State,
  incident: NewIncident,
  matches: Promise<TicketMatches | undefined> | undefined,
): ReturnType<IncidentStore['create']> {
  const { term } = state;
  const [result, found] = await Promise.all([state.store.create(incident), matches?.catch(() => undefined)]);
  if (!isSameOwner(result.incident, incident)) throw new NameTakenError(takenBy(result.incident));
  offer(state, result.incident);
  if (result.created && term === state.term) begin(state, result.incident, found);
  return result;
}

/** Names hold a few digits of a key alone, and anybody may have made an object of that name. */
function isSameOwner({ spec: found }: NewIncident, { spec: wanted }: NewIncident): boolean {
  const isElsewhere = found.cluster !== undefined && found.cluster !== wanted.cluster;
  return found.key === wanted.key && (wanted.cluster === undefined || !isElsewhere);
}

function takenBy({ name, spec: { key, cluster } }: Incident): string {
  return `the name ${name} is taken by an Incident of another key (${key.slice(0, 10)}) or cluster (${cluster ?? 'not said'})`;
}

/** This process has made the Incident: nobody else can have tried to file it, so there is nothing to wait for. */
function begin(state: State, whole: Incident, matches: TicketMatches | undefined): void {
  const { items, drafts, sentAt, onChange } = state;
  const item = items.get(whole.name);
  if (item?.incident.uid !== whole.uid || !isUntouched(item)) return;
  // An earlier Incident of the key may have been deleted by hand a moment after its ticket was sent.
  const sent = sentAt.get(whole.spec.key);
  if (sent !== undefined) item.facts = { ...item.facts, unknownSince: sent };
  else item.facts = { failures: 0, shrink: 0, ...(matches === undefined ? {} : { matches }) };
  if (whole.spec.draft !== undefined && drafts.size < MAX_DRAFTS) drafts.set(whole.uid, whole.spec.draft);
  onChange(whole.name);
}

function isUntouched({ incident, facts }: Item): boolean {
  return incident.status.phase === 'Pending' && facts.failures === 0 && facts.matches === undefined;
}

function noteSent(state: State, { uid, spec }: Incident): void {
  const { sentAt, items, clock } = state;
  const now = clock.monotonic();
  // Deleted by hand under our hands and opened anew: what the other knows of the list may be too old by now.
  for (const name of state.siblings.namesOf(spec.key)) {
    const item = items.get(name);
    if (item === undefined || item.incident.uid === uid || item.incident.status.phase !== 'Pending') continue;
    const { matches: _old, ...facts } = item.facts;
    item.facts = { ...facts, unknownSince: now };
    state.onChange(name);
  }
  sentAt.delete(spec.key);
  sentAt.set(spec.key, now);
  for (const [old, at] of sentAt) {
    if (now - at < SENT_MEMORY_MS) return;
    sentAt.delete(old);
  }
}

async function load(state: State, incident: Incident): Promise<Incident> {
  const draft = state.drafts.get(incident.uid);
  if (draft !== undefined) return { ...incident, spec: { ...incident.spec, draft } };
  const whole = await state.store.get(incident.name);
  if (whole?.uid !== incident.uid) throw new GoneError(incident.name);
  return whole;
}

async function update(
  state: State,
  incident: Incident,
  change: (newest: Incident) => Partial<IncidentStatus> | undefined,
): Promise<Incident | undefined> {
  const { name, uid } = incident;
  const known = state.items.get(name)?.incident;
  let newest: Incident | undefined = known?.uid === uid ? known : incident;
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
    const status = change(newest);
    if (status === undefined) return newest;
    const written = await patch(state, newest, status);
    if (written !== undefined) return written;
    const refused = newest;
    newest = await state.store.get(name);
    if (newest?.uid !== uid) {
      forget(state, name, uid);
      return undefined;
    }
    // The watch may be late: what is decided next must rest on what was read just now.
    answered(state, refused, newest);
  }
  throw new ConflictError(`Incident ${name} keeps changing under our hands`);
}

/** Undefined when somebody has changed the incident meanwhile. */
async function patch(
  state: State,
  newest: Incident,
  status: Partial<IncidentStatus>,
): Promise<Incident | undefined> {
  try {
    return answered(state, newest, await state.store.patchStatus(newest, status));
  } catch (error) {
    if (error instanceof ConflictError) return undefined;
    throw error;
  }
}

/**
 * The answer to a write on `base`. If nothing was heard of since, it comes after it, though a restored API server counts lower;
 * else the watch may have been faster. Returns the newest that is known.
 */
function answered(state: State, base: Incident, answer: Incident): Incident {
  const { items } = state;
  const known = items.get(base.name)?.incident;
  offer(state, answer, known?.uid === base.uid && known.resourceVersion === base.resourceVersion);
  const newest = items.get(answer.name)?.incident;
  return newest?.uid === answer.uid ? newest : answer;
}
