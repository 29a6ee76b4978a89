import { expect, test } from '@jest/globals';
import { backoffMs } from '../../src/lib/backoff.ts';

const limits = { initMs: 1_000, maxMs: 60_000 };

test.each([
  [1, 500, 1_000],
  [2, 1_000, 2_000],
  [6, 16_000, 32_000],
  [7, 30_000, 60_000],
  [1_000, 30_000, 60_000],
])('after %i failures the wait is between %i and %i ms', (failures, least, most) => {
  expect(backoffMs(failures, 0, limits)).toBe(least);
  expect(backoffMs(failures, 0.999_999, limits)).toBeCloseTo(most, -1);
  expect(backoffMs(failures, 0.5, limits)).toBe((least + most) / 2);
});

test.each([
  [1, 0, 4_000],
  [0, 4_000, 4_000],
])('with a jitter of %d the third wait is between %d and %d ms', (jitter, least, most) => {
  expect(backoffMs(3, 0, { ...limits, jitter })).toBe(least);
  expect(backoffMs(3, 0.999_999, { ...limits, jitter })).toBe(most);
});
