import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { renderValues, rowsOf } from '../../scripts/render-values.ts';

const chart = join(resolve(import.meta.dirname, '../..'), 'charts/ankra-support-agent');

test('the table of values in the README is made from values.yaml as it is', async () => {
  const [readme = '', values = ''] = ['README.md', 'values.yaml'].map((name) =>
    readFileSync(join(chart, name), 'utf8'),
  );
  expect(await renderValues(readme, values)).toBe(readme);
});

describe('the rows of a values.yaml', () => {
  const text = `# Of no value.

# @section -- First

# -- Said of a
# in two lines
a: ''
b:
  # -- Of an inner one
  c: 30s
  # Not for the table.
  # -- A text that looks like a number
  d: '1'
# @section -- Second

# -- Said as a whole
# @default -- many
e:
  f: 1
# -- A list
g: [443, 6443]
`;

  test('have section, path, default and meaning', () => {
    expect([...rowsOf(text)]).toEqual([
      [
        'First',
        [
          { path: 'a', default: '`""`', meaning: 'Said of a in two lines' },
          { path: 'b.c', default: '`30s`', meaning: 'Of an inner one' },
          { path: 'b.d', default: '`"1"`', meaning: 'A text that looks like a number' },
        ],
      ],
      [
        'Second',
        [
          { path: 'e', default: 'many', meaning: 'Said as a whole' },
          { path: 'g', default: '`[443, 6443]`', meaning: 'A list' },
        ],
      ],
    ]);
  });

  test('are refused where nothing is said about a value, by its name', () => {
    expect(() => rowsOf(text.replace('  # -- Of an inner one\n', ''))).toThrow(/nothing is said about b\.c/);
    expect(() => rowsOf('a: {}\n')).toThrow(/about a:/);
  });
});
