import { HOUR, MINUTE, type Now } from '../domain/clock.ts';
import type { Signal } from '../domain/failure.ts';
import {
  isUnresolved,
  noteFailing,
  type ObservedObject,
  type OwnerState,
  type SeenSignal,
} from './owner-state.ts';
import { counted } from './restarts.ts';

/** Takes over what one object shows at this moment. */
export function noteSignals(
  entry: OwnerState,
  subject: ObservedObject,
  signals: readonly Signal[],
  now: Now,
): void {
  const wasSuppressed = entry.suppressed.delete(subject.uid);
  if (subject.suppressed === true) entry.suppressed.add(subject.uid);
  const before = entry.signalsByUid.get(subject.uid) ?? [];
  if (wasSuppressed || isFailing(subject, signals, before, now)) noteFailing(entry, now);
  noteDowntimes(entry, subject, { before, signals }, now);
  noteUnready(entry, subject);
  if (signals.length > 0)
    entry.signalsByUid.set(subject.uid, seen(entry, subject.uid, { before, signals }, now));
  else if (entry.signalsByUid.delete(subject.uid)) entry.isReplaced = subject.gone;
  if (subject.succeeded === true) entry.endings.clear();
  if (subject.gone && signals.length === 0) noteEnding(entry, subject.uid, before, now);
}

function noteUnready({ unready }: OwnerState, { uid, unready: pod }: ObservedObject): void {
  if (pod === undefined) unready.delete(uid);
  else unready.set(uid, pod);
}

/**
 * Failing up to this moment, whether that has just begun or just ended: quiet counts from here. So does an object that goes before it
 * has run for long enough: what it showed last may not have been judged.
 */
function isFailing(
  { gone }: ObservedObject,
  signals: readonly Signal[],
  before: readonly Signal[],
  now: Now,
): boolean {
  if (gone && before.some(({ clearsAt = Infinity }) => clearsAt > now.at)) return true;
  return isCertain(before) || signals.some((signal) => isNews(signal, before, now));
}

interface Shown {
  readonly before: readonly SeenSignal[];
  readonly signals: readonly Signal[];
}

function noteDowntimes(
  entry: OwnerState,
  { uid, gone }: ObservedObject,
  { before, signals }: Shown,
  now: Now,
): void {
  for (const one of before) {
    const next = signals.find((signal) => isSame(one, signal));
    if (next !== undefined && isContinued(next, one)) continue;
    const to = next === undefined ? now.monotonic : one.shownAt;
    entry.downtimes.note(uid, one, { from: one.seenAt, to }, gone);
  }
}

function seen(
  { downtimes }: OwnerState,
  uid: string,
  { before, signals }: Shown,
  { monotonic }: Now,
): readonly SeenSignal[] {
  return signals.map((signal) => {
    const known = before.find((one) => isSame(one, signal));
    const one = { ...signal, shownAt: monotonic };
    if (known === undefined || !isContinued(signal, known))
      return counted(
        { ...one, seenAt: signal.seenFrom ?? monotonic, earlier: downtimes.before(uid, signal) },
        known?.restarts,
      );
    const { seenAt, earlier = [], restarts } = known;
    const since = signal.level === undefined ? signal.since : known.since;
    return counted({ ...one, since, seenAt, earlier }, restarts);
  });
}

/** Whether it is the same failure without a gap. */
function isContinued(signal: Signal, known: SeenSignal): boolean {
  return signal.level === undefined ? signal.since <= known.since : signal.level === known.level;
}

/** What has ended and is gone is told all the same where nobody has been told yet: it may be removed in the second it fails. */
const ENDING_MS = 10 * MINUTE;
/** Failed pods that their owner has replaced are counted for so long. */
const REPLACED_MS = HOUR;
const MAX_ENDINGS = 32;

function noteEnding(entry: OwnerState, uid: string, before: readonly SeenSignal[], { at }: Now): void {
  for (const signal of before) {
    if (signal.isLeftover === true) continue;
    const key = `${uid} ${signal.since}`;
    if (signal.isFinal !== true && signal.class === 'eviction')
      keep(entry.replaced, key, { ...signal, clearsAt: at + REPLACED_MS });
    else if (signal.isFinal === true && !isUnresolved(entry.incident))
      keep(entry.endings, key, { ...signal, clearsAt: at + ENDING_MS });
  }
}

function keep(signals: Map<string, SeenSignal>, key: string, signal: SeenSignal): void {
  signals.set(key, signal);
  const [oldest] = signals.keys();
  if (signals.size > MAX_ENDINGS && oldest !== undefined) signals.delete(oldest);
}

function isCertain(signals: readonly Signal[]): boolean {
  return signals.some((signal) => signal.clearsAt === undefined);
}

/** It fails now, or has failed again since it was last seen and runs already. */
function isNews(signal: Signal, before: readonly Signal[], { at }: Now): boolean {
  if (signal.clearsAt === undefined) return true;
  const known = before.find((one) => isSame(one, signal));
  if (known === undefined) return at < signal.clearsAt;
  return signal.occurrences > known.occurrences || signal.lastSeenAt > known.lastSeenAt;
}

function isSame(left: Signal, right: Signal): boolean {
  const isAlike = left.class === right.class && left.container?.name === right.container?.name;
  return isAlike && (left.level === undefined) === (right.level === undefined);
}
