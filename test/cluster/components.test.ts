import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { answersOk, startComponent, type Component } from './components.ts';
import { ClusterError } from './failure.ts';
import { clusterLayout, type Layout } from './layout.ts';
import { isFree } from './network.ts';
import { endProcesses, readRecords } from './processes.ts';

describe('startComponent', () => {
  let layout: Layout;
  beforeEach(async () => {
    const dir = await mkdtemp(join(tmpdir(), 'ankra-components-'));
    layout = { ...clusterLayout(''), dir };
    await mkdir(join(dir, 'logs'));
  });
  afterEach(async () => {
    await endProcesses(await readRecords(layout.dir), 0);
    await rm(layout.dir, { recursive: true });
  });

  const component = (script: string, isHealthy: boolean): Component => ({
    name: 'etcd',
    program: '/bin/sh',
    args: ['-c', script],
    isHealthy: () => Promise.resolve(isHealthy),
  });

  test('returns when the component is healthy, and leaves it running', async () => {
    await startComponent(layout, component('exec sleep 60', true));
    expect(await readRecords(layout.dir)).toMatchObject([{ name: 'etcd' }]);
  });

  test('says which component ended, what it wrote last, and what to do', async () => {
    const failure = startComponent(layout, component('echo fatal: no disk; exit 1', false));
    await expect(failure).rejects.toThrow(ClusterError);
    await expect(failure).rejects.toThrow(/^etcd: .*\n {2}\| fatal: no disk\nRemedy: read .*etcd\.log/s);
  });
});

describe('a port', () => {
  let server: Server;
  let port = 0;
  beforeEach(async () => {
    server = createServer((request, response) => {
      response.statusCode = request.url === '/healthz' ? 200 : 500;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  test('with a listener is not free', async () => {
    expect(await isFree('127.0.0.1', port)).toBe(false);
    expect(await isFree('127.0.0.1', 0)).toBe(true);
  });

  test('answers well only with 200', async () => {
    expect(await answersOk(`http://127.0.0.1:${port}/healthz`)).toBe(true);
    expect(await answersOk(`http://127.0.0.1:${port}/other`)).toBe(false);
    expect(await answersOk(`https://127.0.0.1:${port}/healthz`)).toBe(false);
  });
});
