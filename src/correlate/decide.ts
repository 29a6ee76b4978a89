import { momentAt, type Now } from '../domain/clock.ts';
import { causality } from '../domain/failure-classes.ts';
import { type CommentKind, type Incident, triggers } from '../domain/incident.ts';
import type { Cause } from './cause.ts';
import type { CorrelatorOptions, Decision, Outcome, Recovery } from './decision.ts';
import { type OwnerState, isUnresolved } from './owner-state.ts';
import type { Findings, ProvenFindings } from './findings.ts';
import type { OwnerHealth } from './health.ts';
import type { Sight } from './sight.ts';
import { isQuiet, NOTE_INTERVAL_MS, standingAt, waitOf } from './wait.ts';

/** So many failing objects more than were reported, and twice as many, are worth a comment. */
const GROWN_BY = 3;
/** What a judgement rests on besides the entry itself. */
export interface DecisionInput extends Sight {
  readonly now: Now;
  readonly options: CorrelatorOptions;
  readonly findings: ProvenFindings;
  /** The common cause that claims this owner. */
  readonly commonCause: Cause | undefined;
  /** The standing incident of a cause, by the key of the cause. */
  readonly parentIncident: (key: string) => Incident | undefined;
  /** A storm for which incidents still stand. */
  readonly hasMembers: boolean;
  /** A node, by the key of its incidents, that is not as it should be. */
  readonly isUnwell: (key: string) => boolean;
  /** There are as many Incidents as there may be. */
  readonly isFull: boolean;
  /** So many owners wait for an incident that evidence is gathered for none of them before it opens. */
  readonly isBusy: () => boolean;
}

/** What is to be done about one owner now, or what it waits for. */
export function decideOwner(entry: OwnerState, circumstances: DecisionInput): Outcome {
  const decision = decisionOf(entry, circumstances);
  if (decision !== undefined) return { decision, awaits: [] };
  return waitOf(entry, healthIfOver(entry, circumstances), circumstances);
}

/** The health of an owner that shows nothing any more and is not known to be unwell. */
function healthIfOver(
  entry: OwnerState,
  { findings, hasMembers, health }: DecisionInput,
): OwnerHealth | undefined {
  if (!isUnresolved(entry.incident) || findings.signals.length > 0) return undefined;
  if (hasMembers || entry.suppressed.size > 0) return undefined;
  const owner = health(entry.owner);
  return owner.state === 'notReady' ? undefined : owner;
}

function decisionOf(entry: OwnerState, circumstances: DecisionInput): Decision | undefined {
  const { findings } = circumstances;
  const isDue = noteDue(entry, circumstances);
  const { incident } = entry;
  if (isUnresolved(incident)) {
    if (findings.signals.length === 0) return recovery(entry, incident, circumstances);
    if (incident.spec.cause !== undefined) return folded(entry, incident, circumstances);
    return update(entry, incident, circumstances);
  }
  if (!isDue) return suspicion(entry, circumstances);
  return circumstances.commonCause === undefined
    ? opening(findings, incident)
    : folding(circumstances.commonCause, incident, circumstances);
}

/** Whether a failure has lasted for the time `for` of its class, and since then for `groupWait`. */
function noteDue(entry: OwnerState, { findings, now, options }: DecisionInput): boolean {
  if (findings.signals.length === 0) entry.suspected = false;
  if (!findings.isDue) {
    delete entry.dueSince;
    return false;
  }
  entry.dueSince ??= now.monotonic;
  return now.monotonic >= entry.dueSince + options.groupWaitMs;
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
  commonCause: Cause,
  previous: Incident | undefined,
  { findings, parentIncident, isFull }: DecisionInput,
): Decision | undefined {
  const incident = parentIncident(commonCause.key);
  if (incident === undefined || isFull) return undefined;
  const cause = { kind: commonCause.kind, incident };
  return { kind: 'fold', findings, cause, ...(previous === undefined ? {} : { previous }) };
}

/** It stays folded as long as its cause speaks for it. The end of a node's trouble is waited for as that of any other. */
function folded(entry: OwnerState, incident: Incident, circumstances: DecisionInput): Decision | undefined {
  const { cause } = incident.spec;
  if (cause === undefined) return undefined;
  if (isAttributedTo(cause, circumstances)) entry.attributedAt = circumstances.now.monotonic;
  const { findings } = circumstances;
  if (findings.isDue && !isCovered(entry, cause, circumstances)) return { kind: 'unfold', incident };
  return noteOf(entry, incident, circumstances);
}

type CoveringCause = NonNullable<Incident['spec']['cause']>;

/** A node that somebody has cordoned shows nothing any more, and is no better for that. */
function isAttributedTo({ kind, key }: CoveringCause, { commonCause, isUnwell }: DecisionInput): boolean {
  return commonCause?.key === key || (kind === 'node' && isUnwell(key));
}

