import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DOCUMENT, highestFirst, readArrows, structureText, withStructure } from '../../scripts/structure.ts';
import { readPage, root, tableRows } from './pages.ts';

const lint = readFileSync(join(root, '.oxlintrc.json'), 'utf8');
/** What lint says of a folder: `detect may import these folders only: domain, lib`. */
const allowed = new Map(
  [...lint.matchAll(/"(\w+) may import these folders only: ([^";]*)/g)].map((match) => [
    match[1] ?? '',
    match[2] ?? '',
  ]),
);

describe('the table of folders', () => {
  test('of docs/architecture.md has a row for each', () => {
    const rows = tableRows(readPage('docs/architecture.md'), 'folder').map(([name]) => name);
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `src/${entry.name}/`);
    expect(folders.filter((folder) => !rows.includes(folder))).toEqual([]);
  });

  test('of CONTRIBUTING.md allows the imports that lint allows', () => {
    const rows = new Map(tableRows(readPage('CONTRIBUTING.md'), 'folder').map(([name, may]) => [name, may]));
    expect(allowed.size).toBeGreaterThan(8);
    for (const [folder, folders] of allowed) expect([folder, rows.get(folder)]).toEqual([folder, folders]);
  });
});

describe('the structure as text', () => {
  const arrows = new Map([
    ['domain', new Map<string, number>()],
    ['kube', new Map([['domain', 2]])],
    [
      'watch',
      new Map([
        ['domain', 1],
        ['kube', 3],
      ]),
    ],
  ]);

  test('of docs/architecture.md is that of src: `npm run render` writes it', () => {
    const text = readFileSync(DOCUMENT, 'utf8');
    expect(text).toBe(withStructure(text));
  });

  test('has those first that import others, with all they import', () => {
    expect(structureText(arrows, true)).toBe('watch  → kube 3, domain 1\nkube   → domain 2\ndomain → (none)');
  });

  test('does not come about where folders import each other', () => {
    const upwards = new Map([...arrows, ['domain', new Map([['watch', 1]])]]);
    expect(() => highestFirst(upwards)).toThrow('these folders import each other: domain, kube, watch');
  });

  test('finds the imports of types and of what is loaded later', () => {
    const found = readArrows();
    // `src/watch` imports types and values of `src/kube`, `src/main.ts` its commands when they are called for.
    expect([found.get('watch')?.has('kube'), found.get('main.ts')?.has('cli')]).toEqual([true, true]);
  });
});
