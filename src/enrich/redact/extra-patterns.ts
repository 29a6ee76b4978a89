import { betweenMarkers, type LineRule, ownRules, vendorSuffix } from './marker.ts';
import type { ExtraPattern } from './options.ts';

/** Thrown when an operator's patterns cannot be used; `problems` names every field with the remedy. */
export class ExtraPatternError extends Error {
  override readonly name = 'ExtraPatternError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`redaction patterns cannot be used:\n${problems.join('\n')}`);
    this.problems = problems;
  }
}

/** Longest pattern: what is longer is a list of words, and belongs into several patterns. */
export const maxPatternLength = 256;

/** Most choices in one pattern: each of them can double the work of an expression that fails late. */
export const maxChoices = 4;

// Largest upper bound of a counted repeat, for the same reason.
const maxRepeat = 256;

/** A group that is open, or has just ended. */
interface Group {
  /** Holds a choice itself or in a group within it. */
  varies: boolean;
}

const pieces =
  /\[(?:\\.|[^\]\\])*\]?|\\.|\(\?(?:<?[=!]|<[A-Za-z]\w*>|:)?|[()|]|(?:[*+?]|\{\d{1,5}(?:,\d{0,5})?\})\??|./gsu;

function repeatOf(piece: string): { readonly least: number; readonly most: number } | undefined {
  const sign = piece.charAt(0);
  if (sign === '*' || sign === '+') return { least: sign === '+' ? 1 : 0, most: Infinity };
  if (sign === '?') return { least: 0, most: 1 };
  if (sign !== '{' || piece.length < 3) return undefined;
  const [least = '', most = least] = piece.replace(/[{}?]/g, '').split(',');
  return { least: Number(least), most: most === '' ? Infinity : Number(most) };
}

type Repeat = ReturnType<typeof repeatOf>;

// What is refused wherever it stands; `closed` is the group that the piece repeats.
function refusalOf(piece: string, repeat: Repeat, closed: Group | undefined): string | undefined {
  if (/^\(\?<?[=!]/.test(piece))
    return 'looks around (?=, ?!, ?<=, ?<!); match the neighbouring text instead';
  if (/^\\[1-9k]/.test(piece)) return 'refers back to a group; write the text out instead';
  if (repeat === undefined) return undefined;
  if (closed?.varies === true && repeat.most > 1)
    return 'repeats a group that can itself match in several ways; repeat a single character or character class instead';
  const isLarge = repeat.most !== Infinity && repeat.most > maxRepeat;
  return isLarge ? `repeats more than ${maxRepeat} times; use a smaller upper bound` : undefined;
}

interface Part {
  readonly piece: string;
  readonly repeat: Repeat;
}

const isChoice = ({ piece, repeat }: Part): boolean => piece === '|' || repeat?.least !== repeat?.most;

function firstRefusal(parts: readonly Part[]): string | undefined {
  const open: Group[] = [{ varies: false }];
  let closed: Group | undefined;
  for (const part of parts) {
    const refusal = refusalOf(part.piece, part.repeat, closed);
    if (refusal !== undefined) return refusal;
    if (part.piece.startsWith('(')) open.push({ varies: false });
    closed = part.piece === ')' && open.length > 1 ? open.pop() : undefined;
    const inner = open.at(-1);
    if (inner !== undefined) inner.varies ||= isChoice(part) || closed?.varies === true;
  }
  return undefined;
}

/** Walks over the pattern and tells what could make it slow. */
function problemOfShape(pattern: string): string | undefined {
  const parts = Array.from(pattern.matchAll(pieces), ([piece], at): Part => ({
    piece,
    repeat: at === 0 ? undefined : repeatOf(piece),
  }));
  const refusal = firstRefusal(parts);
  if (refusal !== undefined) return refusal;
  if (parts.filter(({ repeat }) => repeat?.most === Infinity).length > 1)
    return 'has more than one repeat without an upper bound; write {1,64} instead of + and {0,64} instead of *';
  if (parts.filter(isChoice).length <= maxChoices) return undefined;
  return `has more than ${maxChoices} choices (*, +, ?, {n,m}, |); split it into several patterns`;
}

function compile(extra: ExtraPattern): RegExp | string {
  try {
    const pattern = new RegExp(extra.pattern, `g${extra.flags ?? ''}`);
    return pattern.test('') ? 'matches the empty text; make at least one character required' : pattern;
  } catch (error) {
    return `is no regular expression: ${error instanceof Error ? error.message : 'syntax error'}`;
  }
}

function problemOf(extra: ExtraPattern): string | undefined {
  if (!/^[a-z0-9-]{1,40}$/.test(extra.name))
    return '.name: use 1 to 40 lower-case letters, digits and hyphens';
  if (ownRules.some((rule) => rule === extra.name))
    return `.name: "${extra.name}" is a rule of the agent; choose another, so that its finds are counted apart`;
  if (extra.name.endsWith(vendorSuffix))
    return `.name: "${extra.name}" ends in "${vendorSuffix}", as the agent's rules for vendors' tokens do; choose another, so that its finds can be told from theirs`;
  if (!/^[isu]{0,3}$/.test(extra.flags ?? ''))
    return '.flags: only i, s and u are allowed; matching is always global';
  if (extra.pattern === '') return '.pattern: is empty; write a regular expression';
  if (extra.pattern.length > maxPatternLength)
    return `.pattern: is longer than ${maxPatternLength} characters; split it`;
  const problem = problemOfShape(extra.pattern) ?? compile(extra);
  return typeof problem === 'string' ? `.pattern: ${problem}` : undefined;
}

/**
 * Every problem of an operator's patterns, as `redaction.patterns[2].pattern: what, and what to do`; empty when all can be
 * used. What is accepted costs at most the square of a line's length, and lines are capped.
 */
export function checkExtraPatterns(patterns: readonly ExtraPattern[]): string[] {
  return patterns.flatMap((extra, at) => {
    const problem = problemOf(extra);
    return problem === undefined ? [] : [`redaction.patterns[${at}]${problem}`];
  });
}

/** A rule for the operator's patterns. Throws `ExtraPatternError`, with all problems, when one cannot be used. */
export function compileExtraPatterns(patterns: readonly ExtraPattern[]): LineRule {
  const problems = checkExtraPatterns(patterns);
  if (problems.length > 0) throw new ExtraPatternError(problems);
  const rows = patterns.map(({ name, pattern, flags }) => ({
    name,
    shape: new RegExp(pattern, `g${flags ?? ''}`),
  }));
  return (line, mask) => {
    let result = line;
    for (const { name, shape } of rows) {
      result = betweenMarkers(result, (part) =>
        part.replace(shape, (found) => (found === '' ? '' : mask(name))),
      );
    }
    return result;
  };
}
