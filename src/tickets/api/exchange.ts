import {
  type Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { HOUR } from '../../domain/clock.ts';
import type { CallFailure, RefusedSetting } from '../../domain/ports.ts';
import { parseRetryAfter } from '../../lib/backoff.ts';
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
  /** Its connections are handed over only when they can be used; of the URL's own scheme. */
  readonly agent: Agent;
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

type Answer = Extract<Exchange, { readonly kind: 'answer' }>;

/** The largest answer that is read, in bytes: a list page of long tickets stays far below. */
const LARGEST_ANSWER = 1024 * 1024;

async function readAll(response: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    // Leaving the loop destroys the stream and with it the connection.
    if (size > LARGEST_ANSWER) throw new Error('the answer is larger than 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function open({ method, url, headers, agent }: ExchangeRequest): ClientRequest {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return request(url, {
    method,
    headers: { 'user-agent': 'ankra-support-agent', accept: 'application/json', ...headers },
    agent,
  });
}

/** Resolves with the answer as soon as its head is there. Rejects with what ended the request before. */
function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
    // An answer that asks for another protocol is none.
    sent.once('close', () => reject(new Error('the connection ended without an answer')));
  });
}

/** Rejects with what breaks the connection before the whole answer is there. */
async function converse(sent: ClientRequest, body: string | Buffer | undefined): Promise<Answer> {
  let broken: Error | undefined;
  // Heard to the end: an answer may come before all of the request was sent, and what ends the rest of it concerns nobody.
  sent.on('error', (error) => {
    broken ??= error;
  });
  sent.end(body);
  const response = await answerTo(sent);
  const { statusCode: status = 0, headers } = response;
  const text = await readAll(response);
  // Such an answer ends with its connection: one that broke has cut it off, which Node.js takes for its end.
  const hasLength = 'content-length' in headers || 'transfer-encoding' in headers;
  if (broken !== undefined && !hasLength) throw broken;
  return { kind: 'answer', status, headers, text };
}

/**
 * Sends one request once: no retry, no redirect, no decompression, a limit on time and size. Never throws. With the module of Node.js
 * alone, as nothing of what an HTTP client adds is wanted here (docs/adr/0039).
 */
export async function exchange(request: ExchangeRequest): Promise<Exchange> {
  const { body, timeoutMs, signal } = request;
  let isSent = false;
  let sent: ClientRequest | undefined;
  const ended = Promise.withResolvers<never>();
  // It may come before anybody waits for it.
  ended.promise.catch(() => undefined);
  const end = (reason: Error): void => {
    // What has no connection yet says nothing of its end before it gets one.
    ended.reject(reason);
    sent?.destroy(reason);
  };
  const onAbort = (): void => end(signal?.reason as Error);
  const timeLimit = setTimeout(() => end(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', onAbort, { once: true });
    sent = open(request);
    // The agent gives a socket only when it can be used (connect.ts): from here on bytes may be on their way.
    sent.once('socket', () => {
      isSent = true;
    });
    return await Promise.race([converse(sent, body), ended.promise]);
  } catch (error) {
    return { kind: 'failed', isSent, error: describeError(error), ...proxyStatusOf(error) };
  } finally {
    clearTimeout(timeLimit);
    signal?.removeEventListener('abort', onAbort);
    // Nobody waits for what an early answer has left of the request.
    if (sent?.writableFinished === false) sent.destroy();
  }
}

function proxyStatusOf(error: unknown): { readonly proxyStatus?: number } {
  return error instanceof ProxyError ? { proxyStatus: error.status } : {};
}

/** Longer waits than this are cut: an API that asks for a week has a fault of its own. */
const LONGEST_WAIT_MS = HOUR;

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
