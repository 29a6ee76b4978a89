import { DAY, MINUTE } from '../domain/clock.ts';
import { causality, type ObjectRef } from '../domain/failure.ts';
import { type CommentKind, type Incident, triggers } from '../domain/incident.ts';
import type { Cause } from './cause.ts';
import type { BookOptions, Decision, Recovery } from './decision.ts';
import { allSignals, type Entry, isStanding } from './entry.ts';
import { dueAt, type Findings } from './findings.ts';
import type { OwnerHealth } from './health.ts';

/** Status of a standing incident is written at most this often: etcd is shared. */
const NOTE_INTERVAL_MS = 10 * MINUTE;
/** After a day a standing incident is said once more, so that it is not taken for settled. */
const STANDING_AFTER_MS = DAY;
/** So many failing objects more than were reported, and twice as many, are worth a comment. */
const GROWN_BY = 3;
/** What waits without an incident of its own, as there are too many, is looked at again this often. */
const OVERFLOW_RECHECK_MS = MINUTE;
/** What cannot be seen is asked for again this often: that it can be seen again is no change of an object. */
const SIGHT_RECHECK_MS = MINUTE;

/** What a judgement rests on besides the entry itself. */
export interface Circumstances {
  readonly now: number;
  readonly options: BookOptions;
  readonly health: (owner: ObjectRef) => OwnerHealth;
  readonly findings: Findings;
  /** The common cause that claims this owner. */
  readonly claim: Cause | undefined;
  /** The standing incident of a cause, by the key of the cause. */
  readonly speaker: (key: string) => Incident | undefined;
  /** A storm for which incidents still stand. */
  readonly hasMembers: boolean;
  /** A node, by the key of its incidents, that is not as it should be. */
  readonly isUnwell: (key: string) => boolean;
  /** There are as many Incidents as there may be. */
  readonly isFull: boolean;
  /** So many owners wait for an incident that evidence is gathered for none of them before it opens. */
  readonly isBusy: () => boolean;
}

/** What is to be done about one owner now, if anything. */
export function judge(entry: Entry, circumstances: Circumstances): Decision | undefined {
  const { findings, now, options } = circumstances;
  const isDue = noteDue(entry, findings, now, options);
  const { incident } = entry;
  if (isStanding(incident)) {
    noteSight(entry, circumstances);
    if (findings.signals.length === 0) return recovery(entry, incident, circumstances);
    if (incident.spec.cause !== undefined) return folded(entry, incident, circumstances);
    return update(entry, incident, circumstances);
  }
  if (!isDue) return suspicion(entry, circumstances);
  return circumstances.claim === undefined
    ? opening(findings, incident)
    : folding(circumstances.claim, incident, circumstances);
}

/** Whether a failure has stood for its hold, and since then for the time that a common cause gets to claim it. */
function noteDue(entry: Entry, findings: Findings, now: number, options: BookOptions): boolean {
  if (findings.signals.length === 0) entry.suspected = false;
  if (!findings.isDue) {
    delete entry.dueSince;
    return false;
  }
  // A clock that was ahead must not hold it up until that time has come.
  entry.dueSince = Math.min(entry.dueSince ?? now, now);
  return now >= entry.dueSince + options.settleMs;
}

/** A refused one gets a new chance with new evidence, one that was folded is filed on its own; every other one goes on where it was. */
function opening(findings: Findings, incident: Incident | undefined): Decision {
  if (incident === undefined) return { kind: 'open', findings };
  if (incident.status.phase === 'Rejected' || incident.spec.cause !== undefined)
    return { kind: 'open', findings, previous: incident };
  return { kind: 'recur', incident, findings };
}

/** Waits for the incident of the cause. Where there are too many Incidents, the cause's own is all that speaks of this owner. */
function folding(
  claim: Cause,
  previous: Incident | undefined,
  { findings, speaker, isFull }: Circumstances,
): Decision | undefined {
  const incident = speaker(claim.key);
  if (incident === undefined || isFull) return undefined;
  const cause = { kind: claim.kind, incident };
  return { kind: 'fold', findings, cause, ...(previous === undefined ? {} : { previous }) };
}

/** It stays folded as long as its cause speaks for it. The end of a node's trouble is waited for as that of any other. */
function folded(entry: Entry, incident: Incident, circumstances: Circumstances): Decision | undefined {
  const { cause } = incident.spec;
  if (cause === undefined) return undefined;
  if (isClaimedBy(cause, circumstances)) entry.claimedAt = circumstances.now;
  const { findings } = circumstances;
  if (findings.isDue && !isSpokenFor(entry, cause, circumstances)) return { kind: 'unfold', incident };
  return noteOf(entry, incident, circumstances);
}

type SpokenBy = NonNullable<Incident['spec']['cause']>;