function isCovered(
  entry: OwnerState,
  cause: CoveringCause,
  { parentIncident, findings, options }: DecisionInput,
): boolean {
  if (parentIncident(cause.key)?.name !== cause.incident) return false;
  // When a cause of a kind that a later release knows is over, this one cannot tell.
  if (cause.kind !== 'node' && cause.kind !== 'shared') return true;
  return findings.provenAt < entry.attributedAt + options.resolveAfterMs;
}

function suspicion(entry: OwnerState, { findings, isBusy }: DecisionInput): Decision | undefined {
  // What may come to nothing is no reason to read evidence.
  const isSuspect = findings.signals.some(({ unproven }) => unproven === undefined);
  if (entry.suspected || !isSuspect || entry.kind !== 'owner' || isBusy()) return undefined;
  return { kind: 'suspect', findings };
}

function recovery(entry: OwnerState, incident: Incident, circumstances: DecisionInput): Decision | undefined {
  if (!isTriggerKnown(incident)) return undefined;
  const owner = healthIfOver(entry, circumstances);
  if (owner === undefined || owner.state === 'unknown' || !isQuiet(entry, circumstances)) return undefined;
  return { kind: 'recover', incident, how: howItEnded(entry, owner), health: owner };
}

/** What made a later release open it may show in nothing that this one looks at. */
function isTriggerKnown({ spec }: Incident): boolean {
  return (triggers as readonly string[]).includes(spec.trigger);
}

function howItEnded(entry: OwnerState, owner: OwnerHealth): Recovery {
  if (entry.kind !== 'owner') return 'membersOver';
  if (owner.state === 'gone' || owner.state === 'scaledToZero') return owner.state;
  return entry.isReplaced ? 'replaced' : 'healed';
}

function update(entry: OwnerState, incident: Incident, circumstances: DecisionInput): Decision | undefined {
  const { findings, now, options } = circumstances;
  if (incident.status.phase === 'Observed' && options.mode === 'file') return { kind: 'release', incident };
  const comment = commentDue(entry, incident, { findings, now });
  if (comment !== undefined) return { kind: 'comment', incident, findings, comment };
  return linkOf(incident, circumstances) ?? noteOf(entry, incident, circumstances);
}

/** A common cause has come up, and has a ticket: who reads this one is told of it, once. */
function linkOf(
  incident: Incident,
  { commonCause, parentIncident, findings }: DecisionInput,
): Decision | undefined {
  const cause = commonCause === undefined ? undefined : parentIncident(commonCause.key);
  if (cause?.status.ticketId === undefined || incident.status.linkedTo !== undefined) return undefined;
  if (incident.status.phase !== 'Filed' || incident.status.comment !== undefined) return undefined;
  return { kind: 'comment', incident, findings, comment: 'linked', cause };
}

function noteOf(
  entry: OwnerState,
  incident: Incident,
  { findings, now }: DecisionInput,
): Decision | undefined {
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
  entry: OwnerState,
  incident: Incident,
  { findings, now }: Pick<DecisionInput, 'findings' | 'now'>,
): CommentKind | undefined {
  const { status } = incident;
  if (status.phase !== 'Filed' || status.comment !== undefined) return undefined;
  if (findings.isDue && isWorse(incident, findings)) return 'worse';
  if (findings.isDue && isMore(entry, status.affected ?? { count: 1, names: [] }, { findings, now }))
    return 'grown';
  const provenAt = momentAt(now, findings.provenAt).at;
  return provenAt >= standingAt(incident) ? 'unresolved' : undefined;
}

/** Pods of one owner are alike; an owner that joins a common cause, and a run of a series, have no other ticket that tells of them. */
function isMore(
  { notedAt, owner }: OwnerState,
  reported: NonNullable<Incident['status']['affected']>,
  { findings: { affected, common }, now }: Pick<DecisionInput, 'findings' | 'now'>,
): boolean {
  const { count, names } = reported;
  if (affected.length >= Math.max(2 * count, count + GROWN_BY)) return true;
  if (now.monotonic < notedAt + NOTE_INTERVAL_MS) return false;
  if (common !== undefined) return affected.length > count;
  return (
    owner.series !== undefined && names.length === count && affected.some((name) => !names.includes(name))
  );
}

function isWorse({ status, spec }: Incident, { signals }: Findings): boolean {
  const worst = signals[0];
  return worst !== undefined && causality(worst.class) < causality(status.class ?? spec.class);
}

/** The key of the owner that a decision is about. */
export function keyOfDecision(decision: Decision): string {
  return 'findings' in decision ? decision.findings.key : decision.incident.spec.key;
}

/** Takes over that a decision was carried out: it is not to be taken again, or not so soon. */
export function noteDone(entry: OwnerState, decision: Decision, now: Now): void {
  if (decision.kind === 'suspect') entry.suspected = true;
  const hasGrown = decision.kind === 'comment' && decision.comment === 'grown';
  if (hasGrown || decision.kind === 'note') entry.notedAt = now.monotonic;
}
