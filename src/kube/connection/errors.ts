/** The part of a Kubernetes `Status` object that decides what to do next (apimachinery meta/v1 `Status`). */
export interface KubeStatusDetails {
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly {
    readonly reason?: string;
    readonly message?: string;
    readonly field?: string;
  }[];
}

/** Longest part of the server's own words that an error keeps: they end in logs and Incidents. */
const MAX_MESSAGE_LENGTH = 1_000;

/** A kubeconfig that cannot be used. Names the file, never what stands in it. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** The API server answered with something other than success. Carries no credentials and no request body. */
export class KubeApiError extends Error {
  override readonly name = 'KubeApiError';
  /** HTTP status, or the code of an ERROR event. */
  readonly status: number;
  /** Machine-readable reason such as `Expired` or `AlreadyExists`; empty when the server gave none. */
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
  readonly details: KubeStatusDetails;

  constructor(
    what: string,
    answer: {
      status: number;
      message: string;
      reason?: string;
      retryAfterMs?: number;
      details?: KubeStatusDetails;
    },
  ) {
    const words = answer.message.slice(0, MAX_MESSAGE_LENGTH);
    super(`${what}: ${answer.status}${words === '' ? '' : ` ${words}`}`);
    this.status = answer.status;
    this.reason = answer.reason ?? '';
    this.retryAfterMs = answer.retryAfterMs;
    this.details = answer.details ?? {};
  }
}

/**
 * No usable answer: refused, reset, timed out, not trusted, too large, not JSON. The original error is deliberately not attached as
 * cause: Node's parser errors carry raw bytes of the response.
 */
export class KubeConnectionError extends Error {
  override readonly name = 'KubeConnectionError';
  /** Node's code such as `ECONNREFUSED`, or ours: `CONNECT_TIMEOUT`, `HEADER_TIMEOUT`, `CALL_TIMEOUT`, `BROKEN_OFF`, `TOO_LARGE`, `NOT_JSON`, `CREDENTIALS`, `STALE_CONNECTION`, `CLOSED`. */
  readonly code: string;

  constructor(what: string, code: string, message = '') {
    super(`${what}: ${code}${message === '' ? '' : ` (${message})`}`);
    this.code = code;
  }
}

/** Reads a `Status` object, or whatever came instead of one, into an error. `what` names the request. */
export function toApiError(
  what: string,
  answer: { status: number; body: unknown; retryAfterMs?: number | undefined },
): KubeApiError {
  const body = isRecord(answer.body) ? answer.body : {};
  const details = isRecord(body['details']) ? (body['details'] as KubeStatusDetails) : {};
  const seconds = details.retryAfterSeconds;
  const retryAfterMs =
    answer.retryAfterMs ?? (typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : undefined);
  return new KubeApiError(what, {
    status: answer.status,
    message: textOf(body['message']),
    reason: textOf(body['reason']),
    details,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Milliseconds of a Retry-After header (seconds, or an HTTP date against `now`); undefined when absent or unreadable. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
