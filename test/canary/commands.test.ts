import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { checkCommand } from '../../src/cli/check.ts';
import { environmentSchema } from '../../src/domain/environment.ts';
import { previewCommand } from '../../src/cli/preview.ts';
import { runCommand } from '../../src/cli/run.ts';
import { aNamespace } from '../../src/sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Canaries, createCanaries, leaks, printed } from './canaries.ts';
import { echoing } from './echo.ts';
import { stuff } from './stuffed-pod.ts';

const commands = { run: runCommand, check: checkCommand, preview: previewCommand };
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

// Commands that read a whole cluster, on a machine that may be busy.
jest.setTimeout(60_000);

let canaries: Canaries;
let token: string;
let account: string;
let folder: string;
let sandbox: Sandbox;
const servers: Server[] = [];
beforeEach(async () => {
  canaries = createCanaries(4_492);
  token = canaries.opaque('token of the ticket API');
  account = canaries.opaque('token of the kubeconfig');
  folder = await mkdtemp(join(tmpdir(), 'canary-'));
  sandbox = await createSandbox({ token: account });
  sandbox.objects.apply(aNamespace('shop'));
  await writeFile(join(folder, 'token'), token);
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function put(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function kubeconfig(server: string): Promise<string> {
  return put('kubeconfig', {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    // Without it the client library refuses plain http.
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: { token: account } }],
  });
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command as the process does. */
async function command(name: keyof typeof commands, ...args: readonly string[]): Promise<Ended> {
  let [out, err] = ['', ''];
  const io = {
    args,
    env: {},
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  };
  const code = await commands[name](io).catch((error: unknown) => {
    err += printed(error);
    return 1;
  });
  return { code, out, err };
}

/** Runs it as a process of its own. */
function processOf(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' }, timeout: 15_000 };
    execFile(process.execPath, [main, ...args], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err });
    });
  });
}

function expectSilence({ out, err }: Ended): void {
  expect(leaks(canaries, { out, err })).toEqual([]);
}

test('check and preview show no secret of a cluster that is full of them', async () => {
  const workload = stuff(sandbox, canaries);
  workload.crash(4);
  workload.block('Error: the value');
  const config = await put('config.json', {
    mode: 'observe',
    classes: { config: { for: '0s' } },
    ticketApi: { tokenFile: join(folder, 'token') },
  });
  const options = ['--config', config, '--kubeconfig', await kubeconfig(sandbox.url)];
  const wanted = ['--ticket', 'deployment/shop/checkout'];
  const [check, text, json, ticket, body] = await Promise.all([
    command('check', ...options),
    command('preview', ...options),
    command('preview', ...options, '--output', 'json'),
    command('preview', ...options, ...wanted),
    command('preview', ...options, ...wanted, '--output', 'json'),
  ]);
  expect(text.out).toMatch(/Deployment shop\/checkout.*cannot start: Error: the value/);
  // The very ticket: subject, description, environment, and the log as a file.
  expect(ticket.out).toMatch(/^subject: Deployment shop\/checkout: .* \[k8s-[0-9a-f]{10}-00000\]$/m);
  const printed = JSON.parse(body.out) as { readonly body: Record<string, unknown> };
  expect(printed.body).toMatchObject({ source: 'agent', acknowledged: true, category: 'technical' });
  expect(environmentSchema.safeParse(printed.body['environment']).success).toBe(true);
  // Composed at two moments, so for how long it fails may differ.
  const [headline = ''] = String(printed.body['description']).split(/(?:, for [^.]*)?\.\*\*\n/);
  expect(headline).toContain('Deployment `shop/checkout` has 0 of 1 replica ready');
  expect(ticket.out).toContain(headline);
  for (const ended of [check, text, json, ticket, body]) expectSilence(ended);
  // Nothing was written.
  expect(sandbox.objects.list({ kind: 'Incident' })).toEqual([]);
});

test('a ticket of what does not fail, or is named in another way, is told how to be asked for', async () => {
  const options = ['--kubeconfig', await kubeconfig(sandbox.url), '--ticket'];
  const none = await command('preview', ...options, 'deployment/shop/none');
  expect(none).toMatchObject({
    code: 1,
    err: expect.stringContaining('nothing fails that belongs to deployment shop/none'),
  });
  const odd = await command('preview', ...options, 'checkout');
  expect(odd).toMatchObject({ err: expect.stringContaining('write KIND/NAMESPACE/NAME') });
});

test('check shows no secret of servers that say back what they were sent', async () => {
  const status = { kind: 'Status', code: 403 };
  const cluster = await serve(echoing({ status: 403, toBody: (message) => ({ ...status, message }) }));
  const url = await serve(echoing({ status: 401, toBody: (detail) => ({ detail }) }));
  const config = await put('config.json', { ticketApi: { url, tokenFile: join(folder, 'token') } });
  const ended = await command('check', '--config', config, '--kubeconfig', await kubeconfig(cluster));
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.out).toContain('401');
  expectSilence(ended);
});

describe('no command shows a secret of', () => {
  test('a configuration that is no JSON', async () => {
    const secret = canaries.password('configuration');
    const broken = `{ "ticketApi": { "proxy": { "url": "http://user:${secret}" oops } } }`;
    const config = await put('config.json', broken);
    const ended = await Promise.all([
      command('run', '--config', config),
      command('check', '--config', config),
    ]);
    for (const each of ended) {
      expect(each.err).toContain('JSON');
      expectSilence(each);
    }
  });

  test('a configuration that is wrong everywhere', async () => {
    const secret = canaries.password('configuration');
    const config = await put('config.json', {
      ticketApi: { url: `https://user:${secret}@api.example.com`, proxy: { url: secret }, tokenFile: 5 },
      clusterId: secret,
      mode: secret,
      redaction: { patterns: [{ name: 'x', pattern: `(${secret}` }] },
      lease: { duration: secret },
    });
    const ended = await command('run', '--config', config);
    expect(ended.code).toBe(1);
    expectSilence(ended);
  });

  test('a kubeconfig that is no YAML', async () => {
    const path = await put('kubeconfig', `users:\n- user:\n    token: "${account}\n  - x: [\n`);
    for (const ended of await Promise.all([
      processOf('run', '--kubeconfig', path),
      command('check', '--kubeconfig', path),
    ])) {
      expect(ended.code).toBe(1);
      expectSilence(ended);
    }
  });

  test('a token file or a proxy that cannot be used', async () => {
    const path = await kubeconfig(sandbox.url);
    const bad = await put('bad', `${token}\n${token}`);
    const odd = { url: `http://user:${canaries.opaque('proxy')}%@127.0.0.1:9` };
    const configs = [
      { tokenFile: bad },
      { tokenFile: join(folder, 'none') },
      { tokenFile: join(folder, 'token'), proxy: odd },
    ];
    const ended = await Promise.all(
      configs.map(async (ticketApi, at) => {
        const config = await put(`config-${at}.json`, { ticketApi });
        return command('check', '--config', config, '--kubeconfig', path);
      }),
    );
    for (const each of ended) {
      expect(each.code).toBe(1);
      expectSilence(each);
    }
  });
});
