import { DAY, HOUR, MINUTE, SECOND } from '../domain/clock.ts';
import { type Incident, incidentNumber } from '../domain/incident.ts';
import { closedStatuses, type TicketSummary } from '../domain/ticket.ts';
import { backoffMs } from '../lib/backoff.ts';

/** Waits and limits of the outbox, in milliseconds. */
export interface OutboxOptions {
  /** `observe` writes Incidents and never sends anything. */
  readonly mode: 'file' | 'observe';
  /** How long the ticket list may take to show an accepted ticket. */
  readonly lookupDelayMs: number;
  readonly keepRecoveredMs: number;
  readonly keepRejectedMs: number;
  readonly maxConcurrent: number;
  /** Tickets and comments that are sent in any minute; Infinity is no limit. */
  readonly maxPerMinute: number;
  readonly closeRecovered: boolean;
}

/** A list that does not work for so long is passed over: losing a ticket is worse than filing it twice. */
export const LIST_PATIENCE_MS = 10 * MINUTE;
/** After an ambiguous attempt the list is searched for a double once more, when it surely shows both. */
export const VERIFY_AFTER_MS = 2 * MINUTE;
/**
 * An ambiguous attempt of a process that was killed is known to nobody. So after a take-over every ticket younger than this is
 * searched for a double: storm limits bound how many there are, and a jump of the wall clock is rarely larger.
 */
export const RECENT_MS = DAY;
/** One that was folded has no ticket that a later one could have to find, and after a storm there are thousands. */
const KEEP_FOLDED_MS = HOUR;
/** How often a refused request is made smaller before it is given up: without its log, then with names and times alone. */
export const MAX_SHRINK = 2;

/** What a look-up for an incident found. */
export interface TicketMatches {
  /** Tickets with this Incident's own marker, oldest first. */
  readonly own: readonly TicketSummary[];
  /** Open tickets of the same owner, filed for other Incidents, oldest first. */
  readonly sameKey: readonly TicketSummary[];
}

/**
 * What one process knows of one incident beyond the object itself. It may be lost at any moment: what follows from an
 * empty one is only slower, never wrong. Times are monotonic milliseconds, so that a jump of the clock cuts no wait short.
 */
export interface FilingFacts {
  /** A request that may have been accepted ended here; for incidents of another process: when this one took over. */
  readonly unknownSince?: number;
  /** The result of a look-up on which nothing has been done yet. */
  readonly matches?: TicketMatches;
  /** The API has answered each look-up since then with a wait that it asks for. */
  readonly askedToWaitSince?: number;
  /** Back-off of this incident alone. */
  readonly notBefore?: number;
  /** Failed tries in a row, for the back-off. */
  readonly failures: number;
  readonly shrink: number;
  /** Writes of this incident have failed in a row, each with an answer of its own. */
  readonly failing?: FailingWrites;
  /** When a write was denied last, in the row that is failing. */
  readonly deniedAt?: number;
  /** The API has said since then, each time it was asked, that the ticket of this incident does not exist. */
  readonly missingSince?: number;
  /** When the list is to be searched for a double of a ticket that is filed. */
  readonly verifyAt?: number;
  /** The Incident that goes on in place of this one, where two of one owner stand. */
  readonly successor?: string | undefined;
}

/** A row of writes that were refused or failed, from which it is to be told whether they fail for what they say. */
export interface FailingWrites {
  readonly since: number;
  /** When the last of them was begun. */
  readonly lastAt: number;
  /** How often another write was accepted between two of them. */
  readonly overtaken: number;
}

/** What is known of an incident that another process may have been working on until a moment ago. */
export function unknownFacts(incident: Incident, moment: Moment): FilingFacts {
  const { filedAt } = incident.status;
  const isRecent = filedAt !== undefined && moment.now - filedAt < RECENT_MS;
  return {
    failures: 0,
    shrink: 0,
    unknownSince: moment.elapsed,
    ...(isRecent ? { verifyAt: moment.elapsed + VERIFY_AFTER_MS } : {}),
  };
}

export interface Moment {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Monotonic milliseconds. */
  readonly elapsed: number;
}

export type Step =
  /** Nothing until then (monotonic); without `until` nothing before the incident changes. */
  | { readonly kind: 'wait'; readonly until?: number }
  | { readonly kind: 'observe' }
  /** A later Incident of the same owner goes on with it. */
  | { readonly kind: 'fold'; readonly into: string }
  /** The incident of a common cause covers this one as long as it is unresolved. */
  | { readonly kind: 'join'; readonly into: string }
  | { readonly kind: 'searchTickets' }
  | { readonly kind: 'adopt'; readonly ticket: TicketSummary; readonly own: boolean }
  | { readonly kind: 'post' }
  | { readonly kind: 'comment' }
  | { readonly kind: 'verify' }
  | { readonly kind: 'remove' };

/**
 * What is to be done next for an incident, whether the API can be asked at the moment or not. Pure: same incident, facts and
 * moment, same step.
 */
export function nextStep(
  incident: Incident,
  facts: FilingFacts,
  moment: Moment,
  options: OutboxOptions,
): Step {
  return waitUntil(facts.notBefore ?? 0, moment) ?? dueStep(incident, facts, moment, options);
}

