import type { FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../domain/clock.ts';
import { systemClock } from '../lib/clock.ts';
import { registerApi } from './api/routes.ts';
import { registerEvents } from './events.ts';
import { installFaults, registerFaultControl } from './fault-hooks.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { defaultLimits } from './limits.ts';
import type { Limits } from './limits.ts';
import type { ClusterView } from './page/cluster-page.ts';
import { registerPages } from './page/routes.ts';
import { createRequestLog } from './received.ts';
import type { ReceivedRequest, RequestLog } from './received.ts';
import { DeskStore } from './store.ts';
import { TicketRules } from './tickets.ts';
import type { Cluster } from './tickets.ts';
import { createServer } from './server.ts';
import type { TlsFiles } from './server.ts';
import { Sessions } from './sessions.ts';
import { Tokens } from './tokens.ts';
import type { DeskToken, Organisation } from './tokens.ts';

/** How a desk is set up. */
export interface DeskOptions {
  /** Path of the SQLite file, or `:memory:`. */
  readonly file: string;
  readonly tokens: readonly DeskToken[];
  /** The clusters of the organisation. Without a list every `cluster_id` is taken. */
  readonly clusters?: readonly Cluster[];
  /** The organisations by name; tokens say which of them they may act for. */
  readonly organisations?: readonly Organisation[];
  /** The desk then speaks TLS only. */
  readonly tls?: TlsFiles;
  readonly host: string;
  /** 0 chooses a free one. */
  readonly port: number;
  readonly clock?: Clock;
  /** The pages ask for one of the tokens. Without a word: on every address but loopback. */
  readonly signIn?: boolean;
  /** The cluster of a demo: the desk then has a page of it. */
  readonly cluster?: ClusterView;
  /** Opens `/__faults`, by which anybody who reaches the port can make the desk misbehave. */
  readonly faultControl?: boolean;
  /** What it takes at most. */
  readonly limits?: Limits;
  /** Hears of errors of the desk itself, which are answered with 500. */
  readonly onError?: (error: Error) => void;
}

/** A running ticket desk. */
export interface Desk {
  /** Where it listens: `http(s)://host:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly faults: Faults;
  readonly store: DeskStore;
  /** The last requests to the ticket API with their bodies, oldest first. */
  received(): readonly ReceivedRequest[];
  /** Stops listening, cuts open connections and closes the database. Closing again waits for the same end. */
  close(): Promise<void>;
}

/**
 * Starts the ticket desk: the ticket API as a small real server, with a page to read it.
 * Throws when the port is taken or the file cannot be opened.
 */
export async function createDesk(options: DeskOptions): Promise<Desk> {
  const clock = options.clock ?? systemClock;
  const store = new DeskStore(options.file);
  const faults = createFaults();
  const log = createRequestLog();
  const closing = new AbortController();
  const { tls, limits = defaultLimits, onError = () => undefined } = options;
  const app = createServer({ tls, limits, clock, onError });
  const { clusters } = options;
  const tokens = new Tokens(options.tokens);
  const sessions = sessionsOf(options, tokens, clock);
  const rules = new TicketRules({ store, clock, clusters, listLagMs: () => faults.listLagMs });

  recordRequests(app, log, clock);
  installFaults(app, { faults, clock, closing: closing.signal });
  registerApi(app, {
    store,
    rules,
    clock,
    clusters,
    organisations: options.organisations ?? [],
    authenticate: (headers) => tokens.caller(headers),
  });
  registerEvents(app, { store, organisations: (request) => sessions.visitor(request).organisationIds });
  registerPages(app, { store, rules, clock, sessions, cluster: options.cluster });
  if (options.faultControl === true) registerFaultControl(app, faults);

  const stop = async (): Promise<void> => {
    closing.abort();
    await app.close();
    store.close();
  };
  let stopped: Promise<void> | undefined;
  const close = (): Promise<void> => (stopped ??= stop());
  const port = await listen(app, options).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { url: urlOf(options, port), port, faults, store, received: () => log.all(), close };
}

function sessionsOf({ host, signIn, tls }: DeskOptions, tokens: Tokens, clock: Clock): Sessions {
  const isLocal = isLoopback(host);
  return new Sessions({
    tokens,
    clock,
    isLocal,
    isSignInNeeded: signIn ?? !isLocal,
    isSecure: tls !== undefined,
  });
}

async function listen(app: FastifyInstance, { host, port }: DeskOptions): Promise<number> {
  await app.listen({ host, port });
  return (app.server.address() as AddressInfo).port;
}

function urlOf({ tls, host }: DeskOptions, port: number): string {
  return `${tls === undefined ? 'http' : 'https'}://${toUrlHost(host)}:${port}`;
}

/** True for an address that this machine alone can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** The name under which a browser of this machine reaches a listening address. */
function toUrlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function recordRequests(app: FastifyInstance, log: RequestLog, clock: Clock): void {
  app.addHook('preValidation', async (request) => {
    if (request.routeOptions.config.operation === undefined) return;
    const body = request.body instanceof Buffer ? undefined : (request.body ?? undefined);
    const entry = { receivedAt: clock.now(), method: request.method, url: request.url, body };
    log.add(entry, Number(request.headers['content-length'] ?? 0));
  });
}
