import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { type CommandIo, failureOf } from '../../src/cli/process.ts';
import { checkCommand } from '../../src/cli/check.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';

let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  sandbox = await createSandbox();
});

afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Parts {
  readonly server?: string;
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly current?: string;
  readonly name?: string;
}

function write(
  file: string,
  { server = sandbox.url, cluster = {}, user = {}, current, name = 'here' }: Parts = {},
): string {
  const path = join(folder, file);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': current ?? name,
    clusters: [{ name, cluster: { server, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  writeFileSync(path, stringify(config));
  return path;
}

/** Runs `check` in observe mode, and gives what it says and its exit code. */
async function check(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly text: string; readonly exitCode: number }> {
  let text = '';
  const io: CommandIo = {
    args,
    env: { ANKRA_MODE: 'observe', ...env },
    out: (more) => void (text += more),
    err: (more) => void (text += more),
  };
  try {
    return { exitCode: await checkCommand(io), text };
  } catch (error) {
    return { ...failureOf(error) };
  }
}

describe('a kubeconfig', () => {
  test('that works', async () => {
    const { text, exitCode } = await check(['--kubeconfig', write('works')]);
    expect(text).toMatch(/^ok {7}kubernetes-api: .*Kubernetes v1\./m);
    expect({ exitCode, failed: text.match(/^failed.*/gm) }).toEqual({
      exitCode: 1,
      failed: [expect.stringContaining('namespaces')],
    });
  });

  test.each([
    ['without its context', { current: 'gone' }, /no context "gone".*\(here\)/],
    [
      'over plain http',
      { server: 'http://10.0.0.1:8080' },
      /over https, and not at http:\/\/10\.0\.0\.1:8080/,
    ],
    ['with a proxy', { cluster: { 'proxy-url': 'http://proxy:3128' } }, /proxy-url.*is not supported/],
    ['whose server is no URL', { server: 'api.example.com:6443' }, /over https|no URL/],
  ])('%s is refused in one line', async (_what, parts, words) => {
    const { text, exitCode } = await check(['--kubeconfig', write('refused', parts)]);
    expect(exitCode).toBe(1);
    expect(text).toMatch(words);
    expect(text.trim()).not.toContain('\n');
  });

  test('whose program is not there names the program', async () => {
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'no-such-plugin',
      interactiveMode: 'Never',
    };
    const { text, exitCode } = await check(['--kubeconfig', write('exec', { user: { exec } })]);
    expect(exitCode).toBe(1);
    expect(text).toMatch(/program no-such-plugin of user "here".*is it installed/);
  });

  test('that speaks TLS to a plain port says so', async () => {
    const server = sandbox.url.replace('http:', 'https:');
    const { text } = await check(['--kubeconfig', write('tls', { server })]);
    expect(text).toMatch(/^failed {3}kubernetes-api: .*\n +remedy: .*does not speak TLS/m);
  });

  test('of which no byte is shown when it cannot be read', async () => {
    const path = join(folder, 'broken');
    writeFileSync(path, 'users:\n- name: a\n  user: {token: s3cret-in-here\n');
    const { text } = await check(['--kubeconfig', path]);
    expect(text).toMatch(/^the kubeconfig cannot be read: .*broken/);
    expect(text).not.toContain('s3cret');
  });

  test('in several files is merged, the first one wins, and one that is not there is passed over', async () => {
    const first = write('first', { server: 'https://127.0.0.1:1', name: 'one' });
    const second = write('second', { name: 'two' });
    const KUBECONFIG = [join(folder, 'absent'), first, second].join(':');
    expect((await check([], { KUBECONFIG })).text).toMatch(/failed.*127\.0\.0\.1:1/);
    expect((await check(['--context', 'two'], { KUBECONFIG })).text).toMatch(/ok +kubernetes-api/);
    expect((await check(['--context', 'three'], { KUBECONFIG })).text).toMatch(
      /no context "three".*one, two/,
    );
  });

  test('in the home folder is found', async () => {
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(folder, '.kube'), { recursive: true });
    write('.kube/config');
    expect((await check([], { HOME: folder })).text).toMatch(/ok +kubernetes-api/);
  });
});
