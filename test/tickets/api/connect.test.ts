import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createDesk } from '../../../src/desk/desk.ts';
import { createCertificates } from './certificates.ts';
import type { Authority, Certificates, KeyPair } from './certificates.ts';
import { aClient, disconnectAll, request, TOKEN } from './fixtures.ts';
import { startProxy, startServer } from './servers.ts';
import type { TestProxy, TestServer } from './servers.ts';

const LOCAL = ['DNS:localhost', 'IP:127.0.0.1'];
const ticket = { id: 'a', subject: 'x', status: 'open', created_at: '2026-11-23T03:00:00Z' };
const answer: RequestListener = (_request, response) => {
  response.writeHead(201).end(JSON.stringify(ticket));
};

let certificates: Certificates;
let authority: Authority;
let caFile: string;
const running: { close(): Promise<void> }[] = [];

beforeAll(() => {
  certificates = createCertificates();
  authority = certificates.authority('authority');
  caFile = join(certificates.folder, 'bundle.pem');
  writeFileSync(caFile, authority.pem);
});
afterEach(async () => {
  disconnectAll();
  await Promise.all(running.splice(0).map((server) => server.close()));
});
afterAll(() => {
  certificates.remove();
});

async function serve(tls: Parameters<typeof startServer>[1]): Promise<TestServer> {
  const server = await startServer(answer, tls);
  running.push(server);
  return server;
}

async function proxied(tls?: KeyPair): Promise<TestProxy> {
  const proxy = await startProxy(tls);
  running.push(proxy);
  return proxy;
}

describe('TLS', () => {
  test('a certificate of the extra authority is accepted, by name and by address', async () => {
    const server = await serve(authority.issue(LOCAL));
    for (const host of ['localhost', '127.0.0.1']) {
      const { client } = aClient({ url: `https://${host}:${server.port}`, caFile });
      expect(await client.create(request)).toMatchObject({ kind: 'created' });
    }
  });

  test('the desk itself speaks TLS', async () => {
    const tokens = [{ token: TOKEN }];
    const tls = authority.issue(LOCAL);
    const desk = await createDesk({ file: ':memory:', host: '127.0.0.1', port: 0, tokens, tls });
    running.push(desk);
    expect(desk.url).toBe(`https://127.0.0.1:${desk.port}`);
    const { client } = aClient({ url: desk.url, caFile });
    expect(await client.create(request)).toMatchObject({ kind: 'created' });
    expect(await client.find(request.marker)).toHaveLength(1);
  });

  test.each([
    ['of an unknown authority', () => authority.issue(LOCAL), undefined, /UNABLE_TO_VERIFY_LEAF_SIGNATURE/u],
    ['that is self-signed', () => certificates.selfSigned(LOCAL), 'bundle', /DEPTH_ZERO_SELF_SIGNED_CERT/u],
    [
      'for another host',
      () => authority.issue(['DNS:other.example']),
      'bundle',
      /ERR_TLS_CERT_ALTNAME_INVALID/u,
    ],
    ['that has expired', () => authority.issue(LOCAL, -1), 'bundle', /CERT_HAS_EXPIRED/u],
  ])('a certificate %s is refused, and nothing is sent', async (_name, makePair, bundle, reason) => {
    const server = await serve(makePair());
    const { client } = aClient({
      url: `https://localhost:${server.port}`,
      ...(bundle === undefined ? {} : { caFile }),
    });
    expect(await client.create(request)).toEqual({ kind: 'notSent', error: expect.stringMatching(reason) });
    await expect(client.find('x')).rejects.toMatchObject({ kind: 'transient' });
    expect(server.requests).toBe(0);
  });

  test('the environment of the process cannot switch verification off', async () => {
    const server = await serve(certificates.selfSigned(LOCAL));
    // The test runner gives tests a copy of the environment, so that only another process can show this.
    const script = `
      const { createTicketClient } = await import(${JSON.stringify(import.meta.resolve('../../../src/tickets/index.ts'))});
      const { systemClock: clock } = await import(${JSON.stringify(import.meta.resolve('../../../src/lib/clock.ts'))});
      const token = { read: async () => 'token', forget: () => undefined };
      const client = createTicketClient({ url: 'https://localhost:${server.port}', token, clock, firstWaitMs: 1 });
      console.log((await client.create({ subject: 'x', environment: {}, marker: 'm' })).kind);`;
    const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env,
    });
    expect(stdout.trim()).toBe('notSent');
    expect(server.requests).toBe(0);
  });

  test('TLS 1.1 is refused', async () => {
    const server = await serve({
      ...authority.issue(LOCAL),
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const { client } = aClient({ url: `https://localhost:${server.port}`, caFile });
    expect(await client.create(request)).toMatchObject({
      kind: 'notSent',
      error: expect.stringMatching(/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/u),
    });
  });

  test('a rotated CA bundle counts from the next request on, also for connections that are open', async () => {
    const other = certificates.authority('successor');
    const file = join(certificates.folder, 'rotated.pem');
    const server = await serve(other.issue(LOCAL));
    const { client } = aClient({ url: `https://localhost:${server.port}`, caFile: file });
    const outcomes: string[] = [];
    for (const pem of [authority.pem, `${authority.pem}\n${other.pem}`, authority.pem]) {
      writeFileSync(file, pem);
      outcomes.push((await client.create(request)).kind);
    }
    expect(outcomes).toEqual(['notSent', 'created', 'notSent']);
  });

  test.each([
    ['missing', undefined, /cannot be read: .*ENOENT/u],
    ['empty', '', /has no certificate/u],
    ['broken', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', /cannot be read/u],
  ])('a CA bundle that is %s pauses', async (name, content, reason) => {
    const file = join(certificates.folder, `${name}.bundle`);
    if (content !== undefined) writeFileSync(file, content);
    const { client } = aClient({ url: 'https://localhost:1', caFile: file });
    expect(await client.create(request)).toEqual({
      kind: 'paused',
      setting: 'file',
      error: expect.stringMatching(reason),
    });
    await expect(client.find('x')).rejects.toMatchObject({ kind: 'paused' });
  });

  test('connections are used again', async () => {
    const server = await serve(authority.issue(LOCAL));
    const { client } = aClient({ url: `https://localhost:${server.port}`, caFile });
    for (let count = 0; count < 3; count += 1) await client.create(request);
    expect([server.requests, server.connections]).toEqual([3, 1]);
  });

  test('a peer that never finishes its handshake is given up, surely not sent', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).resume());
    running.push({ close: () => new Promise((done) => silent.close(() => done())) });
    await new Promise<void>((ready) => silent.listen(0, '127.0.0.1', ready));
    const { port } = silent.address() as { port: number };
    const { client } = aClient({ url: `https://localhost:${port}`, caFile, connectTimeoutMs: 50 });
    expect(await client.create(request)).toEqual({ kind: 'notSent', error: 'no connection within 50 ms' });
  });
});

