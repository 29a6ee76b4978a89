import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { checkCommand } from '../../src/cli/check.ts';
import type { Finding } from '../../src/cli/finding.ts';
import { createDesk, type Desk } from '../../src/desk/desk.ts';
import { aNamespace } from '../../src/sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { createCertificates } from '../tickets/api/certificates.ts';

const TOKEN = 'token-of-the-check';
const ID = '0b5d3a4e-1b1a-4f4e-9a75-6a6c5a3f1e2d';

let folder: string;
let sandbox: Sandbox;
let desk: Desk;
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'check-'));
  sandbox = await createSandbox();
  sandbox.objects.apply(aNamespace('ankra-support-agent'));
  desk = await createDesk({
    file: ':memory:',
    tokens: [{ token: TOKEN, label: 'agent' }],
    clusters: [{ id: ID, name: 'production' }],
    host: '127.0.0.1',
    port: 0,
  });
  writeFileSync(join(folder, 'token'), TOKEN);
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await desk.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Setting {
  readonly ticketApi?: Readonly<Record<string, unknown>>;
  readonly server?: string;
  readonly args?: readonly string[];
  readonly [field: string]: unknown;
}

/** Runs `check --output json`. */
async function check(
  setting: Setting = {},
): Promise<{ readonly exitCode: number; readonly findings: readonly Finding[] }> {
  const { ticketApi = {}, server = sandbox.url, args = [], ...config } = setting;
  const file = join(folder, 'config.yaml');
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    file,
    stringify({
      clusterName: 'production',
      ticketApi: { url: desk.url, tokenFile: join(folder, 'token'), timeout: '2s', ...ticketApi },
      ...config,
    }),
  );
  writeFileSync(
    kubeconfig,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'a',
      clusters: [{ name: 'a', cluster: { server } }],
      users: [{ name: 'a', user: {} }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    }),
  );
  let text = '';
  const exitCode = await checkCommand({
    args: ['--config', file, '--kubeconfig', kubeconfig, '--output', 'json', ...args],
    env: {},
    out: (more) => void (text += more),
    err: () => undefined,
  });
  return { exitCode, findings: JSON.parse(text) as Finding[] };
}

/** The one thing that has failed. */
async function failureOf(setting: Setting = {}): Promise<Finding | undefined> {
  const { exitCode, findings } = await check(setting);
  const failed = findings.filter(({ outcome }) => outcome === 'failed');
  expect({ exitCode, failed: failed.length }).toEqual({ exitCode: 1, failed: 1 });
  return failed[0];
}

