/** The life of one request: it ends with the request, its caller's signal, its deadline or the connection. */
export interface Scope {
  readonly signal: AbortSignal;
  /** Ends it early; what is under way rejects with `reason`. */
  abort(reason: Error): void;
  /** The request is over: lets go of the caller's signal. */
  end(): void;
}

/**
 * Every request under way, so that closing the connection reaches all of them. Plain links instead of `AbortSignal.any`: those of a long-lived
 * signal would pile up.
 */
export class Scopes {
  readonly #open = new Set<AbortController>();

  open(outer: AbortSignal | undefined): Scope {
    const controller = new AbortController();
    const forward = (): void => controller.abort(outer?.reason);
    this.#open.add(controller);
    outer?.addEventListener('abort', forward, { once: true });
    if (outer?.aborted === true) forward();
    return {
      signal: controller.signal,
      abort: (reason) => controller.abort(reason),
      end: () => {
        this.#open.delete(controller);
        outer?.removeEventListener('abort', forward);
      },
    };
  }

  abortAll(reason: Error): void {
    for (const controller of this.#open) controller.abort(reason);
  }
}
