import type { WriteFailure, WriteFailureKind } from '../../domain/control-plane.ts';

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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Codes of Node's sockets and resolver, and those of `KubeConnectionError`. */
const connectionKinds: Readonly<Record<string, WriteFailureKind>> = {
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  CONNECT_TIMEOUT: 'timeout',
  HEADER_TIMEOUT: 'timeout',
  CALL_TIMEOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENOTFOUND: 'name',
  EAI_AGAIN: 'name',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  EPROTO: 'tls',
};
/** OpenSSL's verification errors as Node names them: CERT_HAS_EXPIRED, UNABLE_TO_VERIFY_LEAF_SIGNATURE, ERR_SSL_…. */
const TLS_CODE = /^(?:CERT_|UNABLE_TO_|ERR_SSL_|ERR_TLS_)/u;
/** Of our own making: the token's file cannot be read, the agent ends. */
const ownCodes = new Set(['CREDENTIALS', 'CLOSED']);

/** Words of etcd (server/etcdserver/errors) and of the API server's admission (plugin/webhook/errors), the most telling first. */
const serverWords: readonly (readonly [RegExp, WriteFailureKind])[] = [
  [/database space exceeded|NOSPACE/u, 'no-space'],
  [
    /etcdserver: (?:no leader|request timed out|leader changed|not capable|server stopped|corrupt)/u,
    'no-quorum',
  ],
  [/failed calling (?:validating |mutating )?webhook|admission webhook .* denied the request/u, 'webhook'],
];

/**
 * What a failed write says of the control plane; undefined where it says something of the request or of the agent alone: its rights, its
 * token, a conflict.
 */
export function writeFailureOf(error: unknown): WriteFailure | undefined {
  if (error instanceof KubeConnectionError) {
    if (ownCodes.has(error.code)) return undefined;
    return { kind: connectionKind(error.code), words: error.message };
  }
  if (!(error instanceof KubeApiError)) return undefined;
  const kind = answerKind(error);
  return kind === undefined ? undefined : { kind, words: error.message };
}

function connectionKind(code: string): WriteFailureKind {
  return connectionKinds[code] ?? (TLS_CODE.test(code) ? 'tls' : 'connection');
}

function answerKind({ status, message }: KubeApiError): WriteFailureKind | undefined {
  const named = serverWords.find(([words]) => words.test(message))?.[1];
  if (named !== undefined) return named;
  if (status === 429) return 'overloaded';
  return status >= 500 ? 'server-error' : undefined;
}
