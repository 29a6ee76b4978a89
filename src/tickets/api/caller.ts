import pRetry from 'p-retry';
import type { z } from 'zod';
import { type Clock, SECOND } from '../../domain/clock.ts';
import type { CallFailure, Operation } from '../../domain/ports.ts';
import type { TicketFile } from '../../domain/ticket.ts';
import { classifyAnswer, classifyFailure, exchange, type Exchange, isSuccess } from './exchange.ts';
import type { Connections } from './connect.ts';
import { SettingError } from './error.ts';
import { parseJson } from './schema.ts';
import type { TokenSource } from './mounted-files.ts';

/** One request that was made, for metrics and logs. */
export interface RequestEvent {
  readonly operation: Operation;
  readonly outcome: Outcome<unknown>['kind'];
  /** The API's status, if it answered. */
  readonly status?: number;
  readonly durationMs: number;
}

/** A call of the API. */
export interface Call<T> {
  readonly operation: Operation;
  readonly method: 'GET' | 'POST';
  /** Path and query below the API's address. */
  readonly path: string;
  readonly body?: unknown;
  /** In place of a body: sent as the field `file` of a multipart form. */
  readonly file?: TicketFile;
  /** Reads a successful answer. */
  readonly schema: z.ZodType<T>;
  readonly isRepeatable: boolean;
}

/** What a caller needs. */
export interface CallerDeps {
  /** Without a slash at the end. */
  readonly base: string;
  readonly token: TokenSource;
  readonly organisationId: string | undefined;
  readonly connections: Connections;
  readonly timeoutMs: number;
  readonly firstWaitMs: number;
  readonly clock: Clock;
  readonly onRequest: (event: RequestEvent) => void;
  readonly onSecret: (secret: string) => void;
  readonly redact: (text: string) => string;
}

/** Makes a call in one burst. Never throws; no text in the outcome holds a secret. */
export type Caller = <T>(call: Call<T>, signal?: AbortSignal) => Promise<Outcome<T>>;

/** The longest text of an error: the rest of an answer is no news. */
const LONGEST_ERROR = 500;

/** Builds the function that makes calls. */
export function createCaller(deps: CallerDeps): Caller {
  return async (call, signal) => {
    const { clock, firstWaitMs } = deps;
    const attempt = (): Promise<Outcome<z.output<typeof call.schema>>> =>
      attemptWithFreshToken(deps, call, signal);
    return await burst(attempt, { isRepeatable: call.isRepeatable, firstWaitMs, clock, signal });
  };
}

/** One attempt; after a 401 or 403 a second one at once if the token has been exchanged meanwhile. */
async function attemptWithFreshToken<T>(
  deps: CallerDeps,
  call: Call<T>,
  signal?: AbortSignal,
): Promise<Outcome<T>> {
  const first = await attemptOnce(deps, call, signal);
  const { outcome, token } = first;
  if (!isAboutToken(outcome)) return outcome;
  deps.token.forget();
  const fresh = await deps.token.read().catch(() => undefined);
  if (fresh === undefined || fresh === token) return outcome;
  return (await attemptOnce(deps, call, signal)).outcome;
}

function isAboutToken(outcome: Outcome<unknown>): boolean {
  if (outcome.kind !== 'paused' && outcome.kind !== 'denied') return false;
  return outcome.status === 401 || outcome.status === 403;
}

interface Attempt<T> {
  readonly outcome: Outcome<T>;
  readonly token?: string;
}

async function attemptOnce<T>(deps: CallerDeps, call: Call<T>, signal?: AbortSignal): Promise<Attempt<T>> {
  const { clock, connections, onRequest } = deps;
  const startedAt = clock.monotonic();
  const report = (outcome: Outcome<T>, status?: number): void => {
    const durationMs = clock.monotonic() - startedAt;
    const { operation } = call;
    onRequest({ operation, outcome: outcome.kind, ...(status === undefined ? {} : { status }), durationMs });
  };
  try {
    const token = await deps.token.read();
    const reply = await send(deps, call, { token, signal });
    const secrets = connections.secrets();
    for (const secret of secrets) deps.onSecret(secret);
    const outcome = scrub(toOutcome(reply, call, clock.now()), [token, ...secrets], deps.redact);
    report(outcome, reply.kind === 'answer' ? reply.status : undefined);
    return { outcome, token };
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    const outcome = { kind: 'paused', error: error.message, setting: 'file' } as const;
    report(outcome);
    return { outcome };
  }
}