function dueStep(incident: Incident, facts: FilingFacts, moment: Moment, options: OutboxOptions): Step {
  if (facts.successor !== undefined && competesForKey(incident))
    return { kind: 'fold', into: facts.successor };
  switch (incident.status.phase) {
    case 'Pending':
      return waiting(incident, facts, moment, options);
    case 'Filed':
    case 'Recovered':
      return following(incident, facts, moment, options);
    case 'Rejected':
      return removal(incident, moment, options.keepRejectedMs);
    case 'Observed':
      return removal(incident, moment, options.keepRecoveredMs);
    case 'Folded':
      return removal(incident, moment, Math.min(KEEP_FOLDED_MS, options.keepRecoveredMs));
  }
}

/** Not filed yet. One for which another incident speaks is never filed, nor is any in a trial. */
function waiting({ spec }: Incident, facts: FilingFacts, moment: Moment, options: OutboxOptions): Step {
  if (spec.cause !== undefined) return { kind: 'join', into: spec.cause.incident };
  return options.mode === 'observe' ? { kind: 'observe' } : filing(facts, moment, options);
}

/** What was sent last may still be under way: nothing is sent again before the API must show it. */
function waitIfUnknown(facts: FilingFacts, moment: Moment, options: OutboxOptions): Step | undefined {
  if (facts.unknownSince === undefined) return undefined;
  return waitUntil(facts.unknownSince + options.lookupDelayMs, moment);
}

function waitUntil(until: number, moment: Moment): Step | undefined {
  return until > moment.elapsed ? { kind: 'wait', until } : undefined;
}

/** Always first a look-up, and after an attempt that may have been accepted only once the list must show it. */
function filing(facts: FilingFacts, moment: Moment, options: OutboxOptions): Step {
  const ticket = adoptable(facts.matches);
  // A ticket that stands already needs no request.
  if (ticket !== undefined) return ticket;
  const next: Step = facts.matches === undefined ? { kind: 'searchTickets' } : { kind: 'post' };
  return waitIfUnknown(facts, moment, options) ?? next;
}

function adoptable(lookup: TicketMatches | undefined): Step | undefined {
  const own = lookup?.own[0];
  if (own !== undefined) return { kind: 'adopt', ticket: own, own: true };
  const open = lookup?.sameKey[0];
  return open === undefined ? undefined : { kind: 'adopt', ticket: open, own: false };
}

/** Doubles first: what is to be said must be said on the ticket that is kept. */
function following(incident: Incident, facts: FilingFacts, moment: Moment, options: OutboxOptions): Step {
  // The answer to the status write was lost: what follows from the filing is still to be noted.
  const unconfirmed = adoptable(facts.matches);
  if (unconfirmed !== undefined) return unconfirmed;
  const { verifyAt } = facts;
  const wait = waitIfUnknown(facts, moment, options);
  if (verifyAt !== undefined && verifyAt <= moment.elapsed) return wait ?? { kind: 'verify' };
  if (hasToSay(incident)) return earlier(wait ?? { kind: 'comment' }, verifyAt);
  // Nothing is removed that may still have a double.
  return verifyAt === undefined
    ? removal(incident, moment, options.keepRecoveredMs)
    : { kind: 'wait', until: verifyAt };
}

function hasToSay({ status }: Incident): boolean {
  return status.comment !== undefined && status.ticketId !== undefined;
}

function earlier(step: Step, until: number | undefined): Step {
  if (step.kind !== 'wait' || until === undefined) return step;
  return { kind: 'wait', until: Math.min(until, step.until ?? Infinity) };
}

/** Over incidents are kept for a while for people to read, then removed. */
function removal(incident: Incident, moment: Moment, keepMs: number): Step {
  const over = incident.status.recoveredAt;
  if (over === undefined) return { kind: 'wait' };
  const left = over + keepMs - moment.now;
  return left <= 0 ? { kind: 'remove' } : { kind: 'wait', until: moment.elapsed + left };
}

/** Sorts the tickets of a key by what they mean for one incident. */
export function sortMatches(tickets: readonly TicketSummary[], marker: string): TicketMatches {
  const byAge = tickets.toSorted(
    (left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1),
  );
  const own = byAge.filter((ticket) => ticket.subject.includes(marker));
  return {
    own,
    sameKey: byAge.filter((ticket) => !own.includes(ticket) && !closedStatuses.includes(ticket.status)),
  };
}

/** Neither over nor folded. Those that were refused compete as well: no other covers their failure. */
export function competesForKey({ status: { phase, recoveredAt } }: Incident): boolean {
  return phase !== 'Recovered' && phase !== 'Folded' && recoveredAt === undefined;
}

/**
 * Whether `other` is the one of two unresolved Incidents of a key that goes on. All processes come to the same answer. There are two only
 * where somebody deletes the one with the highest number just when a next one is made.
 */
export function goesOn(incident: Incident, other: Incident): boolean {
  return competesForKey(other) && incidentNumber(other.name) > incidentNumber(incident.name);
}

/** For the failures of one incident in a row. */
const BACKOFF = { initMs: 2 * SECOND, maxMs: 5 * MINUTE, jitter: 1 };

/** The wait after so many failures, and at least as long as the API has asked for. */
export function waitAfter(failures: number, random: number, retryAfterMs = 0): number {
  return Math.max(retryAfterMs, backoffMs(failures, random, BACKOFF));
}