describe('a proxy', () => {
  const login = 'agent:p4ss:w0rd';

  test('is asked for a tunnel, with credentials from the URL', async () => {
    const server = await serve(authority.issue(LOCAL));
    const proxy = await proxied();
    proxy.login = login;
    const url = `http://agent:p4ss%3Aw0rd@127.0.0.1:${proxy.port}`;
    const { client } = aClient({ url: `https://localhost:${server.port}`, caFile, proxy: { url } });
    expect(await client.create(request)).toMatchObject({ kind: 'created' });
    const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
    expect(proxy.asked).toEqual([{ authority: `localhost:${server.port}`, authorization }]);
  });

  test('may speak TLS itself, verified like the API', async () => {
    const server = await serve(authority.issue(LOCAL));
    const proxy = await proxied(authority.issue(LOCAL));
    const settings = { url: `https://localhost:${proxy.port}` };
    const { client } = aClient({ url: `https://localhost:${server.port}`, caFile, proxy: settings });
    expect(await client.create(request)).toMatchObject({ kind: 'created' });
    expect(proxy.asked).toHaveLength(1);
    const wrong = await proxied(certificates.selfSigned(LOCAL));
    const refused = aClient({
      url: `https://localhost:${server.port}`,
      caFile,
      proxy: { url: `https://localhost:${wrong.port}` },
    });
    expect(await refused.client.create(request)).toMatchObject({ kind: 'notSent' });
    expect(wrong.asked).toEqual([]);
  });

  test('that wants other credentials pauses; new ones in the file count at once, and none is printed', async () => {
    const server = await serve(authority.issue(LOCAL));
    const proxy = await proxied();
    proxy.login = login;
    const credentialsFile = join(certificates.folder, 'proxy-login');
    writeFileSync(credentialsFile, 'agent:0ld-passw0rd\n');
    const settings = { url: `http://127.0.0.1:${proxy.port}`, credentialsFile };
    const { client } = aClient({ url: `https://localhost:${server.port}`, caFile, proxy: settings });
    const refused = await client.create(request);
    expect(refused).toEqual({
      kind: 'paused',
      status: 407,
      setting: 'proxy',
      error: 'the proxy answered 407 to CONNECT',
    });
    expect(server.requests).toBe(0);
    writeFileSync(credentialsFile, `${login}\n`);
    expect(await client.create(request)).toMatchObject({ kind: 'created' });
  });

  test('that cannot be reached: surely not sent', async () => {
    const proxy = await proxied();
    await proxy.close();
    const settings = { url: `http://127.0.0.1:${proxy.port}` };
    const { client } = aClient({ url: 'https://localhost:1', caFile, proxy: settings });
    expect(await client.create(request)).toMatchObject({
      kind: 'notSent',
      error: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('does not see the certificate errors away', async () => {
    const server = await serve(authority.issue(['DNS:other.example']));
    const proxy = await proxied();
    const settings = { url: `http://127.0.0.1:${proxy.port}` };
    const { client } = aClient({ url: `https://localhost:${server.port}`, caFile, proxy: settings });
    expect(await client.create(request)).toMatchObject({
      kind: 'notSent',
      error: expect.stringContaining('ALTNAME'),
    });
    expect(server.requests).toBe(0);
  });

  test.each([
    [['localhost'], 0],
    [['.localhost'], 0],
    [['*'], 0],
    [['example.com', 'ocalhost', '10.0.0.0/8'], 1],
  ])('with noProxy %j is asked %i times', async (noProxy, times) => {
    const server = await serve(authority.issue(LOCAL));
    const proxy = await proxied();
    const settings = { url: `http://127.0.0.1:${proxy.port}`, noProxy };
    const { client } = aClient({ url: `https://localhost:${server.port}`, caFile, proxy: settings });
    expect(await client.create(request)).toMatchObject({ kind: 'created' });
    expect(proxy.asked).toHaveLength(times);
  });

  test('whose address is no address pauses, without printing it', async () => {
    const settings = { url: 'socks5://agent:p4ssw0rd@proxy' };
    const { client } = aClient({ url: 'https://localhost:1', proxy: settings });
    const outcome = await client.create(request);
    expect(outcome).toMatchObject({ kind: 'paused' });
    expect(JSON.stringify(outcome)).not.toContain('p4ssw0rd');
    expect(JSON.stringify(outcome)).not.toContain(TOKEN);
  });
});
