import { DAY, MINUTE, type Now, SECOND } from '../domain/clock.ts';
import type { Currency, CurrencyOf } from '../domain/currency.ts';
import type { Incident } from '../domain/incident.ts';
import type { CorrelatorOptions, Outcome } from './decision.ts';
import { allSignals, type OwnerState, isUnresolved, overAt, type SeenSignal } from './owner-state.ts';
import { pendingUntil, type ProvenFindings, shownUntil } from './findings.ts';
import type { OwnerHealth } from './health.ts';
import { clearingScope, currencyOver, provenMoment, type Scope, scopesOf, subjectScope } from './sight.ts';

/** Status of a standing incident is written at most this often: etcd is shared. */
export const NOTE_INTERVAL_MS = 10 * MINUTE;
/** After a day a standing incident is said once more, so that it is not taken for settled. */
const STANDING_AFTER_MS = DAY;
/** What waits without an incident of its own, as there are too many, is looked at again this often. */
const OVERFLOW_RECHECK_MS = MINUTE;
/** What only lacks a proof is looked at again after this long: it has been asked for. */
const PROOF_RECHECK_MS = 2 * SECOND;
/** What is not current is looked at again this often: that it is again is no change of an object. */
const SIGHT_RECHECK_MS = 10 * SECOND;

interface Circumstances {
  readonly now: Now;
  readonly options: CorrelatorOptions;
  readonly currencyOf: CurrencyOf;
  readonly findings: ProvenFindings;
}

/** When it is to be said that the incident still stands, once; epoch milliseconds. */
export function standingAt({ status, spec }: Incident): number {
  if (status.saidUnresolvedAt !== undefined) return Infinity;
  return (status.filedAt ?? spec.openedAt) + STANDING_AFTER_MS;
}

/**
 * Whether an owner has been quiet for long enough. That there is no signal proves nothing unless everything that would bring one was
 * current for the whole time: the time before may have been full of failures.
 */
export function isQuiet(entry: OwnerState, { now, options, currencyOf }: Circumstances): boolean {
  const currency = currencyOver(scopesOf(entry.owner), currencyOf);
  if (currency === undefined) return false;
  return Math.min(now.monotonic, currency.provenAt) >= quietEndsAt(entry, currency, options);
}

function quietEndsAt({ lastFailingAt }: OwnerState, { since }: Currency, options: CorrelatorOptions): number {
  return Math.max(since, lastFailingAt) + options.resolveAfterMs;
}

/**
 * What an owner waits for about which nothing is to be decided now: what is late would be decided, if only the picture were proven up to
 * now. `health` is that of an owner that may have recovered.
 */
export function waitOf(
  entry: OwnerState,
  health: OwnerHealth | undefined,
  circumstances: Circumstances,
): Pick<Outcome, 'requeueAt' | 'awaits'> {
  const { now, currencyOf } = circumstances;
  const endsAt = health === undefined ? undefined : quietEnd(entry, circumstances);
  const late = [...lateSignals(entry, circumstances), ...lateQuiet(entry, endsAt, circumstances)];
  const awaits = late.filter(({ kind, namespace }) => currencyOf(kind, namespace) !== undefined);
  const isBlind = awaits.length < late.length || health?.state === 'unknown';
  let recheckAt = endsAt;
  if (isBlind) recheckAt = now.monotonic + SIGHT_RECHECK_MS;
  else if (late.length > 0) recheckAt = now.monotonic + PROOF_RECHECK_MS;
  return { awaits, requeueAt: nextChange(entry, recheckAt, circumstances) };
}

function lateSignals(entry: OwnerState, circumstances: Circumstances): readonly Scope[] {
  const { findings, now } = circumstances;
  const signals = entry.kind === 'owner' ? allSignals(entry) : findings.signals;
  const turns = turnsOf(entry, circumstances);
  return signals.flatMap((signal) => {
    const until = shownUntil(entry, signal, circumstances);
    const isLate = [pendingUntil(signal, circumstances), ...turns].some(
      (at) => until < at && at <= now.monotonic,
    );
    return [
      ...(isLate ? [subjectScope(signal)] : []),
      ...(isClearingLate(entry, signal, circumstances) ? [clearingScope(signal)] : []),
    ];
  });
}

function isClearingLate(entry: OwnerState, signal: SeenSignal, circumstances: Circumstances): boolean {
  const { clearsAt } = signal;
  if (clearsAt === undefined || !isUnresolved(entry.incident) || clearsAt > circumstances.now.at)
    return false;
  return provenMoment(entry.proven, clearingScope(signal), circumstances).at < clearsAt;
}

/** When something is to be said of an incident because its signals still stand, or stand again. */
function turnsOf(entry: OwnerState, { now, options }: Circumstances): readonly number[] {
  const { incident, attributedAt } = entry;
  const over = overAt(entry, now);
  if (over !== undefined) return [over];
  if (!isUnresolved(incident)) return [];
  const folded = incident.spec.cause === undefined ? [] : [attributedAt + options.resolveAfterMs];
  return [onMonotonic(standingAt(incident), now), ...folded];
}

/** When the quiet of an owner is over; of one that is not in sight, when it would be at the earliest. */
function quietEnd(entry: OwnerState, { options, currencyOf }: Circumstances): number {
  const currency = currencyOver(scopesOf(entry.owner), currencyOf);
  return quietEndsAt(entry, currency ?? { since: -Infinity, provenAt: -Infinity }, options);
}

function lateQuiet(
  entry: OwnerState,
  endsAt: number | undefined,
  { now, currencyOf }: Circumstances,
): readonly Scope[] {
  if (endsAt === undefined || endsAt > now.monotonic) return [];
  return scopesOf(entry.owner).filter(({ kind, namespace }) => {
    const provenAt = currencyOf(kind, namespace)?.provenAt;
    return provenAt === undefined || provenAt < endsAt;
  });
}

function onMonotonic(at: number, now: Now): number {
  return now.monotonic + (at - now.at);
}

/** The first of all times at which something else is to be decided although nothing changes. */
function nextChange(
  entry: OwnerState,
  recheckAt: number | undefined,
  { now, options }: Circumstances,
): number | undefined {
  const times = [recheckAt ?? Infinity, entry.downtimes.forgetAt, ...incidentTimes(entry, now, options)];
  for (const signal of allSignals(entry)) {
    times.push(pendingUntil(signal, { now, options }));
    if (signal.clearsAt !== undefined) times.push(onMonotonic(signal.clearsAt, now));
  }
  for (const { clearsAt = Infinity } of entry.replaced.values()) times.push(onMonotonic(clearsAt, now));
  if (entry.dueSince !== undefined) times.push(entry.dueSince + options.groupWaitMs);
  if (entry.attributedTo !== undefined) times.push(now.monotonic + OVERFLOW_RECHECK_MS);
  const next = times.reduce((first, at) => (at > now.monotonic ? Math.min(first, at) : first), Infinity);
  return next === Infinity ? undefined : next;
}

function incidentTimes(
  { incident, lastFailingAt, notedAt, attributedAt }: OwnerState,
  now: Now,
  { resolveAfterMs }: CorrelatorOptions,
): readonly number[] {
  if (incident === undefined) return [];
  const folded = incident.spec.cause === undefined ? [] : [attributedAt + resolveAfterMs];
  return [
    lastFailingAt + resolveAfterMs,
    notedAt + NOTE_INTERVAL_MS,
    onMonotonic(standingAt(incident), now),
    ...folded,
  ];
}