async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('nothing is wrong with what works, and nothing is filed', async () => {
  const { exitCode, findings } = await check();
  expect(findings.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  expect(exitCode).toBe(0);
  expect(findings.map(({ check: name }) => name)).toEqual([
    'configuration',
    'token',
    'ticket-api',
    'cluster',
    'kubernetes-api',
    'clock',
    'rights',
    'custom-resource',
    'lease',
    'namespaces',
    'listen',
  ]);
  expect(
    sandbox.requests.filter(({ method, path }) => method !== 'GET' && !path.includes('accessreviews')),
  ).toEqual([]);
});

describe('a planted mistake is found, and its remedy is told', () => {
  test('wrong token', async () => {
    writeFileSync(join(folder, 'token'), 'another-token');
    expect(await failureOf()).toMatchObject({
      check: 'ticket-api',
      remedy: expect.stringContaining('the token is not taken'),
    });
  });

  test('wrong cluster id', async () => {
    expect(await failureOf({ clusterId: '1b5d3a4e-1b1a-4f4e-9a75-6a6c5a3f1e2d' })).toMatchObject({
      check: 'cluster',
      remedy: expect.stringContaining('it knows: production'),
    });
  });

  test('wrong cluster name', async () => {
    expect(await failureOf({ clusterName: 'produktion' })).toMatchObject({
      check: 'cluster',
      detail: expect.stringContaining('produktion'),
    });
  });

  test('missing right', async () => {
    sandbox.deny({ verb: 'watch', resource: 'pods' });
    expect(await failureOf()).toMatchObject({
      check: 'rights',
      detail: 'may not watch pods in the whole cluster',
      remedy: expect.stringContaining('resources: [pods], verbs: [watch]'),
    });
  });

  test('no right to create Incidents', async () => {
    sandbox.deny({ verb: 'create', group: 'support.ankra.app' });
    expect(await failureOf()).toMatchObject({
      check: 'rights',
      detail: 'may not create incidents.support.ankra.app in namespace ankra-support-agent',
    });
  });

  test('custom resource absent', async () => {
    sandbox.failNext({ path: '/apis/support.ankra.app/v1alpha1' }, { status: 404, times: 9 });
    expect(await failureOf()).toMatchObject({
      check: 'custom-resource',
      remedy: expect.stringContaining('deploy/crd.yaml'),
    });
  });

  test('wrong CA', async () => {
    const certificates = createCertificates();
    closers.push(() => certificates.remove());
    const secure = await createDesk({
      file: ':memory:',
      tokens: [{ token: TOKEN, label: 'agent' }],
      tls: certificates.authority('one').issue(['IP:127.0.0.1']),
      host: '127.0.0.1',
      port: 0,
    });
    closers.push(() => secure.close());
    const caFile = join(folder, 'ca.crt');
    writeFileSync(caFile, certificates.authority('other').pem);
    expect(await failureOf({ ticketApi: { url: secure.url, caFile } })).toMatchObject({
      check: 'ticket-api',
      remedy: expect.stringContaining('ticketApi.ca.configMap'),
    });
  });

  test('proxy refusing', async () => {
    const server = createServer();
    server.on('connect', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    const proxy = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    expect(await failureOf({ ticketApi: { url: 'https://tickets.example.com', proxy } })).toMatchObject({
      check: 'ticket-api',
      remedy: expect.stringContaining('ticketApi.proxy'),
    });
  });

  test('clock off', async () => {
    const server = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
        void fetch(sandbox.url + (request.url ?? ''), { method: request.method ?? 'GET', ...body }).then(
          async (answer) => {
            response.writeHead(answer.status, {
              'content-type': 'application/json',
              date: new Date(Date.now() - 600_000).toUTCString(),
            });
            response.end(await answer.text());
          },
        );
      });
    });
    expect(await failureOf({ server })).toMatchObject({
      check: 'clock',
      detail: expect.stringMatching(/^\d+ s ahead of/),
    });
  });

  test('address with a path', async () => {
    expect(await failureOf({ ticketApi: { url: `${desk.url}/api/v1` } })).toMatchObject({
      check: 'ticket-api',
      remedy: expect.stringContaining(`write ${desk.url}`),
    });
  });

  test('Secret absent', async () => {
    rmSync(join(folder, 'token'));
    expect(await failureOf()).toMatchObject({
      check: 'token',
      remedy: expect.stringContaining('create secret generic'),
    });
  });

  test('namespace not existing', async () => {
    expect(await failureOf({ clusterId: ID, watch: { namespaces: ['default', 'shpo'] } })).toMatchObject({
      check: 'namespaces',
      detail: 'shpo does not exist',
    });
  });

  test('no IPv6: an address that the machine does not have', async () => {
    // From the range for documentation (RFC 3849): no machine has it.
    expect(await failureOf({ http: { host: '2001:db8::1' } })).toMatchObject({
      check: 'listen',
      remedy: expect.stringContaining('0.0.0.0'),
    });
  });
});

test('a right that only makes tickets richer is a warning', async () => {
  sandbox.deny({ resource: 'pods/log' });
  const { exitCode, findings } = await check();
  expect(exitCode).toBe(0);
  expect(findings.filter(({ outcome }) => outcome === 'warning')).toMatchObject([
    { check: 'rights', detail: expect.stringContaining('pods/log') },
  ]);
});

test('a test ticket is filed with severity low, and closed', async () => {
  const { exitCode, findings } = await check({ args: ['--send-test-ticket'] });
  expect(exitCode).toBe(0);
  const { detail = '' } = findings.find(({ check: name }) => name === 'test-ticket') ?? {};
  expect(detail).toMatch(/^filed and closed: /);
  const id = detail.replace('filed and closed: ', '');
  const answer = await fetch(`${desk.url}/api/v1/org/support/tickets/${id}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(await answer.json()).toMatchObject({
    severity: 'low',
    cluster_id: ID,
    status: expect.stringMatching(/closed|resolved/),
  });
});
