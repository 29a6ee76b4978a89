import {
  type ClusterLookup,
  incidentKey,
  type IncidentBook,
  type Rules,
  rootOwner,
  type Suppression,
  suppressionOf,
} from '../correlate/index.ts';
import { detect, type DetectOptions } from '../detect/index.ts';
import type { Signal } from '../domain/failure.ts';
import type { ObjectView } from '../domain/views.ts';
import type { ClusterIndex } from './cluster-index.ts';

export interface ObserverDeps {
  readonly index: ClusterIndex & ClusterLookup;
  readonly book: IncidentBook;
  readonly clusterKey: string;
  readonly rules: Rules;
  readonly detectOptions: DetectOptions;
  /** This owner's incident may have something new to say. */
  readonly touch: (key: string) => void;
  readonly report: {
    readonly suppressed: (rule: Suppression) => void;
    readonly detectorFailed: (detector: string, error: unknown) => void;
  };
}

/** Looks at one object: detects, finds the owner and tells the book. Synchronous, and cheap for a healthy object. */
export interface ObjectObserver {
  look(view: ObjectView, now: number): void;
  /** The object is gone. */
  gone(view: ObjectView, now: number): void;
}

/** An observer that writes into the book. */
export function createObjectObserver(deps: ObserverDeps): ObjectObserver {
  const { index, book, rules } = deps;
  /** Key and owner under which an object's signals stand in the book, to take them back when it is well or gone. */
  const reported = new Map<string, { readonly key: string; readonly owner: ReturnType<typeof rootOwner> }>();

  function signalsOf(view: ObjectView, now: number): readonly Signal[] {
    const observation = { view, events: index.eventsOf(view.uid), now, options: deps.detectOptions };
    const { signals, failures } = detect(observation);
    for (const failure of failures) deps.report.detectorFailed(failure.detector, failure.error);
    return signals.filter((signal) => !rules.disabledClasses.has(signal.class));
  }

  function report(view: ObjectView, signals: readonly Signal[], now: number): void {
    const owner = rootOwner(view, index);
    const rule = suppressionOf(owner, rules, index);
    if (rule !== undefined) {
      deps.report.suppressed(rule);
      return withdraw(view, false, now);
    }
    const key = incidentKey(deps.clusterKey, owner);
    const before = reported.get(view.uid);
    if (before !== undefined && before.key !== key) withdraw(view, false, now);
    reported.set(view.uid, { key, owner });
    book.observe({ subject: { uid: view.uid, gone: false }, owner, key, signals }, now);
    deps.touch(key);
  }

  function withdraw(view: ObjectView, gone: boolean, now: number): void {
    const before = reported.get(view.uid);
    if (before === undefined) return;
    reported.delete(view.uid);
    book.observe(
      { subject: { uid: view.uid, gone }, owner: before.owner, key: before.key, signals: [] },
      now,
    );
    deps.touch(before.key);
  }

  /** The health of an owner decides about its recovery. */
  function touchOwn(view: ObjectView): void {
    if (book.size === 0 || view.kind === 'Event' || (view.kind === 'Pod' && view.owner !== undefined)) return;
    deps.touch(incidentKey(deps.clusterKey, rootOwner(view, index)));
  }

  return {
    look: (view, now) => {
      const signals = signalsOf(view, now);
      if (signals.length > 0) report(view, signals, now);
      else withdraw(view, view.deletedAt !== undefined, now);
      touchOwn(view);
    },
    gone: (view, now) => {
      withdraw(view, true, now);
      touchOwn(view);
    },
  };
}
