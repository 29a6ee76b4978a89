import { DAY, HOUR, MINUTE } from '../domain/clock.ts';

/** A cron schedule: the values that each field allows. */
interface Schedule {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly months: readonly number[];
  readonly weekdays: readonly number[];
  /** Day of the month and day of the week must both fit; otherwise either is enough. */
  readonly needsBothDays: boolean;
}

const macros: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface FieldRange {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

/** Minute, hour, day of the month, month, day of the week. */
const ranges: readonly FieldRange[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: monthNames },
  { min: 0, max: 6, names: weekdayNames },
];

/** Every time zone is a multiple of this away from UTC, and none further than the next two. */
const ZONE_STEP_MS = 15 * MINUTE;
const ZONE_STEPS_WEST = 48;
const ZONE_STEPS_EAST = 56;

/**
 * The times of a cron schedule after `from` up to and including `to`, oldest first and at most `max`. `to` is a time at
 * which it ran, and that tells its time zone: the nearest to UTC in which it runs then. None for a schedule that cannot
 * be read, such as `@every`.
 */
export function runsBetween(
  text: string,
  { from, to, max }: { readonly from: number; readonly to: number; readonly max: number },
): readonly number[] {
  const schedule = parseSchedule(text);
  const offsetMs = schedule === undefined ? undefined : zoneOffset(schedule, to);
  if (schedule === undefined || offsetMs === undefined) return [];
  const runs: number[] = [];
  const firstDay = Math.floor((from + offsetMs) / DAY) * DAY;
  for (let day = firstDay; day <= to + offsetMs && runs.length < max; day += DAY) {
    if (!runsOnDay(schedule, new Date(day))) continue;
    const times = timesOfDay(schedule).map((time) => day + time - offsetMs);
    runs.push(...times.filter((time) => time > from && time <= to));
  }
  return runs.slice(0, max);
}

function timesOfDay({ hours, minutes }: Schedule): readonly number[] {
  return hours.flatMap((hour) => minutes.map((minute) => hour * HOUR + minute * MINUTE));
}

function zoneOffset(schedule: Schedule, ranAt: number): number | undefined {
  const steps = Array.from({ length: ZONE_STEPS_WEST + 1 + ZONE_STEPS_EAST }, (_, i) => i - ZONE_STEPS_WEST);
  return steps
    .toSorted((left, right) => Math.abs(left) - Math.abs(right))
    .map((step) => step * ZONE_STEP_MS)
    .find((offsetMs) => runsAt(schedule, new Date(ranAt + offsetMs)));
}

function runsAt(schedule: Schedule, time: Date): boolean {
  return (
    schedule.minutes.includes(time.getUTCMinutes()) &&
    schedule.hours.includes(time.getUTCHours()) &&
    runsOnDay(schedule, time)
  );
}

function runsOnDay({ months, days, weekdays, needsBothDays }: Schedule, day: Date): boolean {
  if (!months.includes(day.getUTCMonth() + 1)) return false;
  const fits = [days.includes(day.getUTCDate()), weekdays.includes(day.getUTCDay())];
  return needsBothDays ? fits.every(Boolean) : fits.some(Boolean);
}

function parseSchedule(text: string): Schedule | undefined {
  const words = text.replace(/^(?:CRON_)?TZ=\S+/, '').trim();
  const parts = (macros.get(words) ?? words).split(/\s+/);
  const [minutes, hours, days, months, weekdays] = ranges.map((range, i) =>
    parseField(parts[i] ?? '', range),
  );
  if (parts.length !== ranges.length || !minutes || !hours || !days || !months || !weekdays) return undefined;
  return { minutes, hours, days, months, weekdays, needsBothDays: [parts[2], parts[4]].some(isAny) };
}

/** `*` in one of the two fields for days leaves the word to the other; with a step it is a choice like any. */
function isAny(field: string | undefined): boolean {
  return field !== undefined && /^[*?](?:\/1)?$/.test(field);
}

/** The allowed values of a field such as `*`, `1-5`, `mon,wed` or `10-50/10`; undefined for one that cannot be read. */
function parseField(text: string, range: FieldRange): readonly number[] | undefined {
  const parts = text.split(',').map((part) => parsePart(part, range));
  if (parts.some((values) => values.length === 0)) return undefined;
  return [...new Set(parts.flat())].toSorted((left, right) => left - right);
}

function parsePart(text: string, range: FieldRange): readonly number[] {
  const [span = '', step = '1', ...rest] = text.split('/');
  const { from, to } = parseSpan(span, range, text !== span);
  const by = Number(step);
  const isValid = rest.length === 0 && by >= 1 && from >= range.min && to <= range.max;
  const values: number[] = [];
  for (let value = from; isValid && value <= to; value += by) values.push(value);
  return values;
}

/** The two ends of a part; a single value with a step goes on to the end of the range. */
function parseSpan(
  span: string,
  range: FieldRange,
  hasStep: boolean,
): { readonly from: number; readonly to: number } {
  if (span === '*' || span === '?') return { from: range.min, to: range.max };
  const [first = '', last, ...rest] = span.split('-');
  const from = rest.length > 0 ? NaN : parseValue(first, range);
  if (last !== undefined) return { from, to: parseValue(last, range) };
  return { from, to: hasStep ? range.max : from };
}

/** NaN for what is no value; every comparison with it fails. */
function parseValue(text: string, { min, names = [] }: FieldRange): number {
  const index = names.indexOf(text.toLowerCase());
  if (index !== -1) return index + min;
  return /^\d{1,2}$/.test(text) ? Number(text) : NaN;
}
