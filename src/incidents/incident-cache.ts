import type { ObjectRef } from '../domain/failure.ts';
import { type Incident, incidentNumber, isAutomatic, type UnreadableIncident } from '../domain/incident.ts';
import { ofSeries } from '../lib/name-series.ts';
import { isNewer, isSameVersion } from '../lib/resource-version.ts';
import { UidHistory } from './uid-history.ts';

/** An Incident that came (no `before`), changed, or went (no `after`). */
export interface IncidentChange {
  readonly name: string;
  readonly key: string;
  readonly before?: Incident | undefined;
  readonly after?: Incident | undefined;
  /** The newest automatic Incident of the key as it was before. */
  readonly newestBefore?: Incident | undefined;
}

export interface IncidentCacheDeps {
  readonly clusterKey: string;
  /** The key of an owner's incidents in this cluster. */
  readonly keyOf: (owner: ObjectRef) => string;
  /** Each is told of once. */
  readonly report: {
    /** It is of another cluster. */
    readonly foreign: (incident: Incident) => void;
    readonly unreadable: (incident: UnreadableIncident, isForeign: boolean) => void;
  };
}

type Version = Pick<Incident, 'uid' | 'resourceVersion'>;

/**
 * Cache of all Incidents, the only one of the process: fed by the watch and by the answers to our own writes, read by everybody. What
 * is older than what is known is passed over, whoever brings it. Incidents of another cluster, and those that cannot be read, keep their
 * names and nothing else is done with them.
 */
export class IncidentCache {
  readonly #deps: IncidentCacheDeps;
  readonly #incidents = new Map<string, Incident>();
  readonly #foreign = new Map<string, Version>();
  /** A few at most, while a copied namespace can bring thousands of the others. */
  readonly #unreadable = new Map<string, Version & Pick<UnreadableIncident, 'keyPrefix'>>();
  readonly #namesByKey = new Map<string, Set<string>>();
  /** The newest automatic one of each key. */
  readonly #newest = new Map<string, Incident>();
  readonly #history = new UidHistory();
  readonly #onChange: ((change: IncidentChange) => void)[] = [];
  readonly #onKeysFreed: (() => void)[] = [];
  #overFolded = 0;

  constructor(deps: IncidentCacheDeps) {
    this.#deps = deps;
  }

  /** Hears of every change, in the order of subscription. */
  onChange(listener: (change: IncidentChange) => void): void {
    this.#onChange.push(listener);
  }

  /** Hears when one that cannot be read is none any more: which key it has kept to itself is not known for certain. */
  onKeysFreed(listener: () => void): void {
    this.#onKeysFreed.push(listener);
  }

