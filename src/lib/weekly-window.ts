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
