import { Cron } from 'croner';
import { SECOND } from '../domain/clock.ts';

/** Days of the week as in cron. */
export const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
export type Weekday = (typeof weekdays)[number];

/** A time of the week that comes again each week. */
export interface WeeklyTimes {
  /** The days on which it begins. */
  readonly days: readonly Weekday[];
  /** `HH:MM` on the clocks of the time zone. */
  readonly from: string;
  /** The same, up to `24:00`. Not later than `from`: on the next day. */
  readonly to: string;
  /** A name of the IANA database, as `Europe/Berlin`. */
  readonly timeZone: string;
}

/** Whether a window is open, and until when that stays so (epoch milliseconds; Infinity: for ever). */
export interface WindowState {
  readonly isOpen: boolean;
  readonly until: number;
}

/** Windows that follow each other without a gap are one, up to so many. */
const MAX_JOINED = 8;

/**
 * A window that comes each week, as clocks on the wall show it: in the night in which they are changed it is an hour shorter or longer. What
 * was computed is kept until it changes, as to compute it takes a millisecond.
 */
export class WeeklyWindow {
  readonly #begins: Cron;
  readonly #ends: Cron;
  #known: { readonly from: number; readonly state: WindowState } | undefined;

  /** Throws for times or a zone that are not as said above. */
  constructor({ days, from, to, timeZone }: WeeklyTimes) {
    const options = { timezone: timeZone };
    this.#begins = new Cron(`${cronTime(from)} * * ${days.join(',')}`, options);
    this.#ends = new Cron(`${cronTime(to === '24:00' ? '00:00' : to)} * * *`, options);
  }

  /** At a moment in epoch milliseconds. */
  stateAt(now: number): WindowState {
    if (this.#known !== undefined && this.#known.from <= now && now < this.#known.state.until)
      return this.#known.state;
    const state = this.#compute(now);
    this.#known = { from: now, state };
    return state;
  }

  #compute(now: number): WindowState {
    let end = this.#endOfLast(now);
    if (end <= now)
      return { isOpen: false, until: this.#begins.nextRun(new Date(now))?.getTime() ?? Infinity };
    for (let joined = 0; joined < MAX_JOINED; joined += 1) {
      const next = this.#endOfLast(end);
      if (next <= end) break;
      end = next;
    }
    return { isOpen: true, until: end };
  }

  /** When the window ends that began last, at this moment at the latest. */
  #endOfLast(now: number): number {
    // What is asked for lies before the reference, and a second is the smallest step.
    const [begun] = this.#begins.previousRuns(1, new Date((Math.floor(now / SECOND) + 1) * SECOND));
    if (begun === undefined) return -Infinity;
    return this.#ends.nextRun(begun)?.getTime() ?? -Infinity;
  }
}

/** `22:05` as minute and hour of cron. */
function cronTime(time: string): string {
  const [hour, minute] = time.split(':').map(Number);
  return `${minute} ${hour}`;
}

/** A time as somebody wrote it, or what is wrong with it, as the end of a sentence that begins with its name. */
type ReadTime =
  { readonly at: number; readonly problem?: never } | { readonly at?: never; readonly problem: string };

const TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)?$/;
const EXAMPLE = 'write it as 2026-12-24T18:00:00Z or 2026-12-24T18:00:00+01:00';

/**
 * Reads a time of RFC 3339 as epoch milliseconds. Seconds may be left out, the zone not: a time without one is another moment for
 * each who reads it.
 */
export function readTime(text: string): ReadTime {
  const match = TIME.exec(text.trim());
  if (match === null) return { problem: `is not a time with date and zone: ${EXAMPLE}` };
  const [, year, month, day, hour, minute, second = '00', zone] = match;
  if (zone === undefined) return { problem: `does not say its time zone: ${EXAMPLE}` };
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const wall = Date.parse(`${local}Z`);
  // A day that the month does not have would be read as one of the next month.
  const isReal = !Number.isNaN(wall) && new Date(wall).toISOString().startsWith(local);
  const at = Date.parse(`${local}${zone.toUpperCase()}`);
  if (!isReal || Number.isNaN(at)) return { problem: `is no moment of the calendar: ${EXAMPLE}` };
  return { at };
}
