import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { Incident } from '../domain/incident.ts';
import type { BookOptions, Decision } from './decision.ts';
import { allSignals, createEntry, type Entry, noteSignals } from './entry.ts';
import { type Findings, findingsOf } from './findings.ts';
import type { OwnerHealth } from './health.ts';
import { incidentNumber } from './identity.ts';
import { judge, nextChange } from './judge.ts';

/** What one object shows at one moment. */
export interface Sighting {
  readonly subject: { readonly uid: string; readonly gone: boolean };
  readonly owner: ObjectRef;
  readonly key: string;
  /** None means that the object is well, or gone. */
  readonly signals: readonly Signal[];
}

/**
 * Folds signals into incidents: one open automatic incident per owner. It holds no clock and decides by levels only,
 * so that a restart, which begins with an empty book and the same cluster, comes to the same decisions.
 */
export interface IncidentBook {
  readonly observe: (sighting: Sighting, now: number) => void;
  /** An Incident as it stands in the cluster. Only the newest of a key counts. */
  readonly setIncident: (incident: Incident, now: number) => void;
  readonly dropIncident: (incident: Incident) => void;
  /** What is to be done for this key now. The caller carries it out and shows the result by `setIncident`. */
  readonly decide: (
    key: string,
    now: number,
    health: (owner: ObjectRef) => OwnerHealth,
  ) => Decision | undefined;
  /** Keys with something in them, for a look at all of them. */
  readonly keys: () => Iterable<string>;
  readonly has: (key: string) => boolean;
  /** When `decide` may have something new to say although nothing changes. */
  readonly wakeAt: (key: string, now: number) => number | undefined;
  readonly findings: (key: string, now: number) => Findings | undefined;
  readonly size: number;
}

type Entries = Map<string, Entry>;

/** An empty book. */
export function createIncidentBook(options: BookOptions): IncidentBook {
  const entries: Entries = new Map();

  function ofEntry<T>(key: string, read: (entry: Entry) => T): T | undefined {
    const entry = entries.get(key);
    return entry === undefined ? undefined : read(entry);
  }

  return {
    observe: (sighting, now) => observe(entries, sighting, now),
    setIncident: (incident, now) => setIncident(entries, incident, now),
    dropIncident: (incident) => dropIncident(entries, incident),
    decide: (key, now, health) => ofEntry(key, (entry) => judge(entry, { now, options, health })),
    keys: () => entries.keys(),
    has: (key) => entries.has(key),
    wakeAt: (key, now) => ofEntry(key, (entry) => nextChange(entry, now, options)),
    findings: (key, now) => ofEntry(key, (entry) => findingsOf(entry, allSignals(entry), { now, options })),
    get size() {
      return entries.size;
    },
  };
}

function entryOf(entries: Entries, key: string, owner: ObjectRef, now: number): Entry {
  const known = entries.get(key);
  if (known !== undefined) return known;
  const entry = createEntry(key, owner, now);
  entries.set(key, entry);
  return entry;
}

function forgetIfEmpty(entries: Entries, entry: Entry): void {
  if (entry.bySubject.size === 0 && entry.incident === undefined) entries.delete(entry.key);
}

function observe(entries: Entries, { subject, owner, key, signals }: Sighting, now: number): void {
  if (signals.length === 0 && !entries.has(key)) return;
  const entry = entryOf(entries, key, owner, now);
  // An owner that was only derived from a name has no uid yet.
  if (owner.uid !== '') entry.owner = owner;
  noteSignals(entry, subject, signals, now);
  forgetIfEmpty(entries, entry);
}

function setIncident(entries: Entries, incident: Incident, now: number): void {
  const entry = entryOf(entries, incident.spec.key, incident.spec.target, now);
  const known = entry.incident;
  if (known === undefined || incidentNumber(known.name) <= incidentNumber(incident.name))
    entry.incident = incident;
}

function dropIncident(entries: Entries, incident: Incident): void {
  const entry = entries.get(incident.spec.key);
  if (entry?.incident?.uid !== incident.uid) return;
  delete entry.incident;
  forgetIfEmpty(entries, entry);
}
