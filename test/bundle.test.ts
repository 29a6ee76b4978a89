import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { bundledPackages, type Metafile, NOTICES, noticesText } from '../scripts/release/contents.ts';

/** What the image holds. Each of these has cost megabytes of every agent's memory. */
const root = resolve(import.meta.dirname, '..');
const execute = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  const metafile = ['--metafile', join(folder, 'metafile.json')];
  await execute(process.execPath, ['scripts/build.ts', '--outdir', folder, ...metafile], { cwd: root });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The modules of Node.js that a command has loaded when it ends. */
async function loadedBy(...args: readonly string[]): Promise<readonly string[]> {
  const tell =
    'data:text/javascript,process.on("exit",()=>process.stderr.write("LOADED "+process.moduleLoadList.join(",")))';
  const program = join(folder, 'ankra-support-agent.mjs');
  const env = { PATH: process.env['PATH'] };
  const ended = execute(process.execPath, ['--import', tell, program, ...args], { env });
  const { stderr } = await ended.catch((error: unknown) => error as { readonly stderr: string });
  return (stderr.split('LOADED ')[1] ?? '').split(',');
}

test('the agent loads no module of Node.js that it does not use', async () => {
  const modules = await loadedBy('run');
  expect(modules).toContain('NativeModule https');
  expect(modules.filter((name) => /undici|http2\/core|webstreams/.test(name))).toEqual([]);
});

test('the program is ASCII, of which V8 holds one byte for each letter', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.mjs'),
  );
  expect(files.length).toBeGreaterThan(2);
  for (const file of files)
    expect([file, /[^\0-\x7f]/.test(readFileSync(join(folder, file), 'utf8'))]).toEqual([file, false]);
});

test('and says its version', async () => {
  const program = join(folder, 'ankra-support-agent.mjs');
  const { stdout } = await execute(process.execPath, [program, '--version']);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('THIRD_PARTY_NOTICES has what is bundled, and every licence may be', () => {
  const metafile = JSON.parse(readFileSync(join(folder, 'metafile.json'), 'utf8')) as Metafile;
  const packages = bundledPackages(metafile);
  expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['pino', 'p-retry', 'zod']));
  // Only in development.
  expect(packages.map(({ name }) => name)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(?:typescript|got)$/)]),
  );
  expect(readFileSync(NOTICES, 'utf8')).toBe(noticesText(packages));
});
