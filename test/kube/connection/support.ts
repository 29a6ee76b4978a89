import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKubeConnection } from '../../../src/kube/connection/index.ts';
import type { KubeConnection, KubeSource } from '../../../src/kube/connection/index.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import type { FakeClock } from '../../support/fake-clock.ts';

const cleanups: (() => Promise<void>)[] = [];

/** For `afterEach`: closes servers and connections, removes folders. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export interface TestServer {
  readonly port: number;
  readonly url: string;
  readonly requests: IncomingMessage[];
  readonly server: Server;
  handle: RequestListener;
}

export function certificate(name: string): string {
  return readFileSync(new URL(`certificates/${name}`, import.meta.url), 'utf8');
}

/** Serves with the certificate of this authority, else over plain http. */
export async function startServer(handle: RequestListener, authority?: 'one' | 'two'): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    started.handle(request, response);
  };
  const server =
    authority === undefined
      ? createHttpServer(listener)
      : createHttpsServer(
          { cert: certificate(`server-${authority}.pem`), key: certificate(`server-${authority}.key`) },
          listener,
        );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const scheme = authority === undefined ? 'http' : 'https';
  const started: TestServer = { port, url: `${scheme}://127.0.0.1:${port}`, requests, server, handle };
  cleanups.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return started;
}

/** A connection under a fake clock. */
export async function connect(source: KubeSource): Promise<{ connection: KubeConnection; clock: FakeClock }> {
  const clock = createFakeClock();
  const connection = await createKubeConnection(source, { clock, version: '1.2.3' });
  cleanups.push(() => Promise.resolve(connection.close()));
  return { connection, clock };
}

/** A folder as the kubelet mounts it, and the environment of a pod. */
export async function mountServiceAccount(
  port: number,
  files: Readonly<Record<string, string>>,
): Promise<{
  source: KubeSource;
  write: (name: string, content: string) => Promise<void>;
  directory: string;
}> {
  const directory = await mkdtemp(join(tmpdir(), 'service-account-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  const write = (name: string, content: string): Promise<void> => writeFile(join(directory, name), content);
  for (const [name, content] of Object.entries(files)) await write(name, content);
  const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) };
  return { source: { kind: 'in-cluster', directory, environment }, write, directory };
}

/** Answers every request with this JSON. */
export function answer(body: unknown, status = 200): RequestListener {
  return (_request, response) => {
    response.statusCode = status;
    response.end(JSON.stringify(body));
  };
}

/** Turns of the event loop until this is true. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns += 1) {
    if (turns > 200_000) throw new Error('never came true');
    await new Promise<void>((done) => setImmediate(done));
  }
}
