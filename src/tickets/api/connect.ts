import { X509Certificate } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect as netConnect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as tlsConnect, createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { SettingError } from './error.ts';
import { bareHost, isDirect, openTunnel, portOf, readProxy } from './proxy.ts';
import type { Proxy, ProxySettings } from './proxy.ts';
import { createWatchedFile } from './watched-file.ts';

/** How the ticket API is reached. */
export interface ConnectionSettings {
  readonly url: URL;
  /** Certificates in PEM that are trusted beside the built-in ones; read again when the file changes. */
  readonly caFile?: string;
  readonly proxy?: ProxySettings;
  /** How long the way to a usable connection may take (name, proxy, TLS), in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** An agent under the name by which got looks for it. */
export type Agents = { readonly http: HttpAgent } | { readonly https: HttpsAgent };

/** How long a connection is kept for the next request, in milliseconds: shorter than any server keeps its side. */
const IDLE_MS = 4_000;

/** Hands out the agent that makes connections as the files say now. */
export interface Connections {
  /** Throws SettingError when the CA bundle or the proxy's credentials cannot be used. */
  agents(): Promise<Agents>;
  /** What must never be printed, beside the token. */
  secrets(): readonly string[];
  close(): void;
}

/** Certificates of a PEM bundle. Throws SettingError when there is none, or one that cannot be read. */
function readBundle(pem: string, path: string): readonly string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
  if (blocks.length === 0) throw new SettingError(`the CA bundle has no certificate: ${path}`);
  for (const block of blocks) {
    try {
      void new X509Certificate(block);
    } catch {
      throw new SettingError(`the CA bundle has a certificate that cannot be read: ${path}`);
    }
  }
  return blocks;
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
function createAgent(route: Route): Agents {
  const options = { keepAlive: true, maxFreeSockets: 2, scheduling: 'lifo', timeout: IDLE_MS } as const;
  const agents = route.isPlain ? { http: new HttpAgent(options) } : { https: new HttpsAgent(options) };
  agentOf(agents).createConnection = (_options, callback) => {
    open(route).then(
      (socket) => callback?.(null, socket),
      (error: unknown) => callback?.(error as Error, undefined as never),
    );
    // No socket yet: the agent waits for the callback.
    return undefined;
  };
  return agents;
}

function agentOf(agents: Agents): HttpAgent {
  return 'https' in agents ? agents.https : agents.http;
}

function dropIdle(agent: HttpAgent): void {
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}

/** Connections as the files say: agents are made anew when CA bundle or proxy credentials have changed. */
export function createConnections(settings: ConnectionSettings): Connections {
  const { url, caFile, proxy } = settings;
  const ca = caFile === undefined ? undefined : createWatchedFile(caFile, 'the CA bundle');
  const file = proxy?.credentialsFile;
  const credentials =
    file === undefined ? undefined : createWatchedFile(file, 'the file with the proxy credentials');
  const isPlain = url.protocol === 'http:';
  const host = bareHost(url);
  const port = portOf(url);
  let current:
    { readonly version: string; readonly agents: Agents; readonly proxy: Proxy | undefined } | undefined;

  return {
    agents: async () => {
      const pem = await ca?.read();
      const login = await credentials?.read();
      const version = JSON.stringify([pem, login]);
      if (current?.version === version) return current.agents;
      const bundle = pem === undefined ? [] : readBundle(pem, caFile ?? '');
      const context = createSecureContext({
        ca: [...getCACertificates('default'), ...bundle],
        minVersion: 'TLSv1.2',
      });
      const isProxied = proxy !== undefined && !isPlain && !isDirect(proxy.noProxy ?? [], host, port);
      const via = isProxied ? readProxy(proxy, login) : undefined;
      // Requests in flight keep their connection; it idles out afterwards.
      if (current !== undefined) dropIdle(agentOf(current.agents));
      const route = { host, port, isPlain, context, proxy: via, timeoutMs: settings.connectTimeoutMs };
      current = { version, agents: createAgent(route), proxy: via };
      return current.agents;
    },
    secrets: () => {
      const base64 = current?.proxy?.authorization?.replace(/^Basic /u, '');
      if (base64 === undefined) return [];
      const login = Buffer.from(base64, 'base64').toString();
      return [base64, login, login.slice(login.indexOf(':') + 1)];
    },
    close: () => {
      if (current !== undefined) agentOf(current.agents).destroy();
      current = undefined;
    },
  };
}
