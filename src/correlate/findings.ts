import { causality, type ObjectRef, type Signal } from '../domain/failure.ts';

/** What all signals of one owner say together at one moment. */
export interface Findings {
  readonly key: string;
  readonly owner: ObjectRef;
  /** Standing signals, the most causal first; the first names the incident. */
  readonly signals: readonly Signal[];
  readonly since: number;
  readonly lastSeenAt: number;
  readonly occurrences: number;
  /** Names of the failing objects, sorted. */
  readonly affected: readonly string[];
}

/** Sums up the signals of one owner. Those that have cleared by `now` do not count. */
export function findingsOf(
  { key, owner }: { readonly key: string; readonly owner: ObjectRef },
  all: readonly Signal[],
  now: number,
): Findings {
  const signals = all.filter((signal) => isStanding(signal, now)).toSorted(byGravity);
  return {
    key,
    owner,
    signals,
    since: signals.reduce((first, signal) => Math.min(first, signal.since), now),
    lastSeenAt: signals.reduce((last, signal) => Math.max(last, signal.lastSeenAt), 0),
    occurrences: signals.reduce((sum, signal) => sum + signal.occurrences, 0),
    affected: [...new Set(signals.map((signal) => signal.subject.name))].toSorted(),
  };
}

/** Whether a signal has not cleared by itself. */
function isStanding(signal: Signal, now: number): boolean {
  return signal.clearsAt === undefined || now < signal.clearsAt;
}

/** Most causal first, then the most frequent; names last, so that the order never depends on arrival. */
function byGravity(left: Signal, right: Signal): number {
  return (
    causality(left.class) - causality(right.class) ||
    right.occurrences - left.occurrences ||
    compare(left.subject.name, right.subject.name) ||
    compare(left.container?.name ?? '', right.container?.name ?? '')
  );
}

/** By code units and not by the language of the machine. */
function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
