import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Case, knownFailures, readCases } from './case.ts';
import { playCase } from './play.ts';
import { DOCUMENT, kinds, withTable } from './table.ts';
import { verdict } from './verdict.ts';

const cases = readCases();
function named(some: readonly Case[]): [string, Case][] {
  return some.map((one) => [`${one.id}: ${one.right}`, one]);
}

describe('what people have reported', () => {
  test.each(named(cases.filter(({ id }) => !knownFailures.has(id))))('%s', async (_name, one) => {
    expect(verdict(one, await playCase(one))).toEqual([]);
  });
});

/** Whoever mends one takes it from the list. */
test('what people have reported and is known to be told wrong still is', async () => {
  const right = [];
  for (const one of cases.filter(({ id }) => knownFailures.has(id)))
    if (verdict(one, await playCase(one)).length === 0) right.push(one.id);
  expect(right).toEqual([]);
});

describe('the cases', () => {
  test('are enough, of every kind, and a third of them is silence or has always been right', () => {
    expect(cases.length).toBeGreaterThanOrEqual(150);
    const few = Object.keys(kinds).filter(
      (kind) => cases.filter((one) => String(one.kind) === kind).length < 7,
    );
    expect(few).toEqual([]);
    const quiet = cases.filter(({ kind, expect: { tickets } }) => tickets === 0 || kind === 'control');
    expect(quiet.length * 3).toBeGreaterThanOrEqual(cases.length);
  });

  test('have names of their own, and each that is known to fail is one of them', () => {
    const ids = new Set(cases.map(({ id }) => id));
    expect(ids.size).toBe(cases.length);
    expect([...knownFailures].filter((id) => !ids.has(id))).toEqual([]);
  });

  test('are counted in docs/detectors.md: `npm run render` writes the table', async () => {
    const text = readFileSync(DOCUMENT, 'utf8');
    expect(text).toBe(await withTable(text));
  });
});
