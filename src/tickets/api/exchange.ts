import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import got from 'got';
import type { Agents } from './connect.ts';
import { describeError } from './error.ts';
import { ProxyError } from './proxy.ts';

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
