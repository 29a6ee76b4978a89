import { momentAt, type Now } from '../domain/clock.ts';
import { causality } from '../domain/failure.ts';
import { type CommentKind, type Incident, triggers } from '../domain/incident.ts';
import type { Cause } from './cause.ts';
import type { BookOptions, Decision, Recovery } from './decision.ts';
import { type Entry, isStanding } from './entry.ts';
import type { Findings, ProvenFindings } from './findings.ts';
import type { OwnerHealth } from './health.ts';
import type { Sight } from './sight.ts';
import { isQuiet, NOTE_INTERVAL_MS, noteWaits, standingAt } from './wait.ts';

/** So many failing objects more than were reported, and twice as many, are worth a comment. */
const GROWN_BY = 3;
/** What a judgement rests on besides the entry itself. */
export interface Circumstances extends Sight {
  readonly now: Now;
  readonly options: BookOptions;
  readonly findings: ProvenFindings;
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

/** What is to be done about one owner now, if anything. Where there is nothing, the entry holds what it waits for. */
export function judge(entry: Entry, circumstances: Circumstances): Decision | undefined {
  entry.awaits = [];
  delete entry.recheckAt;
  const decision = decisionOf(entry, circumstances);
  if (decision === undefined) noteWaits(entry, healthIfOver(entry, circumstances), circumstances);
  return decision;
}

/** The health of an owner that shows nothing any more and is not known to be unwell. */
function healthIfOver(
  entry: Entry,
  { findings, hasMembers, health }: Circumstances,
): OwnerHealth | undefined {
  if (!isStanding(entry.incident) || findings.signals.length > 0) return undefined;
  if (hasMembers || entry.silenced.size > 0) return undefined;
  const owner = health(entry.owner);
  return owner.state === 'notReady' ? undefined : owner;
}

function decisionOf(entry: Entry, circumstances: Circumstances): Decision | undefined {
  const { findings } = circumstances;
  const isDue = noteDue(entry, circumstances);
  const { incident } = entry;
  if (isStanding(incident)) {
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
function noteDue(entry: Entry, { findings, now, options }: Circumstances): boolean {
  if (findings.signals.length === 0) entry.suspected = false;
  if (!findings.isDue) {
    delete entry.dueSince;
    return false;
  }
  entry.dueSince ??= now.monotonic;
  return now.monotonic >= entry.dueSince + options.settleMs;
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
  if (isClaimedBy(cause, circumstances)) entry.claimedAt = circumstances.now.monotonic;
  const { findings } = circumstances;
  if (findings.isDue && !isSpokenFor(entry, cause, circumstances)) return { kind: 'unfold', incident };
  return noteOf(entry, incident, circumstances);
}

type SpokenBy = NonNullable<Incident['spec']['cause']>;

/** A node that somebody has cordoned shows nothing any more, and is no better for that. */
function isClaimedBy({ kind, key }: SpokenBy, { claim, isUnwell }: Circumstances): boolean {
  return claim?.key === key || (kind === 'node' && isUnwell(key));
}

function isSpokenFor(entry: Entry, cause: SpokenBy, { speaker, findings, options }: Circumstances): boolean {
  if (speaker(cause.key)?.name !== cause.incident) return false;
  // When a cause of a kind that a later release knows is over, this one cannot tell.
  if (cause.kind !== 'node' && cause.kind !== 'shared') return true;
  return findings.provenAt < entry.claimedAt + options.recoveryQuietMs;
}

function suspicion(entry: Entry, { findings, isBusy }: Circumstances): Decision | undefined {
  if (entry.suspected || findings.signals.length === 0 || entry.kind !== 'owner' || isBusy())
    return undefined;
  return { kind: 'suspect', findings };
}

function recovery(entry: Entry, incident: Incident, circumstances: Circumstances): Decision | undefined {
  if (!isTriggerKnown(incident)) return undefined;
  const owner = healthIfOver(entry, circumstances);
  if (owner === undefined || owner.state === 'unknown' || !isQuiet(entry, circumstances)) return undefined;
  return { kind: 'recover', incident, how: howItEnded(entry, owner), health: owner };
}

/** What made a later release open it may show in nothing that this one looks at. */
function isTriggerKnown({ spec }: Incident): boolean {
  return (triggers as readonly string[]).includes(spec.trigger);
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
  if (!hasGrown(incident, findings) || now.monotonic < entry.notedAt + NOTE_INTERVAL_MS) return undefined;
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
  const provenAt = momentAt(now, findings.provenAt).at;
  return provenAt >= standingAt(incident) ? 'standing' : undefined;
}

/** Pods of one owner are alike; an owner that joins a common cause has no other ticket that tells of it. */
function isMore(
  { notedAt }: Entry,
  reported: number,
  { findings: { affected, common }, now }: Pick<Circumstances, 'findings' | 'now'>,
): boolean {
  if (affected.length >= Math.max(2 * reported, reported + GROWN_BY)) return true;
  return common !== undefined && affected.length > reported && now.monotonic >= notedAt + NOTE_INTERVAL_MS;
}

function isGraver({ status, spec }: Incident, { signals }: Findings): boolean {
  const worst = signals[0];
  return worst !== undefined && causality(worst.class) < causality(status.class ?? spec.class);
}

/** The key of the owner that a decision is about. */
export function keyOfDecision(decision: Decision): string {
  return 'findings' in decision ? decision.findings.key : decision.incident.spec.key;
}

/** Takes over that a decision was carried out: it is not to be taken again, or not so soon. */
export function noteDone(entry: Entry, decision: Decision, now: Now): void {
  if (decision.kind === 'suspect') entry.suspected = true;
  const hasGrown = decision.kind === 'comment' && decision.comment === 'grown';
  if (hasGrown || decision.kind === 'note') entry.notedAt = now.monotonic;
}
