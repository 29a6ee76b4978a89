import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { Incident } from '../domain/incident.ts';

/** What the book knows of one owner. */
export interface Entry {
  readonly key: string;
  owner: ObjectRef;
  /** Signals by the uid of the object that shows them. */
  readonly bySubject: Map<string, readonly Signal[]>;
  /** The newest Incident of the owner. */
  incident?: Incident;
  /** When the first signal past its hold was seen; `settle` counts from here. */
  dueSince?: number;
  /** The first signal has been told of. */
  suspected: boolean;
  /** When something last failed for certain. */
  lastFailingAt: number;
  /** The objects that failed last are gone, not healed. */
  replaced: boolean;
  /** When the numbers of the incident were last written. */
  notedAt: number;
}

/** An owner of which nothing is known yet. A restart begins here: it counts as failing until `now`. */
export function createEntry(key: string, owner: ObjectRef, now: number): Entry {
  return {
    key,
    owner,
    bySubject: new Map(),
    suspected: false,
    lastFailingAt: now,
    replaced: false,
    notedAt: now,
  };
}

/** Takes over what one object shows at this moment. */
export function noteSignals(
  entry: Entry,
  subject: { readonly uid: string; readonly gone: boolean },
  signals: readonly Signal[],
  now: number,
): void {
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
