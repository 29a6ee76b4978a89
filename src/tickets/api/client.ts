import type { z } from 'zod';
import { SECOND } from '../../domain/clock.ts';
import type { Clock } from '../../domain/clock.ts';
import type { CallOutcome, CreateOutcome, TicketApi } from '../../domain/ports.ts';
import type { TicketFile, TicketRequest, TicketSummary } from '../../domain/ticket.ts';
import { type Call, type Caller, createCaller, type Outcome, type RequestEvent } from './caller.ts';
import { settingOf } from './exchange.ts';
import { createConnections } from './connect.ts';
import { SettingError, TicketApiError } from './error.ts';
import type { ProxySettings } from './proxy.ts';
import { anyTicketSchema, clusterSchema, pageSchema, summarySchema, ticketSchema } from './schema.ts';
import type { ApiCluster } from './schema.ts';
import type { TokenSource } from './mounted-files.ts';

/** What a client needs. */
export interface TicketClientDeps {
  /** Address of the platform: https, or http on this machine itself. The API's paths are added. */
  readonly url: string;
  readonly token: TokenSource;
  readonly organisationId?: string;
  /** A PEM bundle that is trusted beside the built-in certificates; read again when it changes. */
  readonly caFile?: string;
  readonly proxy?: ProxySettings;
  readonly clock: Clock;
  /** Limit of one request from begin to end of the answer, in milliseconds: 20 s. */
  readonly timeoutMs?: number;
  /** Limit of the way to a usable connection, in milliseconds: 10 s, and never above `timeoutMs`. */
  readonly connectTimeoutMs?: number;
  /** First wait between two tries of a burst, in milliseconds: 500. */
  readonly firstWaitMs?: number;
  /** Told of every single request. Must not throw. */
  readonly onRequest?: (event: RequestEvent) => void;
  /** Told of the credentials of the proxy, in every form in which they are sent. */
  readonly onSecret?: (secret: string) => void;
  /** Takes secrets out of the words of a failure, whoever wrote them; without it only what is sent verbatim is. */
  readonly redact?: (text: string) => string;
}

/** The ticket API. `find`, `get` and `listClusters` throw TicketApiError. */
export interface TicketClient extends TicketApi {
  /** Every cluster that the token's organisation has. */
  listClusters(signal?: AbortSignal): Promise<readonly ApiCluster[]>;
  /** Drops the connections. */
  disconnect(): void;
}

const TICKETS = '/api/v1/org/support/tickets';
/** The API's own default; no larger one is documented. */
const PAGE_SIZE = 25;
/** Lists longer than this are refused: 5,000 entries are no answer to a look-up. */
const MOST_PAGES = 200;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;

/** The address without a slash at the end. Throws SettingError when it is not acceptable. */
function checkApiUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new SettingError('the ticket API address is not a URL');
  if (url.username !== '' || url.password !== '')
    throw new SettingError('the ticket API address must not hold credentials');
  if (url.search !== '' || url.hash !== '')
    throw new SettingError('the ticket API address must not have a query or fragment');
  const isLocal = url.protocol === 'http:' && LOOPBACK.test(url.hostname);
  if (url.protocol !== 'https:' && !isLocal) {
    throw new SettingError(
      'the ticket API address must begin with https:// (http:// only on this machine itself)',
    );
  }
  return url;
}

/** Builds the client of the ticket API. Throws SettingError when the address is not acceptable. */
export function createTicketClient(deps: TicketClientDeps): TicketClient {
  const url = checkApiUrl(deps.url);
  const timeoutMs = deps.timeoutMs ?? 20 * SECOND;
  const connections = createConnections({
    url,
    ...(deps.caFile === undefined ? {} : { caFile: deps.caFile }),
    ...(deps.proxy === undefined ? {} : { proxy: deps.proxy }),
    connectTimeoutMs: Math.min(deps.connectTimeoutMs ?? 10 * SECOND, timeoutMs),
  });
  const call = createCaller({
    base: url.href.replace(/\/+$/u, ''),
    token: deps.token,
    organisationId: deps.organisationId,
    connections,
    timeoutMs,
    firstWaitMs: deps.firstWaitMs ?? 500,
    clock: deps.clock,
    onRequest: deps.onRequest ?? (() => undefined),
    onSecret: deps.onSecret ?? (() => undefined),
    redact: deps.redact ?? ((text) => text),
  });
  const find: TicketApi['find'] = (text, signal) => findTickets(call, text, signal);
  return {
    find,
    get: (id, signal) => getTicket(call, id, signal),
    create: (request, signal) => createTicket(call, request, signal),
    comment: (id, body, signal) =>
      tell(call, { operation: 'comment', path: `/${id}/comments`, body: { body } }, signal),
    close: (id, signal) => tell(call, { operation: 'close', path: `/${id}/close`, body: {} }, signal),
    attach: (id, file, signal) =>
      tell(call, { operation: 'attach', path: `/${id}/attachments`, file }, signal),
    listClusters: (signal) =>
      listAll(call, { operation: 'clusters', path: '/api/v1/clusters', item: clusterSchema }, signal),
    disconnect: () => {
      connections.close();
    },
  };
}

