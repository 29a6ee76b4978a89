import { incidentKey } from '../correlate/index.ts';
import type { Incident, UnreadableIncident } from '../domain/incident.ts';
import { seriesOf } from '../lib/name-series.ts';

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

/** Nothing is set aside yet. */
export function createSetAsideIncidents({ clusterKey, report }: SetAsideDeps): SetAsideIncidents {
  /** Uids by name. */
  const foreign = new Map<string, string>();
  /** A few at most, while a copied namespace can bring thousands of the others. */
  const unreadable = new Map<string, { readonly uid: string; readonly keyPrefix: string | undefined }>();

  /** True when it is news. */
  function noteForeign(name: string, uid: string): boolean {
    const known = foreign.get(name);
    unreadable.delete(name);
    foreign.set(name, uid);
    return known !== uid;
  }

  return {
    isForeign: (incident) => {
      if (isOfCluster(incident, clusterKey)) return false;
      if (noteForeign(incident.name, incident.uid)) report.foreign(incident);
      return true;
    },
    noteUnreadable: (incident) => {
      const { name, uid, keyPrefix, cluster } = incident;
      // Nothing of another cluster's keeps a key of this one from its Incident.
      if (cluster !== undefined && cluster !== clusterKey) {
        if (noteForeign(name, uid)) report.unreadable(incident, true);
        return;
      }
      const known = unreadable.get(name);
      foreign.delete(name);
      unreadable.set(name, { uid, keyPrefix });
      if (known?.uid !== uid) report.unreadable(incident, false);
    },
    forget: (name, uid) => {
      const known = foreign.get(name) ?? unreadable.get(name)?.uid;
      if (known === undefined || (uid !== undefined && uid !== known)) return false;
      return foreign.delete(name) || unreadable.delete(name);
    },
    isTaken: (name) => foreign.has(name) || unreadable.has(name),
    isUnreadable: (name) => unreadable.has(name),
    isOccupied: (key) => {
      for (const { keyPrefix } of unreadable.values())
        if (keyPrefix !== undefined && key.startsWith(keyPrefix)) return true;
      return false;
    },
    counts: () => ({ foreign: foreign.size, unreadable: unreadable.size }),
  };
}

/**
 * Whether an Incident was opened in the cluster with this key. One without the field, of a development version or under a custom
 * resource that did not have it yet, is told by the key that its owner would have here.
 */
export function isOfCluster({ spec }: Incident, clusterKey: string): boolean {
  const { cluster, key, trigger, target } = spec;
  if (cluster !== undefined) return cluster === clusterKey;
  if (trigger !== 'automatic' || key === incidentKey(clusterKey, target)) return true;
  const series = seriesOf(target.name, target.kind === 'Job');
  return series !== undefined && key === incidentKey(clusterKey, { ...target, series });
}
