import { monotonicAt, type Now } from '../domain/clock.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { Incident } from '../domain/incident.ts';
import type { IncidentCache } from '../incidents/index.ts';
import type { Cause } from './identity.ts';
import { Downtimes, type Interval } from './downtime.ts';
import type { Requeue } from './requeue.ts';

/** How often a container had restarted, and when that was first seen, in monotonic milliseconds; oldest first. */
export type Restarts = readonly { readonly at: number; readonly count: number }[];

/** A signal, and when this process first and last saw it, in monotonic milliseconds. */
export interface SeenSignal extends Signal {
  readonly seenAt: number;
  readonly shownAt: number;
  /** When the same has failed before, at the moment at which it was first seen. */
  readonly earlier?: readonly Interval[];
  /** Of a container that ends, how often it had restarted at each look that showed another one. */
  readonly restarts?: Restarts;
}

/**
 * What the correlator knows of one owner, or of a cause that several owners have in common. Its times are monotonic milliseconds: they were
 * observed here, and no clock that jumps is their measure.
 */
export interface OwnerState {
  readonly key: string;
  /** A shared cause and a storm show nothing themselves: what their members show is theirs. */
  readonly kind: 'owner' | 'shared' | 'storm';
  owner: ObjectRef;
  /** Signals by the uid of the object that shows them. */
  readonly signalsByUid: Map<string, readonly SeenSignal[]>;
  /** What objects that are gone had come to, by uid: told as if they were still there, for a while. */
  readonly endings: Map<string, SeenSignal>;
  /** Failed pods that are gone and whose owner has made others. */
  readonly replaced: Map<string, SeenSignal>;
  /** When what is well at the moment, or gone, has failed. */
  readonly downtimes: Downtimes;
  /** Pods that are not ready, by uid, and what may explain it. */
  readonly unready: Map<string, UnreadyPod>;
  /** Uids of objects that fail and that a rule keeps back: nothing is said of them, least of all that they are well. */
  readonly suppressed: Set<string>;
  /** The newest Incident of the owner. */
  readonly incident: Incident | undefined;
  /** When this process first saw that it is over. */
  overSeenAt?: number;
  /** Until when objects were proven to be as they are known, by kind and namespace. */
  readonly proven: Map<string, number>;
  /** When a signal was first proven to have lasted for the time `for` of its class; `groupWait` counts from here. */
  dueSince?: number;
  /** The first signal has been told of. */
  suspected: boolean;
  /** When something last failed for certain. */
  lastFailingAt: number;
  /** The objects that failed last are gone, not healed. */
  isReplaced: boolean;
  /** When the numbers of the incident were last written. */
  notedAt: number;
  /** The common cause that claims it, while it has no incident of its own that stands. */
  attributedTo?: Cause;
  /** When the cause that covers its incident did so last. */
  attributedAt: number;
}

/** An object that shows something, or nothing any more. */
export interface ObservedObject {
  readonly uid: string;
  readonly gone: boolean;
  /** It fails, and a rule keeps it back. */
  readonly suppressed?: true;
  /** A run that has succeeded: it answers those before it that are gone. */
  readonly succeeded?: true;
  /** A pod that is not ready. */
  readonly unready?: UnreadyPod;
}

/** The node of a pod that is not ready, and whether it is held back on purpose. */
export interface UnreadyPod {
  readonly node?: string;
  readonly isHeld?: true;
}

/** An owner of which nothing is known yet. A restart begins here: it counts as failing until now. */
export function createOwnerState(
  { key, owner, kind }: Pick<OwnerState, 'key' | 'owner' | 'kind'>,
  incidents: Pick<IncidentCache, 'newestOf'>,
  { monotonic }: Now,
): OwnerState {
  return {
    key,
    kind,
    owner,
    get incident() {
      return incidents.newestOf(key);
    },
    signalsByUid: new Map(),
    endings: new Map(),
    replaced: new Map(),
    downtimes: new Downtimes(),
    unready: new Map(),
    suppressed: new Set(),
    proven: new Map(),
    suspected: false,
    lastFailingAt: monotonic,
    isReplaced: false,
    notedAt: monotonic,
    attributedAt: monotonic,
  };
}

