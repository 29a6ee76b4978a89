import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import got from 'got';
import { HOUR } from '../../domain/clock.ts';
import type { CallFailure, RefusedSetting } from '../../domain/ports.ts';
import { parseRetryAfter } from '../../lib/backoff.ts';
import type { Agents } from './connect.ts';
import { describeError } from './error.ts';
import { ProxyError } from './proxy.ts';
import { readDetail } from './schema.ts';

/** One request, complete. */
interface ExchangeRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text, or a multipart form. */
  readonly body?: string | Buffer;
  readonly agents: Agents;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** What came of it. */
export type Exchange =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly text: string;
    }
  | {
      readonly kind: 'failed';
      /** False: not a byte of the request left this machine. */
      readonly isSent: boolean;
      readonly error: string;
      /** The status with which a proxy refused to connect us. */
      readonly proxyStatus?: number;
    };

/** The largest answer that is read, in bytes: a list page of long tickets stays far below. */
const LARGEST_ANSWER = 1024 * 1024;

async function readAll(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.byteLength;
    // Leaving the loop destroys the stream and with it the connection.
    if (size > LARGEST_ANSWER) throw new Error('the answer is larger than 1 MiB');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Sends one request once: no retry, no redirect, no decompression, a limit on time and size. Never throws. */
export async function exchange(request: ExchangeRequest): Promise<Exchange> {
  const { method, url, headers, body, agents, timeoutMs, signal } = request;
  let isSent = false;
  let response: IncomingMessage | undefined;
  try {
    const stream = got.stream(url, {
      method,
      headers: { 'user-agent': 'ankra-support-agent', accept: 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
      agent: agents,
      timeout: { request: timeoutMs },
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      decompress: false,
    });
    // The agent gives a socket only when it can be used (connect.ts): from here on bytes may be on their way.
    stream.on('request', (sent: ClientRequest) => {
      sent.once('socket', () => {
        isSent = true;
      });
    });
    // The answer may have come before all of the request was sent. What ends the rest of it, a signal or a time limit, concerns nobody.
    stream.on('error', () => undefined);
    stream.once('response', (incoming: IncomingMessage) => {
      response = incoming;
    });
    const text = await readAll(stream);
    if (response === undefined)
      return { kind: 'failed', isSent, error: 'the connection ended without an answer' };
    return { kind: 'answer', status: response.statusCode ?? 0, headers: response.headers, text };
  } catch (error) {
    return { kind: 'failed', isSent, error: describeError(error), ...proxyStatusOf(error) };
  }
}

function proxyStatusOf(error: unknown): { readonly proxyStatus?: number } {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof ProxyError ? { proxyStatus: cause.status } : {};
}

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
