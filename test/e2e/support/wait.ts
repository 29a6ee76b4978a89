import { setTimeout as delay } from 'node:timers/promises';
import { diagnose, type Diagnosis } from './diagnostics.ts';

const LOOK_MS = 250;

/**
 * Looks until `look` gives something, and returns it. A look that throws gave nothing: a cluster may be away for a while. Throws after
 * `withinMs` with what was waited for, with what the diagnoses of the suite and `own` have to say, and with the last look's error as its
 * cause.
 */
export async function eventually<T>(
  what: string,
  withinMs: number,
  look: () => T | undefined | Promise<T | undefined>,
  ...own: readonly Diagnosis[]
): Promise<T> {
  const deadline = performance.now() + withinMs;
  let cause: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline)
      throw new Error(`waited ${withinMs / 1_000} s in vain for ${what}\n\n${await diagnose(own)}`, {
        cause,
      });
    await delay(LOOK_MS);
  }
}

/** Looks for the whole time and throws as soon as `isHeld` does not hold. For "nothing happens". */
export async function throughout(
  what: string,
  forMs: number,
  isHeld: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    if (!(await isHeld())) throw new Error(`did not hold: ${what}\n\n${await diagnose()}`);
    await delay(LOOK_MS);
  }
}
