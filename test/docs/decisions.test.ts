import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readPage, root } from './pages.ts';

const folder = 'docs/adr';
const files = readdirSync(join(root, folder)).filter((file) => file !== 'README.md');

test('the list of decisions has each of them once, in the order of their numbers', () => {
  const listed = [...readPage(`${folder}/README.md`).matchAll(/^- \[(\d{4})\]\((.+)\): .+$/gm)];
  expect(listed.map(([, , file]) => file)).toEqual(files.toSorted());
  for (const [, number, file] of listed) expect(file).toMatch(new RegExp(`^${number}-`));
});

describe.each(files)('%s', (file) => {
  test('begins with its number, its status, and what it was decided for', () => {
    expect(readPage(`${folder}/${file}`)).toMatch(
      new RegExp(
        `^# ${file.slice(0, 4)}: .+\n\nStatus: (?:proposed|accepted|replaced)\\. ?.*\n\n## Context\n`,
      ),
    );
  });
});
