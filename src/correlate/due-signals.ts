import { carriedMs } from './downtime.ts';
import { isUnresolved, overAt, type OwnerState, type SeenSignal } from './owner-state.ts';
import type { Requeue } from './requeue.ts';
import { clearingScope, provenMoment, objectScope } from './owner-health.ts';
import { monotonicAt, type Now } from '../domain/clock.ts';
import type { EvidenceTarget, FreshnessOf } from '../domain/ports.ts';
import { causality, type FailureClass } from '../domain/failure-classes.ts';
import type { ContainerRole, ObjectRef, Signal } from '../domain/failure.ts';
import type { CauseKind } from '../domain/incident.ts';

interface Durations {
  readonly forMs: Readonly<Record<FailureClass, number>>;
}

type Judged = Pick<OwnerState, 'proven' | 'incident' | 'overSeenAt'>;

/** What signals are judged by. */
export interface FindingsInput {
  readonly now: Now;
  readonly options: Durations;
  readonly freshnessOf: FreshnessOf;
  /** Where the owner itself is decided about: every time that is compared with is noted here. */
  readonly requeue?: Requeue;
}

/** An owner that the incident of a common cause covers. */
export interface Member {
  readonly owner: ObjectRef;
  readonly class: FailureClass;
  readonly reason: string;
  readonly since: number;
  /** What it says; not redacted. */
  readonly message: string;
  /** The node of the pod that shows it. */
  readonly node?: string;
  /** When the revision was made that this pod is of, where its ReplicaSet tells. */
  readonly revisedAt?: number;
  /** The object that shows it. */
  readonly regarding: ObjectRef;
}

/** What an incident has in it beyond its own owner. */
export interface Common {
  readonly kind: CauseKind;
  /** The most causal first. */
  readonly members: readonly Member[];
  /** There has been no Incident in this cluster, and all of this failed before the agent was started. */
  readonly isFirst: boolean;
}

/** What all signals of one owner say together at one moment. */
export interface Findings {
  readonly key: string;
  readonly owner: ObjectRef;
  /** Signals that have not cleared, the most causal first; the first names the incident. */
  readonly signals: readonly Signal[];
  /** They have lasted for the time `for` of their class. */
  readonly isDue: boolean;
  readonly since: number;
  readonly lastSeenAt: number;
  readonly occurrences: number;
  /** Names of the failing objects, sorted; of a common cause those of the owners that fail for it. */
  readonly affected: readonly string[];
  /** The owners that fail for it, where it is a common cause. */
  readonly common?: Common;
}

/** The same, with what only the judgement needs. */
export interface ProvenFindings extends Findings {
  readonly signals: readonly SeenSignal[];
  /** Until when they are proven to be there, in monotonic milliseconds: while the watches are not current, it stands still. */
  readonly provenAt: number;
}

/**
 * Sums up the signals of one owner. Those that have cleared do not count, nor, as soon as one has lasted for long enough, those that have
 * not: any pod that was made a moment ago has no node yet, and that is no cause of a crash. Both are measured up to the last
 * moment at which the objects were proven to be so: a picture that is not current neither fails nor heals by growing old.
 */
export function findingsOf(
  state: Judged & Pick<OwnerState, 'key' | 'owner'>,
  all: readonly SeenSignal[],
  input: FindingsInput,
): ProvenFindings {
  const { key, owner } = state;
  const uncleared = all.filter((signal) => isUncleared(state, signal, input)).toSorted(bySeverity);
  const due = uncleared.filter((signal) => isDueSignal(state, signal, input));
  const isDue = due.length > 0 && !isOutspoken(due, uncleared, input);
  const signals = isDue ? due : uncleared;
  const { now } = input;
  return {
    key,
    owner,
    signals,
    isDue,
    provenAt: signals.reduce((last, signal) => Math.max(last, shownUntil(state, signal, input)), -Infinity),
    since: signals.reduce((first, signal) => Math.min(first, signal.since), now.at),
    // What was written by a clock that is ahead counts as now.
    lastSeenAt: Math.min(
      now.at,
      signals.reduce((last, signal) => Math.max(last, signal.lastSeenAt), 0),
    ),
    occurrences: signals.reduce((sum, signal) => sum + signal.occurrences, 0),
    affected: [...new Set(signals.map((signal) => signal.regarding.name))].toSorted(),
  };
}

/** Whether all that is due only sums up what others will have to say when their time is over. */
function isOutspoken(
  due: readonly SeenSignal[],
  current: readonly SeenSignal[],
  { options }: FindingsInput,
): boolean {
  if (!due.every(({ isSummary }) => isSummary === true)) return false;
  return current.some((signal) => signal.isSummary !== true && Number.isFinite(pendingMs(signal, options)));
}

/** When a signal has lasted for the time `for` of its class by the object's own times, in epoch milliseconds. */
export function dueAt(signal: Signal, options: Durations): number {
  return signal.since + pendingMs(signal, options);
}

function pendingMs(signal: Signal, { forMs }: Durations): number {
  if (signal.unproven !== undefined) return Infinity;
  return signal.immediate ? 0 : forMs[signal.class] + (signal.patienceMs ?? 0);
}

/**
 * The same in monotonic milliseconds. What this process has seen for so long has lasted for so long, whatever the object's
 * times say: the clock that wrote them may be ahead. What has come and gone within the window counts as well.
 */
