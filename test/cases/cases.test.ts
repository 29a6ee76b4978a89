import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Case, knownFailures, readCases } from './case.ts';
import { contradictions } from './contradictions.ts';
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

/** Whoever fixes one takes it from the list. */
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

  test('have objects that controllers would have written together', () => {
    expect(cases.flatMap(contradictions)).toEqual([]);
  });

  test('that contradict themselves are found', () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', uid: 'd', creationTimestamp: '2026-11-29T19:00:00Z' },
      status: {
        conditions: [
          { type: 'Available', status: 'False', lastTransitionTime: '2026-11-29T19:00:00Z' },
          { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
        ],
      },
    };
    const replicaSet = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'web-1', uid: 'r', creationTimestamp: '2026-11-29T19:00:00Z' },
      spec: { selector: { matchLabels: { app: 'web' } } },
    };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web-1-x',
        creationTimestamp: '2026-11-29T18:59:59Z',
        labels: { app: 'web-1' },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'r' }],
      },
    };
    const base = { kind: 1, right: '', expect: { tickets: 1 }, now: '2026-11-29T20:00:00Z' };
    const one = {
      ...base,
      id: 'one',
      objects: [deployment],
      steps: [{ afterSeconds: 1, apply: [replicaSet, pod] }],
    };
    expect(contradictions(one)).toEqual([
      'one: Deployment web has progressed, and was never available',
      'one: Pod web-1-x is older than its ReplicaSet web-1',
      'one: Pod web-1-x is not selected by its ReplicaSet web-1',
    ]);
  });

  test('are counted in docs/detectors.md: `npm run render` writes the table', async () => {
    const text = readFileSync(DOCUMENT, 'utf8');
    expect(text).toBe(await withTable(text));
  });
});
