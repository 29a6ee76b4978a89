import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

interface Configuration {
  readonly rules: Readonly<Record<string, unknown>>;
  readonly overrides: readonly {
    readonly files: readonly string[];
    readonly rules: Readonly<Record<string, unknown>>;
  }[];
}

const configuration = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8')) as Configuration;
/** Rules from which single files are excepted until they are rewritten. */
const rules = ['max-lines', 'max-lines-per-function', 'import/no-cycle'];

interface Diagnostic {
  readonly filename: string;
  readonly code: string;
}

/** Files by the rule that they break when there are no exceptions. */
function offenders(): Readonly<Record<string, readonly string[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'));
  try {
    const file = join(folder, 'oxlint.json');
    const all = Object.fromEntries(rules.map((rule) => [rule, configuration.rules[rule]]));
    writeFileSync(file, JSON.stringify({ plugins: ['import'], categories: {}, rules: all }));
    const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
    const { stdout } = spawnSync(process.execPath, [oxlint, '-c', file, '--format', 'json', 'src'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1e8,
    });
    const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] };
    return Object.fromEntries(
      rules.map((rule) => {
        const broken = diagnostics.filter(({ code }) => code.includes(`(${basename(rule)})`));
        return [rule, [...new Set(broken.map(({ filename }) => filename))].toSorted()];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Files that the configuration excepts from a rule, each by its path. */
function exceptedFrom(rule: string): readonly string[] {
  return configuration.overrides
    .filter((override) => Object.hasOwn(override.rules, rule))
    .flatMap(({ files }) => files)
    .filter((file) => !file.includes('*'))
    .toSorted();
}

test('the linter excepts exactly the files that break a rule: whoever rewrites one takes it out', () => {
  expect(offenders()).toEqual(Object.fromEntries(rules.map((rule) => [rule, exceptedFrom(rule)])));
});

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(root, 'src', file));

/** Whether a file holds nothing of its own. */
function onlyPassesOn(text: string): boolean {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').trim();
  return code.replace(/^(?:import|export)\b[^;]*\bfrom '[^']*';\s*/gm, '') === '';
}

test('only an index, which says what a folder gives to others, consists of re-exports', () => {
  const found = sources.filter((file) => onlyPassesOn(readFileSync(file, 'utf8')));
  expect(found.filter((file) => basename(file) !== 'index.ts').map((file) => relative(root, file))).toEqual(
    [],
  );
  expect(found.length).toBeGreaterThan(0);
});

test.each([
  ["export { a } from './a.ts';\nexport type { B } from './b.ts';\n", true],
  ["/** As it is. */\nimport { a } from './a.ts';\nexport { b } from './b.ts';\n", true],
  ["export { a } from './a.ts';\nexport const b = 1;\n", false],
])('a file that only passes on differs from one that does not: %j', (text, isPassedOn) => {
  expect(onlyPassesOn(text)).toBe(isPassedOn);
});
