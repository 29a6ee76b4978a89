import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { failureOf } from '../../src/cli/process.ts';
import { previewCommand } from '../../src/cli/preview.ts';
import { aNamespace } from '../../src/sandbox/objects.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { deploy } from '../agent/shop.ts';

let folder: string;
let sandbox: Sandbox;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'preview-'));
  sandbox = await createSandbox();
});

afterEach(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

async function preview(server: string, ...args: readonly string[]) {
  const file = join(folder, 'kubeconfig');
  const [clusters, users] = [[{ name: 'a', cluster: { server } }], [{ name: 'a', user: {} }]];
  const contexts = [{ name: 'a', context: { cluster: 'a', user: 'a' } }];
  writeFileSync(file, stringify({ clusters, users, contexts, 'current-context': 'a' }));
  const said = { out: '', err: '' };
  const io = {
    args: ['--kubeconfig', file, ...args],
    env: {},
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
  };
  try {
    return { ...said, exitCode: await previewCommand(io), ...said };
  } catch (error) {
    const { text, exitCode } = failureOf(error);
    return { out: said.out, err: said.err + text, exitCode };
  }
}

test('a cluster in which nothing fails is told so, before anything is installed in it', async () => {
  sandbox.failNext({ path: '/apis/support.ankra.app' }, { status: 404, times: 99 });
  expect(await preview(sandbox.url)).toMatchObject({ out: 'nothing fails\n', err: '', exitCode: 0 });
});

test('what may not be read is named, and is no health', async () => {
  sandbox.deny({ verb: 'list', resource: 'pods' });
  const { out, err, exitCode } = await preview(sandbox.url);
  expect(out).toBe('nothing fails in what could be read\n');
  expect(err).toMatch(/^not read: pods \(\/api\/v1\/pods\): forbidden/m);
  expect(exitCode).toBe(1);
});

test('an API server that says nothing is waited for no longer than it was said, with a word about it meanwhile', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  try {
    const server = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { out, err, exitCode } = await preview(server, '--timeout', '3s');
    expect(out).toBe('');
    expect(err).toMatch(/^reading the cluster: 0 of \d+ lists, waiting for pods/);
    expect(err).toContain(`nothing could be read from ${server}`);
    expect(exitCode).toBe(1);
  } finally {
    silent.close();
  }
});

test('a time that is none is refused', async () => {
  expect(await preview(sandbox.url, '--timeout', 'soon')).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('--timeout'),
  });
});

test('the ticket of a storm tells what its members have logged alike', async () => {
  sandbox.objects.apply(aNamespace('shop'));
  for (let n = 0; n < 12; n += 1) {
    deploy(sandbox, `w-${n}`, 1).crash();
    const current = `starting\nfatal: no provider after ${n} ms\n`;
    sandbox.setLogs(['shop', `w-${n}-7d9f8b6c5-pod0`, 'app'], { current });
  }
  const { out } = await preview(sandbox.url, '--ticket', 'Cluster/many-workloads');
  expect(out).toContain('the 4 of 12 whose logs were read write `fatal: no provider after … ms`');
});
