/** Compares the ratios of two runs of the benches. Only ratios: milliseconds and megabytes belong to a machine and a moment. */

/** How much worse a ratio may be than it was. */
export const TOLERANCE = 0.1;

/** Figures with `÷` in their name, and those called `ratio`: more is worse in all of them. */
const RATIO = /÷|^ratio$/;

/** All ratios in the figures of a report, by their path: `filing › tickets › agent › ÷ floor`. */
export function ratiosOf(figures: unknown, path: readonly string[] = []): ReadonlyMap<string, number> {
  if (typeof figures === 'number') {
    const isRatio = RATIO.test(path.at(-1) ?? '');
    return new Map(isRatio ? [[path.join(' › '), figures]] : []);
  }
  if (typeof figures !== 'object' || figures === null) return new Map();
  return new Map(Object.entries(figures).flatMap(([key, value]) => [...ratiosOf(value, [...path, key])]));
}

/** A ratio of before beside that of now; undefined where it is not measured any more. */
export interface Compared {
  readonly path: string;
  readonly before: number;
  readonly now: number | undefined;
}

/**
 * The ratios that are worse by more than the tolerance, or gone. Only benches that were run now are compared. Throws where the two runs have no ratio in
 * common: then nothing would be compared, and nothing would be said.
 */
export function regressions(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): readonly Compared[] {
  const ran = Object.fromEntries(Object.entries(before).filter(([bench]) => bench in now));
  const measured = ratiosOf(now);
  const rows = [...ratiosOf(ran)].map(([path, value]) => ({ path, before: value, now: measured.get(path) }));
  if (!rows.some((row) => row.now !== undefined))
    throw new Error(
      'the two runs have no ratio in common: compare a file that `npm run bench -- --json` wrote',
    );
  // A ratio that cannot be told (NaN is null in JSON, and no number there) is gone as well.
  return rows.filter((row) => !(row.now !== undefined && row.now <= row.before * (1 + TOLERANCE)));
}

/** One line for each. */
export function sentences(found: readonly Compared[]): readonly string[] {
  return found.map(({ path, before, now }) =>
    now === undefined
      ? `${path}: was ${before}, is not measured any more`
      : `${path}: was ${before}, is ${now}`,
  );
}
