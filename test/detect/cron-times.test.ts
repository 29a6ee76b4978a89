import { describe, expect, test } from '@jest/globals';
import { DAY, HOUR, MINUTE } from '../../src/domain/clock.ts';
import { runsBetween } from '../../src/detect/cron-times.ts';

/** A Monday. */
const monday = Date.UTC(2026, 10, 23);

function times(schedule: string, from: number, to: number): readonly string[] {
  return runsBetween({ text: schedule, ranAt: to }, { from, to, max: 10 }).map((at) =>
    new Date(at).toISOString().slice(5, 16),
  );
}

describe('runsBetween', () => {
  const rows: readonly (readonly [string, number, readonly string[]])[] = [
    ['0 * * * *', monday + 3 * HOUR, ['11-23T01:00', '11-23T02:00', '11-23T03:00']],
    ['@hourly', monday + 2 * HOUR, ['11-23T01:00', '11-23T02:00']],
    ['*/20 0 * * *', monday + 40 * MINUTE, ['11-23T00:20', '11-23T00:40']],
    [
      '10-30/10,50 0 * * *',
      monday + 50 * MINUTE,
      ['11-23T00:10', '11-23T00:20', '11-23T00:30', '11-23T00:50'],
    ],
    ['30/15 0 * * ?', monday + 45 * MINUTE, ['11-23T00:30', '11-23T00:45']],
    ['@daily', monday + 2 * DAY, ['11-24T00:00', '11-25T00:00']],
    ['0 6 * * mon-wed', monday + 2 * DAY + 6 * HOUR, ['11-23T06:00', '11-24T06:00', '11-25T06:00']],
    ['0 6 * * 1,3', monday + 2 * DAY + 6 * HOUR, ['11-23T06:00', '11-25T06:00']],
    ['0 6 1 * *', Date.UTC(2027, 0, 1, 6), ['12-01T06:00', '01-01T06:00']],
    ['0 6 1 JAN *', Date.UTC(2027, 0, 1, 6), ['01-01T06:00']],
    // Day of the month or of the week, when both are given.
    ['0 6 24 * 3', monday + 2 * DAY + 6 * HOUR, ['11-24T06:00', '11-25T06:00']],
    ['CRON_TZ=Europe/Berlin 0 6 24 * *', monday + DAY + 6 * HOUR, ['11-24T05:00']],
    ['@every 1h30m', monday + 3 * HOUR, ['11-23T01:30', '11-23T03:00']],
    ['@every 0.5h', monday + HOUR, ['11-23T00:30', '11-23T01:00']],
    ['@annually', Date.UTC(2027, 0, 1), ['01-01T00:00']],
    ['@midnight', monday + DAY, ['11-24T00:00']],
  ];
  test.each(rows)('%s', (schedule, to, expected) => {
    expect(times(schedule, monday, to)).toEqual(expected);
  });

  test('leaves out the beginning, keeps the end', () => {
    expect(times('0 * * * *', monday, monday + HOUR)).toEqual(['11-23T01:00']);
  });

  test('goes by the zone of its own, where it has one', () => {
    const schedule = { text: '0 18 * * *', timeZone: 'Asia/Tokyo' };
    const span = { from: monday, to: monday + 2 * DAY, max: 10 };
    expect(runsBetween(schedule, span)).toEqual([monday + 9 * HOUR, monday + DAY + 9 * HOUR]);
    expect(runsBetween({ ...schedule, timeZone: 'Nowhere/No' }, span)).toEqual([]);
  });

  test.each([
    ['an hour comes twice', Date.UTC(2026, 9, 24, 1), Date.UTC(2026, 9, 25, 1, 30), 1],
    ['an hour is left out', Date.UTC(2026, 2, 28, 2), Date.UTC(2026, 2, 30, 0, 30), 1],
  ])('counts a night as one run, in which %s', (_night, from, to, count) => {
    const schedule = { text: '30 2 * * *', timeZone: 'Europe/Berlin', ranAt: to };
    expect(runsBetween(schedule, { from, to, max: 10 })).toHaveLength(count);
  });

  test('takes UTC for the zone of what has never run', () => {
    expect(runsBetween({ text: '0 6 * * *' }, { from: monday, to: monday + DAY, max: 10 })).toEqual([
      monday + 6 * HOUR,
    ]);
  });

  test('finds the time zone by the last run: 06:00 in Berlin is 05:00 UTC in November', () => {
    expect(times('0 6 * * *', monday, monday + DAY + 5 * HOUR)).toEqual(['11-23T05:00', '11-24T05:00']);
    expect(times('0 6 * * *', monday, monday + 30 * MINUTE)).toEqual(['11-23T00:30']);
  });

  test('finds the farthest time zones as well', () => {
    // 20:00 in Los Angeles is 04:00 UTC of the next day; Tuesday 14:00 on Kiritimati is Tuesday 00:00 UTC.
    const losAngeles = times('0 20 * * *', monday + 2 * HOUR, monday + DAY + 4 * HOUR);
    expect(losAngeles).toEqual(['11-23T04:00', '11-24T04:00']);
    expect(times('0 14 * * 2', monday, monday + DAY)).toEqual(['11-24T00:00']);
  });

  test('knows none of a schedule that the last run does not fit in any zone', () => {
    expect(times('0 6 * * *', monday, monday + DAY + 7 * MINUTE)).toEqual([]);
  });

  test('stops at the maximum', () => {
    expect(runsBetween({ text: '* * * * *' }, { from: 0, to: monday, max: 3 })).toEqual([
      MINUTE,
      2 * MINUTE,
      3 * MINUTE,
    ]);
  });

  test.each([
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '*/0 * * * *',
    '5-1 * * * *',
    '1-2-3 * * * *',
    '1/2/3 * * * *',
    '1, * * * *',
    '0x5 * * * *',
    '@every 5 minutes',
    '@every',
    '@reboot',
    'TZ=Nowhere/No 0 6 * * *',
    'constructor',
  ])('knows none of %j', (schedule) => {
    expect(times(schedule, monday, monday + DAY)).toEqual([]);
  });
});
