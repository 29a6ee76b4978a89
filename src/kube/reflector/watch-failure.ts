import { KubeApiError, KubeConnectionError, toApiError } from '../connection/errors.ts';

/** Everything that can end a list or a watch other than its proper end. */
export const watchFailureKinds = [
  'expired',
  'version-too-large',
  'store-read',
  'throttled',
  'server-error',
  'error-event',
  'unauthorized',
  'forbidden',
  'missing',
  'unwatchable',
  'unacceptable',
  'invalid',
  'transport',
  'unreadable',
  'short-watch',
  'stalled',
  'regressed',
  'regressed-elsewhere',
  'unproven',
  'stale-list',
  'internal',
] as const;
export type WatchFailureKind = (typeof watchFailureKinds)[number];

export interface WatchFailure {
  readonly kind: WatchFailureKind;
  /** For logs; names request and answer, never data. */
  readonly detail: string;
  readonly retryAfterMs?: number;
}

/** Builds one that we found ourselves. */
export function watchFailure(kind: WatchFailureKind, detail: string): WatchFailure {
  return { kind, detail };
}

/** Another collection has shown that the server's history was rewritten. */
export function rewrittenElsewhere(): WatchFailure {
  return watchFailure('regressed-elsewhere', 'another collection went back in history');
}

/** What a thrown error means. */
export function classifyError(error: unknown): WatchFailure {
  if (error instanceof KubeApiError) return withRetryAfter(kindOfStatus(error), error);
  if (error instanceof KubeConnectionError) return watchFailure('transport', error.message);
  return watchFailure(
    'internal',
    error instanceof Error ? `${error.name}: ${error.message}` : 'not an error',
  );
}

/** What the `Status` object of an ERROR event means. A cacher reports nearly every error so, inside a stream of status 200. */
export function classifyErrorEvent(status: unknown): WatchFailure {
  const code = (status as { code?: unknown } | null | undefined)?.code;
  const error = toApiError('ERROR event', { status: typeof code === 'number' ? code : 500, body: status });
  const kind = kindOfStatus(error);
  const isSpecial =
    kind === 'expired' || kind === 'version-too-large' || kind === 'store-read' || kind === 'throttled';
  return withRetryAfter(isSpecial ? kind : 'error-event', error);
}

function withRetryAfter(kind: WatchFailureKind, error: KubeApiError): WatchFailure {
  const { retryAfterMs } = error;
  return { kind, detail: error.message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

const kindByStatus: Readonly<Record<number, WatchFailureKind>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'missing',
  405: 'unwatchable',
  406: 'unacceptable',
  410: 'expired',
  415: 'unacceptable',
  422: 'invalid',
  429: 'throttled',
};

function kindOfStatus(error: KubeApiError): WatchFailureKind {
  // Both reasons occur; since 1.18 it is always Expired.
  if (error.reason === 'Expired' || error.reason === 'Gone') return 'expired';
  if (error.reason === 'StoreReadError') return 'store-read';
  if (isVersionTooLarge(error)) return 'version-too-large';
  return kindByStatus[error.status] ?? 'server-error';
}

function isVersionTooLarge(error: KubeApiError): boolean {
  const causes = error.details.causes;
  if (Array.isArray(causes) && causes.some((cause) => cause?.reason === 'ResourceVersionTooLarge'))
    return true;
  // Servers before 1.17 say it in words only.
  return error.message.includes('Too large resource version');
}
