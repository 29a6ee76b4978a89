import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aborted, CommandError, outputOf, portOf } from '../../src/cli/process.ts';
import { createKnownSecrets, createTickets, kubeSource, namespaceOf } from '../../src/cli/runtime.ts';
import { parseConfig } from '../../src/config/index.ts';
import { createDesk, type Desk } from '../../src/desk/desk.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { type Certificates, createCertificates } from '../tickets/api/certificates.ts';

describe('where the Kubernetes API is', () => {
  const inside = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };

  test.each([
    [{ kubeconfig: '/a' }, { ...inside, KUBECONFIG: '/b' }, { kind: 'kubeconfig', path: ['/a'] }],
    [{ context: 'c' }, { ...inside, KUBECONFIG: '/b' }, { kind: 'kubeconfig', path: ['/b'], context: 'c' }],
    [
      {},
      { ...inside, KUBECONFIG: '/b' },
      { kind: 'in-cluster', environment: { ...inside, KUBECONFIG: '/b' } },
    ],
    [{}, { KUBECONFIG: '/b:/c' }, { kind: 'kubeconfig', path: ['/b', '/c'] }],
  ])('named %j, in the environment %j', (given, env, source) => {
    expect(kubeSource(given, env)).toEqual(source);
  });

  test.each([{}, { KUBECONFIG: '' }, { HOME: '/nowhere' }])('is not known in the environment %j', (env) => {
    expect(() => kubeSource({}, env)).toThrow(CommandError);
  });

  test('the namespace is the one that is named, else that of the pod, else that of the connection', () => {
    const of = (namespace?: string) => ({ namespace }) as Parameters<typeof namespaceOf>[0];
    expect(namespaceOf(of('c'), 'a', { POD_NAMESPACE: 'b' })).toBe('a');
    expect(namespaceOf(of('c'), undefined, { POD_NAMESPACE: 'b' })).toBe('b');
    expect(namespaceOf(of('c'), undefined, {})).toBe('c');
    expect(namespaceOf(of(), undefined, {})).toBe('ankra-support-agent');
  });
});

describe('the ticket API as it is configured', () => {
  let certificates: Certificates;
  let desk: Desk;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runtime-test-'));
    certificates = createCertificates();
    const authority = certificates.authority('authority');
    writeFileSync(join(folder, 'ca.pem'), authority.pem);
    writeFileSync(join(folder, 'token'), 'the-token-of-the-desk\n');
    const tls = authority.issue(['IP:127.0.0.1']);
    const tokens = [{ token: 'the-token-of-the-desk' }];
    desk = await createDesk({ file: ':memory:', tokens, tls, host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await desk.close();
    certificates.remove();
    rmSync(folder, { recursive: true });
  });

  async function listed(more: object): Promise<readonly string[]> {
    const ticketApi = { url: desk.url, tokenFile: join(folder, 'token'), ...more };
    const secrets = createKnownSecrets();
    const tickets = createTickets(parseConfig({ ticketApi }, 'test'), createFakeClock(), secrets);
    try {
      await tickets.listClusters();
      return secrets.values();
    } finally {
      tickets.disconnect();
    }
  }

  test('is trusted by its authority, and its token is learnt as a secret', async () => {
    expect(await listed({ caFile: join(folder, 'ca.pem') })).toEqual(['the-token-of-the-desk']);
  });
});

describe('options of commands', () => {
  test.each([
    ['0', 0],
    ['8080', 8_080],
    ['65535', 65_535],
  ])('--port %s', (text, port) => {
    expect(portOf(text)).toBe(port);
  });

  test.each(['', ' ', '-1', '65536', '1.5', 'http'])('--port %j is none', (text) => {
    expect(() => portOf(text)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  test('--output is text or json', () => {
    expect([outputOf('text'), outputOf('json')]).toEqual(['text', 'json']);
    expect(() => outputOf('yaml')).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(new CommandError('no').exitCode).toBe(1);
  });

  test('a signal is waited for once, and not when it was aborted before', async () => {
    await aborted(AbortSignal.abort());
    const stop = new AbortController();
    const waiting = aborted(stop.signal);
    stop.abort();
    await waiting;
    expect(EventEmitter.getEventListeners(stop.signal, 'abort')).toEqual([]);
  });
});
