import { type Clock, SECOND } from '../domain/clock.ts';
import type { ObjectView } from '../domain/views.ts';

/** How long an object at which looking failed is left alone. */
const AGAIN_AFTER_MS = 30 * SECOND;

export interface EvaluationRetriesDeps {
  readonly clock: Clock;
  /** False where it is not known how the object is by now. May throw. */
  readonly look: (view: ObjectView) => boolean;
  /** The object as it is now; undefined when it is gone. */
  readonly current: (view: ObjectView) => ObjectView | undefined;
  /** Looking at an object failed; told once until it succeeds. */
  readonly onFailure: (view: ObjectView, error: unknown) => void;
}

/** Looks at objects without letting one that cannot be judged keep the others from it. */
export interface EvaluationRetries {
  /** Looks at an object now. Never throws: what fails, or is not known, is looked at again later. */
  readonly at: (view: ObjectView) => void;
  /** Looks again at what could not be judged, when it is time. Called every second: it needs no timer of its own. */
  readonly again: () => void;
  /** The object is another one by now. Whether it waited to be known as it is. */
  readonly supersede: (view: ObjectView) => boolean;
  /** The object is gone: it is not looked at again. */
  readonly forget: (view: ObjectView) => void;
}

/** Nothing has failed yet. */
export function createEvaluationRetries({
  clock,
  look,
  current,
  onFailure,
}: EvaluationRetriesDeps): EvaluationRetries {
  const waiting = new Map<string, ObjectView>();
  /** When to look again at what failed; what is not known is looked at as soon as it is. */
  const failed = new Map<string, number>();

  function forget({ uid }: ObjectView): void {
    waiting.delete(uid);
    failed.delete(uid);
  }

  function at(view: ObjectView): void {
    waiting.set(view.uid, view);
    try {
      if (look(view)) forget(view);
    } catch (error) {
      if (!failed.has(view.uid)) onFailure(view, error);
      failed.set(view.uid, clock.monotonic() + AGAIN_AFTER_MS);
    }
  }

  function again(): void {
    for (const [uid, view] of waiting) {
      if (clock.monotonic() < (failed.get(uid) ?? 0)) continue;
      const now = current(view);
      if (now === undefined) forget(view);
      else at(now);
    }
  }

  return { at, again, forget, supersede: ({ uid }) => !failed.has(uid) && waiting.delete(uid) };
}
