import { HOUR, MINUTE, monotonicAt, type Now } from '../domain/clock.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import {
  allSignals,
  isUnresolved,
  noteFailing,
  type ObservedObject,
  type OwnerState,
  type Restarts,
  type SeenSignal,
} from './owner-state.ts';
import type { Requeue } from './requeue.ts';
import type { OwnerHealth } from './owner-health.ts';

/** Takes over what one object shows at this moment. */
export function noteSignals(
  state: OwnerState,
  object: ObservedObject,
  signals: readonly Signal[],
  now: Now,
): void {
  const wasSuppressed = state.suppressed.delete(object.uid);
  if (object.suppressed === true) state.suppressed.add(object.uid);
  const before = state.signalsByUid.get(object.uid) ?? [];
  if (wasSuppressed || isFailing(object, signals, before, now)) noteFailing(state, now);
  noteDowntimes(state, object, { before, signals }, now);
  noteUnready(state, object);
  if (signals.length > 0)
    state.signalsByUid.set(object.uid, seen(state, object.uid, { before, signals }, now));
  else if (state.signalsByUid.delete(object.uid)) state.isReplaced = object.gone;
  if (object.succeeded === true) state.endings.clear();
  if (object.gone && signals.length === 0) noteEnding(state, object.uid, before, now);
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
  const wasCertain = before.some(({ clearsAt }) => clearsAt === undefined);
  return wasCertain || signals.some((signal) => isNews(signal, before, now));
}

interface Shown {
  readonly before: readonly SeenSignal[];
  readonly signals: readonly Signal[];
}

