import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildAgentImage, type Cluster } from '../../cluster/index.ts';

const root = resolve(import.meta.dirname, '../../..');

/** Where a program's standard output goes: to ours, or to our standard error. */
export type Output = 'inherit' | 2;

/** Runs a program in the root of the repository; resolves with its exit code. */
export function run(
  program: string,
  programArgs: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  output: Output = 'inherit',
): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(program, programArgs, { cwd: root, stdio: ['inherit', output, 'inherit'], env });
    child.on('error', fail);
    child.on('exit', (code) => done(code ?? 1));
  });
}

/** The same, for one of several at once: resolves with all that it has written as well. */
export async function runQuietly(
  program: string,
  programArgs: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(program, programArgs, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, output };
}

/** Builds the bundle and the agent's image from this working tree, and makes the cluster know it. */
export async function provideImage(cluster: Cluster): Promise<void> {
  if ((await run(process.execPath, ['scripts/build.ts'], process.env, 2)) !== 0)
    throw new Error('the bundle could not be built');
  const folder = await mkdtemp(join(tmpdir(), 'e2e-image-'));
  try {
    const { tarPath } = await buildAgentImage({ tarPath: join(folder, 'agent.tar') });
    await cluster.loadImage(tarPath);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
