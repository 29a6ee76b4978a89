import { DAY, MINUTE, monotonicAt, type Now } from '../domain/clock.ts';
import { causality } from '../domain/failure-classes.ts';
import { type CommentKind, type Incident, triggers } from '../domain/incident.ts';
import type { Cause } from './identity.ts';
import type { CorrelatorOptions, Decision, Outcome, Recovery } from './decision.ts';
import type { Findings, ProvenFindings } from './due-signals.ts';
import { isUnresolved, type OwnerState } from './owner-state.ts';
import type { Requeue } from './requeue.ts';
import { freshnessOver, type OwnerHealth, scopesOf, type ClusterState, objectScope } from './owner-health.ts';

/** So many failing objects more than were reported, and twice as many, are worth a comment. */
const GROWN_BY = 3;
/** Status of an unresolved incident is written at most this often: etcd is shared. */
const NOTE_INTERVAL_MS = 10 * MINUTE;
/** After a day an incident is said to be unresolved once more, so that it is not taken for settled. */
const UNRESOLVED_AFTER_MS = DAY;
/** An owner that waits for the incident of a cause, or without one as there are too many, is evaluated again this often. */
const ATTRIBUTED_RECHECK_MS = MINUTE;

/** What a decision rests on besides the state of the owner. */
export interface DecisionInput extends ClusterState {
  readonly now: Now;
  readonly options: CorrelatorOptions;
  readonly findings: ProvenFindings;
  /** Every time that is compared with is noted here. */
  readonly requeue: Requeue;
  /** The common cause of this owner's failure. */
  readonly commonCause: Cause | undefined;
  /** The unresolved incident of a cause, by the key of the cause. */
  readonly parentIncident: (key: string) => Incident | undefined;
  /** A storm with incidents that are unresolved. */
  readonly hasMembers: boolean;
  /** A node, by the key of its incidents, that is not as it should be. */
  readonly isUnwell: (key: string) => boolean;
  /** There are as many Incidents as there may be. */
  readonly isFull: boolean;
  /** So many owners wait for an incident that evidence is gathered for none of them before it opens. */
  readonly isBusy: () => boolean;
}

/** What is to be done about one owner now, or what it waits for. */
export function decideOwner(state: OwnerState, input: DecisionInput): Outcome {
  const decision = decisionOf(state, input);
  return decision === undefined ? input.requeue.wait(input.freshnessOf) : { decision, awaits: [] };
}

function decisionOf(state: OwnerState, input: DecisionInput): Decision | undefined {
  const { findings, commonCause } = input;
  const isDue = noteDue(state, input);
  const { incident } = state;
  if (isUnresolved(incident)) {
    if (findings.signals.length === 0) return recovery(state, incident, input);
    if (incident.spec.cause !== undefined) return folded(state, incident, input);
    return update(state, incident, input);
  }
  if (!isDue) return suspicion(state, input);
  return commonCause === undefined ? opening(findings, incident) : folding(commonCause, incident, input);
}

/** Whether a failure has lasted for the time `for` of its class, and since then for `groupWait`. */
function noteDue(state: OwnerState, { findings, now, options, requeue }: DecisionInput): boolean {
  if (findings.signals.length === 0) state.suspected = false;
  if (!findings.isDue) {
    delete state.dueSince;
    return false;
  }
  state.dueSince ??= now.monotonic;
  return requeue.isReached(state.dueSince + options.groupWaitMs);
}

/** A refused one gets a new chance with new evidence, one that was folded is filed on its own; every other one goes on where it was. */
function opening(findings: Findings, incident: Incident | undefined): Decision {
  if (incident === undefined) return { kind: 'open', findings };
  if (incident.status.phase === 'Rejected' || incident.spec.cause !== undefined)
    return { kind: 'open', findings, previous: incident };
  return { kind: 'recur', incident, findings };
}

/** Waits for the incident of the cause. Where there are too many Incidents, the cause's own is all that covers this owner. */
function folding(
  commonCause: Cause,
  previous: Incident | undefined,
  { findings, parentIncident, isFull, now, requeue }: DecisionInput,
): Decision | undefined {
  const incident = parentIncident(commonCause.key);
  if (incident === undefined || isFull) {
    requeue.isReached(now.monotonic + ATTRIBUTED_RECHECK_MS);
    return undefined;
  }
  const cause = { kind: commonCause.kind, incident };
  return { kind: 'fold', findings, cause, ...(previous === undefined ? {} : { previous }) };
}

/** It stays folded as long as the incident of its cause covers it. That a node is well again is waited for as with any other owner. */
function folded(state: OwnerState, incident: Incident, input: DecisionInput): Decision | undefined {
  const { cause } = incident.spec;
  if (cause === undefined) return undefined;
  if (isAttributedTo(cause, input)) state.attributedAt = input.now.monotonic;
  if (input.findings.isDue && !isCovered(state, cause, input)) return { kind: 'unfold', incident };
  return noteOf(state, incident, input);
}

type CoveringCause = NonNullable<Incident['spec']['cause']>;

/** A node that somebody has cordoned shows nothing any more, and is no better for that. */
function isAttributedTo({ kind, key }: CoveringCause, { commonCause, isUnwell }: DecisionInput): boolean {
  return commonCause?.key === key || (kind === 'node' && isUnwell(key));
}

function isCovered(state: OwnerState, cause: CoveringCause, input: DecisionInput): boolean {
  if (input.parentIncident(cause.key)?.name !== cause.incident) return false;
  // When a cause of a kind that a later release knows is over, this one cannot tell.
  if (cause.kind !== 'node' && cause.kind !== 'shared') return true;
  return !isFailingUntil(state.attributedAt + input.options.resolveAfterMs, input);
}

