import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { silentProgress } from '../cluster/progress.ts';
import { actionlintProgram } from '../cluster/toolchain.ts';
import { pythonProgram } from '../support/python-program.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const folder = join(root, '.github/workflows');
const files = readdirSync(folder).map((file) => join(folder, file));

interface Failed {
  readonly message: string;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** What a linter says; empty where it has nothing to say. One that cannot do its work says so on stderr alone, or cannot be started. */
async function says(program: string, ...args: readonly string[]): Promise<string> {
  return run(program, args).then(
    () => '',
    (error: unknown) => {
      const { message, stdout = '', stderr = '' } = error as Failed;
      return `${stdout}${stderr}` || message;
    },
  );
}

/** A workflow with what the linters are there for. */
async function withBadWorkflow<T>(work: (file: string) => Promise<T>): Promise<T> {
  const bad = mkdtempSync(join(tmpdir(), 'workflow-'));
  try {
    const file = join(bad, 'bad.yaml');
    const steps = ['uses: actions/checkout@v4', 'run: echo ${{ github.event.issue.title }}'];
    writeFileSync(
      file,
      `on: issues\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - ${steps.join('\n      - ')}\n`,
    );
    return await work(file);
  } finally {
    rmSync(bad, { recursive: true, force: true });
  }
}

test('actionlint finds nothing, and would', async () => {
  const program = await actionlintProgram(silentProgress);
  expect(await says(program, ...files)).toBe('');
  expect(await withBadWorkflow((file) => says(program, file))).toContain('potentially untrusted');
}, 180_000);

test('a linter that fails with words on stderr alone, or with none, or is not there has said something', async () => {
  expect(await says('sh', '-c', 'echo "no such file" >&2; exit 3')).toBe('no such file\n');
  expect(await says('sh', '-c', 'exit 3')).toContain('Command failed');
  expect(await says('/nowhere/linter')).toContain('ENOENT');
  expect(await says('sh', '-c', 'echo "scanned 2 files" >&2')).toBe('');
});

test('zizmor finds nothing at its strictest, and would', async () => {
  const program = await pythonProgram('zizmor==1.32.0');
  // The persona that also reports what may be right. Offline: what needs GitHub's API is not asked.
  const strict = ['--offline', '--no-progress', '--persona=auditor', '--strict-collection', '--format=plain'];
  expect(await says(program, ...strict, join(root, '.github'))).toBe('');
  const found = await withBadWorkflow((file) => says(program, ...strict, file));
  expect(found).toContain('unpinned-uses');
}, 180_000);

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly needs?: string;
  readonly if?: string;
  readonly container?: { image: string };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly jobs: Readonly<Record<string, Job>>;
}

test('a release waits for the answer that CI has passed, and has no condition of its own that would go past it', () => {
  const { jobs } = parse(readFileSync(join(folder, 'release.yaml'), 'utf8')) as Workflow;
  const { passed, ...others } = jobs;
  expect(passed?.steps.at(-1)?.run).toBe('npm run --silent release -- passed');
  expect(passed?.if).toBeUndefined();
  expect(Object.values(others).map((job) => [job.needs, job.if])).toEqual([['passed', undefined]]);
});

describe.each(files.map((file) => [file.slice(folder.length + 1), file]))('%s', (_name, file) => {
  const text = readFileSync(file, 'utf8');
  const jobs = Object.values((parse(text) as Workflow).jobs);

  test('names every action by a commit, with its release beside it, and every container by a digest', () => {
    const uses = text.split('\n').filter((line) => /^\s*(?:- )?uses:/.test(line));
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
    const containers = jobs.flatMap(({ container }) => container?.image ?? []);
    expect(containers.filter((image) => !/@sha256:[0-9a-f]{64}$/.test(image))).toEqual([]);
  });

  test('has no step that builds by itself: what runs is a script of the repository', () => {
    const commands = jobs.flatMap(({ steps }) => steps.flatMap(({ run: command }) => command ?? []));
    expect(commands.filter((command) => /\b(?:docker|buildah|helm|tar|esbuild) /.test(command))).toEqual([]);
  });
});
