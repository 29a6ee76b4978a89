import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ratiosOf, regressions, sentences } from '../../bench/lib/compare.ts';

const root = resolve(import.meta.dirname, '../..');

function report(ratio: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    machine: { node: 'v24.21.0', processors: 2 },
    filing: { tickets: { agent: { 'filing, ms': 2_000, '÷ floor': ratio } } },
    ...more,
  };
}

describe('the ratios of a report', () => {
  test('are the figures with ÷ in their name, and those called ratio, wherever they stand', () => {
    const figures = {
      a: { p50: 3, 'p50 ÷ floor': 2 },
      soak: { growth: { ratio: 1.03, target: 1.05 } },
      list: [{ '÷ floor': 4 }],
      text: 'a ÷ b',
    };
    expect(Object.fromEntries(ratiosOf(figures))).toEqual({
      'a › p50 ÷ floor': 2,
      'soak › growth › ratio': 1.03,
      'list › 0 › ÷ floor': 4,
    });
  });
});

describe('a comparison', () => {
  test.each([
    [1.5, 1.5, []],
    [1.5, 1.0, []],
    [1.5, 1.65, []],
    [1.5, 1.66, ['filing › tickets › agent › ÷ floor: was 1.5, is 1.66']],
    [1.5, 30, ['filing › tickets › agent › ÷ floor: was 1.5, is 30']],
  ])('of %d with %d', (before, now, says) => {
    expect(sentences(regressions(report(before), report(now)))).toEqual(says);
  });

  test('leaves milliseconds alone: another machine is faster or slower', () => {
    const slower = { filing: { tickets: { agent: { 'filing, ms': 9_000, '÷ floor': 1.5 } } } };
    expect(regressions(report(1.5), slower)).toEqual([]);
  });

  test('names a ratio that is gone, and one that cannot be told', () => {
    const before = report(1.5, { watch: { update: { 'processor time ÷ floor': 1.04 } } });
    const now = report(1.5, { watch: { update: { 'processor time ÷ floor': null } } });
    expect(sentences(regressions(before, now))).toEqual([
      'watch › update › processor time ÷ floor: was 1.04, is not measured any more',
    ]);
    expect(regressions(report(1.5), report(Number.NaN))).toHaveLength(1);
  });

  test('is of the benches that were run', () => {
    const before = report(1.5, { watch: { update: { 'processor time ÷ floor': 1.04 } } });
    expect(regressions(before, report(1.5))).toEqual([]);
  });

  test('of runs with nothing in common is an error and no success', () => {
    expect(() => regressions(report(1.5), { desk: { idle: { residentMb: 60 } } })).toThrow(
      /no ratio in common/,
    );
    expect(() => regressions({}, report(1.5))).toThrow(/no ratio in common/);
  });
});

describe('npm run bench -- --compare', () => {
  // The fleet is in simulated time, and small here; it has no ratio of its own.
  const fleet = ['bench/run.ts', 'fleet', '--json'];

  test('ends with an error where the file is none of ours, before anything is measured', () => {
    const folder = mkdtempSync(join(tmpdir(), 'compare-'));
    try {
      const file = join(folder, 'report.json');
      writeFileSync(file, '[1]');
      const { status, stderr } = spawnSync(process.execPath, [...fleet, '--compare', file], {
        cwd: root,
        encoding: 'utf8',
      });
      expect(status).toBe(1);
      expect(stderr).toContain('is no report of `npm run bench -- --json`');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
