import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

const stages = [
  'detect',
  'incidents',
  'correlate',
  'enrich',
  'outbox',
  'tickets',
  'kube',
  'watch',
  'telemetry',
];
const composition = ['observe', 'compose', 'reconcile', 'agent', 'desk', 'sandbox', 'cli', 'main.ts'];
const modules = ['domain', 'lib', 'config', ...stages, ...composition];
const nodeModules = ['node:fs', 'node:https', 'node:sqlite'];
const packages = [
  'zod',
  'croner',
  'p-retry',
  '@kubernetes/client-node',
  'pino',
  'prom-client',
  'fastify',
  ...nodeModules,
];
/** Everything that a file may try to import. */
const imports = [...modules, ...packages];

/** What a stage may not touch that is to be pure. */
const impure = [
  'Date.now()',
  'Math.random()',
  'process.env',
  'setTimeout(() => undefined, 1)',
  'performance.now()',
];
const pure = ['domain', 'detect', 'incidents', 'correlate', 'enrich', 'outbox'];

const allButOuter = modules.filter((name) => !['desk', 'sandbox', 'cli', 'main.ts'].includes(name));

/** The table: who may import what besides its own files. */
const table: Readonly<Record<string, readonly string[]>> = {
  domain: ['zod'],
  lib: ['croner', 'domain', ...nodeModules],
  config: ['domain', 'lib', 'zod', ...nodeModules],
  detect: ['domain', 'lib', 'croner'],
  incidents: ['domain', 'lib'],
  correlate: ['domain', 'lib', 'incidents'],
  enrich: ['domain', 'lib'],
  outbox: ['domain', 'lib', 'incidents'],
  tickets: ['domain', 'lib', 'p-retry', 'zod', ...nodeModules],
  kube: ['domain', 'lib', '@kubernetes/client-node', ...nodeModules],
  watch: ['domain', 'lib', 'kube', '@kubernetes/client-node'],
  telemetry: ['domain', 'lib', 'pino', 'prom-client', ...nodeModules],
  desk: ['domain', 'lib', 'fastify', 'zod', ...nodeModules],
  sandbox: ['domain', 'lib', 'fastify', ...nodeModules],
  observe: ['domain', 'lib', 'detect', 'correlate'],
  compose: [
    'domain',
    'lib',
    'config',
    'correlate',
    'enrich',
    'outbox',
    'tickets',
    'telemetry',
    'zod',
    ...nodeModules,
  ],
  reconcile: ['domain', 'lib', 'incidents', 'correlate', 'outbox', 'tickets', 'observe', 'compose'],
  agent: [...allButOuter, ...packages],
  cli: imports,
  'main.ts': imports,
};

/** The files of a row that try every import, one a line. */
function importersOf(row: string): readonly string[] {
  return row.endsWith('.ts') ? [`src/${row}`] : [`src/${row}/planted.ts`, `src/${row}/below/planted.ts`];
}

/** The file of a folder that touches everything impure, one thing a line. */
function impureFileOf(row: string): string {
  return `src/${row}/impure.ts`;
}

function plantImports(file: string): void {
  const up = dirname(file) === 'src' ? './' : '../'.repeat(file.split('/').length - 2);
  const lines = imports.map((name, at) => {
    const inside = name.endsWith('.ts') ? name : `${name}/some/file.ts`;
    return `import { a${at} } from '${packages.includes(name) ? name : up + inside}';`;
  });
  const used = imports.map((_, at) => `a${at}`).join(', ');
  plant(file, [...lines, `export const used = [${used}];`]);
}

function plantImpure(file: string): void {
  plant(
    file,
    impure.map((expression, at) => `export const f${at} = (): unknown => ${expression};`),
  );
}

let folder = '';

function plant(file: string, lines: readonly string[]): void {
  mkdirSync(join(folder, dirname(file)), { recursive: true });
  writeFileSync(join(folder, file), `${lines.join('\n')}\n`);
}

interface Diagnostic {
  readonly filename: string;
  readonly code: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

/** `file:line` of everything that the linter refuses for what it imports or touches. */
function lint(): ReadonlySet<string> {
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  const { stdout, stderr } = spawnSync(process.execPath, [oxlint, '--format', 'json', 'src'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (!stdout.startsWith('{')) throw new Error(`oxlint failed: ${stdout}${stderr}`);
  const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] };
  return new Set(
    diagnostics
      .filter(({ code }) => code.includes('no-restricted-'))
      .map(({ filename, labels }) => `${filename}:${labels[0]?.span.line}`),
  );
}

let refused: ReadonlySet<string> = new Set();

/** Those of `candidates`, planted in `file` in this order, that the linter refuses. */
function refusedOf(file: string, candidates: readonly string[]): string[] {
  return candidates.filter((_, at) => refused.has(`${file}:${at + 1}`));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-table-'));
  // The linter takes the paths in its configuration from where the configuration lies.
  for (const file of ['.oxlintrc.json', 'tsconfig.json']) copyFileSync(join(root, file), join(folder, file));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const row of Object.keys(table)) {
    importersOf(row).forEach(plantImports);
    if (!row.endsWith('.ts')) plantImpure(impureFileOf(row));
  }
  refused = lint();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the linter keeps the import table', () => {
  test.each(Object.entries(table))('%s imports what its row names and nothing else', (row, allowed) => {
    const forbidden = imports.filter((name) => name !== row && !allowed.includes(name));
    for (const file of importersOf(row)) {
      const found = refusedOf(file, imports).filter((name) => name !== row);
      expect({ file, refused: found }).toEqual({ file, refused: forbidden });
    }
  });
});

describe('the linter keeps pure stages from time, chance and the process', () => {
  test.each(pure)('%s may not touch them', (row) => {
    expect(refusedOf(impureFileOf(row), impure)).toEqual(impure);
  });

  test('others may', () => {
    const others = Object.keys(table).filter((row) => !row.endsWith('.ts') && !pure.includes(row));
    expect(others.flatMap((row) => refusedOf(impureFileOf(row), impure))).toEqual([]);
  });
});
