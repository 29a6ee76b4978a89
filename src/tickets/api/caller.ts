import type { z } from 'zod';
import type { Clock } from '../../domain/clock.ts';
import type { Operation } from '../../domain/ports.ts';
import type { TicketFile } from '../../domain/ticket.ts';
import { burst } from './burst.ts';
import type { Outcome } from './burst.ts';
import { classifyAnswer, classifyFailure, isSuccess } from './classify.ts';
import type { Connections } from './connect.ts';
import { SettingError } from './error.ts';
import { exchange } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { parseJson } from './schema.ts';
import type { TokenSource } from './token.ts';

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
    agents: await connections.agents(),
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
