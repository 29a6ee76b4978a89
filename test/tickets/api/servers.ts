import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { KeyPair } from './certificates.ts';

export interface TestServer {
  readonly port: number;
  /** How many requests have arrived, as far as their headers. */
  requests: number;
  connections: number;
  close(): Promise<void>;
}

async function listen(server: Server, prepare: (running: TestServer) => void): Promise<TestServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const running: TestServer = {
    port: (server.address() as AddressInfo).port,
    requests: 0,
    connections: 0,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  server.on('connection', () => {
    running.connections += 1;
  });
  prepare(running);
  return running;
}

/** A server that answers as the test says, over TLS if a certificate is given. */
export async function startServer(
  answer: RequestListener,
  tls?: KeyPair & Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'>,
): Promise<TestServer> {
  const server =
    tls === undefined ? createServer(answer) : (createTlsServer(tls, answer) as unknown as Server);
  server.on('tlsClientError', () => undefined);
  return await listen(server, (running) => {
    server.on('request', () => {
      running.requests += 1;
    });
  });
}

export interface TestProxy extends TestServer {
  /** `host:port` of every CONNECT, with its credentials. */
  readonly asked: { readonly authority: string; readonly authorization: string | undefined }[];
  /** What is needed to pass; anybody may when empty. */
  login: string;
}

/** A proxy that opens tunnels, with or without a password, itself over TLS if a certificate is given. */
export async function startProxy(tls?: KeyPair): Promise<TestProxy> {
  const server = tls === undefined ? createServer() : (createTlsServer(tls) as unknown as Server);
  const asked: { authority: string; authorization: string | undefined }[] = [];
  const running = await listen(server, () => undefined);
  const proxy: TestProxy = Object.assign(running, { asked, login: '' });
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    const authority = request.url ?? '';
    const authorization = request.headers['proxy-authorization'];
    asked.push({ authority, authorization });
    const wanted = `Basic ${Buffer.from(proxy.login).toString('base64')}`;
    if (proxy.login !== '' && authorization !== wanted) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 4\r\n\r\nnope');
      return;
    }
    const upstream = connect(Number(authority.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
  });
  return proxy;
}
