import { incidentNumber } from '../correlate/index.ts';
import type { Incident } from '../domain/incident.ts';
import { isNewer } from '../lib/resource-version.ts';

/** The Incidents of the cluster as they were last seen, by the watch or in an answer to a write. */
export interface IncidentLedger {
  /** False when this version, or a later one, was known already. With `isTrue` it is taken whatever its version. */
  readonly upsert: (incident: Incident, isTrue?: boolean) => boolean;
  /** False when it was not known any more; a later one of the same name stays. */
  readonly remove: (incident: Incident) => boolean;
  readonly named: (name: string) => Incident | undefined;
  /** The newest automatic one of a key. */
  readonly newestOf: (key: string) => Incident | undefined;
  /** The standing automatic one of a key that has a ticket, or the one that speaks for it. */
  readonly filedOf: (key: string) => Incident | undefined;
  /** How many there are, without those that were folded and are over. */
  readonly count: () => number;
  /** Those of requests by hand. */
  readonly manual: () => readonly Incident[];
}

/** An empty ledger. */
export function createLedger(): IncidentLedger {
  const incidents = new Map<string, Incident>();
  let overFolded = 0;

  function automatic(key: string): readonly Incident[] {
    return [...incidents.values()].filter(({ spec }) => spec.key === key && spec.trigger !== 'manual');
  }

  /** The incident that has the ticket: of one that is folded, that of the common cause. */
  function speaker(incident: Incident): Incident {
    const { foldedInto, recoveredAt } = incident.status;
    if (foldedInto === undefined || recoveredAt !== undefined) return incident;
    return incidents.get(foldedInto) ?? incident;
  }

  return {
    upsert: (incident, isTrue = false) => {
      const known = incidents.get(incident.name);
      if (!isTrue && known?.uid === incident.uid && !isNewer(incident.resourceVersion, known.resourceVersion))
        return false;
      overFolded += Number(isOverFolded(incident)) - Number(isOverFolded(known));
      incidents.set(incident.name, incident);
      return true;
    },
    remove: ({ name, uid }) => {
      const known = incidents.get(name);
      if (known?.uid !== uid) return false;
      overFolded -= Number(isOverFolded(known));
      return incidents.delete(name);
    },
    named: (name) => incidents.get(name),
    newestOf: (key) =>
      automatic(key).toSorted((left, right) => incidentNumber(right.name) - incidentNumber(left.name))[0],
    filedOf: (key) =>
      automatic(key)
        .map(speaker)
        .find(({ status }) => status.phase === 'Filed'),
    count: () => incidents.size - overFolded,
    manual: () => [...incidents.values()].filter(({ spec }) => spec.trigger === 'manual'),
  };
}

/** It has no ticket and is about to be removed: after a storm there are thousands, which say nothing of how full it is. */
function isOverFolded(incident: Incident | undefined): boolean {
  return incident?.spec.cause !== undefined && incident.status.recoveredAt !== undefined;
}