async function send<T>(
  deps: CallerDeps,
  call: Call<T>,
  { token, signal }: { readonly token: string; readonly signal: AbortSignal | undefined },
): Promise<Exchange> {
  const { base, organisationId, connections, timeoutMs } = deps;
  const { method, path } = call;
  const encoded = await encode(call);
  return await exchange({
    method,
    url: new URL(base + path),
    headers: {
      authorization: `Bearer ${token}`,
      ...(organisationId === undefined ? {} : { 'x-ankra-organisation-id': organisationId }),
      ...(encoded === undefined ? {} : { 'content-type': encoded.type }),
    },
    ...(encoded === undefined ? {} : { body: encoded.body }),
    agent: await connections.agent(),
    timeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
}

interface Encoded {
  readonly type: string;
  readonly body: string | Buffer;
}

async function encode({ body, file }: Call<unknown>): Promise<Encoded | undefined> {
  if (file === undefined)
    return body === undefined ? undefined : { type: 'application/json', body: JSON.stringify(body) };
  const form = new FormData();
  const blob = new Blob([new Uint8Array(file.content)], { type: file.contentType });
  form.set('file', blob, file.name);
  // The platform chooses the boundary and writes the parts.
  const response = new Response(form);
  const type = response.headers.get('content-type') ?? 'multipart/form-data';
  return { type, body: Buffer.from(await response.arrayBuffer()) };
}

function toOutcome<T>(reply: Exchange, call: Call<T>, now: number): Outcome<T> {
  if (reply.kind === 'failed') return classifyFailure(reply);
  if (!isSuccess(reply)) return classifyAnswer(reply, now);
  const parsed = call.schema.safeParse(parseJson(reply.text));
  if (parsed.success) return { kind: 'ok', value: parsed.data };
  return { kind: 'unknown', error: `${reply.status}: the answer cannot be read` };
}

/** Takes secrets and control characters out of the words of a failure, whoever wrote them. */
function scrub<T>(
  outcome: Outcome<T>,
  secrets: readonly string[],
  redact: (text: string) => string,
): Outcome<T> {
  if (outcome.kind === 'ok') return outcome;
  let error = outcome.error.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ');
  for (const secret of secrets) {
    if (secret !== '') error = error.replaceAll(secret, '[REDACTED]');
  }
  // Cut first: what is cut off need not be read, and half a marker says nothing.
  return { ...outcome, error: redact(error.slice(0, LONGEST_ERROR)) };
}

/** How often and how long a call is tried in one go. The long waits belong to the outbox. */
const RETRIES = 2;
const LONGEST_BURST_MS = 15 * SECOND;
/** A longer Retry-After is left to the outbox. */
const LONGEST_WAIT_MS = 5 * SECOND;

/** A call that worked, or how it failed. */
export type Outcome<T> = { readonly kind: 'ok'; readonly value: T } | CallFailure;

/** How a burst behaves. */
interface BurstOptions {
  /** The request may be sent again even if the last one may have been carried out. */
  readonly isRepeatable: boolean;
  /** First wait, in milliseconds; doubled and spread at random. */
  readonly firstWaitMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

class AgainError extends Error {
  override readonly name = 'AgainError';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('again');
    this.retryAfterMs = retryAfterMs;
  }
}

/** The wait that the API asked for before another try, or `undefined` when this was the last one. */
function waitBeforeRepeat<T>(outcome: Outcome<T>, isRepeatable: boolean): number | undefined {
  const mayRepeat = outcome.kind === 'notSent' || (isRepeatable && outcome.kind === 'unknown');
  if (!mayRepeat) return undefined;
  const wait = outcome.retryAfterMs ?? 0;
  return wait <= LONGEST_WAIT_MS ? wait : undefined;
}

/**
 * Tries up to three times within 15 seconds and gives the last outcome. What may have been accepted is not repeated
 * unless `isRepeatable`. An abort ends the waits and gives what is known so far.
 */
async function burst<T>(attempt: () => Promise<Outcome<T>>, options: BurstOptions): Promise<Outcome<T>> {
  const { clock, signal, isRepeatable, firstWaitMs } = options;
  let last: Outcome<T> = { kind: 'notSent', error: 'aborted before it was sent' };
  const once = async (): Promise<void> => {
    last = await attempt();
    const wait = waitBeforeRepeat(last, isRepeatable);
    if (wait !== undefined) throw new AgainError(wait);
  };
  try {
    await pRetry(once, {
      retries: RETRIES,
      minTimeout: firstWaitMs,
      maxTimeout: LONGEST_WAIT_MS,
      maxRetryTime: LONGEST_BURST_MS,
      randomize: true,
      ...(signal === undefined ? {} : { signal }),
      onFailedAttempt: async ({ error, retriesLeft }) => {
        if (retriesLeft > 0 && error instanceof AgainError) await clock.sleep(error.retryAfterMs, signal);
      },
    });
  } catch (error) {
    if (!(error instanceof AgainError) && signal?.aborted !== true) throw error;
  }
  return last;
}
