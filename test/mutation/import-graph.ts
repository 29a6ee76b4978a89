import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const importPattern = /(?:from|import)\s*\(?\s*'(\.[^']+)'|new URL\(\s*'(\.[^']+)'|'(src\/[^']+\.ts)'/gu;

/** Which files a file imports, by paths relative to the root. Types count too: what only shares a type is near as well. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Reads the imports of files, given by paths relative to the root. Names of source files in text count: a test starts them as a process. */
export function readImports(root: string, files: readonly string[]): ImportGraph {
  return new Map(files.map((file) => [file, importsOf(file, readFileSync(join(root, file), 'utf8'))]));
}

function importsOf(file: string, source: string): readonly string[] {
  return [...source.matchAll(importPattern)].map(([, imported, url, named]) => {
    const relative = imported ?? url;
    return relative === undefined ? (named ?? '') : normalize(join(dirname(file), relative));
  });
}

/** A test that reaches a file, over so many imports. */
export interface ReachingTest {
  readonly test: string;
  readonly steps: number;
}

/** Tests that reach a file through imports, those with the fewest steps between first. */
export function testsReaching(graph: ImportGraph, file: string): readonly ReachingTest[] {
  const importers = new Map<string, string[]>();
  for (const [from, imported] of graph)
    for (const to of imported) importers.set(to, [...(importers.get(to) ?? []), from]);
  const seen = new Set([file]);
  const tests: ReachingTest[] = [];
  let level = [file];
  for (let steps = 0; level.length > 0; steps += 1) {
    const found = level.filter((path) => path.endsWith('.test.ts')).toSorted();
    tests.push(...found.map((test) => ({ test, steps })));
    level = level
      .flatMap((path) => importers.get(path) ?? [])
      .filter((path) => !seen.has(path) && seen.add(path));
  }
  return tests;
}