function noteDowntimes(
  state: OwnerState,
  { uid, gone }: ObservedObject,
  { before, signals }: Shown,
  now: Now,
): void {
  for (const one of before) {
    const next = signals.find((signal) => isSame(one, signal));
    if (next !== undefined && isContinued(next, one)) continue;
    const to = next === undefined ? now.monotonic : one.shownAt;
    state.downtimes.note(uid, one, { from: one.seenAt, to }, gone);
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
const MAX_ENDINGS = 32;

function noteEnding(state: OwnerState, uid: string, before: readonly SeenSignal[], { at }: Now): void {
  for (const signal of before) {
    if (signal.isLeftover === true) continue;
    const key = `${uid} ${signal.since}`;
    if (signal.isFinal !== true && signal.class === 'eviction')
      keep(state.replaced, key, { ...signal, clearsAt: at + WINDOW_MS });
    else if (signal.isFinal === true && !isUnresolved(state.incident))
      keep(state.endings, key, { ...signal, clearsAt: at + ENDING_MS });
  }
}

function keep(signals: Map<string, SeenSignal>, key: string, signal: SeenSignal): void {
  signals.set(key, signal);
  const [oldest] = signals.keys();
  if (signals.size > MAX_ENDINGS && oldest !== undefined) signals.delete(oldest);
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

/** So many restarts within the window are a loop, whatever a single look could tell (src/detect/crash.ts). */
const LOOP_RESTARTS = 3;
/** More are not needed to count to three. */
const MAX_KEPT = 8;

/** The signal with the restarts that were seen within the window; with enough of them it is proven. */
function counted<S extends Signal & { readonly shownAt: number }>(
  signal: S,
  before: Restarts = [],
): Omit<S, 'unproven'> & Pick<Signal, 'unproven'> & { readonly restarts?: Restarts } {
  if (signal.class !== 'crash' || signal.container === undefined) return signal;
  const restarts = withinWindow(before, { at: signal.shownAt, count: signal.container.restartCount });
  if (signal.unproven !== 'tooFew' || seenRestarts(restarts) < LOOP_RESTARTS) return { ...signal, restarts };
  const { unproven: _unproven, ...proven } = signal;
  return { ...proven, restarts };
}

function withinWindow(before: Restarts, now: Restarts[number]): Restarts {
  const recent = before.filter(({ at, count }) => at > now.at - WINDOW_MS && count <= now.count);
  return recent.at(-1)?.count === now.count ? recent : [...recent, now].slice(-MAX_KEPT);
}

/** The first look shows that it has ended once; each count beyond that is another time. */
function seenRestarts(restarts: Restarts): number {
  return (restarts.at(-1)?.count ?? 0) - (restarts[0]?.count ?? 0) + 1;
}

/** So many pods, each made after the one before had failed, are a loop of replacements. */
const LOOP_LENGTH = 3;
const WINDOW_MS = HOUR;
/** So many of one owner that is made for a single run: some retries are the run's own business. */
const ENDLESS_LENGTH = 10;
/** What a pod is told by that has ended by itself: where every run is made once, that is its result. */
const BY_ITSELF = 'PodFailed';
/** What one is told by that the runtime could not begin. */
const NOT_BEGUN = 'StartError';

/** What signals are counted by besides themselves. */
export interface CountingInput {
  readonly health: (owner: ObjectRef) => OwnerHealth;
  readonly now: Now;
  /** Whether something is the matter with the node of this name, told or not. */
  readonly isNodeFailing: (name: string) => boolean;
  /** Hears of the times at which other signals count although nothing changes. */
  readonly requeue?: Requeue;
}

/**
 * The signals that count. An evicted pod stays in the cluster long after its replacement runs, so that it counts while its owner lacks
 * replicas, or is one of many; and what lacks pods that are held back, or are on nodes that fail, lacks nothing of its own.
 */
export function countingSignals(state: OwnerState, input: CountingInput): readonly SeenSignal[] {
  const signals = allSignals(state);
  const left =
    signals.some(isLack) && isLackExplained(state, input) ? signals.filter((one) => !isLack(one)) : signals;
  return state.replaced.size > 0 || left.some(isOwnedFailure) ? withoutReplaced(state, left, input) : left;
}

function withoutReplaced(
  { owner, replaced }: OwnerState,
  signals: readonly SeenSignal[],
  { health, now, requeue }: CountingInput,
): readonly SeenSignal[] {
  const isReached = (at: number): boolean => requeue?.isReached(monotonicAt(now, at)) ?? at <= now.at;
  const others = signals.filter((signal) => !isOwnedFailure(signal));
  const present = signals.filter(isOwnedFailure);
  const recent = [...replaced.values(), ...present].filter(({ since }) => !isReached(since + WINDOW_MS));
  const isLacking = health(owner).state === 'notReady';
  const loop = loopAmong(recent, owner);
  if (loop.length > 0 && (isLacking || owner.series !== undefined || !isReached(overAt(loop))))
    return [...others, ...loop.map((signal) => ({ ...signal, immediate: true }))];
  return isLacking ? [...others, ...present.filter(({ reason }) => reason !== BY_ITSELF)] : others;
}

/** Those of the failed pods that are a loop. What an owner of single runs comes to by itself is a loop only where one of them tries without end. */
function loopAmong(recent: readonly SeenSignal[], { series }: ObjectRef): readonly SeenSignal[] {
  const caused = series === undefined ? recent : recent.filter(({ reason }) => reason !== BY_ITSELF);
  const unbegun = caused.filter(({ reason }) => series !== undefined && reason === NOT_BEGUN);
  if (Math.max(chainLength(caused), unbegun.length) >= LOOP_LENGTH) return caused;
  if (series === undefined) return [];
  const byMaker = Map.groupBy(recent, ({ madeBy }) => madeBy);
  return [...byMaker.values()].find((some) => chainLength(some) >= ENDLESS_LENGTH) ?? [];
}

/** A loop that has paused for so long, and for twice as long as ever before, is over while its owner has all it wants. */
const LOOP_PAUSE_MS = 10 * MINUTE;

function overAt(loop: readonly Signal[]): number {
  const times = loop.map(({ since }) => since).toSorted((left, right) => left - right);
  const pauses = times.map((time, index) => (times[index + 1] ?? time) - time);
  return (times.at(-1) ?? 0) + Math.max(LOOP_PAUSE_MS, 2 * Math.max(...pauses));
}

const isLack = (signal: Signal): boolean => signal.class === 'rollout';
/** A bare pod is not brought back by anybody, and its eviction is final. */
function isOwnedFailure(signal: Signal): boolean {
  return signal.class === 'eviction' && !signal.immediate;
}

/** How many of these were made after another of them had failed, with the first. */
function chainLength(failed: readonly Signal[]): number {
  let [length, endedAt] = [0, -Infinity];
  for (const { since, madeAt = -Infinity } of failed.toSorted((left, right) => left.since - right.since)) {
    if (length > 0 && madeAt < endedAt) continue;
    length += 1;
    endedAt = since;
  }
  return length;
}

function isLackExplained({ unready, owner }: OwnerState, input: CountingInput): boolean {
  const health = input.health(owner);
  if (health.state !== 'notReady' || health.wanted === undefined || health.ready === undefined) return false;
  const explained = [...unready.values()].filter(
    ({ isHeld, node }) => isHeld === true || (node !== undefined && input.isNodeFailing(node)),
  );
  return explained.length >= health.wanted - health.ready;
}
