import { incidentKey } from '../correlate/index.ts';
import type { Incident, UnreadableIncident } from '../domain/incident.ts';

/** Incidents with which nothing is done: those of another cluster, and those that cannot be read. */
export interface SetAside {
  readonly foreign: number;
  readonly unreadable: number;
}

/** Which Incidents are set aside, by name. */
export interface SetAsideIncidents {
  /** Whether this Incident is of another cluster; if so, it is noted. */
  readonly isForeign: (incident: Incident) => boolean;
  readonly noteUnreadable: (incident: UnreadableIncident) => void;
  /** True when it was noted, and is no more. Without `uid` whichever has this name. */
  readonly forget: (name: string, uid?: string) => boolean;
  /** An Incident that is set aside has this name. */
  readonly isTaken: (name: string) => boolean;
  /** An Incident that cannot be read has this name. */
  readonly isUnreadable: (name: string) => boolean;
  /** An Incident that cannot be read has this key, or may have it: another one of that key could be a double. */
  readonly isOccupied: (key: string) => boolean;
  readonly counts: () => SetAside;
}

export interface SetAsideDeps {
  readonly clusterKey: string;
  readonly report: {
    /** Told once for each. */
    readonly foreign: (incident: Incident) => void;
    readonly unreadable: (incident: UnreadableIncident, isForeign: boolean) => void;
  };
}

interface Noted {
  readonly uid: string;
  /** How its key begins, where it cannot be read. */
  readonly keyPrefix?: string | undefined;
  readonly isForeign: boolean;
}

/** Nothing is set aside yet. */
export function createSetAsideIncidents({ clusterKey, report }: SetAsideDeps): SetAsideIncidents {
  const byName = new Map<string, Noted>();

  /** True when it is news. */
  function note(name: string, noted: Noted): boolean {
    const known = byName.get(name);
    byName.set(name, noted);
    return known?.uid !== noted.uid || known.isForeign !== noted.isForeign;
  }

  return {
    isForeign: (incident) => {
      if (isOfCluster(incident, clusterKey)) return false;
      if (note(incident.name, { uid: incident.uid, isForeign: true })) report.foreign(incident);
      return true;
    },
    noteUnreadable: (incident) => {
      const { name, uid, keyPrefix, cluster } = incident;
      // Nothing of another cluster's keeps a key of this one from its Incident.
      const isForeign = cluster !== undefined && cluster !== clusterKey;
      const noted = isForeign ? { uid, isForeign } : { uid, keyPrefix, isForeign };
      if (note(name, noted)) report.unreadable(incident, isForeign);
    },
    forget: (name, uid = byName.get(name)?.uid) => byName.get(name)?.uid === uid && byName.delete(name),
    isTaken: (name) => byName.has(name),
    isUnreadable: (name) => byName.get(name)?.isForeign === false,
    isOccupied: (key) =>
      [...byName.values()].some(({ keyPrefix }) => keyPrefix !== undefined && key.startsWith(keyPrefix)),
    counts: () => {
      const foreign = [...byName.values()].filter(({ isForeign }) => isForeign).length;
      return { foreign, unreadable: byName.size - foreign };
    },
  };
}

/**
 * Whether an Incident was opened in the cluster with this key. One without the field, of a development version or under a custom
 * resource that did not have it yet, is told by the key that its owner would have here.
 */
export function isOfCluster({ spec }: Incident, clusterKey: string): boolean {
  const { cluster, key, trigger, target } = spec;
  if (cluster !== undefined) return cluster === clusterKey;
  return trigger !== 'automatic' || key === incidentKey(clusterKey, target);
}
