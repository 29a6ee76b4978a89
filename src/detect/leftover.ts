import { DAY } from '../domain/clock.ts';

/** What ended longer ago wakes nobody. */
const LEFTOVER_MS = DAY;

/** Whether something that ended then is a leftover. */
export function leftover(endedAt: number, now: number): { readonly isLeftover?: true } {
  return endedAt < now - LEFTOVER_MS ? { isLeftover: true } : {};
}
