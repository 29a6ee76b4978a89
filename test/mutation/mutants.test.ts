import { describe, expect, test } from '@jest/globals';
import { applyMutant, findMutants } from './mutants.ts';
import { testsReaching } from './import-graph.ts';

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
