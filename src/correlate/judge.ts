import { DAY, MINUTE } from '../domain/clock.ts';
import { causality, type FailureClass, type ObjectRef, type Signal } from '../domain/failure.ts';
import type { CommentKind, Incident } from '../domain/incident.ts';
import type { OwnerHealth } from './health.ts';

/** Limits and waits of correlation, in milliseconds. */
export interface BookOptions {
  readonly holdMs: Readonly<Record<FailureClass, number>>;
  /** How long an incident waits before it opens, so that a common cause can claim it. */
  readonly settleMs: number;
  readonly recoveryQuietMs: number;
}

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

export type Decision =
  /** The first signal stands: evidence may be taken now, while it is there. */
  | { readonly kind: 'suspect'; readonly findings: Findings }
  | { readonly kind: 'open'; readonly findings: Findings; readonly previous?: Incident }
  | {
      readonly kind: 'recover';
      readonly incident: Incident;
      readonly how: Recovery;
      readonly health: OwnerHealth;
    }
  | { readonly kind: 'recur'; readonly incident: Incident; readonly findings: Findings }
  | {
      readonly kind: 'comment';
      readonly incident: Incident;
      readonly findings: Findings;
      readonly comment: CommentKind;
    }
  /** Numbers have changed: worth a status write, not a comment. */
  | { readonly kind: 'note'; readonly incident: Incident; readonly findings: Findings };

/** Why an incident is over. */
export type Recovery = 'healed' | 'replaced' | 'gone' | 'scaledToZero';

/** Status of a standing incident is written at most this often: etcd is shared. */
const NOTE_INTERVAL_MS = 10 * MINUTE;
/** After a day a standing incident is said once more, so that it is not taken for settled. */
const STANDING_AFTER_MS = DAY;
/** So many failing objects more than were reported, and twice as many, are worth a comment. */
const GROWN_BY = 3;

/** What the book knows of one owner. */
export interface Entry {
  readonly key: string;
  owner: ObjectRef;
  /** Signals by the uid of the object that shows them. */
  readonly bySubject: Map<string, readonly Signal[]>;
  incident?: Incident;
  /** When the first signal past its hold was seen; `settle` counts from here. */
  dueSince?: number;
  suspected: boolean;
  /** When something last failed for certain. */
  lastFailingAt: number;
  /** The objects that failed last are gone, not healed. */
  replaced: boolean;
  notedAt: number;
}

/** What a judgement rests on besides the entry itself. */
export interface Circumstances {
  readonly now: number;
  readonly options: BookOptions;
  readonly health: (owner: ObjectRef) => OwnerHealth;
}

/** What is to be done about one owner now, if anything. */
export function judge(entry: Entry, circumstances: Circumstances): Decision | undefined {
  const { now, options } = circumstances;
  const findings = findingsOf(entry, now);
  const isDue = findings.signals.some((signal) => dueAt(signal, options) <= now);
  if (!isDue) delete entry.dueSince;
  else entry.dueSince ??= now;
  if (findings.signals.length === 0) entry.suspected = false;
  const { incident } = entry;
  if (incident !== undefined && isStanding(incident)) {
    return findings.signals.length > 0
      ? update(entry, incident, findings, now)
      : recovery(entry, incident, circumstances);
  }
  if (!isDue || entry.dueSince === undefined || now < entry.dueSince + options.settleMs)
    return suspicion(entry, findings);
  // A refused one gets a new chance with new evidence; every other one goes on where it was.
  if (incident !== undefined && incident.status.phase !== 'Rejected')
    return { kind: 'recur', incident, findings };
  return { kind: 'open', findings, ...(incident === undefined ? {} : { previous: incident }) };
}

/** Rejected and folded ones stand as well: their failure is known, it must not open again until it has gone. */
function isStanding(incident: Incident): boolean {
  return incident.status.phase !== 'Recovered' && incident.status.recoveredAt === undefined;
}

function suspicion(entry: Entry, findings: Findings): Decision | undefined {
  if (entry.suspected || findings.signals.length === 0) return undefined;
  entry.suspected = true;
  return { kind: 'suspect', findings };
}