function pendingUntil(signal: SeenSignal, { now, options }: FindingsInput): number {
  const forMs = pendingMs(signal, options);
  const seenFor = signal.seenAt + forMs - carriedMs(signal.earlier ?? [], signal.seenAt, forMs);
  return signal.level === undefined ? Math.min(monotonicAt(now, dueAt(signal, options)), seenFor) : seenFor;
}

function isDueSignal(state: Judged, signal: SeenSignal, input: FindingsInput): boolean {
  // A Job that failed is still to be run; a pod that was put out has been forgotten.
  if (signal.isLeftover === true && signal.class !== 'job') return false;
  return isShownUntil(state, signal, pendingUntil(signal, input), input);
}

/** Until when what the signal is about is proven to be as it is known, in monotonic milliseconds. At the latest it was when it was shown. */
function shownUntil({ proven }: Judged, signal: SeenSignal, input: FindingsInput): number {
  return Math.max(signal.shownAt, provenMoment(proven, objectScope(signal), input).monotonic);
}

function isShownUntil(state: Judged, signal: SeenSignal, at: number, input: FindingsInput): boolean {
  const until = shownUntil(state, signal, input);
  return input.requeue?.isProven(at, until, objectScope(signal)) ?? until >= at;
}

/** Whether a signal has not cleared by itself, nor with the incident that it belonged to. */
function isUncleared(state: Judged, signal: SeenSignal, input: FindingsInput): boolean {
  if (!isSinceOver(state, signal, input)) return false;
  if (signal.clearsAt === undefined) return true;
  const scope = clearingScope(signal);
  const { at, monotonic } = provenMoment(state.proven, scope, input);
  const clearsAt = monotonicAt(input.now, signal.clearsAt);
  // Nobody waits for the end of what has no incident.
  if (isUnresolved(state.incident)) input.requeue?.isProven(clearsAt, monotonic, scope);
  else input.requeue?.isReached(clearsAt);
  return at < signal.clearsAt;
}

/**
 * Whether it speaks of more than an incident that is over. That it has not cleared proves no new failure: it must have been seen to
 * fail since then. What had cleared by then does not fail again because the watches broke down or the clock was put back.
 */
function isSinceOver(state: Judged, signal: SeenSignal, input: FindingsInput): boolean {
  const over = overAt(state, input.now);
  if (over === undefined) return true;
  const recoveredAt = state.incident?.status.recoveredAt ?? -Infinity;
  if (signal.clearsAt !== undefined && signal.clearsAt <= recoveredAt) return false;
  return isShownUntil(state, signal, over, input);
}

/**
 * What only sums up last, as all others say why; else the most causal first, then what has to run before the other, then the most frequent;
 * names last, so that the order never depends on arrival.
 */
export function bySeverity(left: Signal, right: Signal): number {
  return (
    Number(left.isSummary === true) - Number(right.isSummary === true) ||
    causality(left.class) - causality(right.class) ||
    startOrder(left) - startOrder(right) ||
    right.occurrences - left.occurrences ||
    compare(left.regarding.name, right.regarding.name) ||
    compare(left.container?.name ?? '', right.container?.name ?? '')
  );
}

/** An init container that fails is the last that was started, so a sidecar that fails beside it came before; apps come last. */
const roles: readonly ContainerRole[] = ['sidecar', 'init', 'app', 'ephemeral'];

function startOrder({ container }: Signal): number {
  return roles.indexOf(container?.role ?? 'app');
}

/** By code units and not by the language of the machine. */
export function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/**
 * Where to gather evidence for these findings: the pod that fails most, if there is one, or the one with the uid `known`, which was read
 * already, where it fails in the same way. A cause has that of a member.
 */
export function evidenceTarget(
  { owner, signals, common }: Pick<Findings, 'owner' | 'signals' | 'common'>,
  known?: string,
): EvidenceTarget {
  const member = common === undefined || common.kind === 'node' ? undefined : telling(common, signals);
  const shown =
    member === undefined
      ? signals
      : signals.filter(({ regarding }) => regarding.uid === member.regarding.uid);
  const first = podSignal(shown, known);
  const classes = new Set(shown.map((signal) => signal.class));
  return {
    owner: member?.owner ?? owner,
    classes: classes.size === 0 ? ['manual'] : [...classes],
    ...(first === undefined ? {} : { pod: first.regarding }),
    ...(first?.container === undefined ? {} : { container: first.container.name }),
  };
}

/** The member that stands for a cause: the first whose signal counts. That of another may not have lasted for its time `for` yet. */
function telling({ members }: Common, signals: readonly Signal[]): Member | undefined {
  const counting = new Set(signals.map(({ regarding }) => regarding.uid));
  return members.find(({ regarding }) => counting.has(regarding.uid)) ?? members[0];
}

function podSignal(signals: readonly Signal[], known: string | undefined): Signal | undefined {
  const worst = signals.find((signal) => signal.regarding.kind === 'Pod');
  return signals.find((signal) => signal.regarding.uid === known && isAlike(signal, worst)) ?? worst;
}

/** The same failure of two pods. */
function isAlike(signal: Signal, other: Signal | undefined): boolean {
  return (
    signal.class === other?.class &&
    signal.reason === other.reason &&
    signal.container?.name === other.container?.name &&
    signal.container?.exitCode === other.container?.exitCode
  );
}