/** Whether the owner is proven to have failed up to `at`, in monotonic milliseconds. */
function isFailingUntil(at: number, { findings, requeue }: DecisionInput): boolean {
  const { signals, provenAt } = findings;
  for (const signal of signals) requeue.isProven(at, provenAt, objectScope(signal));
  return provenAt >= at;
}

function suspicion(state: OwnerState, { findings, isBusy }: DecisionInput): Decision | undefined {
  // What may come to nothing is no reason to read evidence.
  const isSuspect = findings.signals.some(({ unproven }) => unproven === undefined);
  if (state.suspected || !isSuspect || state.kind !== 'owner' || isBusy()) return undefined;
  return { kind: 'suspect', findings };
}

function recovery(state: OwnerState, incident: Incident, input: DecisionInput): Decision | undefined {
  // What made a later release open it may show in nothing that this one looks at.
  if (!(triggers as readonly string[]).includes(incident.spec.trigger)) return undefined;
  if (input.hasMembers || state.suppressed.size > 0) return undefined;
  const health = input.health(state.owner);
  if (health.state === 'notReady') return undefined;
  const isOver = isQuiet(state, input);
  if (health.state === 'unknown') input.requeue.noteBlind();
  else if (isOver) return { kind: 'recover', incident, how: howItEnded(state, health), health };
  return undefined;
}

/**
 * Whether an owner has been quiet for long enough. That there is no signal proves nothing unless everything that would bring one was
 * current for the whole time: the time before may have been full of failures.
 */
function isQuiet({ owner, lastFailingAt }: OwnerState, input: DecisionInput): boolean {
  const { options, freshnessOf, requeue } = input;
  const scopes = scopesOf(owner);
  const since = freshnessOver(scopes, freshnessOf)?.since ?? -Infinity;
  const endsAt = Math.max(since, lastFailingAt) + options.resolveAfterMs;
  const unproven = scopes.filter(
    (scope) =>
      !requeue.isProven(endsAt, freshnessOf(scope.kind, scope.namespace)?.provenAt ?? -Infinity, scope),
  );
  return requeue.isReached(endsAt) && unproven.length === 0;
}

function howItEnded(state: OwnerState, health: OwnerHealth): Recovery {
  if (state.kind !== 'owner') return 'membersOver';
  if (health.state === 'gone' || health.state === 'scaledToZero') return health.state;
  return state.isReplaced ? 'replaced' : 'healed';
}

function update(state: OwnerState, incident: Incident, input: DecisionInput): Decision | undefined {
  const { findings, options } = input;
  if (incident.status.phase === 'Observed' && options.mode === 'file') return { kind: 'release', incident };
  const comment = commentDue(state, incident, input);
  if (comment !== undefined) return { kind: 'comment', incident, findings, comment };
  return linkOf(incident, input) ?? noteOf(state, incident, input);
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
  { notedAt }: OwnerState,
  incident: Incident,
  { findings, requeue }: DecisionInput,
): Decision | undefined {
  const isNoted = !hasGrown(incident, findings) || !requeue.isReached(notedAt + NOTE_INTERVAL_MS);
  return isNoted ? undefined : { kind: 'note', incident, findings };
}

function hasGrown({ status }: Incident, { occurrences, affected }: Findings): boolean {
  if (occurrences > (status.occurrences ?? 0)) return true;
  // On a ticket the status holds what the ticket says: it changes with a comment.
  return status.phase !== 'Filed' && affected.length > (status.affected?.count ?? 0);
}

/** One comment at a time, and only where there is a ticket. */
function commentDue(state: OwnerState, incident: Incident, input: DecisionInput): CommentKind | undefined {
  const { status } = incident;
  const { findings, now } = input;
  if (status.phase !== 'Filed' || status.comment !== undefined) return undefined;
  if (findings.isDue && isWorse(incident, findings)) return 'worse';
  if (findings.isDue && isMore(state, status.affected ?? { count: 1, names: [] }, input)) return 'grown';
  return isFailingUntil(monotonicAt(now, unresolvedAt(incident)), input) ? 'unresolved' : undefined;
}

/** When it is to be said that the incident is unresolved, once; epoch milliseconds. */
function unresolvedAt({ status, spec }: Incident): number {
  if (status.saidUnresolvedAt !== undefined) return Infinity;
  return (status.filedAt ?? spec.openedAt) + UNRESOLVED_AFTER_MS;
}

/** Pods of one owner are alike; an owner that joins a common cause, and a run of a series, have no other ticket that tells of them. */
function isMore(
  { notedAt, owner }: OwnerState,
  { count, names }: NonNullable<Incident['status']['affected']>,
  { findings: { affected, common }, requeue }: DecisionInput,
): boolean {
  if (affected.length >= Math.max(2 * count, count + GROWN_BY)) return true;
  const isNewRun = owner.series !== undefined && names.length === count;
  const hasMore =
    common === undefined
      ? isNewRun && affected.some((name) => !names.includes(name))
      : affected.length > count;
  return hasMore && requeue.isReached(notedAt + NOTE_INTERVAL_MS);
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
export function noteDone(state: OwnerState, decision: Decision, now: Now): void {
  if (decision.kind === 'suspect') state.suspected = true;
  const hasGrown = decision.kind === 'comment' && decision.comment === 'grown';
  if (hasGrown || decision.kind === 'note') state.notedAt = now.monotonic;
}
