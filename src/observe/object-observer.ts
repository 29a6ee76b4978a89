import {
  hasFallen,
  incidentKey,
  isBehind,
  type Correlator,
  findOwner,
  isOwnRoot,
  rootOwner,
} from '../correlate/index.ts';
import { type Unready, unreadyOf } from '../detect/index.ts';
import type { Now } from '../domain/clock.ts';
import type { FailureClass, ObjectRef, Signal } from '../domain/failure.ts';
import type { ObjectView } from '../domain/views.ts';
import type { ClusterIndex } from './cluster-index.ts';
import type { CustomOwners } from './custom-owners.ts';
import {
  type EvaluationDeps,
  evaluateObject,
  type Evaluation,
  type SuppressionState,
  type SuppressedBy,
} from './evaluate-object.ts';

export interface ObserverDeps extends EvaluationDeps {
  readonly index: ClusterIndex;
  readonly book: Correlator;
  readonly clusterKey: string;
  readonly owners: CustomOwners;
  /** This owner's incident may have something new to say. */
  readonly touch: (key: string) => void;
  readonly report: {
    /** Told once for each object, until it is well or something else keeps it back. */
    readonly keptBack: (by: SuppressedBy, failureClass: FailureClass) => void;
    readonly detectorFailed: (detector: string, error: unknown) => void;
  };
}

/** Looks at one object: detects, finds the owner and tells the book. Synchronous, and cheap for a healthy object. */
export interface ObjectObserver {
  /** `before`: as it was until now, if it has just changed. */
  readonly look: (view: ObjectView, now: Now, before?: ObjectView) => void;
  /** The object is gone. */
  readonly gone: (view: ObjectView, now: Now) => void;
  /** Whether it is not known at the moment whose some failing object in this namespace is. */
  readonly isOwnerOpen: (namespace: string) => boolean;
  /** How many failing objects each rule, and the hold, keep back at this moment (epoch milliseconds). */
  readonly keptBack: (now: number) => ReadonlyMap<SuppressedBy, number>;
}

interface State extends ObserverDeps {
  /** Key and owner under which an object's signals stand in the book, to take them back when it is well or gone. */
  readonly reported: Map<string, { readonly key: string; readonly owner: ObjectRef }>;
  /** When nodes were last seen to be well, by uid, in epoch milliseconds. */
  readonly wellAt: Map<string, number>;
  /** What keeps failing objects back, by uid. */
  readonly kept: Map<string, SuppressionState>;
  /** Uids of owners that have had more that was ready, and have not caught up. */
  readonly fallen: Set<string>;
}

/** An observer that writes into the book. */
export function createObjectObserver(deps: ObserverDeps): ObjectObserver {
  const isFailing = (owner: ObjectRef): boolean => deps.book.isFailing(incidentKey(deps.clusterKey, owner));
  const state: State = {
    ...deps,
    isFailing,
    reported: new Map(),
    wellAt: new Map(),
    kept: new Map(),
    fallen: new Set(),
  };
  return {
    look: (view, now, before) => {
      look(state, view, now);
      touchOwn(state, view, hasFailed(state, view, before) ? now : undefined);
    },
    gone: (view, now) => {
      // It may have failed and gone in one step: what it ended as is the last that is heard of it.
      if (view.kind === 'Job' && view.failed !== undefined) look(state, view, now);
      state.kept.delete(view.uid);
      state.wellAt.delete(view.uid);
      state.fallen.delete(view.uid);
      // An Event expires; what it spoke of is not gone for that.
      withdraw(state, view, { gone: view.kind !== 'Event', now });
      touchOwn(state, view);
    },
    isOwnerOpen: (namespace) => deps.owners.isOpen(namespace),
    keptBack: (now) => countKept(state, now),
  };
}

/** What is not ready and shows no failure of its own may be why its owner lacks it. Whose it is must be known for that. */
function tellWell(state: State, view: ObjectView, unready: Unready | undefined, now: Now): void {
  const ownership = unready === undefined ? undefined : findOwner(view, state.index);
  if (ownership !== undefined && ownership.missing === undefined)
    return report(state, view, { owner: ownership.root, signals: [], unready, now });
  withdraw(state, view, { gone: view.deletedAt !== undefined, now });
  succeed(state, view, now);
}

function look(state: State, view: ObjectView, now: Now): void {
  const { judgement, failures } = evaluateObject(state, view, now.at);
  for (const failure of failures) state.report.detectorFailed(failure.detector, failure.error);
  if (judgement !== undefined && isOwnerAwaited(state, view, judgement)) {
    // An incident of the owner that the reference names must know of it, as it may be the one.
    if (!state.reported.has(view.uid)) silence(state, view, { ...judgement, now });
    return;
  }
  keep(state, view, judgement);
  if (view.kind === 'Node' && judgement === undefined) state.wellAt.set(view.uid, now.at);
  const unready = unreadyOf(view);
  if (judgement === undefined) tellWell(state, view, unready, now);
  else if (judgement.signals.length > 0) report(state, view, { ...judgement, unready, now });
  else silence(state, view, { ...judgement, now });
}

