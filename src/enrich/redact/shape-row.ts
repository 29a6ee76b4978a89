import { isPlaceholder, type LineRule, type Mask, type RuleName } from './marker.ts';

/** A secret that a regular expression can tell. */
export interface ShapeRow {
  readonly rule: RuleName;
  /** Spares most lines the expression: an expression of its own, or texts (in lower case) of which one must stand there. */
  readonly hint: RegExp | readonly string[];
  /** Global. Group 1 is kept, group 2 is the secret, group 3 (if there is one) is kept. No look-around. */
  readonly shape: RegExp;
  /** A line in which this stands is left alone. */
  readonly unless?: RegExp;
  /** A last look at the secret; without it every match counts. */
  readonly accepts?: (secret: string) => boolean;
}

function maskShape(line: string, { rule, shape, accepts }: ShapeRow, mask: Mask): string {
  return line.replace(shape, (all: string, kept: string, secret: string, after?: unknown) => {
    if (isPlaceholder(secret) || accepts?.(secret) === false) return all;
    // Without a third group, the offset of the match stands here.
    return kept + mask(rule) + (typeof after === 'string' ? after : '');
  });
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function textsOf(rows: readonly ShapeRow[]): readonly string[] {
  const texts = new Set(rows.flatMap(({ hint }) => (hint instanceof RegExp ? [] : hint)));
  return [...texts].sort((one, other) => other.length - one.length);
}

/** Finds which rows' texts stand in a line, in one pass over it. */
function createHintFinder(rows: readonly ShapeRow[]): (line: string) => ReadonlySet<ShapeRow> {
  const texts = textsOf(rows);
  // A longer text stands for the shorter ones in it, too.
  const rowsOf = new Map(
    texts.map((text) => [
      text,
      rows.filter(({ hint }) => !(hint instanceof RegExp) && hint.some((other) => text.includes(other))),
    ]),
  );
  const finder = new RegExp(texts.map(escaped).join('|'), 'gi');
  return (line) => {
    const found = new Set<ShapeRow>();
    if (texts.length === 0) return found;
    finder.lastIndex = 0;
    for (let match = finder.exec(line); match !== null; match = finder.exec(line)) {
      for (const row of rowsOf.get(match[0].toLowerCase()) ?? []) found.add(row);
      // Texts may overlap.
      finder.lastIndex = match.index + 1;
    }
    return found;
  };
}

/** A rule that masks every secret which one of the rows tells, row by row. */
export function createShapeRule(rows: readonly ShapeRow[]): LineRule {
  const find = createHintFinder(rows);
  return (line, mask) => {
    const hinted = find(line);
    let result = line;
    for (const row of rows) {
      const isHinted = row.hint instanceof RegExp ? row.hint.test(result) : hinted.has(row);
      if (isHinted && row.unless?.test(result) !== true) result = maskShape(result, row, mask);
    }
    return result;
  };
}
