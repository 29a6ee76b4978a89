import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect as netConnect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect, createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { bareHost, isDirect, openTunnel, portOf, readProxy } from './proxy.ts';
import type { Proxy, ProxySettings } from './proxy.ts';
import { createWatchedFile, readBundle, type WatchedFile } from './mounted-files.ts';

/** How the ticket API is reached. */
export interface ConnectionSettings {
  readonly url: URL;
  /** Certificates in PEM that are trusted beside the built-in ones; read again when the file changes. */
  readonly caFile?: string;
  readonly proxy?: ProxySettings;
  /** How long the way to a usable connection may take (name, proxy, TLS), in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** How long a connection is kept for the next request, in milliseconds: shorter than any server keeps its side. */
const IDLE_MS = 4_000;

/** Hands out the agent that makes connections as the files say now. */
export interface Connections {
  /** Throws SettingError when the CA bundle or the proxy's credentials cannot be used. */
  agent(): Promise<HttpAgent>;
  /** What must never be printed, beside the token. */
  secrets(): readonly string[];
  close(): void;
}

/** One end of a connection. */
interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly isPlain: boolean;
}

/** Everything that decides how a connection is made. */
interface Route extends Endpoint {
  readonly context: SecureContext;
  readonly proxy: Proxy | undefined;
  readonly timeoutMs: number;
}

function authorityOf({ host, port }: Route): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Where TLS runs and what it trusts. */
interface Security {
  readonly context: SecureContext;
  readonly signal: AbortSignal;
  /** A connection that exists already: a tunnel. */
  readonly tunnel?: Socket;
}

/** Resolves only when the peer's certificate has been verified. */
function secure({ host, port }: Endpoint, { context, signal, tunnel }: Security): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({
      ...(tunnel === undefined ? { host, port } : { socket: tunnel, host }),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      secureContext: context,
      ALPNProtocols: ['http/1.1'],
      // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment cannot switch it off.
      rejectUnauthorized: true,
    });
    settle(socket, 'secureConnect', { resolve, reject, signal });
  });
}

function plain({ host, port }: Endpoint, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    settle(netConnect({ host, port }), 'connect', { resolve, reject, signal });
  });
}

function settle(
  socket: Socket,
  event: string,
  {
    resolve,
    reject,
    signal,
  }: {
    readonly resolve: (socket: Socket) => void;
    readonly reject: (error: unknown) => void;
    readonly signal: AbortSignal;
  },
): void {
  const onAbort = (): void => {
    socket.destroy(signal.reason as Error);
  };
  const end = (): void => {
    signal.removeEventListener('abort', onAbort);
    socket.removeListener('error', onError);
    socket.removeListener('close', onClose);
  };
  const onError = (error: Error): void => {
    end();
    reject(error);
  };
  const onClose = (): void => {
    end();
    reject(new Error('the connection was closed before it could be used'));
  };
  socket.once('error', onError);
  socket.once('close', onClose);
  socket.once(event, () => {
    end();
    resolve(socket);
  });
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
}

async function open(route: Route): Promise<Socket> {
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new Error(`no connection within ${route.timeoutMs} ms`));
  }, route.timeoutMs);
  const { signal } = limit;
  try {
    if (route.isPlain) return await plain(route, signal);
    const { proxy, context } = route;
    if (proxy === undefined) return await secure(route, { context, signal });
    const toProxy = await (proxy.isPlain ? plain(proxy, signal) : secure(proxy, { context, signal }));
    const { authorization } = proxy;
    const tunnel = await openTunnel(toProxy, { authority: authorityOf(route), authorization, signal });
    return await secure(route, { context, signal, tunnel });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * An agent whose connections are handed over only when they can be used: connected, through the proxy, certificate
 * verified. So a request that never got a socket was surely not sent, not a byte of it.
 */
function createAgent(route: Route): HttpAgent {
  const options = { keepAlive: true, maxFreeSockets: 2, scheduling: 'lifo', timeout: IDLE_MS } as const;
  const agent = route.isPlain ? new HttpAgent(options) : new HttpsAgent(options);
  agent.createConnection = (_options, callback) => {
    // No socket yet: the agent waits for the callback.
    if (callback !== undefined) void deliver(route, callback);
    return undefined;
  };
  return agent;
}

async function deliver(route: Route, callback: (error: Error | null, socket: Duplex) => void): Promise<void> {
  let socket: Duplex;
  try {
    socket = await open(route);
  } catch (error) {
    // With an error the agent does not look at the socket.
    callback(error as Error, undefined as never);
    return;
  }
  callback(null, socket);
}

/** The files that a connection depends on, as they are now. */
interface Files {
  readonly ca: string | undefined;
  readonly login: string | undefined;
}

/** Throws SettingError when the files cannot be used. */
function readRoute(settings: ConnectionSettings, files: Files): Route {
  const { url, proxy, caFile = '', connectTimeoutMs: timeoutMs } = settings;
  const host = bareHost(url);
  const port = portOf(url);
  const isPlain = url.protocol === 'http:';
  const bundle = files.ca === undefined ? [] : readBundle(files.ca, caFile);
  const ca = [...getCACertificates('default'), ...bundle];
  const context = createSecureContext({ ca, minVersion: 'TLSv1.2' });
  const isProxied = proxy !== undefined && !isPlain && !isDirect(proxy.noProxy ?? [], host, port);
  return {
    host,
    port,
    isPlain,
    context,
    proxy: isProxied ? readProxy(proxy, files.login) : undefined,
    timeoutMs,
  };
}

function secretsOf(proxy: Proxy | undefined): readonly string[] {
  const base64 = proxy?.authorization?.replace(/^Basic /u, '');
  if (base64 === undefined) return [];
  const login = Buffer.from(base64, 'base64').toString();
  return [base64, login, login.slice(login.indexOf(':') + 1)];
}

function watch(path: string | undefined, what: string): WatchedFile | undefined {
  return path === undefined ? undefined : createWatchedFile(path, what);
}

/** Connections as the files say: agents are recreated when CA bundle or proxy credentials have changed. */
export function createConnections(settings: ConnectionSettings): Connections {
  const caFile = watch(settings.caFile, 'the CA bundle');
  const loginFile = watch(settings.proxy?.credentialsFile, 'the file with the proxy credentials');
  let current: { readonly version: string; readonly agent: HttpAgent; readonly route: Route } | undefined;

  return {
    agent: async () => {
      const files = { ca: await caFile?.read(), login: await loginFile?.read() };
      const version = JSON.stringify([files.ca, files.login]);
      if (current?.version === version) return current.agent;
      const route = readRoute(settings, files);
      // The connections of the agent before are left to their requests and idle out afterwards.
      current = { version, route, agent: createAgent(route) };
      return current.agent;
    },
    secrets: () => secretsOf(current?.route.proxy),
    close: () => {
      current?.agent.destroy();
      current = undefined;
    },
  };
}
