import { HOUR } from '../../domain/clock.ts';
import type { CallFailure, RefusedSetting } from '../../domain/ports.ts';
import { parseRetryAfter } from '../../lib/backoff.ts';
import type { Exchange } from './exchange.ts';
import { readDetail } from './schema.ts';

/** Longer waits than this are cut: an API that asks for a week has a fault of its own. */
const LONGEST_WAIT_MS = HOUR;

type Answer = Extract<Exchange, { readonly kind: 'answer' }>;

/** True for a success. Everything else has a failure below. */
export function isSuccess(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** What a request without a usable answer means. */
export function classifyFailure(failed: Extract<Exchange, { readonly kind: 'failed' }>): CallFailure {
  const { error, isSent, proxyStatus } = failed;
  // 4xx from the proxy: wrong credentials, or it may not connect us there. That is configuration.
  if (proxyStatus !== undefined && proxyStatus >= 400 && proxyStatus < 500) {
    return { kind: 'paused', error, status: proxyStatus, setting: 'proxy' };
  }
  return { kind: isSent ? 'unknown' : 'notSent', error };
}

/** Nobody's request is taken with these credentials: whose they are, by status. */
const credentials: Readonly<Record<number, RefusedSetting>> = { 401: 'token', 407: 'proxy' };
const refusals: readonly number[] = [400, 409, 413, 422];
/** The server gave up waiting, or wants to see the request again later: it may have been taken all the same. */
const undecided: readonly number[] = [408, 425];

/** What an answer that is no success means. */
export function classifyAnswer(answer: Answer, now: number): CallFailure {
  const { status, text, headers } = answer;
  const { words, isAboutCluster, isApi } = readDetail(text);
  const error = `${status}: ${words}`;
  const wait = parseRetryAfter(headers['retry-after'], now);
  const retry = wait === undefined ? {} : { retryAfterMs: Math.min(wait, LONGEST_WAIT_MS) };
  if (status >= 300 && status < 400) {
    return {
      kind: 'paused',
      status,
      setting: 'address',
      error: `${status}: the API redirects elsewhere, which is refused; check its address`,
    };
  }
  if (status === 429) return { kind: 'notSent', error, ...retry };
  if (status >= 500 || undecided.includes(status)) return { kind: 'unknown', error, ...retry };
  if (isAboutCluster) return { kind: 'paused', status, error, setting: 'cluster' };
  const setting = credentials[status];
  if (setting !== undefined) return { kind: 'paused', status, error, setting };
  if (refusals.includes(status)) return { kind: 'rejected', status, error };
  return { kind: 'denied', status, isApi, error };
}

/** What a failed read says of the configuration: it is refused to a token without rights, and found nowhere at a wrong address. */
export function settingOf(failure: CallFailure): RefusedSetting | undefined {
  if (failure.kind === 'paused') return failure.setting;
  if (failure.kind !== 'denied') return undefined;
  return failure.status === 404 ? 'address' : 'token';
}
