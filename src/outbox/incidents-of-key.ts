import { type Incident, incidentNumber } from '../domain/incident.ts';

/**
 * Which Incidents share a key. Those before the last are over, as each begins when the one before has recovered; only somebody
 * who deletes the one with the highest number just when a next one is made can leave two of them standing.
 */
export interface IncidentsOfKey {
  readonly add: (incident: Incident) => void;
  readonly remove: (incident: Incident) => void;
  /** Names of all of them. */
  readonly namesOf: (key: string) => Iterable<string>;
}

/** No Incidents. */
export function createIncidentsOfKey(): IncidentsOfKey {
  const byKey = new Map<string, Set<string>>();
  return {
    add: ({ name, spec: { key } }) => {
      const names = byKey.get(key);
      if (names === undefined) byKey.set(key, new Set([name]));
      else names.add(name);
    },
    remove: ({ name, spec: { key } }) => {
      const names = byKey.get(key);
      names?.delete(name);
      if (names?.size === 0) byKey.delete(key);
    },
    namesOf: (key) => byKey.get(key) ?? [],
  };
}

/** Neither over nor folded. Those that were refused stand as well: nobody else speaks for their failure. */
export function competesForKey({ status: { phase, recoveredAt } }: Incident): boolean {
  return phase !== 'Recovered' && phase !== 'Folded' && recoveredAt === undefined;
}

/** Whether `other` is the one of two standing Incidents of a key that goes on. All processes come to the same answer. */
export function goesOn(incident: Incident, other: Incident): boolean {
  return competesForKey(other) && incidentNumber(other.name) > incidentNumber(incident.name);
}
