/** Which requests a fault is for: all fields that are given must fit. */
export interface RequestMatcher {
  readonly method?: string;
  /** A part of the path and query as sent, or a pattern for it. */
  readonly path?: string | RegExp;
}

/** What happens to a request instead of its answer. */
export interface Fault {
  /** HTTP status; the body is a proper Status object. Not needed with `cut`. */
  readonly status?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
  /** `before`: the connection is cut and nothing is done; `after`: all is done, only the answer is lost. */
  readonly cut?: 'before' | 'after';
  /** How many requests; default 1. */
  readonly times?: number;
}

/** Faults that wait for their request. */
export interface FaultBook {
  /** The next matching request meets this fault. The answer withdraws it. */
  add(matcher: RequestMatcher, fault: Fault): () => void;
  /** The fault for this request, used up by the call. */
  take(method: string, path: string): Fault | undefined;
}

interface Entry {
  readonly matcher: RequestMatcher;
  readonly fault: Fault;
  left: number;
}

function fits({ method, path }: RequestMatcher, sentMethod: string, sentPath: string): boolean {
  if (method !== undefined && method !== sentMethod) return false;
  if (path === undefined) return true;
  return typeof path === 'string' ? sentPath.includes(path) : path.test(sentPath);
}

/** An empty fault book. Earlier faults are used first. */
export function createFaultBook(): FaultBook {
  const entries = new Set<Entry>();
  return {
    add: (matcher, fault) => {
      const entry = { matcher, fault, left: fault.times ?? 1 };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    take: (method, path) => {
      const entry = [...entries].find(({ matcher }) => fits(matcher, method, path));
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.left <= 0) entries.delete(entry);
      return entry.fault;
    },
  };
}
