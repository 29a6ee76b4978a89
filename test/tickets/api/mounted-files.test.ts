import { mkdtempSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTokenFile } from '../../../src/tickets/index.ts';
import { isDirect } from '../../../src/tickets/api/proxy.ts';
import { aClient, disconnectAll, request } from './fixtures.ts';
import { startServer } from './servers.ts';
import type { TestServer } from './servers.ts';

describe('the token file', () => {
  let folder: string;
  let path: string;
  let server: TestServer | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'token-'));
    path = join(folder, 'token');
  });
  afterEach(async () => {
    disconnectAll();
    await server?.close();
    server = undefined;
    rmSync(folder, { recursive: true });
  });

  test('is read again when it changes, and trimmed', async () => {
    writeFileSync(path, 'first\n');
    const token = createTokenFile(path);
    expect(await token.read()).toBe('first');
    writeFileSync(path, '  second \r\n');
    expect(await token.read()).toBe('second');
  });

  test('is read again when the kubelet turns the link, even to a file of the same size and time', async () => {
    const time = new Date(Date.UTC(2026, 10, 23));
    for (const version of ['one', 'two']) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'token'), `token-${version}`);
      utimesSync(join(folder, version, 'token'), time, time);
    }
    symlinkSync('one', join(folder, '..data'));
    symlinkSync('..data/token', path);
    const token = createTokenFile(path);
    expect(await token.read()).toBe('token-one');
    symlinkSync('two', join(folder, '..next'));
    renameSync(join(folder, '..next'), join(folder, '..data'));
    expect(await token.read()).toBe('token-two');
  });

  test.each([
    ['a line break inside', 'canary-1\ncanary-2'],
    ['NUL', 'canary-1\0canary-2'],
    ['a blank inside', 'Bearer canary-1'],
    ['a letter outside ASCII', 'canary-1-ä'],
    ['a byte order mark inside', 'canary\ufeff-1'],
    ['nothing', ' \n'],
  ])('with %s pauses and is never printed', async (_name, content) => {
    server = await startServer((_request, response) => response.end());
    writeFileSync(path, content);
    const { client, events } = aClient({
      url: `http://127.0.0.1:${server.port}`,
      token: createTokenFile(path),
    });
    const outcome = await client.create(request);
    expect(outcome).toEqual({ kind: 'paused', setting: 'file', error: expect.stringContaining(path) });
    const error: unknown = await client.find('x').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'paused', setting: 'file' });
    expect(inspect([outcome, error, events], { depth: 12, showHidden: true })).not.toContain('canary');
    expect(server.requests).toBe(0);
  });

  test('that is missing pauses until it is there', async () => {
    const created = { id: 'a', subject: 'x', status: 'open', created_at: '2026-11-23T03:00:00Z' };
    server = await startServer((_request, response) => response.end(JSON.stringify(created)));
    const { client } = aClient({ url: `http://127.0.0.1:${server.port}`, token: createTokenFile(path) });
    expect(await client.create(request)).toEqual({
      kind: 'paused',
      setting: 'file',
      error: `the token file cannot be read: ${path} (ENOENT)`,
    });
    writeFileSync(path, 'token');
    expect(await client.create(request)).toMatchObject({ kind: 'created' });
  });

  test.each([401, 403])('is looked at again after a %i, and a new token is tried at once', async (status) => {
    const created = { id: 'a', subject: 'x', status: 'open', created_at: '2026-11-23T03:00:00Z' };
    const seen: string[] = [];
    const rotate = (token: string): void => {
      writeFileSync(path, token);
      utimesSync(path, new Date(0), new Date(0));
    };
    server = await startServer((incoming, response) => {
      seen.push(incoming.headers.authorization ?? '');
      // Rotated while the request was under way, in a way that leaves no trace but the content.
      if (seen.length === 1) rotate('new-token');
      const isNew = incoming.headers.authorization === 'Bearer new-token';
      response.writeHead(isNew ? 201 : status).end(JSON.stringify(isNew ? created : { detail: 'no' }));
    });
    rotate('old-token');
    const { client } = aClient({ url: `http://127.0.0.1:${server.port}`, token: createTokenFile(path) });
    expect(await client.create(request)).toMatchObject({ kind: 'created' });
    expect(seen).toEqual(['Bearer old-token', 'Bearer new-token']);
  });

  test('that has not changed is not tried a second time after a 401', async () => {
    server = await startServer((_request, response) => response.writeHead(401).end('{"detail":"no"}'));
    writeFileSync(path, 'old-token');
    const { client } = aClient({ url: `http://127.0.0.1:${server.port}`, token: createTokenFile(path) });
    expect(await client.create(request)).toEqual({
      kind: 'paused',
      status: 401,
      setting: 'token',
      error: '401: no',
    });
    expect(server.requests).toBe(1);
  });
});

test.each([
  ['tickets.example', 'tickets.example', true],
  ['TICKETS.example ', 'tickets.example', true],
  ['.example', 'tickets.example', true],
  ['*.example', 'tickets.example', true],
  ['.example', 'example', true],
  ['example', 'tickets.example', false],
  ['.ample', 'tickets.example', false],
  ['tickets.example:443', 'tickets.example', true],
  ['tickets.example:444', 'tickets.example', false],
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.1.2.3', false],
  ['fd00::/8', 'fd12::1', true],
  ['10.0.0.0/99', '10.1.2.3', false],
  ['10.0.0.0/8', 'tickets.example', false],
  ['', 'tickets.example', false],
  ['*', 'tickets.example', true],
])('no-proxy entry "%s" and host %s: direct is %s', (entry, host, expected) => {
  expect(isDirect([entry], host, 443)).toBe(expected);
});
