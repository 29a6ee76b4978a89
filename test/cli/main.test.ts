import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const main = join(resolve(import.meta.dirname, '../..'), 'src/main.ts');

function run(...args: readonly string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', main, ...args],
    {
      encoding: 'utf8',
    },
  );
  return { status, out: stdout, err: stderr };
}

test.each(['run', 'check', 'preview', 'redact', 'desk', 'demo'])(
  'help %s explains the command on standard output',
  (name) => {
    const asked = run('help', name);
    expect([asked.status, asked.err]).toEqual([0, '']);
    expect(asked.out).toContain(`usage: ankra-support-agent ${name}`);
  },
);

test('without a command it says which there are, as an error; asked for help, as an answer', () => {
  expect(run()).toMatchObject({ status: 2, out: '', err: expect.stringContaining('usage:') });
  expect(run('--help')).toMatchObject({ status: 0, err: '', out: expect.stringContaining('demo') });
});

test('a reader that has had enough, as head, ends it without a word', async () => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'redact'], {
    stdio: 'pipe',
  });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdin.on('error', () => undefined);
  child.stdin.write('a line of an endless log\n'.repeat(50_000));
  child.stdout.once('data', () => child.stdout.destroy());
  const feeding = setInterval(() => child.stdin.write('another line\n'.repeat(10_000)), 20);
  const [status] = (await once(child, 'close')) as [number];
  clearInterval(feeding);
  expect([status, err]).toEqual([0, '']);
}, 30_000);

test('the demo lists its scenarios, and names one that it does not know', () => {
  const listed = run('demo', '--list').out;
  for (const name of [
    'crash-loop',
    'image-typo',
    'out-of-memory',
    'node-loss',
    'storm',
    'bad-rollout',
    'manual',
    'ticket-api-away',
    'agent-restarted',
  ])
    expect(listed).toContain(name);
  expect(run('demo', '--scenario', 'gone')).toMatchObject({
    status: 2,
    err: expect.stringContaining('--list'),
  });
  expect(run('demo', '--speed', 'fast')).toMatchObject({
    status: 2,
    err: expect.stringContaining('--speed'),
  });
});