  /** Takes what the watch has seen; with `isRewritten` whatever its version, as those of a restored API server begin anew. */
  upsert(incident: Incident | UnreadableIncident, isRewritten = false): void {
    this.#history.noteShown(incident.uid);
    if (isRewritten || this.#isNews(incident)) this.#take(incident);
  }

  /**
   * Takes the answer to a write, or to a read, that went out when `base` was known. If nothing was heard of since, it comes after it,
   * though a restored API server counts lower; else the watch may have been faster, and have seen the deletion. Returns the newest that
   * is known.
   */
  noteAnswer(answer: Incident, base?: Incident): Incident {
    const known = this.#versionOf(answer.name);
    const isNext = isSameVersion(known, base) && !isSameVersion(known, answer);
    if (!this.#history.isDeleted(answer.uid) && (isNext || this.#isNews(answer))) {
      if (known?.uid !== answer.uid) this.#history.noteWritten(answer.uid, answer.name);
      this.#take(answer);
    }
    const newest = this.#incidents.get(answer.name);
    return newest?.uid === answer.uid ? newest : answer;
  }

  /** The watch begins to list all Incidents, or has done so: what was written before and is not in the list is gone. */
  noteList(step: 'begins' | 'ends'): void {
    if (step === 'begins') this.#history.noteListBegins();
    else for (const gone of this.#history.missing()) this.remove(gone);
  }

  /** Forgets an Incident that does not exist any more. A later one of the same name stays. */
  remove({ name, uid }: Pick<Incident, 'name' | 'uid'>): void {
    this.#history.noteDeleted(uid);
    if (this.#versionOf(name)?.uid !== uid) return;
    this.#foreign.delete(name);
    this.#set(name, undefined);
    this.#setUnreadable(name, undefined);
  }

  named(name: string): Incident | undefined {
    return this.#incidents.get(name);
  }

  all(): Iterable<Incident> {
    return this.#incidents.values();
  }

  /** All of a key: those before the newest are over, as each begins when the one before has recovered. */
  ofKey(key: string): readonly Incident[] {
    return [...(this.#namesByKey.get(key) ?? [])].flatMap((name) => this.#incidents.get(name) ?? []);
  }

  /** The newest automatic one of a key. */
  newestOf(key: string): Incident | undefined {
    return this.#newest.get(key);
  }

  /** The automatic one of a key that is filed, or the one of the common cause that covers it. */
  filedOf(key: string): Incident | undefined {
    const told = this.ofKey(key)
      .filter(isAutomatic)
      .map((incident) => {
        const { foldedInto = '', recoveredAt } = incident.status;
        return (recoveredAt === undefined ? this.#incidents.get(foldedInto) : undefined) ?? incident;
      });
    return told.find(({ status }) => status.phase === 'Filed');
  }

  /** Those of requests by hand. */
  manual(): readonly Incident[] {
    return [...this.#incidents.values()].filter((incident) => !isAutomatic(incident));
  }

  /** How many there are. Those that were folded and are over have no ticket and are about to be removed: after a storm there are thousands. */
  get count(): number {
    return this.#incidents.size - this.#overFolded;
  }

  /** How many there are with which nothing is done, by the reason. */
  get setAside(): Readonly<Record<'foreign' | 'unreadable', number>> {
    return { foreign: this.#foreign.size, unreadable: this.#unreadable.size };
  }

  /** Whether an Incident with which nothing is done has this name. */
  isNameTaken(name: string): boolean {
    return this.#foreign.has(name) || this.#unreadable.has(name);
  }

  isUnreadable(name: string): boolean {
    return this.#unreadable.has(name);
  }

  /** Whether an Incident that cannot be read has this key, or may have it: another one of that key could be a double. */
  isKeyOccupied(key: string): boolean {
    for (const { keyPrefix } of this.#unreadable.values())
      if (keyPrefix !== undefined && key.startsWith(keyPrefix)) return true;
    return false;
  }

  #versionOf(name: string): Version | undefined {
    return this.#incidents.get(name) ?? this.#foreign.get(name) ?? this.#unreadable.get(name);
  }

  #isNews({ name, resourceVersion }: Pick<Incident, 'name' | 'resourceVersion'>): boolean {
    const known = this.#versionOf(name);
    return known === undefined || isNewer(resourceVersion, known.resourceVersion);
  }

  #take(incident: Incident | UnreadableIncident): void {
    const { name } = incident;
    const isForeign = this.#isForeign(incident);
    const isTold = (isForeign ? this.#foreign : this.#unreadable).get(name)?.uid === incident.uid;
    if (isForeign) this.#foreign.set(name, { uid: incident.uid, resourceVersion: incident.resourceVersion });
    else this.#foreign.delete(name);
    if ('unreadable' in incident) {
      // A last good reading of it would be written on a version that it does not have any more.
      this.#set(name, undefined);
      this.#setUnreadable(name, isForeign ? undefined : incident);
      if (!isTold) this.#deps.report.unreadable(incident, isForeign);
    } else {
      this.#set(name, isForeign ? undefined : withoutDraft(incident));
      this.#setUnreadable(name, undefined);
      if (isForeign && !isTold) this.#deps.report.foreign(incident);
    }
  }

  /**
   * One without the field `cluster`, of a development version or under a custom resource that did not have it yet, is told by the key that its
   * owner would have here. What cannot be read is of this cluster unless it says that it is not.
   */
  #isForeign(incident: Incident | UnreadableIncident): boolean {
    const { clusterKey, keyOf } = this.#deps;
    const cluster = 'unreadable' in incident ? incident.cluster : incident.spec.cluster;
    if (cluster !== undefined || 'unreadable' in incident) return (cluster ?? clusterKey) !== clusterKey;
    const { key, trigger, target } = incident.spec;
    return trigger === 'automatic' && key !== keyOf(target) && key !== keyOf(ofSeries(target));
  }

  #setUnreadable(name: string, unreadable: UnreadableIncident | undefined): void {
    const isFreed = this.#unreadable.delete(name) && unreadable === undefined;
    if (unreadable !== undefined) this.#unreadable.set(name, unreadable);
    if (isFreed) for (const listener of this.#onKeysFreed) listener();
  }

  #set(name: string, after: Incident | undefined): void {
    const before = this.#incidents.get(name);
    const key = (after ?? before)?.spec.key;
    if (key === undefined) return;
    if (before !== undefined && before.spec.key !== key) {
      this.#set(name, undefined);
      return this.#set(name, after);
    }
    const newestBefore = this.#newest.get(key);
    this.#overFolded += Number(isOverFolded(after)) - Number(isOverFolded(before));
    const names = this.#namesByKey.get(key) ?? new Set();
    names.delete(name);
    if (after === undefined) this.#incidents.delete(name);
    else {
      this.#incidents.set(name, after);
      names.add(name);
    }
    if (names.size === 0) this.#namesByKey.delete(key);
    else this.#namesByKey.set(key, names);
    this.#noteNewest(key);
    for (const listener of this.#onChange) listener({ name, key, before, after, newestBefore });
  }

  #noteNewest(key: string): void {
    const byNumber = (left: Incident, right: Incident): number =>
      incidentNumber(right.name) - incidentNumber(left.name);
    const [newest] = this.ofKey(key).filter(isAutomatic).toSorted(byNumber);
    if (newest === undefined) this.#newest.delete(key);
    else this.#newest.set(key, newest);
  }
}

/** The Incident without its draft, which is large, and read again when it is needed. */
function withoutDraft(incident: Incident): Incident {
  const { draft, ...spec } = incident.spec;
  return draft === undefined ? incident : { ...incident, spec };
}

/** Whether the incident of a common cause has covered it, and it is over. */
function isOverFolded(incident: Incident | undefined): boolean {
  return incident?.spec.cause !== undefined && incident.status.recoveredAt !== undefined;
}