/** What stands in the book stays as it is until the owner is known: the object is looked at again then. */
function isOwnerAwaited({ owners }: State, view: ObjectView, judgement: Evaluation): boolean {
  owners.refresh(judgement.owner, view);
  return judgement.missing !== undefined && owners.ask(judgement.missing, view);
}

function keep({ kept, report }: State, view: ObjectView, judgement: Evaluation | undefined): void {
  if (judgement?.kept === undefined) {
    kept.delete(view.uid);
    return;
  }
  const { by } = judgement.kept;
  if (kept.get(view.uid)?.by !== by) report.keptBack(by, judgement.first.class);
  kept.set(view.uid, judgement.kept);
}

function countKept({ kept }: State, now: number): ReadonlyMap<SuppressedBy, number> {
  const counts = new Map<SuppressedBy, number>();
  for (const { by, until } of kept.values()) if (until > now) counts.set(by, (counts.get(by) ?? 0) + 1);
  return counts;
}

function report(
  state: State,
  view: ObjectView,
  shown: {
    readonly owner: ObjectRef;
    readonly signals: readonly Signal[];
    readonly unready: Unready | undefined;
    readonly now: Now;
  },
): void {
  const { owner, now, unready } = shown;
  const key = incidentKey(state.clusterKey, owner);
  const before = state.reported.get(view.uid);
  if (before !== undefined && before.key !== key) withdraw(state, view, { gone: false, now });
  state.reported.set(view.uid, { key, owner });
  const signals = view.kind === 'Node' ? sinceSeenWell(state, view, shown.signals) : shown.signals;
  const subject = { uid: view.uid, gone: false, ...(unready === undefined ? {} : { unready }) };
  state.book.observe({ subject, owner, key, signals }, now);
  state.touch(key);
}

/** A run that has succeeded answers those before it, also such as are gone. */
function succeed({ book, index, clusterKey, touch }: State, view: ObjectView, now: Now): void {
  if (view.kind !== 'Job' || !view.complete) return;
  const owner = rootOwner(view, index);
  const key = incidentKey(clusterKey, owner);
  if (!book.has(key)) return;
  book.observe({ subject: { uid: view.uid, gone: false, succeeded: true }, owner, key, signals: [] }, now);
  touch(key);
}

/** A node that was seen to be well has not failed before that, whatever the clock says that wrote it. */
function sinceSeenWell(
  { wellAt }: State,
  { uid }: ObjectView,
  signals: readonly Signal[],
): readonly Signal[] {
  const at = wellAt.get(uid) ?? -Infinity;
  return signals.map((signal) => (signal.since < at ? { ...signal, since: at } : signal));
}

/** Nothing is told of it. An incident that stands already must know that it fails, or it would be taken for well. */
function silence(
  state: State,
  view: ObjectView,
  { owner, now }: { readonly owner: ObjectRef; readonly now: Now },
): void {
  withdraw(state, view, { gone: false, now });
  const key = incidentKey(state.clusterKey, owner);
  if (!state.book.has(key)) return;
  state.reported.set(view.uid, { key, owner });
  state.book.observe(
    { subject: { uid: view.uid, gone: false, suppressed: true }, owner, key, signals: [] },
    now,
  );
}

function withdraw(
  { reported, book, touch }: State,
  view: ObjectView,
  { gone, now }: { readonly gone: boolean; readonly now: Now },
): void {
  const before = reported.get(view.uid);
  if (before === undefined) return;
  reported.delete(view.uid);
  book.observe({ subject: { uid: view.uid, gone }, ...before, signals: [] }, now);
  touch(before.key);
}

/** Whether an owner has fallen behind, or had not caught up until now. */
function hasFailed({ fallen }: State, view: ObjectView, before: ObjectView | undefined): boolean {
  if (before !== undefined && hasFallen(before, view)) fallen.add(view.uid);
  if (!fallen.has(view.uid)) return false;
  if (!isBehind(view)) fallen.delete(view.uid);
  return true;
}

/** The health of an owner decides about its recovery. `fallenAt`: what fails may be told only later, by an Event. */
function touchOwn({ book, index, clusterKey, touch }: State, view: ObjectView, fallenAt?: Now): void {
  if (book.size === 0 || view.kind === 'Event' || (view.kind === 'Pod' && !isOwnRoot(view))) return;
  const key = incidentKey(clusterKey, rootOwner(view, index));
  if (!book.has(key)) return;
  if (fallenAt !== undefined) book.noteFailing(key, fallenAt);
  touch(key);
}
