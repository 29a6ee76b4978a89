import { DAY, MINUTE } from '../domain/clock.ts';
import { causality, type ObjectRef, type Signal } from '../domain/failure.ts';
import type { CommentKind, Incident } from '../domain/incident.ts';
import type { BookOptions, Decision, Recovery } from './decision.ts';
import { allSignals, type Entry } from './entry.ts';
import { dueAt, type Findings, findingsOf } from './findings.ts';
import type { OwnerHealth } from './health.ts';

/** Status of a standing incident is written at most this often: etcd is shared. */
const NOTE_INTERVAL_MS = 10 * MINUTE;
/** After a day a standing incident is said once more, so that it is not taken for settled. */
const STANDING_AFTER_MS = DAY;
/** So many failing objects more than were reported, and twice as many, are worth a comment. */
const GROWN_BY = 3;

/** What a judgement rests on besides the entry itself. */
export interface Circumstances {
  readonly now: number;
  readonly options: BookOptions;
  readonly health: (owner: ObjectRef) => OwnerHealth;
}

/** What is to be done about one owner now, if anything. */
export function judge(entry: Entry, circumstances: Circumstances): Decision | undefined {
  const { now, options } = circumstances;
  const findings = findingsOf(entry, countingSignals(entry, circumstances), circumstances);
  const isDue = noteDue(entry, findings, now, options);
  const { incident } = entry;
  if (incident !== undefined && isStanding(incident)) {
    return findings.signals.length > 0
      ? update(entry, incident, findings, circumstances)
      : recovery(entry, incident, circumstances);
  }
  return isDue ? opening(findings, incident) : suspicion(entry, findings);
}

/** An evicted pod stays in the cluster long after its replacement runs: it counts only while the owner lacks replicas. */
function countingSignals(entry: Entry, { health }: Circumstances): readonly Signal[] {
  const signals = allSignals(entry);
  if (!signals.some(isOwnedEviction) || health(entry.owner).state === 'notReady') return signals;
  return signals.filter((signal) => !isOwnedEviction(signal));
}

/** A bare pod is not brought back by anybody, and its eviction is final. */
function isOwnedEviction(signal: Signal): boolean {
  return signal.class === 'eviction' && !signal.immediate;
}

/** Whether a failure has stood for its hold, and since then for the time that a common cause gets to claim it. */
function noteDue(entry: Entry, findings: Findings, now: number, options: BookOptions): boolean {
  if (findings.signals.length === 0) entry.suspected = false;
  if (!findings.isDue) {
    delete entry.dueSince;
    return false;
  }
  entry.dueSince ??= now;
  return now >= entry.dueSince + options.settleMs;
}

/** Rejected and folded ones stand as well: their failure is known, it must not open again until it has gone. */
function isStanding(incident: Incident): boolean {
  return incident.status.phase !== 'Recovered' && incident.status.recoveredAt === undefined;
}

/** A refused one gets a new chance with new evidence; every other one goes on where it was. */
function opening(findings: Findings, incident: Incident | undefined): Decision {
  if (incident === undefined) return { kind: 'open', findings };
  if (incident.status.phase === 'Rejected') return { kind: 'open', findings, previous: incident };
  return { kind: 'recur', incident, findings };
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
  return { kind: 'recover', incident, how: howItEnded(entry, owner), health: owner };
}

function howItEnded(entry: Entry, owner: OwnerHealth): Recovery {
  if (owner.state === 'gone' || owner.state === 'scaledToZero') return owner.state;
  return entry.replaced ? 'replaced' : 'healed';
}

function update(
  entry: Entry,
  incident: Incident,
  findings: Findings,
  { now, options }: Circumstances,
): Decision | undefined {
  if (incident.status.phase === 'Observed' && options.mode === 'file') return { kind: 'release', incident };
  const comment = commentDue(incident, findings, now);
  if (comment !== undefined) return { kind: 'comment', incident, findings, comment };
  if (!hasGrown(incident, findings) || now < entry.notedAt + NOTE_INTERVAL_MS) return undefined;
  entry.notedAt = now;
  return { kind: 'note', incident, findings };
}

function hasGrown({ status }: Incident, { occurrences, affected }: Findings): boolean {
  if (occurrences > (status.occurrences ?? 0)) return true;
  // On a ticket the status holds what the ticket says: it changes with a comment.
  return status.phase !== 'Filed' && affected.length > (status.affected?.count ?? 0);
}

/** One comment at a time, and only where there is a ticket. */
function commentDue(incident: Incident, findings: Findings, now: number): CommentKind | undefined {
  const { status } = incident;
  if (status.phase !== 'Filed' || status.comment !== undefined) return undefined;
  if (findings.isDue && isGraver(incident, findings)) return 'graver';
  const reported = status.affected?.count ?? 1;
  if (findings.isDue && findings.affected.length >= Math.max(2 * reported, reported + GROWN_BY))
    return 'grown';
  return now >= standingAt(incident) ? 'standing' : undefined;
}

function isGraver({ status, spec }: Incident, { signals }: Findings): boolean {
  const worst = signals[0];
  return worst !== undefined && causality(worst.class) < causality(status.class ?? spec.class);
}

/** When it is to be said that the incident still stands: once. */
function standingAt({ status, spec }: Incident): number {
  if (status.saidStandingAt !== undefined) return Infinity;
  return (status.filedAt ?? spec.openedAt) + STANDING_AFTER_MS;
}

/** When `judge` may have something new to say although nothing changes. */
export function nextChange(entry: Entry, now: number, options: BookOptions): number | undefined {
  let next = Infinity;
  const consider = (at: number | undefined): void => {
    if (at !== undefined && at > now) next = Math.min(next, at);
  };
  for (const signal of allSignals(entry)) {
    consider(dueAt(signal, options));
    consider(signal.clearsAt);
  }
  if (entry.dueSince !== undefined) consider(entry.dueSince + options.settleMs);
  if (entry.incident !== undefined) {
    consider(entry.lastFailingAt + options.recoveryQuietMs);
    consider(entry.notedAt + NOTE_INTERVAL_MS);
    consider(standingAt(entry.incident));
  }
  return next === Infinity ? undefined : next;
}
