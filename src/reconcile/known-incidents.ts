import type { Correlator } from '../correlate/index.ts';
import { type Clock, nowOf } from '../domain/clock.ts';
import { type Incident, type UnreadableIncident, unknownWords } from '../domain/incident.ts';
import type { Outbox } from '../outbox/index.ts';
import { createLedger, type IncidentLedger } from './ledger.ts';
import { createSetAsideIncidents, type SetAsideDeps, type SetAsideIncidents } from './set-aside.ts';

/** Deleted Incidents remembered: an answer is late by seconds. */
const MAX_DELETED = 1_000;

export interface KnownIncidentsDeps extends SetAsideDeps {
  readonly clock: Clock;
  readonly book: Correlator;
  readonly outbox: Pick<Outbox, 'offer' | 'forget'>;
  readonly isLeader: () => boolean;
  /** How many Incidents there may be. */
  readonly maxIncidents: number;
  /** There may be something new to decide for the owner of this Incident. */
  readonly onChange: (incident: Incident) => void;
  /** Which keys are occupied has changed. */
  readonly onKeysFreed: () => void;
  readonly report: SetAsideDeps['report'] & {
    /** There are as many Incidents as there may be. Told once, until there is room again. */
    readonly full: (incidents: number) => void;
    /** An Incident is not as it was; only the leader tells. */
    readonly changed: (incident: Incident, before: Incident) => void;
    /** An Incident has words of a later release, and is handled by what is known of it. Told once. */
    readonly unknown: (incident: Incident, words: readonly string[]) => void;
  };
}

/** The Incidents of the cluster as they come from the watch and from answers to our writes, handed on to those who work with them. */
export interface KnownIncidents {
  readonly ledger: IncidentLedger;
  readonly aside: SetAsideIncidents;
  /** Seen by the watch. With `isTrue` it is taken whatever its version: those of a restored API server begin anew. */
  readonly upsert: (incident: Incident, isTrue?: boolean) => void;
  /** As it was written by this process. The answer may come after its deletion was seen, and is no news then. */
  readonly written: (incident: Incident, isTrue?: boolean) => void;
  /** One that cannot be read: it keeps its name and its key to itself. */
  readonly upsertUnreadable: (incident: UnreadableIncident) => void;
  readonly remove: (incident: Pick<Incident, 'name' | 'uid'>) => void;
}

interface State extends KnownIncidentsDeps {
  readonly ledger: IncidentLedger;
  readonly aside: SetAsideIncidents;
  /** Uids of Incidents whose deletion was seen, oldest first. */
  readonly deleted: Set<string>;
  wasFull: boolean;
}

/** None is known yet. */
export function createKnownIncidents(deps: KnownIncidentsDeps): KnownIncidents {
  const aside = createSetAsideIncidents(deps);
  const state: State = { ...deps, aside, ledger: createLedger(), deleted: new Set(), wasFull: false };
  return {
    ledger: state.ledger,
    aside,
    upsert: (incident, isTrue) => {
      state.deleted.delete(incident.uid);
      upsertIncident(state, incident, isTrue);
    },
    written: (incident, isTrue) => {
      if (!state.deleted.has(incident.uid)) upsertIncident(state, incident, isTrue);
    },
    upsertUnreadable: (incident) => upsertUnreadable(state, incident),
    remove: (incident) => removeIncident(state, incident),
  };
}

function upsertIncident(state: State, incident: Incident, isTrue = false): void {
  const { ledger, outbox, book, clock, report } = state;
  if (isSetAside(state, incident)) return;
  const before = ledger.named(incident.name);
  if (!ledger.upsert(incident, isTrue)) return;
  outbox.offer(incident, isTrue);
  if (before?.uid === incident.uid && state.isLeader()) report.changed(incident, before);
  noteUnknown(state, incident, before);
  if (incident.spec.trigger !== 'manual') book.setIncident(incident, nowOf(clock));
  state.onChange(incident);
  noteFull(state);
}

function noteUnknown({ report }: State, incident: Incident, before: Incident | undefined): void {
  const words = unknownWords(incident);
  if (words.length > 0 && (before === undefined || unknownWords(before).length === 0))
    report.unknown(incident, words);
}

/** What was set aside and can be read now is none of them any more. */
function isSetAside(state: State, incident: Incident): boolean {
  if (state.aside.isForeign(incident)) {
    removeKnown(state, incident.name);
    return true;
  }
  // Which keys it has kept to itself is not known for certain.
  if (state.aside.forget(incident.name)) state.onKeysFreed();
  return false;
}

/** A last good reading of it would be written on a version that it does not have any more. */
function upsertUnreadable(state: State, incident: UnreadableIncident): void {
  state.aside.noteUnreadable(incident);
  removeKnown(state, incident.name);
}

function removeKnown(state: State, name: string): void {
  const known = state.ledger.named(name);
  if (known !== undefined) removeReadable(state, known);
}

function noteFull(state: State): void {
  const { ledger, maxIncidents, report, isLeader } = state;
  const isFull = ledger.count() >= maxIncidents;
  if (isFull && !state.wasFull && isLeader()) report.full(ledger.count());
  state.wasFull = isFull;
}

function removeIncident(state: State, incident: Pick<Incident, 'name' | 'uid'>): void {
  state.deleted.add(incident.uid);
  if (state.deleted.size > MAX_DELETED) state.deleted.delete(state.deleted.values().next().value ?? '');
  if (state.aside.forget(incident.name, incident.uid)) return state.onKeysFreed();
  const known = state.ledger.named(incident.name);
  if (known?.uid === incident.uid) return removeReadable(state, known);
  state.outbox.forget(incident.name, incident.uid);
}

function removeReadable(state: State, incident: Incident): void {
  const { ledger, outbox, book, clock } = state;
  outbox.forget(incident.name, incident.uid);
  if (!ledger.remove(incident)) return;
  noteFull(state);
  if (incident.spec.trigger !== 'manual') {
    book.dropIncident(incident);
    const older = ledger.newestOf(incident.spec.key);
    if (older !== undefined) book.setIncident(older, nowOf(clock));
  }
  state.onChange(incident);
}
