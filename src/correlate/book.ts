import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { Incident } from '../domain/incident.ts';
import type { OwnerHealth } from './health.ts';
import { incidentNumber } from './identity.ts';
import {
  type BookOptions,
  type Decision,
  type Entry,
  type Findings,
  findingsOf,
  judge,
  nextChange,
} from './judge.ts';

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
  observe(sighting: Sighting, now: number): void;
  /** An Incident as it stands in the cluster. Only the newest of a key counts. */
  setIncident(incident: Incident, now: number): void;
  dropIncident(incident: Incident): void;
  /** What is to be done for this key now. The caller carries it out and shows the result by `setIncident`. */
  decide(key: string, now: number, health: (owner: ObjectRef) => OwnerHealth): Decision | undefined;
  /** Keys with something in them, for a look at all of them. */
  keys(): Iterable<string>;
  /** When `decide` may have something new to say although nothing changes. */
  wakeAt(key: string, now: number): number | undefined;
  findings(key: string, now: number): Findings | undefined;
  readonly size: number;
}

/** An empty book. */
export function createIncidentBook(options: BookOptions): IncidentBook {
  const entries = new Map<string, Entry>();

  function entryOf(key: string, owner: ObjectRef, now: number): Entry {
    const known = entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = {
      key,
      owner,
      bySubject: new Map(),
      suspected: false,
      lastFailingAt: now,
      replaced: false,
      notedAt: now,
    };
    entries.set(key, entry);
    return entry;
  }

  function forgetIfEmpty(entry: Entry): void {
    if (entry.bySubject.size === 0 && entry.incident === undefined) entries.delete(entry.key);
  }

  return {
    observe: ({ subject, owner, key, signals }, now) => {
      if (signals.length === 0 && !entries.has(key)) return;
      const entry = entryOf(key, owner, now);
      if (owner.uid !== '') entry.owner = owner;
      // Failing up to this moment, whether that has just begun or just ended: quiet counts from here.
      if (isCertain(entry.bySubject.get(subject.uid)) || isCertain(signals)) entry.lastFailingAt = now;
      if (signals.length > 0) entry.bySubject.set(subject.uid, signals);
      else if (entry.bySubject.delete(subject.uid)) entry.replaced = subject.gone;
      forgetIfEmpty(entry);
    },
    setIncident: (incident, now) => {
      const entry = entryOf(incident.spec.key, incident.spec.target, now);
      if (entry.incident !== undefined && incidentNumber(entry.incident.name) > incidentNumber(incident.name))
        return;
      entry.incident = incident;
    },
    dropIncident: (incident) => {
      const entry = entries.get(incident.spec.key);
      if (entry?.incident?.uid !== incident.uid) return;
      delete entry.incident;
      forgetIfEmpty(entry);
    },
    decide: (key, now, health) => {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      return judge(entry, { now, options, health });
    },
    keys: () => entries.keys(),
    wakeAt: (key, now) => {
      const entry = entries.get(key);
      return entry === undefined ? undefined : nextChange(entry, now, options);
    },
    findings: (key, now) => {
      const entry = entries.get(key);
      return entry === undefined ? undefined : findingsOf(entry, now);
    },
    get size() {
      return entries.size;
    },
  };
}

function isCertain(signals: readonly Signal[] | undefined): boolean {
  return signals?.some((signal) => signal.clearsAt === undefined) === true;
}
