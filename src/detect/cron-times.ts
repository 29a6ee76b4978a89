import { Cron } from 'croner';
import { HOUR, MINUTE, SECOND } from '../domain/clock.ts';

/** The schedule of a CronJob, and what is known of its time zone. */
export interface Schedule {
  readonly text: string;
  /** `spec.timeZone`. Without it times are those of the control plane's own zone. */
  readonly timeZone?: string | undefined;
  /** A time at which it ran: it tells the zone of the control plane. */
  readonly ranAt?: number | undefined;
}

/** Which times of a schedule are asked for. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly max: number;
}

/** The times of a schedule after `from` up to and including `to`, oldest first and at most `max`. None for one that cannot be read. */
export function runsBetween(schedule: Schedule, span: Span): readonly number[] {
  const everyMs = intervalOf(schedule.text);
  if (everyMs !== undefined) return multiples(everyMs, schedule.ranAt ?? span.from, span);
  const cron = cronOf(schedule);
  return cron === undefined ? [] : timesOf(cron, span);
}

function timesOf(cron: Cron, { from, to, max }: Span): readonly number[] {
  const runs: number[] = [];
  for (
    let next = cron.nextRun(new Date(from));
    next !== null && runs.length < max;
    next = cron.nextRun(next)
  ) {
    if (next.getTime() > to) break;
    // In the night in which an hour is left out Kubernetes leaves out its runs; croner makes up for them.
    if (cron.match(next)) runs.push(next.getTime());
  }
  return runs;
}

function multiples(everyMs: number, anchor: number, { from, to, max }: Span): readonly number[] {
  const first = anchor + (Math.floor((from - anchor) / everyMs) + 1) * everyMs;
  const count = Math.min(max, Math.max(0, Math.floor((to - first) / everyMs) + 1));
  return Array.from({ length: count }, (_none, index) => first + index * everyMs);
}

/** Macros that robfig/cron knows, which Kubernetes uses; croner does not know all of them. */
const macros: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

/** A zone within the schedule: refused by now, and kept where it was accepted. */
const ZONE_PREFIX = /^(?:CRON_)?TZ=(\S+)\s+/;

/** Every time zone is a multiple of this away from UTC, in minutes, and none further than the next two. */
const ZONE_STEP_MIN = 15;
const ZONE_STEPS_WEST = 48;
const ZONE_STEPS_EAST = 56;

function cronOf({ text, timeZone, ranAt }: Schedule): Cron | undefined {
  const words = text.replace(ZONE_PREFIX, '').trim();
  const pattern = macros.get(words) ?? words;
  const timezone = timeZone ?? ZONE_PREFIX.exec(text)?.[1];
  if (timezone !== undefined) return open(pattern, { timezone });
  if (ranAt === undefined) return open(pattern, { utcOffset: 0 });
  const at = new Date(ranAt);
  for (const utcOffset of offsets()) {
    const cron = open(pattern, { utcOffset });
    if (cron === undefined || cron.match(at)) return cron;
  }
  return undefined;
}

/** The nearest to UTC first. */
function offsets(): readonly number[] {
  const steps = Array.from(
    { length: ZONE_STEPS_WEST + 1 + ZONE_STEPS_EAST },
    (_none, i) => i - ZONE_STEPS_WEST,
  );
  return steps
    .toSorted((left, right) => Math.abs(left) - Math.abs(right))
    .map((step) => step * ZONE_STEP_MIN);
}

/** Undefined for a schedule or a zone that cannot be read. */
function open(
  pattern: string,
  zone: { readonly timezone: string } | { readonly utcOffset: number },
): Cron | undefined {
  try {
    const cron = new Cron(pattern, { ...zone, mode: '5-part', sloppyRanges: true });
    cron.match(new Date(0));
    return cron;
  } catch {
    return undefined;
  }
}

const units: Readonly<Record<string, number>> = { h: HOUR, m: MINUTE, s: SECOND };

/** `@every 1h30m`, in milliseconds; robfig/cron goes by whole seconds. */
function intervalOf(text: string): number | undefined {
  const duration = /^@every ((?:\d+(?:\.\d+)?[hms])+)$/.exec(text.trim())?.[1];
  if (duration === undefined) return undefined;
  const parts = [...duration.matchAll(/([\d.]+)([hms])/g)];
  const lengthMs = parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0),
    0,
  );
  return Math.max(SECOND, Math.floor(lengthMs / SECOND) * SECOND);
}
