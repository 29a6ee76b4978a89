import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
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
