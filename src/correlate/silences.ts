import type { FailureClass } from '../domain/failure-classes.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import { type NodeView, type ObjectView, refOf } from '../domain/views.ts';
import { matchesGlob } from '../lib/selectors.ts';
import { readTime, type WeeklyTimes, WeeklyWindow, type WindowState } from '../lib/calendar.ts';
import { type ClusterLookup, isInherited, type Marks, ownerMarks } from './owner.ts';

/** What keeps failures back for a time. The names are the values of a metric's label. */
export const timedSuppressions = [
  'namespaceIgnoredUntil',
  'ignoredUntil',
  'nodeIgnoredUntil',
  'silenced',
] as const;
export type TimedSuppression = (typeof timedSuppressions)[number];

/** One entry of `silences` in the configuration. */
export interface Silence {
  readonly reason: string;
  /** Names and patterns; without it all, and what lies in none. */
  readonly namespaces?: readonly string[] | undefined;
  /** Only the marks of the views tell whom it selects: no view keeps labels. */
  readonly hasSelector: boolean;
  readonly classes?: readonly FailureClass[] | undefined;
  /** Epoch milliseconds. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  readonly weekly?: WeeklyTimes | undefined;
}

/** Whether a silence holds at a moment, does not yet or not at this time of the week, or is over. */
export type SilenceState = 'active' | 'pending' | 'expired';
export const silenceStates: readonly SilenceState[] = ['active', 'pending', 'expired'];

/** Why a failure is kept back for a time, and until when (epoch milliseconds). */
export interface TimedRule {
  readonly by: TimedSuppression;
  readonly until: number;
  /** What the configuration says why. */
  readonly reason?: string;
}

/** A failing object, and whose it is. */
export interface SilenceQuery {
  readonly owner: ObjectRef;
  readonly view: ObjectView;
  readonly lookup: ClusterLookup;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** All silences of the configuration, by the moment. */
export class Silences {
  readonly #all: readonly { readonly silence: Silence; readonly window: WeeklyWindow | undefined }[];

  constructor(silences: readonly Silence[] = []) {
    this.#all = silences.map((silence) => ({
      silence,
      window: silence.weekly === undefined ? undefined : new WeeklyWindow(silence.weekly),
    }));
  }

  /** How many are in each state. */
  counts(now: number): Readonly<Record<SilenceState, number>> {
    const states = this.#all.map((_one, index) => this.stateOf(index, now));
    const countOf = (state: SilenceState): number => states.filter((one) => one === state).length;
    return { active: countOf('active'), pending: countOf('pending'), expired: countOf('expired') };
  }

  stateOf(index: number, now: number): SilenceState {
    const { silence, window } = this.#all[index] ?? {};
    if (silence === undefined || (silence.until ?? Infinity) <= now) return 'expired';
    return stateAt(silence, window, now).isOpen ? 'active' : 'pending';
  }

  /** When one of them begins or ends next, in epoch milliseconds; Infinity where none does. */
  nextChange(now: number): number {
    return Math.min(Infinity, ...this.#all.map(({ silence, window }) => stateAt(silence, window, now).until));
  }

  /** The one that keeps a class of failure of this owner back for longest. */
  of(failureClass: FailureClass, query: SilenceQuery): TimedRule | undefined {
    let longest: TimedRule | undefined;
    for (const [index, { silence, window }] of this.#all.entries()) {
      if (silence.classes?.includes(failureClass) === false || !isMeant(silence, index, query)) continue;
      const { isOpen, until } = stateAt(silence, window, query.now);
      if (isOpen && until > (longest?.until ?? 0))
        longest = { by: 'silenced', until, reason: silence.reason };
    }
    return longest;
  }
}

/** Whether it holds at a moment, and until when that is so. */
function stateAt(
  { from = -Infinity, until = Infinity }: Silence,
  window: WeeklyWindow | undefined,
  now: number,
): WindowState {
  if (now >= until) return { isOpen: false, until: Infinity };
  if (now < from) return { isOpen: false, until: from };
  const weekly = window?.stateAt(now) ?? { isOpen: true, until: Infinity };
  return { isOpen: weekly.isOpen, until: Math.min(weekly.until, until) };
}