/** A node that somebody has cordoned shows nothing any more, and is no better for that. */
function isClaimedBy({ kind, key }: SpokenBy, { claim, isUnwell }: Circumstances): boolean {
  return claim?.key === key || (kind === 'node' && isUnwell(key));
}

function isSpokenFor(entry: Entry, cause: SpokenBy, { speaker, now, options }: Circumstances): boolean {
  if (speaker(cause.key)?.name !== cause.incident) return false;
  // When a cause of a kind that a later release knows is over, this one cannot tell.
  if (cause.kind !== 'node' && cause.kind !== 'shared') return true;
  return now < entry.claimedAt + options.recoveryQuietMs;
}

function suspicion(entry: Entry, { findings, isBusy }: Circumstances): Decision | undefined {
  if (entry.suspected || findings.signals.length === 0 || entry.kind !== 'owner' || isBusy())
    return undefined;
  entry.suspected = true;
  return { kind: 'suspect', findings };
}

function recovery(
  entry: Entry,
  incident: Incident,
  { now, options, health, hasMembers }: Circumstances,
): Decision | undefined {
  if (hasMembers || entry.silenced.size > 0 || !isTriggerKnown(incident)) return undefined;
  if (now < entry.lastFailingAt + options.recoveryQuietMs) return undefined;
  const owner = health(entry.owner);
  if (owner.state === 'notReady' || owner.state === 'unknown') return undefined;
  return { kind: 'recover', incident, how: howItEnded(entry, owner), health: owner };
}

/** What made a later release open it may show in nothing that this one looks at. */
function isTriggerKnown({ spec }: Incident): boolean {
  return (triggers as readonly string[]).includes(spec.trigger);
}

/** What could not be seen may have failed up to this moment. */
function noteSight(entry: Entry, { health, now }: Circumstances): void {
  const wasUnseen = entry.isUnseen;
  entry.isUnseen = health(entry.owner).state === 'unknown';
  if (wasUnseen && !entry.isUnseen) entry.lastFailingAt = now;
}

function howItEnded(entry: Entry, owner: OwnerHealth): Recovery {
  if (entry.kind !== 'owner') return 'membersOver';
  if (owner.state === 'gone' || owner.state === 'scaledToZero') return owner.state;
  return entry.replaced ? 'replaced' : 'healed';
}

function update(entry: Entry, incident: Incident, circumstances: Circumstances): Decision | undefined {
  const { findings, now, options } = circumstances;
  if (incident.status.phase === 'Observed' && options.mode === 'file') return { kind: 'release', incident };
  const comment = commentDue(entry, incident, { findings, now });
  if (comment === 'grown') entry.notedAt = now;
  if (comment !== undefined) return { kind: 'comment', incident, findings, comment };
  return linkOf(incident, circumstances) ?? noteOf(entry, incident, circumstances);
}

/** A common cause has come up, and has a ticket: who reads this one is told of it, once. */
function linkOf(incident: Incident, { claim, speaker, findings }: Circumstances): Decision | undefined {
  const cause = claim === undefined ? undefined : speaker(claim.key);
  if (cause?.status.ticketId === undefined || incident.status.linkedTo !== undefined) return undefined;
  if (incident.status.phase !== 'Filed' || incident.status.comment !== undefined) return undefined;
  return { kind: 'comment', incident, findings, comment: 'linked', cause };
}

function noteOf(entry: Entry, incident: Incident, { findings, now }: Circumstances): Decision | undefined {
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
function commentDue(
  entry: Entry,
  incident: Incident,
  { findings, now }: Pick<Circumstances, 'findings' | 'now'>,
): CommentKind | undefined {
  const { status } = incident;
  if (status.phase !== 'Filed' || status.comment !== undefined) return undefined;
  if (findings.isDue && isGraver(incident, findings)) return 'graver';
  if (findings.isDue && isMore(entry, status.affected?.count ?? 1, { findings, now })) return 'grown';
  return now >= standingAt(incident) ? 'standing' : undefined;
}

/** Pods of one owner are alike; an owner that joins a common cause has no other ticket that tells of it. */
function isMore(
  { notedAt }: Entry,
  reported: number,
  { findings: { affected, common }, now }: Pick<Circumstances, 'findings' | 'now'>,
): boolean {
  if (affected.length >= Math.max(2 * reported, reported + GROWN_BY)) return true;
  return common !== undefined && affected.length > reported && now >= notedAt + NOTE_INTERVAL_MS;
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
  if (entry.claim !== undefined) consider(now + OVERFLOW_RECHECK_MS);
  if (entry.isUnseen) consider(now + SIGHT_RECHECK_MS);
  if (entry.incident !== undefined) {
    consider(entry.lastFailingAt + options.recoveryQuietMs);
    consider(entry.notedAt + NOTE_INTERVAL_MS);
    consider(standingAt(entry.incident));
    if (entry.incident.spec.cause !== undefined) consider(entry.claimedAt + options.recoveryQuietMs);
  }
  return next === Infinity ? undefined : next;
}
