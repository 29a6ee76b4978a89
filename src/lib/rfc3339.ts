/** A time as somebody wrote it, or what is wrong with it, as the end of a sentence that begins with its name. */
export type ReadTime =
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
