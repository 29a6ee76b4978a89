/** A request as the desk received it. The token is not kept. */
export interface ReceivedRequest {
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** The parsed JSON body, if there was one. */
  readonly body: unknown;
}

/** How many requests are kept: enough for any test, bounded for a desk that runs for days. */
const KEPT_REQUESTS = 5_000;
/** How many bytes of bodies are kept at most. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** The last requests, oldest first. */
export interface RequestLog {
  add(request: ReceivedRequest, bodyBytes: number): void;
  all(): readonly ReceivedRequest[];
}

/** An empty log. */
export function createRequestLog(): RequestLog {
  const kept: { readonly request: ReceivedRequest; readonly bytes: number }[] = [];
  let bytes = 0;
  return {
    add: (request, bodyBytes) => {
      kept.push({ request, bytes: bodyBytes });
      bytes += bodyBytes;
      while (kept.length > KEPT_REQUESTS || bytes > KEPT_BYTES) bytes -= kept.shift()?.bytes ?? 0;
    },
    all: () => kept.map(({ request }) => request),
  };
}
