import { expect, test } from '@jest/globals';
import { readTime } from '../../src/lib/calendar.ts';

test.each([
  ['2026-12-24T18:00:00Z', Date.UTC(2026, 11, 24, 18)],
  ['2026-12-24T18:00:00+01:00', Date.UTC(2026, 11, 24, 17)],
  [' 2026-12-24t18:00:00.250z ', Date.UTC(2026, 11, 24, 18)],
  ['2026-12-24 18:00-05:30', Date.UTC(2026, 11, 24, 23, 30)],
  ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
])('%s is a moment', (text, at) => {
  expect(readTime(text)).toEqual({ at });
});

test.each([
  // A person writes what other tools take: hjacobs/kube-downscaler #94.
  ['2020-04-05T20:59', 'does not say its time zone'],
  ['2020-04-05', 'is not a time with date and zone'],
  ['tomorrow', 'is not a time'],
  ['24h', 'is not a time'],
  ['true', 'is not a time'],
  ['', 'is not a time'],
  ['1798135200', 'is not a time'],
  ['2026-02-30T10:00:00Z', 'is no moment of the calendar'],
  ['2025-02-29T00:00:00Z', 'is no moment of the calendar'],
  ['2026-13-01T10:00:00Z', 'is no moment of the calendar'],
  ['2026-12-01T25:00:00Z', 'is no moment of the calendar'],
  ['2026-12-24T18:00:00 Europe/Berlin', 'is not a time'],
])('%s is none, and the remedy is named', (text, problem) => {
  expect(readTime(text).problem).toMatch(problem);
  expect(readTime(text).problem).toContain('2026-12-24T18:00:00+01:00');
});