function isMeant(
  { namespaces, hasSelector }: Silence,
  index: number,
  { owner, view, lookup }: SilenceQuery,
): boolean {
  const { kind, namespace, name } = owner;
  const place = kind === 'Namespace' && namespace === '' ? name : namespace;
  if (namespaces?.some((pattern) => matchesGlob(pattern, place)) === false) return false;
  if (!hasSelector) return true;
  return (ownerMarks(owner, lookup) ?? view).silences?.includes(index) === true;
}

/** Nobody knows what will be in a year: until then the annotation `ignore` says the same, and says that it has no end. */
const MAX_AHEAD_MS = 366 * 24 * 60 * 60 * 1_000;

/** What the annotation `ignore-until` of an object says at a moment: until when, or what is wrong with it. One that is over says nothing. */
function readIgnoreUntil(
  value: string | undefined,
  now: number,
): { readonly until: number; readonly problem?: never } | { readonly problem: string } | undefined {
  if (value === undefined) return undefined;
  const { at, problem } = readTime(value);
  if (problem !== undefined) return { problem };
  if (at > now + MAX_AHEAD_MS)
    return {
      problem: 'is more than a year ahead: use the annotation support.ankra.app/ignore for what has no end',
    };
  return at > now ? { until: at } : undefined;
}

/** Why the annotation of an object is not followed, if so. One that was copied from a template was not meant for the object. */
export function ignoreUntilProblem(view: ObjectView, now: number): string | undefined {
  if (view.ignoreUntil === undefined || isInherited(view)) return undefined;
  return readIgnoreUntil(view.ignoreUntil, now)?.problem;
}

/** The annotation that keeps this failure back for a time: of the namespace, of the owner, or of the node that is not there for its pod. */
export function ignoredUntil({ owner, view, lookup, now }: SilenceQuery): TimedRule | undefined {
  const { kind, namespace, name } = owner;
  const place = kind === 'Namespace' && namespace === '' ? name : namespace;
  const above = place === '' ? undefined : lookup.byName('Namespace', '', place);
  const rules: readonly (readonly [TimedSuppression, Marks | undefined])[] = [
    ['namespaceIgnoredUntil', above],
    ['ignoredUntil', ownerMarks(owner, lookup) ?? view],
    ['nodeIgnoredUntil', lostNodeOf(view, lookup)],
  ];
  let longest: TimedRule | undefined;
  for (const [by, marks] of rules) {
    const until = untilOf(marks, now);
    if (until !== undefined && until > (longest?.until ?? 0)) longest = { by, until };
  }
  return longest;
}

function untilOf(marks: Marks | undefined, now: number): number | undefined {
  const read = readIgnoreUntil(marks?.ignoreUntil, now);
  return read === undefined || read.problem !== undefined ? undefined : read.until;
}

/** The node of a pod while it is not ready: what the pod shows then is the node's failure. */
function lostNodeOf(view: ObjectView, lookup: ClusterLookup): ObjectView | undefined {
  if (view.kind !== 'Pod' || view.node === undefined) return undefined;
  const node = lookup.byName('Node', '', view.node);
  return node?.kind === 'Node' && isNotReady(node) ? node : undefined;
}

/** Whether a node does not answer, or says that it is not ready. */
export function isNotReady({ conditions }: NodeView): boolean {
  return conditions.some(({ type }) => type === 'Ready');
}

/** What is left of the signals of one failing object at this moment, and what keeps all of them back where nothing is left. */
export interface Unsilenced {
  readonly signals: readonly Signal[];
  readonly kept?: TimedRule;
}

/**
 * Takes out the signals that a silence or an annotation keeps back for a time. A pod on a node that is not ready is kept back by the silence
 * of the node as well.
 */
export function unsilenced(
  signals: readonly Signal[],
  silences: Silences | undefined,
  query: SilenceQuery,
): Unsilenced {
  const ignored = ignoredUntil(query);
  if (ignored !== undefined) return { signals: [], kept: ignored };
  if (silences === undefined) return { signals };
  const node = lostNodeOf(query.view, query.lookup);
  const ofNode =
    node === undefined ? undefined : silences.of('node', { ...query, owner: refOf(node), view: node });
  const rules = signals.map((signal) => ofNode ?? silences.of(signal.class, query));
  const left = signals.filter((_signal, index) => rules[index] === undefined);
  // The first that may be told is the first to look at again.
  const [first] = rules
    .filter((rule) => rule !== undefined)
    .toSorted((one, other) => one.until - other.until);
  return left.length > 0 || first === undefined ? { signals: left } : { signals: left, kept: first };
}
