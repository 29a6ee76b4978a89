import { describe, expect, test } from '@jest/globals';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';
import { cutText, plural, sayDuration, sayTime } from '../../src/lib/text.ts';

describe('cutText', () => {
  test.each([
    ['short', 10, 'short'],
    ['exactly10!', 10, 'exactly10!'],
    ['eleven char', 10, 'eleven ch…'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
    ['', 0, ''],
  ])('cuts %j to %i', (text, max, expected) => {
    expect(cutText(text, max)).toBe(expected);
  });

  test('cuts between words where that costs little', () => {
    expect(cutText(`${'word '.repeat(20)}tail`, 98)).toBe(`${'word '.repeat(18)}word…`);
    expect(cutText(`a ${'x'.repeat(50)}`, 20)).toBe(`a ${'x'.repeat(17)}…`);
  });

  test('never cuts a character in two', () => {
    expect(cutText('ab😀cd', 4)).toBe('ab…');
    expect(cutText('ab😀cd', 5)).toBe('ab😀…');
  });

  test('never grows', () => {
    for (let max = 0; max < 30; max += 1)
      expect(cutText('one two 😀😀 three four', max).length).toBeLessThanOrEqual(max);
  });
});

test('plural', () => {
  expect([0, 1, 2].map((count) => plural(count, 'restart'))).toEqual([
    '0 restarts',
    '1 restart',
    '2 restarts',
  ]);
});

test.each([
  [-5, '0 s'],
  [499, '0 s'],
  [45 * SECOND, '45 s'],
  [59_600, '1 min'],
  [12 * MINUTE + 59 * SECOND, '12 min'],
  [HOUR, '1 h'],
  [3 * HOUR + 5 * MINUTE, '3 h 5 min'],
  [2 * DAY, '2 d'],
  [2 * DAY + 4 * HOUR + MINUTE, '2 d 4 h'],
])('%i ms are said as %s', (ms, expected) => {
  expect(sayDuration(ms)).toBe(expected);
});

test('sayTime', () => {
  expect(sayTime(Date.UTC(2026, 10, 23, 3, 4, 5, 678))).toBe('2026-11-23 03:04:05 UTC');
});
