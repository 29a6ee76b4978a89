import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { Incident } from '../domain/incident.ts';
import type { Cause } from './cause.ts';

/** What the book knows of one owner, or of a cause that several owners have in common. */
export interface Entry {
  readonly key: string;
  /** A shared cause and a storm show nothing themselves: what their members show is theirs. */
  readonly kind: 'owner' | 'shared' | 'storm';
  owner: ObjectRef;
  /** Signals by the uid of the object that shows them. */
  readonly bySubject: Map<string, readonly Signal[]>;
  /** Uids of objects that fail and that a rule keeps back: nothing is said of them, least of all that they are well. */
  readonly silenced: Set<string>;
  /** The newest Incident of the owner. */
  incident?: Incident;
  /** When the first signal past its hold was seen; `settle` counts from here. */
  dueSince?: number;
  /** The first signal has been told of. */
  suspected: boolean;
  /** When something last failed for certain. */
  lastFailingAt: number;
  /** It could not be seen at the last look: quiet counts anew once it can. */
  isUnseen: boolean;
  /** The objects that failed last are gone, not healed. */
  replaced: boolean;
  /** When the numbers of the incident were last written. */
  notedAt: number;
  /** The common cause that claims it, while it has no incident of its own that stands. */
  claim?: Cause;
  /** When the cause that speaks for its incident last claimed it. */
  claimedAt: number;
}

/** An object that shows something, or nothing any more. */
export interface Subject {
  readonly uid: string;
  readonly gone: boolean;
  /** It fails, and a rule keeps it back. */
  readonly silenced?: true;
}

/** An owner of which nothing is known yet. A restart begins here: it counts as failing until `now`. */
export function createEntry(key: string, owner: ObjectRef, now: number, kind: Entry['kind']): Entry {
  return {
    key,
    kind,
    owner,
    bySubject: new Map(),
    silenced: new Set(),
    suspected: false,
    lastFailingAt: now,
    isUnseen: false,
    replaced: false,
    notedAt: now,
    claimedAt: now,
  };
}

/** Takes over what one object shows at this moment. */
export function noteSignals(entry: Entry, subject: Subject, signals: readonly Signal[], now: number): void {
  if (subject.silenced === true) entry.silenced.add(subject.uid);
  else entry.silenced.delete(subject.uid);
  // Failing up to this moment, whether that has just begun or just ended: quiet counts from here.
  if (isCertain(entry.bySubject.get(subject.uid)) || isCertain(signals)) entry.lastFailingAt = now;
  if (signals.length > 0) entry.bySubject.set(subject.uid, signals);
  else if (entry.bySubject.delete(subject.uid)) entry.replaced = subject.gone;
}

/** Every signal that was shown and not taken back, cleared ones among them. */
export function allSignals(entry: Entry): readonly Signal[] {
  return [...entry.bySubject.values()].flat();
}

function isCertain(signals: readonly Signal[] | undefined): boolean {
  return signals?.some((signal) => signal.clearsAt === undefined) === true;
}

/** Rejected and folded ones stand as well: their failure is known, it must not open again until it has gone. */
export function isStanding(incident: Incident | undefined): incident is Incident {
  return (
    incident !== undefined &&
    incident.status.phase !== 'Recovered' &&
    incident.status.recoveredAt === undefined
  );
}

/** The standing incident of a cause, if it can speak for others: one that the API has refused tells nobody. */
export function speakerOf(entry: Entry | undefined): Incident | undefined {
  const incident = entry?.incident;
  return isStanding(incident) && incident.status.phase !== 'Rejected' ? incident : undefined;
}
