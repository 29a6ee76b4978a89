import { describe, expect, test } from '@jest/globals';
import { drawMutants, type Drawn, isAt, mutantsBelow, placeOf, readEquivalents } from './draw.ts';
import { testsReaching } from './import-graph.ts';
import { applyMutant, findMutants } from './mutants.ts';
import { tableOf } from './report.ts';

/** What becomes of a file, one text for each mutant. */
function mutated(source: string): readonly string[] {
  return findMutants(source).map((mutant) => applyMutant(source, mutant));
}

describe('mutants of a file', () => {
  test.each([
    ['const a = b === c;', ['const a = b !== c;']],
    ['const a = b < 3;', ['const a = b <= 3;', 'const a = b < 4;']],
    ['const a = b && c;', ['const a = b || c;']],
    ['const a = b ?? c;', ['const a = b;']],
    ['const a = !b;', ['const a = b;']],
    ['const a = true;', ['const a = false;']],
    ['const a = b - c;', ['const a = b + c;']],
    ["const a = b + 'c';", []],
    ['if (a) b();', ['if (true) b();', 'if (false) b();', 'if (a) ;']],
    ['const a = b ? c : d;', ['const a = true ? c : d;', 'const a = false ? c : d;']],
    ['await a();', [';']],
    ['a = b;', [';']],
  ])('%s', (source, expected) => {
    expect(mutated(source).toSorted()).toEqual(expected.toSorted());
  });

  test('types have none, and move no offset', () => {
    const source = 'type A = 1 | 2;\nconst a = (b as A) === c;\n';
    expect(mutated(source)).toEqual([source.replace('===', '!==')]);
    expect(findMutants(source).map(({ line }) => line)).toEqual([2]);
  });
});

describe('tests that reach a file', () => {
  const graph = new Map([
    ['src/a.ts', []],
    ['src/b.ts', ['src/a.ts']],
    ['test/a.test.ts', ['src/a.ts']],
    ['test/b.test.ts', ['src/b.ts']],
    ['test/c.test.ts', ['src/c.ts']],
  ]);

  test('those with the fewest steps between come first', () => {
    expect(testsReaching(graph, 'src/a.ts')).toEqual([
      { test: 'test/a.test.ts', steps: 1 },
      { test: 'test/b.test.ts', steps: 2 },
    ]);
  });
});

describe('what is drawn', () => {
  const root = `${import.meta.dirname}/../..`;
  const all = mutantsBelow(root, ['src/lib', 'src/domain'], []);

  test('is of the folders that are named', () => {
    const files = [...new Set(all.map(({ file }) => file))];
    expect(files.every((file) => file.startsWith('src/lib/') || file.startsWith('src/domain/'))).toBe(true);
    expect(mutantsBelow(root, ['src/lib'], ['src/lib'])).toEqual([]);
  });

  test('is the same for the same seed, and nothing twice', () => {
    const places = (seed: number): readonly Drawn[] => drawMutants(all, seed, 50);
    expect(places(1)).toEqual(places(1));
    expect(places(1)).not.toEqual(places(2));
    expect(new Set(places(1)).size).toBe(50);
    expect(drawMutants(all, 1, all.length + 1)).toHaveLength(all.length);
  });

  test('is found again by its line, wherever that has moved', () => {
    const [one] = findMutants('const a = b === c;');
    if (one === undefined) throw new Error('no mutant');
    const drawn = { file: 'src/a.ts', source: 'const a = b === c;', mutant: one };
    const [moved] = findMutants('\n\n  const a = b === c;').map((mutant) => ({
      file: 'src/a.ts',
      source: '\n\n  const a = b === c;',
      mutant,
    }));
    expect(moved !== undefined && isAt(moved, placeOf(drawn))).toBe(true);
    expect(isAt({ ...drawn, file: 'src/b.ts' }, placeOf(drawn))).toBe(false);
  });

  test('is nothing that changes no behaviour, and for each of those there is a reason', () => {
    expect(readEquivalents(root).filter(({ reason }) => reason.length < 20)).toEqual([]);
  });
});

test('the table counts by folder, and large folders by what is in them', () => {
  const at = (file: string): Drawn => ({
    file,
    source: '',
    mutant: { operator: '', start: 0, end: 0, replacement: '', line: 1 },
  });
  expect(
    tableOf([
      [at('src/a.ts'), 'noticed'],
      [at('src/kube/lease/a.ts'), 'timed out'],
      [at('src/kube/lease/b.ts'), 'not noticed'],
      [at('src/kube/a.ts'), 'no test reaches it'],
    ]),
  ).toEqual([
    `${'kube'.padEnd(20)} 0 of 1`,
    `${'kube/lease'.padEnd(20)} 1 of 2, 1 by the time limit`,
    `${'src'.padEnd(20)} 1 of 1`,
    '2 of 4 noticed (50.0 %)',
  ]);
});