/** The value of a call, or the error that it stands for. */
function valueOf<T>(outcome: Outcome<T>, signal: AbortSignal | undefined): T {
  if (outcome.kind === 'ok') return outcome.value;
  signal?.throwIfAborted();
  // A refused read is our own mistake or a changed API: waiting alone does not fix it.
  const kind = outcome.kind === 'unknown' || outcome.kind === 'notSent' ? 'transient' : 'paused';
  const status = 'status' in outcome ? outcome.status : undefined;
  const retryAfterMs = 'retryAfterMs' in outcome ? outcome.retryAfterMs : undefined;
  throw new TicketApiError(kind, outcome.error, { status, retryAfterMs, setting: settingOf(outcome) });
}

interface ListCall<T> {
  readonly operation: 'find' | 'clusters';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly item: z.ZodType<T>;
}

async function listAll<T>(call: Caller, list: ListCall<T>, signal?: AbortSignal): Promise<readonly T[]> {
  const found: T[] = [];
  const { operation, path, query, item } = list;
  const schema = pageSchema(item);
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const search = new URLSearchParams({ ...query, page: String(page), page_size: String(PAGE_SIZE) });
    const request = {
      operation,
      method: 'GET',
      path: `${path}?${search.toString()}`,
      schema,
      isRepeatable: true,
    } as const;
    const { items, pages } = valueOf(await call(request, signal), signal);
    found.push(...items);
    if (page >= pages || items.length === 0) return found;
  }
  throw new TicketApiError('transient', `the list has more than ${MOST_PAGES} pages`);
}

async function findTickets(
  call: Caller,
  text: string,
  signal?: AbortSignal,
): Promise<readonly TicketSummary[]> {
  const list = { operation: 'find', path: TICKETS, query: { q: text }, item: summarySchema } as const;
  const tickets = await listAll(call, list, signal);
  // A ticket filed meanwhile shifts the pages, so that one can come twice; and a search may be fuzzier than we need.
  const wanted = tickets.filter(({ subject }) => subject.toLowerCase().includes(text.toLowerCase()));
  return [...new Map(wanted.map((ticket) => [ticket.id, ticket])).values()];
}

async function getTicket(call: Caller, id: string, signal?: AbortSignal): ReturnType<TicketApi['get']> {
  const path = `${TICKETS}/${encodeURIComponent(id)}`;
  const request = {
    operation: 'get',
    method: 'GET',
    path,
    schema: ticketSchema,
    isRepeatable: true,
  } as const;
  const outcome = await call(request, signal);
  // A gateway that has no backend for the moment answers 404 as well, and knows nothing of tickets.
  if (outcome.kind === 'denied' && outcome.status === 404 && outcome.isApi) return undefined;
  return valueOf(outcome, signal);
}

/** The body of a create call: everything the contract has and we know. */
function toBody(request: TicketRequest): Readonly<Record<string, unknown>> {
  const { subject, description, category, severity, clusterId, environment } = request;
  return {
    subject,
    description,
    category,
    severity,
    ...(clusterId === undefined ? {} : { cluster_id: clusterId }),
    source: 'agent',
    // Nobody is there to answer a question of the review.
    acknowledged: true,
    environment,
  };
}

async function createTicket(
  call: Caller,
  request: TicketRequest,
  signal?: AbortSignal,
): Promise<CreateOutcome> {
  const post: Call<TicketSummary> = {
    operation: 'create',
    method: 'POST',
    path: TICKETS,
    body: toBody(request),
    schema: summarySchema,
    isRepeatable: false,
  };
  const outcome = await call(post, signal);
  if (outcome.kind === 'ok') return { kind: 'created', ticket: outcome.value };
  if (outcome.kind !== 'unknown') return outcome;
  // It may have been accepted and only the answer lost: the marker tells. Never a second POST without that.
  const found = await findTickets(call, request.marker, signal).catch(() => []);
  const [ticket] = found;
  return ticket === undefined ? outcome : { kind: 'created', ticket };
}

interface TellCall {
  readonly operation: 'comment' | 'close' | 'attach';
  /** Below the tickets' path; ids in it have been checked on arrival. */
  readonly path: string;
  readonly body?: unknown;
  readonly file?: TicketFile;
}

/** A comment, a close or a file: nothing of the answer is needed. A close may be repeated, the others not. */
async function tell(
  call: Caller,
  { operation, path, ...content }: TellCall,
  signal?: AbortSignal,
): Promise<CallOutcome> {
  // An API may answer the file alone: its id is as good.
  const request = {
    operation,
    method: 'POST',
    path: TICKETS + path,
    schema: anyTicketSchema,
    ...content,
  } as const;
  const outcome = await call({ ...request, isRepeatable: operation === 'close' }, signal);
  return outcome.kind === 'ok' ? { kind: 'done' } : outcome;
}
