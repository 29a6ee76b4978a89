import {
  incidentKey,
  type IncidentBook,
  isOwnRoot,
  type Rules,
  rootOwner,
  type Suppression,
  suppressionOf,
} from '../correlate/index.ts';
import { detect, type DetectOptions } from '../detect/index.ts';
import type { ObjectRef, Signal } from '../domain/failure.ts';
import type { ObjectView } from '../domain/views.ts';
import type { ClusterIndex } from './cluster-index.ts';

export interface ObserverDeps {
  readonly index: ClusterIndex;
  readonly book: IncidentBook;
  readonly clusterKey: string;
  readonly rules: Rules;
  readonly detectOptions: DetectOptions;
  /** This owner's incident may have something new to say. */
  readonly touch: (key: string) => void;
  readonly report: {
    /** Told once for each object, until it is well or another rule keeps it back. */
    readonly suppressed: (rule: Suppression) => void;
    readonly detectorFailed: (detector: string, error: unknown) => void;
  };
}

/** Looks at one object: detects, finds the owner and tells the book. Synchronous, and cheap for a healthy object. */
export interface ObjectObserver {
  readonly look: (view: ObjectView, now: number) => void;
  /** The object is gone. */
  readonly gone: (view: ObjectView, now: number) => void;
}

interface State extends ObserverDeps {
  /** Key and owner under which an object's signals stand in the book, to take them back when it is well or gone. */
  readonly reported: Map<string, { readonly key: string; readonly owner: ObjectRef }>;
  /** What keeps failing objects back, by uid. */
  readonly kept: Map<string, Suppression>;
}

/** An observer that writes into the book. */
export function createObjectObserver(deps: ObserverDeps): ObjectObserver {
  const state: State = { ...deps, reported: new Map(), kept: new Map() };
  return {
    look: (view, now) => {
      look(state, view, now);
      touchOwn(state, view);
    },
    gone: (view, now) => {
      state.kept.delete(view.uid);
      // An Event expires; what it spoke of is not gone for that.
      withdraw(state, view, { gone: view.kind !== 'Event', now });
      touchOwn(state, view);
    },
  };
}

function look(state: State, view: ObjectView, now: number): void {
  const found = detectAll(state, view, now);
  const { disabledClasses } = state.rules;
  const signals = found.filter((signal) => !disabledClasses.has(signal.class));
  const owner = ownerOf(state, view, found[0]);
  const rule = found.length === 0 ? undefined : whyKept(state, owner, signals);
  keep(state, view, rule);
  if (signals.length === 0 || rule !== undefined)
    withdraw(state, view, { gone: view.deletedAt !== undefined, now });
  else report(state, view, { owner, signals, now });
}

function detectAll(
  { index, detectOptions, report }: State,
  view: ObjectView,
  now: number,
): readonly Signal[] {
  const { signals, failures } = detect({
    view,
    events: index.eventsOf(view.uid),
    now,
    options: detectOptions,
  });
  for (const failure of failures) report.detectorFailed(failure.detector, failure.error);
  return signals;
}

/** An Event about a kind that is not watched names its object; every other object has its own owner. */
function ownerOf({ index }: State, view: ObjectView, first: Signal | undefined): ObjectRef {
  return view.kind === 'Event' && first !== undefined ? first.subject : rootOwner(view, index);
}

function whyKept(
  { rules, index }: State,
  owner: ObjectRef,
  signals: readonly Signal[],
): Suppression | undefined {
  return signals.length === 0 ? 'classDisabled' : suppressionOf(owner, rules, index);
}

function keep({ kept, report }: State, view: ObjectView, rule: Suppression | undefined): void {
  if (rule === undefined) {
    kept.delete(view.uid);
  } else if (kept.get(view.uid) !== rule) {
    kept.set(view.uid, rule);
    report.suppressed(rule);
  }
}

function report(
  state: State,
  view: ObjectView,
  shown: { readonly owner: ObjectRef; readonly signals: readonly Signal[]; readonly now: number },
): void {
  const { owner, signals, now } = shown;
  const key = incidentKey(state.clusterKey, owner);
  const before = state.reported.get(view.uid);
  if (before !== undefined && before.key !== key) withdraw(state, view, { gone: false, now });
  state.reported.set(view.uid, { key, owner });
  state.book.observe({ subject: { uid: view.uid, gone: false }, owner, key, signals }, now);
  state.touch(key);
}

function withdraw(
  { reported, book, touch }: State,
  view: ObjectView,
  { gone, now }: { readonly gone: boolean; readonly now: number },
): void {
  const before = reported.get(view.uid);
  if (before === undefined) return;
  reported.delete(view.uid);
  book.observe({ subject: { uid: view.uid, gone }, ...before, signals: [] }, now);
  touch(before.key);
}

/** The health of an owner decides about its recovery. */
function touchOwn({ book, index, clusterKey, touch }: State, view: ObjectView): void {
  if (book.size === 0 || view.kind === 'Event' || (view.kind === 'Pod' && !isOwnRoot(view))) return;
  const key = incidentKey(clusterKey, rootOwner(view, index));
  if (book.has(key)) touch(key);
}