/** Something has failed up to this moment: quiet counts from here. */
export function noteFailing(state: OwnerState, { monotonic }: Now): void {
  state.lastFailingAt = Math.max(state.lastFailingAt, monotonic);
}

/** Forgets what was told, or could have been, and what lies too far back. True where there was something. */
export function forgetPast(
  { endings, replaced, downtimes }: OwnerState,
  now: Now,
  requeue: Requeue,
): boolean {
  const before = endings.size + replaced.size + downtimes.size;
  downtimes.forget(now.monotonic);
  requeue.isReached(downtimes.forgetAt);
  for (const signals of [endings, replaced])
    for (const [key, { clearsAt = Infinity }] of signals)
      if (requeue.isReached(monotonicAt(now, clearsAt))) signals.delete(key);
  return endings.size + replaced.size + downtimes.size < before;
}

/** Whether nothing is known of an owner. */
export function isEmpty(state: OwnerState): boolean {
  const { signalsByUid, endings, replaced, unready, downtimes, incident } = state;
  const known = [signalsByUid, endings, replaced, unready, downtimes];
  return incident === undefined && known.every(({ size }) => size === 0);
}

/** Every signal that was shown and not taken back, cleared ones among them. */
export function allSignals(state: OwnerState): readonly SeenSignal[] {
  return [...state.signalsByUid.values(), ...state.endings.values()].flat();
}

/** Rejected and folded ones stand as well: their failure is known, it must not open again until it has gone. */
export function isUnresolved(incident: Incident | undefined): incident is Incident {
  return (
    incident !== undefined &&
    incident.status.phase !== 'Recovered' &&
    incident.status.recoveredAt === undefined
  );
}

/** Notes that the newest Incident of the owner is not as it was `before`, or another one. */
export function noteIncident(state: OwnerState, before: Incident | undefined, now: Now): void {
  const { incident } = state;
  const isSame = before !== undefined && before.uid === incident?.uid;
  const stoodBefore = isSame && isUnresolved(before);
  if (incident !== undefined && !isUnresolved(incident)) return noteOver(state, { isSame, stoodBefore }, now);
  delete state.overSeenAt;
  // Another replica has seen it fail, and this one perhaps not yet.
  if (incident !== undefined && !stoodBefore) noteFailing(state, now);
}

function noteOver(
  state: OwnerState,
  { isSame, stoodBefore }: { readonly isSame: boolean; readonly stoodBefore: boolean },
  { monotonic }: Now,
): void {
  // What had failed before it was over is told; what comes now is a failure of its own.
  if (stoodBefore) state.downtimes.clear();
  if (!isSame || state.overSeenAt === undefined) state.overSeenAt = monotonic;
}

/**
 * When the incident was over, in monotonic milliseconds; undefined while it stands. By the cluster's time of who wrote it, but not after
 * it was seen here: one of the two clocks may have been wrong.
 */
export function overAt(
  { incident, overSeenAt }: Pick<OwnerState, 'incident' | 'overSeenAt'>,
  now: Now,
): number | undefined {
  const status = incident?.status;
  if (status === undefined || isUnresolved(incident)) return undefined;
  if (status.recoveredAt === undefined) return -Infinity;
  return Math.min(monotonicAt(now, status.recoveredAt), overSeenAt ?? Infinity);
}

/** The unresolved incident of a cause, if it can cover others: one that the API has refused tells nobody. */
export function parentIncidentOf(state: OwnerState | undefined): Incident | undefined {
  const incident = state?.incident;
  return isUnresolved(incident) && incident.status.phase !== 'Rejected' ? incident : undefined;
}
