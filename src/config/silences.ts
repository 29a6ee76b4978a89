import { z } from 'zod';
import { detectedClasses } from '../domain/failure-classes.ts';
import { readTime, weekdays } from '../lib/calendar.ts';
import { labelSelector, namespacePattern } from './values.ts';

/** A time as RFC 3339 has it, read as epoch milliseconds. */
const instant: z.ZodType<number, string> = z.string().transform((text, context) => {
  const { at, problem } = readTime(text);
  if (problem === undefined) return at;
  context.addIssue({ code: 'custom', message: problem });
  return z.NEVER;
});

const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const time = z.string().regex(TIME_OF_DAY, 'write hours and minutes of a day: 06:30 or 22:00');
const endTime = z
  .string()
  .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'write hours and minutes of a day: 06:30, 22:00 or 24:00');

const weeklySchema = z
  .strictObject({
    days: z
      .array(z.enum(weekdays, { error: `must be one of ${weekdays.join(', ')}` }))
      .min(1, 'must name the days on which the window begins')
      .describe('The days on which the window begins'),
    from: time.describe('When it begins, on the clocks of the time zone'),
    to: endTime.describe('When it ends; not later than `from` means on the next day'),
    timeZone: z
      .string()
      .refine(isTimeZone, 'is not a time zone: write a name like Europe/Berlin, or UTC')
      .describe('A name of the IANA time zone database'),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    error: 'must differ from `from`; for a whole day write 00:00 and 24:00',
  })
  .refine(({ days, from, to }) => !(new Set(days).size === 7 && from === '00:00' && to === '24:00'), {
    path: ['days'],
    error:
      'leave no time of the week in which anything is filed: use watch.excludeNamespaces or classes.<name>.enabled',
  });

const silenceSchema = z
  .strictObject({
    reason: z.string().min(1, 'must say why, for those who read `preview`').max(200),
    namespaces: z
      .array(namespacePattern)
      .min(1, 'must name a namespace, or be left out for all of them and for nodes')
      .optional()
      .describe('Names and patterns; without it everything, nodes too'),
    workloadSelector: labelSelector.optional().describe('Owners with these labels alone, nodes too'),
    classes: z
      .array(z.enum(detectedClasses))
      .min(1, 'must name a class, or be left out for all of them')
      .optional()
      .describe('These classes alone'),
    from: instant.optional().describe('When it begins, RFC 3339'),
    until: instant.optional().describe('When it ends, RFC 3339'),
    weekly: weeklySchema.optional().describe('Only in this window of each week'),
  })
  .refine(({ until, weekly }) => until !== undefined || weekly !== undefined, {
    path: ['until'],
    error: 'must be set where `weekly` is not: a silence without an end would hide what fails for ever',
  })
  .refine(({ from, until }) => from === undefined || until === undefined || from < until, {
    path: ['until'],
    error: 'must be later than `from`',
  });

/** Times in which what fails is not filed, on purpose. */
export const silencesSchema = z
  .array(silenceSchema)
  .max(100)
  .default([])
  .describe('Times in which what fails is not filed; what still fails at the end is filed at once');

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return true;
  } catch {
    return false;
  }
}
