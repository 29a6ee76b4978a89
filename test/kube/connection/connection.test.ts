import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  createKubeConnection,
  KubeApiError,
  KubeConnectionError,
} from '../../../src/kube/connection/index.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { answer, certificate, cleanUp, connect, mountServiceAccount, startServer, until } from './support.ts';

afterEach(cleanUp);

const PODS = { path: '/api/v1/pods' };

/**
 * What is left of the keep-alive timer at the client's end of a connection, in milliseconds; undefined while the kernel shows none, as it
 * does until what was sent is acknowledged. Only Linux shows it: elsewhere, what it would show.
 */
function keepAliveLeftMs({ remotePort, localPort }: Socket): number | undefined {
  if (!existsSync('/proc/self/net/tcp')) return 15_000;
  const endsWithPort = (address: string | undefined, port: number | undefined): boolean =>
    parseInt(address?.split(':')[1] ?? '', 16) === port;
  // By both ends: a port may serve several connections, and those that have ended are still listed.
  const fields = readFileSync('/proc/self/net/tcp', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .find((row) => endsWithPort(row[1], remotePort) && endsWithPort(row[2], localPort));
  // `02` is the keep-alive timer; what is left of it is counted in hundredths of a second.
  const [timer, left] = (fields?.[5] ?? '').split(':');
  return timer === '02' ? parseInt(left ?? '', 16) * 10 : undefined;
}

describe('requests', () => {
  test('F-41 the headers: our own User-Agent that no server pretty-prints for, no compression, JSON', async () => {
    const server = await startServer(answer({ items: [] }));
    const { connection } = await connect({ kind: 'explicit', server: server.url, token: 'secret' });
    await connection.json({
      ...PODS,
      query: { limit: 1, watch: true, continue: undefined, fieldSelector: 'a=b' },
    });
    const { headers, url } = server.requests[0] ?? {};
    expect(url).toBe('/api/v1/pods?limit=1&watch=true&fieldSelector=a%3Db');
    expect(headers).toMatchObject({
      'user-agent': 'ankra-support-agent/1.2.3',
      'accept-encoding': 'identity',
      accept: 'application/json',
      authorization: 'Bearer secret',
    });
    expect(url).not.toContain('pretty');
  });

  test('a body is sent as JSON, with the content type that the caller names', async () => {
    const bodies: string[] = [];
    const server = await startServer((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
      request.on('end', () => response.end('{"ok":true}'));
    });
    const { connection } = await connect({ kind: 'explicit', server: `${server.url}/k8s/clusters/c-1/` });
    const headers = { 'content-type': 'application/merge-patch+json' };
    const result = await connection.json({ ...PODS, method: 'PATCH', body: { a: 'é' }, headers });
    expect(result).toEqual({ ok: true });
    expect(bodies).toEqual(['{"a":"é"}']);
    expect(server.requests[0]).toMatchObject({ method: 'PATCH', url: '/k8s/clusters/c-1/api/v1/pods' });
    expect(server.requests[0]?.headers['content-type']).toBe('application/merge-patch+json');
  });

  test('an error names request, status, reason and wait, and no secret', async () => {
    const status = {
      kind: 'Status',
      reason: 'Conflict',
      message: 'try again',
      details: { retryAfterSeconds: 3 },
    };
    const server = await startServer(answer(status, 409));
    const { connection } = await connect({ kind: 'explicit', server: server.url, token: 'hunter2' });
    const error = await connection
      .json({ ...PODS, method: 'POST', query: { q: 'private' }, body: { password: 'hunter2' } })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KubeApiError);
    expect(error).toMatchObject({
      message: 'POST /api/v1/pods: 409 try again',
      status: 409,
      reason: 'Conflict',
      retryAfterMs: 3_000,
    });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toMatch(/hunter2|private/);
  });

  test('Retry-After as seconds and as date; a proxy page as body', async () => {
    const clock = createFakeClock();
    const server = await startServer((_request, response) => {
      response.writeHead(503, { 'retry-after': new Date(clock.now() + 30_000).toUTCString() }).end('<html>');
    });
    const { connection } = await connect({ kind: 'explicit', server: server.url });
    await expect(connection.text(PODS)).rejects.toMatchObject({
      status: 503,
      reason: '',
      retryAfterMs: 30_000,
    });
    server.handle = (_request, response) => response.writeHead(429, { 'retry-after': '7' }).end();
    await expect(connection.text(PODS)).rejects.toMatchObject({ status: 429, retryAfterMs: 7_000 });
  });

  test('an answer that is no JSON, and one that is too large', async () => {
    const server = await startServer((_request, response) => response.end('{"token":"hunter2"'));
    const { connection } = await connect({ kind: 'explicit', server: server.url });
    const error = await connection.json(PODS).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'NOT_JSON' });
    expect(String(error)).not.toContain('hunter2');
    await expect(connection.text({ ...PODS, maxBytes: 10 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  test('plain http is refused beyond loopback', async () => {
    const deps = { clock: createFakeClock(), version: '1' };
    const far = createKubeConnection({ kind: 'explicit', server: 'http://10.0.0.1' }, deps);
    await expect(far).rejects.toThrow('must be reached over https');
    for (const server of ['http://[::1]:1', 'http://localhost:1', 'http://127.0.0.1:1', 'https://10.0.0.1']) {
      const connection = await createKubeConnection({ kind: 'explicit', server }, deps);
      expect(connection.server).toBe(server);
    }
  });
});

describe('lanes', () => {
  test('short requests share a connection, the lease has its own, each stream of its own is fresh', async () => {
    const server = await startServer(answer({}));
    const { connection } = await connect({ kind: 'explicit', server: server.url });
    const seen: (number | undefined)[] = [];
    server.handle = (request, response) => {
      seen.push(request.socket.remotePort);
      response.end('{}');
    };
    await connection.json(PODS);
    await connection.json(PODS);
    await connection.json({ ...PODS, lane: 'lease' });
    await connection.json({ ...PODS, lane: 'lease' });
    await (await connection.stream({ ...PODS, lane: 'own' })).consume(() => undefined);
    await (await connection.stream({ ...PODS, lane: 'own' })).consume(() => undefined);
    expect(seen[1]).toBe(seen[0]);
    expect(seen[3]).toBe(seen[2]);
    expect(new Set(seen).size).toBe(4);
  });

  test('a lease call does not wait for a list that is under way', async () => {
    const server = await startServer((request, response) => {
      if (request.url === '/lease') response.end('{}');
      else response.write('{"items":[');
    });
    const { connection } = await connect({ kind: 'explicit', server: server.url });
    await connection.stream(PODS);
    expect(await connection.json({ path: '/lease', lane: 'lease' })).toEqual({});
  });

  test('an idle connection that the server has closed: a read is repeated at once, a write is not', async () => {
    let answered = 0;
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      let requests = 0;
      socket.on('error', () => undefined);
      socket.on('data', () => {
        requests += 1;
        if (requests > 1) {
          socket.resetAndDestroy();
          return;
        }
        answered += 1;
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve());
    });
    const { port } = server.address() as AddressInfo;
    const { connection } = await connect({ kind: 'explicit', server: `http://127.0.0.1:${port}` });
    await connection.json(PODS);
    await connection.json(PODS);
    expect(answered).toBe(2);
    const write = connection.json({ ...PODS, method: 'POST', body: {} });
    await expect(write).rejects.toMatchObject({ code: 'STALE_CONNECTION' });
    connection.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('time limits and cuts', () => {
  test('no headers: the stream is given up after its limit', async () => {
    const server = await startServer(() => undefined);
    const { connection, clock } = await connect({ kind: 'explicit', server: server.url });
    const failed = connection.stream({ ...PODS, timeoutMs: 30_000 }).catch((thrown: unknown) => thrown);
    await until(() => server.requests.length === 1);
    await clock.advance(29_000);
    await clock.advance(1_100);
    expect(await failed).toMatchObject({
      code: 'HEADER_TIMEOUT',
      message: 'GET /api/v1/pods: HEADER_TIMEOUT',
    });
    expect(clock.sleeping).toBe(0);
  });

  test('a body that stalls: the whole call is given up after its limit', async () => {
    const server = await startServer((_request, response) => response.write('{"ite'));
    const { connection, clock } = await connect({ kind: 'explicit', server: server.url });
    const failed = connection.json(PODS).catch((thrown: unknown) => thrown);
    await until(() => server.requests.length === 1);
    await clock.advance(30_100);
    expect(await failed).toMatchObject({ code: 'CALL_TIMEOUT' });
  });

  test('a TLS server that never shakes hands: given up after ten seconds', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', () => resolve());
    });
    const { port } = silent.address() as AddressInfo;
    const { connection, clock } = await connect({ kind: 'explicit', server: `https://127.0.0.1:${port}` });
    const failed = connection.json(PODS).catch((thrown: unknown) => thrown);
    await until(() => sockets.length === 1);
    await clock.advance(10_100);
    expect(await failed).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  test('F-40 a process that stood still: an answer that waits in the socket is taken before the limit bites', async () => {
    let release = (): void => undefined;
    const server = await startServer((_request, response) => {
      release = () => void response.end('{"ok":1}');
    });
    const clock = createFakeClock();
    let lostMs = 0;
    const stumbling = { ...clock, monotonic: () => clock.monotonic() + lostMs };
    const connection = await createKubeConnection(
      { kind: 'explicit', server: server.url },
      { clock: stumbling, version: '1' },
    );
    const call = connection.json(PODS);
    await until(() => server.requests.length === 1);
    lostMs += 40_000;
    await clock.advance(30_000);
    release();
    expect(await call).toEqual({ ok: 1 });
    connection.close();
  });

  test('aborting rejects with the reason, before and after the headers', async () => {
    const server = await startServer((_request, response) => response.write('x'));
    const { connection, clock } = await connect({ kind: 'explicit', server: server.url });
    const reason = new Error('shutting down');
    const aborted = AbortSignal.abort(reason);
    await expect(connection.json({ ...PODS, signal: aborted })).rejects.toBe(reason);
    const controller = new AbortController();
    const stream = await connection.stream({ ...PODS, signal: controller.signal });
    const consumed = stream.consume(() => controller.abort(reason));
    await expect(consumed).rejects.toBe(reason);
    expect(clock.sleeping).toBe(0);
  });

  test('closing cuts what is under way and refuses what comes later', async () => {
    const server = await startServer((_request, response) => response.write('x'));
    const { connection } = await connect({ kind: 'explicit', server: server.url });
    const stream = await connection.stream(PODS);
    const call = connection.text(PODS).catch((thrown: unknown) => thrown);
    const consumed = stream.consume(() => undefined).catch((thrown: unknown) => thrown);
    await until(() => server.requests.length === 2);
    connection.close();
    expect(await call).toMatchObject({ code: 'CLOSED' });
    expect(await consumed).toMatchObject({ code: 'CLOSED' });
    await expect(connection.json(PODS)).rejects.toBeInstanceOf(KubeConnectionError);
  });

  test('a stream: ends properly, breaks off, is destroyed, or its reader throws', async () => {
    const server = await startServer((_request, response) => {
      response.write('one');
      setImmediate(() => response.end('two'));
    });
    const { connection } = await connect({ kind: 'explicit', server: server.url });
    const pieces: string[] = [];
    await (await connection.stream(PODS)).consume((chunk) => pieces.push(chunk.toString()));
    expect(pieces.join('')).toBe('onetwo');
    const refused = new Error('enough');
    const thrown = (await connection.stream(PODS)).consume(() => {
      throw refused;
    });
    await expect(thrown).rejects.toBe(refused);
    server.handle = (_request, response) => response.write('one', () => response.socket?.destroy());
    await expect((await connection.stream(PODS)).consume(() => undefined)).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    server.handle = (_request, response) => response.write('one');
    const open = await connection.stream(PODS);
    const consumed = open.consume(() => open.destroy());
    await expect(consumed).rejects.toMatchObject({ code: 'BROKEN_OFF' });
  });

  test.each(['shared', 'own'] as const)(
    'F-16 half-open connections: TCP keep-alive probes after 15 s on lane %s',
    async (lane) => {
      const server = await startServer((_request, response) => response.write('x'));
      const { connection } = await connect({ kind: 'explicit', server: server.url });
      const stream = await connection.stream({ ...PODS, lane });
      const socket = server.requests[0]?.socket as Socket;
      let leftMs = keepAliveLeftMs(socket);
      for (let looks = 0; leftMs === undefined && looks < 500; looks += 1) {
        await delay(1);
        leftMs = keepAliveLeftMs(socket);
      }
      // Hours by default. How much of the 15 s has passed by now is the machine's business.
      expect(leftMs).toBeGreaterThan(0);
      expect(leftMs).toBeLessThanOrEqual(15_000);
      stream.destroy();
    },
  );
});

describe('credentials of a pod', () => {
  test('F-31 token rotated on disk: read again after 50 s, and not before', async () => {
    const server = await startServer(answer({}), 'one');
    const account = await mountServiceAccount(server.port, {
      token: 'first\n',
      'ca.crt': certificate('ca-one.pem'),
      namespace: 'ankra',
    });
    const { connection, clock } = await connect(account.source);
    expect(connection.namespace).toBe('ankra');
    await connection.json(PODS);
    await account.write('token', 'second\n');
    await clock.advance(50_000);
    await connection.json(PODS);
    await clock.advance(1);
    await connection.json(PODS);
    expect(server.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer first',
      'Bearer first',
      'Bearer second',
    ]);
  });

  test('F-31 401 for the old token: the new one is read and tried at once, once', async () => {
    const server = await startServer((request, response) => {
      response.statusCode = request.headers.authorization === 'Bearer new' ? 200 : 401;
      response.end('{}');
    }, 'one');
    const account = await mountServiceAccount(server.port, {
      token: 'old',
      'ca.crt': certificate('ca-one.pem'),
    });
    const { connection } = await connect(account.source);
    await expect(connection.json(PODS)).rejects.toMatchObject({ status: 401 });
    expect(server.requests).toHaveLength(2);
    await account.write('token', 'new');
    await expect(connection.json(PODS)).resolves.toEqual({});
    expect(server.requests).toHaveLength(4);
  });

  test('F-31 token file missing or empty for a moment: the last token goes on', async () => {
    const server = await startServer(answer({}), 'one');
    const account = await mountServiceAccount(server.port, {
      token: 'first',
      'ca.crt': certificate('ca-one.pem'),
    });
    const { connection, clock } = await connect(account.source);
    await connection.json(PODS);
    await account.write('token', '');
    await clock.advance(60_000);
    await connection.json(PODS);
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer first');
  });

  test('F-31 no token at all: an error that says so', async () => {
    const account = await mountServiceAccount(1, {});
    const { connection } = await connect(account.source);
    await expect(connection.json(PODS)).rejects.toMatchObject({ code: 'CREDENTIALS' });
  });

  test('F-32 CA and server certificate rotated: the new bundle is read and tried at once', async () => {
    const server = await startServer(answer({}), 'one');
    const account = await mountServiceAccount(server.port, {
      token: 't',
      'ca.crt': certificate('ca-one.pem'),
    });
    const { connection } = await connect(account.source);
    await connection.json(PODS);
    server.server.closeAllConnections();
    (server.server as unknown as { setSecureContext(options: object): void }).setSecureContext({
      cert: certificate('server-two.pem'),
      key: certificate('server-two.key'),
    });
    await expect(connection.json({ ...PODS, lane: 'own' })).rejects.toMatchObject({
      code: expect.stringMatching(/CERT|UNABLE/),
    });
    await account.write('ca.crt', certificate('ca-two.pem'));
    await expect(connection.json({ ...PODS, lane: 'own' })).resolves.toEqual({});
  });

  test('F-32 CA rotated: nothing more is sent over a connection that the old one vouched for', async () => {
    const server = await startServer(answer({}), 'one');
    const account = await mountServiceAccount(server.port, {
      token: 't',
      'ca.crt': certificate('ca-one.pem'),
    });
    const { connection, clock } = await connect(account.source);
    await connection.json(PODS);
    await account.write('ca.crt', certificate('ca-two.pem'));
    await clock.advance(60_000);
    await expect(connection.json(PODS)).rejects.toBeInstanceOf(KubeConnectionError);
    expect(server.requests).toHaveLength(1);
  });

  test('F-32 CA bundle grown: the next request goes over a new connection, and the idle old one is closed', async () => {
    const server = await startServer(answer({}), 'one');
    const account = await mountServiceAccount(server.port, {
      token: 't',
      'ca.crt': certificate('ca-one.pem'),
    });
    const { connection, clock } = await connect(account.source);
    await connection.json(PODS);
    await account.write('ca.crt', certificate('ca-one.pem') + certificate('ca-two.pem'));
    await clock.advance(60_000);
    await connection.json(PODS);
    const [old, fresh] = server.requests.map((request) => request.socket);
    expect(fresh).not.toBe(old);
    await until(() => old?.destroyed === true);
    expect(fresh?.destroyed).toBe(false);
  });

  test('the address of the API server, also as IPv6', async () => {
    const deps = { clock: createFakeClock(), version: '1' };
    const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    const connection = await createKubeConnection(
      { kind: 'in-cluster', directory: '/nonexistent', environment },
      deps,
    );
    expect(connection.server).toBe('https://[fd00::1]:6443');
    expect(connection.namespace).toBeUndefined();
    const outside = createKubeConnection({ kind: 'in-cluster', environment: {} }, deps);
    await expect(outside).rejects.toThrow('KUBERNETES_SERVICE_HOST is not set');
  });
});

describe('a kubeconfig', () => {
  test('server, CA, token and namespace of its current context are used', async () => {
    const server = await startServer(answer({ items: [] }), 'one');
    const { directory } = await mountServiceAccount(1, {});
    const path = join(directory, 'config');
    await writeFile(
      path,
      JSON.stringify({
        clusters: [
          {
            name: 'c',
            cluster: {
              server: server.url,
              'certificate-authority-data': Buffer.from(certificate('ca-one.pem')).toString('base64'),
            },
          },
        ],
        users: [{ name: 'u', user: { token: 'laptop' } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'dev' } }],
        'current-context': 'x',
      }),
    );
    const { connection } = await connect({ kind: 'kubeconfig', path });
    await connection.json(PODS);
    await connection.json(PODS);
    expect(connection.namespace).toBe('dev');
    expect(server.requests[0]?.headers.authorization).toBe('Bearer laptop');
    expect(server.requests[1]?.socket).toBe(server.requests[0]?.socket);
    const other = createKubeConnection(
      { kind: 'kubeconfig', path, context: 'none' },
      { clock: createFakeClock(), version: '1' },
    );
    await expect(other).rejects.toThrow('no context "none"');
  });
});

describe('clocks', () => {
  test('F-39 the server clock is five minutes ahead: its time is known, limits do not care', async () => {
    const clock = createFakeClock();
    const server = await startServer((_request, response) => {
      response.setHeader('date', new Date(clock.now() + 300_000).toUTCString());
      response.end('{}');
    });
    const { connection, clock: own } = await connect({ kind: 'explicit', server: server.url });
    expect(connection.clock.skewMs()).toBeUndefined();
    await connection.json(PODS);
    expect(connection.clock.skewMs()).toBeLessThanOrEqual(-299_500);
    expect(connection.clock.skewMs()).toBeGreaterThanOrEqual(-300_500);
    server.handle = () => undefined;
    const call = connection.json(PODS).catch((thrown: unknown) => thrown);
    await until(() => server.requests.length === 2);
    own.jump(3_600_000);
    await own.advance(29_000);
    expect(own.sleeping).toBeGreaterThan(0);
    await own.advance(1_100);
    expect(await call).toMatchObject({ code: 'CALL_TIMEOUT' });
  });
});
