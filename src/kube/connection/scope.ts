/** The life of one request: it ends with the request, its caller's signal, its deadline or the connection. */
export interface Scope {
  readonly signal: AbortSignal;
  /** Ends it early; what is under way rejects with `reason`. */
  abort(reason: Error): void;
  /** The request is over: lets go of the caller's signal. */
  end(): void;
}

/** Every request under way, so that closing the connection reaches all of them. */
export interface Scopes {
  open(outer: AbortSignal | undefined): Scope;
  abortAll(reason: Error): void;
}

/** Plain links instead of `AbortSignal.any`: those of a long-lived signal would pile up. */
export function createScopes(): Scopes {
  const live = new Set<Scope>();

  function open(outer: AbortSignal | undefined): Scope {
    const controller = new AbortController();
    const forward = (): void => controller.abort(outer?.reason);
    const scope: Scope = {
      signal: controller.signal,
      abort: (reason) => controller.abort(reason),
      end: () => {
        live.delete(scope);
        outer?.removeEventListener('abort', forward);
      },
    };
    live.add(scope);
    outer?.addEventListener('abort', forward, { once: true });
    if (outer?.aborted === true) forward();
    return scope;
  }

  return {
    open,
    abortAll: (reason) => {
      for (const scope of live) scope.abort(reason);
    },
  };
}
