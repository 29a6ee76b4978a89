import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

/** Runs the command to its end; `until` ends it by SIGINT as soon as its output has these words. */
async function demo(args: readonly string[], until?: string): Promise<{ code: number; says: string }> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'src/main.ts'), 'demo', ...args],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let says = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    says += text;
    if (until !== undefined && says.includes(until) && !child.killed) child.kill('SIGINT');
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, says };
}

async function takePort(port: number): Promise<() => void> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  // Taken by a demo on this machine: that is as good.
  await Promise.race([once(server, 'listening'), once(server, 'error')]).catch(() => undefined);
  return () => server.close();
}

test.each([
  ['text', /^crash-loop {8}Revision 7 of Deployment checkout exits 3/u],
  ['json', /^\{"name":"crash-loop","summary":"Revision 7 of Deployment checkout exits 3/u],
])('lists the scenarios as %s, a line each', (output, first) => {
  const args = [join(root, 'src/main.ts'), 'demo', '--list', '--output', output];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const lines = stdout.trimEnd().split('\n');
  expect([status, lines.length]).toEqual([0, 11]);
  expect(lines[0]).toMatch(first);
});

test('on a port that is taken it says so and ends, with nothing left open', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { code, says } = await demo(['--port', String(port), '--output', 'text']);
  server.close();
  expect({ code, says }).toEqual({ code: 1, says: `port ${port} is taken: choose another with --port\n` });
}, 30_000);

test('beside another one it takes the next port and says which', async () => {
  const free = await takePort(8181);
  const { code, says } = await demo(['--output', 'text'], 'read the tickets at');
  free();
  expect(says).toMatch(/read the tickets at http:\/\/127\.0\.0\.1:81(?:8[2-9]|9\d|200)\//);
  expect(code).toBe(0);
}, 30_000);
