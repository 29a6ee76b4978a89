import { causality, type FailureClass, type ObjectRef, type Signal } from '../domain/failure.ts';
import type { Common } from './common.ts';

interface Holds {
  readonly holdMs: Readonly<Record<FailureClass, number>>;
}

/** What all signals of one owner say together at one moment. */
export interface Findings {
  readonly key: string;
  readonly owner: ObjectRef;
  /** Standing signals, the most causal first; the first names the incident. */
  readonly signals: readonly Signal[];
  /** They have stood for their hold. */
  readonly isDue: boolean;
  readonly since: number;
  readonly lastSeenAt: number;
  readonly occurrences: number;
  /** Names of the failing objects, sorted; of a common cause those of the owners that fail for it. */
  readonly affected: readonly string[];
  /** The owners that fail for it, where it is a common cause. */
  readonly common?: Common;
}

/**
 * Sums up the signals of one owner. Those that have cleared by `now` do not count, nor, as soon as one has stood for its
 * hold, those that have not: any pod that was made a moment ago has no node yet, and that is no cause of a crash.
 */
export function findingsOf(
  { key, owner }: { readonly key: string; readonly owner: ObjectRef },
  all: readonly Signal[],
  { now, options }: { readonly now: number; readonly options: Holds },
): Findings {
  const standing = all.filter((signal) => isStanding(signal, now)).toSorted(byGravity);
  const due = standing.filter((signal) => dueAt(signal, options) <= now);
  const isDue = due.length > 0;
  const signals = isDue ? due : standing;
  return {
    key,
    owner,
    signals,
    isDue,
    since: signals.reduce((first, signal) => Math.min(first, signal.since), now),
    lastSeenAt: signals.reduce((last, signal) => Math.max(last, signal.lastSeenAt), 0),
    occurrences: signals.reduce((sum, signal) => sum + signal.occurrences, 0),
    affected: [...new Set(signals.map((signal) => signal.subject.name))].toSorted(),
  };
}

/** When the hold of a signal is over. */
export function dueAt(signal: Signal, options: Holds): number {
  return signal.immediate ? signal.since : signal.since + options.holdMs[signal.class];
}

/** Whether a signal has not cleared by itself. */
function isStanding(signal: Signal, now: number): boolean {
  return signal.clearsAt === undefined || now < signal.clearsAt;
}

/** Most causal first, then the most frequent; names last, so that the order never depends on arrival. */
export function byGravity(left: Signal, right: Signal): number {
  return (
    causality(left.class) - causality(right.class) ||
    right.occurrences - left.occurrences ||
    compare(left.subject.name, right.subject.name) ||
    compare(left.container?.name ?? '', right.container?.name ?? '')
  );
}

/** By code units and not by the language of the machine. */
export function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
