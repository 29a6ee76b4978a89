import { isPlaceholder, type Mask, type RuleName } from './marker.ts';

/** A secret that a regular expression can tell. */
export interface ShapeRow {
  readonly rule: RuleName;
  /** A cheap test that spares most lines the expression. */
  readonly hint: RegExp;
  /** Global. Group 1 is kept, group 2 is the secret, group 3 (if there is one) is kept. No look-around. */
  readonly shape: RegExp;
  /** A last look at the secret; without it every match counts. */
  readonly accepts?: (secret: string) => boolean;
}

/** Masks every secret that one of the rows tells, row by row. */
export function maskShapeRows(line: string, rows: readonly ShapeRow[], mask: Mask): string {
  let result = line;
  for (const { rule, hint, shape, accepts } of rows) {
    if (!hint.test(result)) continue;
    result = result.replace(shape, (all: string, kept: string, secret: string, after?: unknown) => {
      if (isPlaceholder(secret) || accepts?.(secret) === false) return all;
      // Without a third group, the offset of the match stands here.
      return kept + mask(rule) + (typeof after === 'string' ? after : '');
    });
  }
  return result;
}
