import { describe, expect, test } from '@jest/globals';
import { type Weekday, weekdays, WeeklyWindow, type WeeklyTimes } from '../../src/lib/calendar.ts';

const patching: WeeklyTimes = { days: ['Sat'], from: '22:00', to: '04:00', timeZone: 'Europe/Berlin' };

function stateAt(time: string, change: Partial<WeeklyTimes> = {}): string {
  const { isOpen, until } = new WeeklyWindow({ ...patching, ...change }).stateAt(Date.parse(time));
  return `${isOpen ? 'open' : 'shut'} until ${until === Infinity ? 'ever' : new Date(until).toISOString().slice(0, 16)}`;
}

describe('a window of the week', () => {
  test.each([
    // In its own zone and not in that of the machine or in UTC: prometheus/alertmanager #2646, louislam/uptime-kuma #3626.
    ['2026-11-28T20:59:59Z', 'shut until 2026-11-28T21:00'],
    ['2026-11-28T21:00:00Z', 'open until 2026-11-29T03:00'],
    // Across midnight, which is one window: TwiN/gatus #1815.
    ['2026-11-29T02:59:59Z', 'open until 2026-11-29T03:00'],
    ['2026-11-29T03:00:00Z', 'shut until 2026-12-05T21:00'],
    ['2026-12-02T12:00:00Z', 'shut until 2026-12-05T21:00'],
  ])('at %s', (time, state) => {
    expect(stateAt(time)).toBe(state);
  });

  test('comes again, also in a process that has run since the one before', () => {
    const window = new WeeklyWindow(patching);
    const states = [0, 7, 14].flatMap((days) =>
      ['2026-11-28T20:59:00Z', '2026-11-28T21:01:00Z', '2026-11-29T03:01:00Z'].map(
        (time) => window.stateAt(Date.parse(time) + days * 86_400_000).isOpen,
      ),
    );
    expect(states).toEqual([false, true, false, false, true, false, false, true, false]);
  });

  test('a whole day, and days that follow each other, have no gap between them', () => {
    // A minute of each night was outside: prometheus-operator/prometheus-operator #5665.
    const weekend = { days: ['Sat', 'Sun'] as const, from: '00:00', to: '24:00', timeZone: 'UTC' };
    expect(stateAt('2026-11-28T23:59:59.999Z', weekend)).toBe('open until 2026-11-30T00:00');
    expect(stateAt('2026-11-29T00:00:00Z', weekend)).toBe('open until 2026-11-30T00:00');
    expect(stateAt('2026-11-30T00:00:00Z', weekend)).toBe('shut until 2026-12-05T00:00');
  });

  test('in the nights in which clocks are changed it is an hour shorter or longer', () => {
    const night = { days: ['Sun'] as const, from: '01:00', to: '05:00' };
    expect(stateAt('2026-03-29T00:30:00Z', night)).toBe('open until 2026-03-29T03:00');
    expect(stateAt('2026-10-25T00:30:00Z', night)).toBe('open until 2026-10-25T04:00');
    // From a time that this night does not have.
    expect(stateAt('2026-03-29T01:30:00Z', { ...night, from: '02:30' })).toBe('open until 2026-03-29T03:00');
  });

  test('each day alone is open on that day and on no other', () => {
    const noons = weekdays.map((_day, index) => `2026-11-${22 + index}T12:00:00Z`);
    const openOn = (day: Weekday): readonly number[] =>
      noons.flatMap((noon, index) =>
        stateAt(noon, { days: [day], from: '11:00', to: '13:00', timeZone: 'UTC' }).startsWith('open')
          ? [index]
          : [],
      );
    expect(weekdays.map(openOn)).toEqual(weekdays.map((_day, index) => [index]));
  });

  test('throws for a zone or a time that does not exist', () => {
    expect(() => new WeeklyWindow({ ...patching, timeZone: 'Mars/Olympus' }).stateAt(0)).toThrow(/zone/i);
    expect(() => new WeeklyWindow({ ...patching, from: '25:00' })).toThrow(/25/);
  });
});
