import { type Clock, SECOND } from '../domain/clock.ts';
import type { ObjectView } from '../domain/views.ts';

/** How long an object at which looking failed is left alone. */
const AGAIN_AFTER_MS = 30 * SECOND;

export interface LooksDeps {
  readonly clock: Clock;
  /** May throw. */
  readonly look: (view: ObjectView) => void;
  /** The object as it is now; undefined when it is gone. */
  readonly current: (view: ObjectView) => ObjectView | undefined;
  /** Looking at an object failed; told once until it succeeds. */
  readonly onFailure: (view: ObjectView, error: unknown) => void;
}

/** Looks at objects without letting one that cannot be judged keep the others from it. */
export interface Looks {
  /** Looks at an object now. Never throws: what fails is looked at again later. */
  readonly at: (view: ObjectView) => void;
  /** Looks again at what failed, when it is time. Called at each change of anything: it needs no timer of its own. */
  readonly again: () => void;
  /** The object is gone: it is not looked at again. */
  readonly forget: (view: ObjectView) => void;
}

/** Nothing has failed yet. */
export function createLooks({ clock, look, current, onFailure }: LooksDeps): Looks {
  const failed = new Map<string, ObjectView>();
  let dueAt = Number.POSITIVE_INFINITY;

  function at(view: ObjectView): void {
    try {
      look(view);
      failed.delete(view.uid);
    } catch (error) {
      if (failed.size === 0) dueAt = clock.monotonic() + AGAIN_AFTER_MS;
      if (!failed.has(view.uid)) onFailure(view, error);
      failed.set(view.uid, view);
    }
  }

  function again(): void {
    if (failed.size === 0 || clock.monotonic() < dueAt) return;
    dueAt = clock.monotonic() + AGAIN_AFTER_MS;
    for (const [uid, view] of failed) {
      const now = current(view);
      if (now === undefined) failed.delete(uid);
      else at(now);
    }
  }

  return { at, again, forget: ({ uid }) => void failed.delete(uid) };
}