function recovery(
  entry: Entry,
  incident: Incident,
  { now, options, health }: Circumstances,
): Decision | undefined {
  if (now < entry.lastFailingAt + options.recoveryQuietMs) return undefined;
  const owner = health(entry.owner);
  if (owner.state === 'notReady') return undefined;
  const how = owner.state === 'ready' ? (entry.replaced ? 'replaced' : 'healed') : owner.state;
  return { kind: 'recover', incident, how, health: owner };
}

function update(entry: Entry, incident: Incident, findings: Findings, now: number): Decision | undefined {
  const { status } = incident;
  const comment =
    status.phase === 'Filed' && status.comment === undefined
      ? commentDue(incident, findings, now)
      : undefined;
  if (comment !== undefined) return { kind: 'comment', incident, findings, comment };
  const hasChanged =
    findings.occurrences > (status.occurrences ?? 0) ||
    findings.affected.length > (status.affected?.count ?? 0);
  if (!hasChanged || now < entry.notedAt + NOTE_INTERVAL_MS) return undefined;
  entry.notedAt = now;
  return { kind: 'note', incident, findings };
}

function commentDue(incident: Incident, findings: Findings, now: number): CommentKind | undefined {
  const { status, spec } = incident;
  const worst = findings.signals[0];
  if (worst !== undefined && causality(worst.class) < causality(status.class ?? spec.class)) return 'graver';
  const reported = status.affected?.count ?? 1;
  if (findings.affected.length >= Math.max(2 * reported, reported + GROWN_BY)) return 'grown';
  return now >= standingAt(incident) ? 'standing' : undefined;
}

/** When it is to be said that the incident still stands: once. */
function standingAt({ status, spec }: Incident): number {
  if (status.saidStandingAt !== undefined) return Infinity;
  return (status.filedAt ?? spec.openedAt) + STANDING_AFTER_MS;
}

/** What the signals of one owner say together. */
export function findingsOf(entry: Entry, now: number): Findings {
  const signals = [...entry.bySubject.values()]
    .flat()
    .filter((signal) => signal.clearsAt === undefined || now < signal.clearsAt)
    .toSorted(byGravity);
  return {
    key: entry.key,
    owner: entry.owner,
    signals,
    since: Math.min(now, ...signals.map((signal) => signal.since)),
    lastSeenAt: Math.max(0, ...signals.map((signal) => signal.lastSeenAt)),
    occurrences: signals.reduce((sum, signal) => sum + signal.occurrences, 0),
    affected: [...new Set(signals.map((signal) => signal.subject.name))].toSorted(),
  };
}

/** Most causal first, then the most frequent; names last, so that the order never depends on arrival. */
function byGravity(left: Signal, right: Signal): number {
  return (
    causality(left.class) - causality(right.class) ||
    right.occurrences - left.occurrences ||
    left.subject.name.localeCompare(right.subject.name) ||
    (left.container?.name ?? '').localeCompare(right.container?.name ?? '')
  );
}

function dueAt(signal: Signal, options: BookOptions): number {
  return signal.immediate ? signal.since : signal.since + options.holdMs[signal.class];
}

/** When `judge` may have something new to say although nothing changes. */
export function nextChange(entry: Entry, now: number, options: BookOptions): number | undefined {
  const times: number[] = [];
  for (const signals of entry.bySubject.values()) {
    for (const signal of signals) {
      times.push(dueAt(signal, options));
      if (signal.clearsAt !== undefined) times.push(signal.clearsAt);
    }
  }
  if (entry.dueSince !== undefined) times.push(entry.dueSince + options.settleMs);
  if (entry.incident !== undefined) {
    times.push(
      entry.lastFailingAt + options.recoveryQuietMs,
      entry.notedAt + NOTE_INTERVAL_MS,
      standingAt(entry.incident),
    );
  }
  const next = Math.min(...times.filter((time) => time > now));
  return next === Infinity ? undefined : next;
}
