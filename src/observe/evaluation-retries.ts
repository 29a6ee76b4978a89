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

/** Evaluates objects without letting one that cannot be judged keep the others from it. */
export class EvaluationRetries {
  readonly #deps: EvaluationRetriesDeps;
  readonly #waiting = new Map<string, ObjectView>();
  /** When to look again at what failed; what is not known is looked at as soon as it is. */
  readonly #failed = new Map<string, number>();

  constructor(deps: EvaluationRetriesDeps) {
    this.#deps = deps;
  }

  /** Looks at an object now. Never throws: what fails, or is not known, is looked at again later. */
  at(view: ObjectView): void {
    const { clock, look, onFailure } = this.#deps;
    this.#waiting.set(view.uid, view);
    try {
      if (look(view)) this.forget(view);
    } catch (error) {
      if (!this.#failed.has(view.uid)) onFailure(view, error);
      this.#failed.set(view.uid, clock.monotonic() + AGAIN_AFTER_MS);
    }
  }

  /** Looks again at what could not be judged, when it is time. Called every second: it needs no timer of its own. */
  again(): void {
    const { clock, current } = this.#deps;
    for (const [uid, view] of this.#waiting) {
      if (clock.monotonic() < (this.#failed.get(uid) ?? 0)) continue;
      const now = current(view);
      if (now === undefined) this.forget(view);
      else this.at(now);
    }
  }

  /** The object is another one by now. Whether it waited to be known as it is. */
  supersede({ uid }: ObjectView): boolean {
    return !this.#failed.has(uid) && this.#waiting.delete(uid);
  }

  /** The object is gone: it is not looked at again. */
  forget({ uid }: ObjectView): void {
    this.#waiting.delete(uid);
    this.#failed.delete(uid);
  }
}
