import { betweenMarkers, type LineRule } from './marker.ts';
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

interface Shape {
  choices: number;
  unbounded: number;
  problem: string | undefined;
}

interface Group {
  /** Holds a choice itself or in a group within it. */
  varies: boolean;
}

const lookAround = /^\(\?<?[=!]/;
const repeat = /^(?:[*+?]|\{\d{1,5}(?:,\d{0,5})?\})\??/;

function classEnd(pattern: string, from: number): number {
  let at = from + 1;
  while (at < pattern.length && pattern.charAt(at) !== ']') at += pattern.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}

function readRepeat(text: string): { least: number; most: number } {
  const sign = text.charAt(0);
  if (sign === '*') return { least: 0, most: Infinity };
  if (sign === '+') return { least: 1, most: Infinity };
  if (sign === '?') return { least: 0, most: 1 };
  const [least = '', most] = text.replace(/[{}?]/g, '').split(',');
  if (most === undefined) return { least: Number(least), most: Number(least) };
  return { least: Number(least), most: most === '' ? Infinity : Number(most) };
}

// Counts a repeat; `group` is the group it repeats, undefined when it repeats a single character.
function noteRepeat(shape: Shape, text: string, group: Group | undefined): boolean {
  const { least, most } = readRepeat(text);
  if (group?.varies === true && most > 1)
    shape.problem ??=
      'repeats a group that can itself match in several ways; repeat a single character or character class instead';
  if (most !== Infinity && most > maxRepeat)
    shape.problem ??= `repeats more than ${maxRepeat} times; use a smaller upper bound`;
  if (least === most) return false;
  shape.choices += 1;
  if (most === Infinity) shape.unbounded += 1;
  return true;
}

function noteEscape(shape: Shape, next: string): void {
  if (/[1-9k]/.test(next)) shape.problem ??= 'refers back to a group; write the text out instead';
}

/** Where the walk over a pattern stands. */
interface Walk {
  readonly shape: Shape;
  readonly open: Group[];
  /** The group that ended directly before, for a repeat that may follow. */
  closed: Group | undefined;
}

function takeRepeat(walk: Walk, rest: string): number {
  const found = repeat.exec(rest);
  if (found === null) return 0;
  const varies = noteRepeat(walk.shape, found[0], walk.closed);
  const inner = walk.open.at(-1);
  if (varies && inner !== undefined) inner.varies = true;
  return found[0].length;
}

function takeOther({ shape, open }: Walk, rest: string): Group | undefined {
  if (lookAround.test(rest))
    shape.problem ??= 'looks around (?=, ?!, ?<=, ?<!); match the neighbouring text instead';
  switch (rest.charAt(0)) {
    case '(':
      open.push({ varies: false });
      return undefined;
    case '|':
      noteAlternative(shape, open.at(-1));
      return undefined;
    case ')':
      return close(open);
    case '\\':
      noteEscape(shape, rest.charAt(1));
      return undefined;
    default:
      return undefined;
  }
}

/** Walks over the pattern once and notes what could make it slow. */
function shapeOf(pattern: string): Shape {
  const walk: Walk = {
    shape: { choices: 0, unbounded: 0, problem: undefined },
    open: [{ varies: false }],
    closed: undefined,
  };
  for (let at = 0; at < pattern.length;) {
    const rest = pattern.slice(at);
    const taken = at > 0 ? takeRepeat(walk, rest) : 0;
    walk.closed = taken > 0 ? undefined : takeOther(walk, rest);
    at = taken > 0 ? at + taken : next(pattern, at);
  }
  return walk.shape;
}

function noteAlternative(shape: Shape, inner: Group | undefined): void {
  shape.choices += 1;
  if (inner !== undefined) inner.varies = true;
}

function close(open: Group[]): Group | undefined {
  const group = open.length > 1 ? open.pop() : undefined;
  const outer = open.at(-1);
  if (group?.varies === true && outer !== undefined) outer.varies = true;
  return group;
}

function next(pattern: string, at: number): number {
  const char = pattern.charAt(at);
  if (char === '[') return classEnd(pattern, at);
  if (char === '\\') return at + 2;
  return pattern.startsWith('(?', at) ? at + 2 : at + 1;
}

function problemOfShape(pattern: string): string | undefined {
  const { choices, unbounded, problem } = shapeOf(pattern);
  if (problem !== undefined) return problem;
  if (unbounded > 1)
    return 'has more than one repeat without an upper bound; write {1,64} instead of + and {0,64} instead of *';
  if (choices > maxChoices)
    return `has more than ${maxChoices} choices (*, +, ?, {n,m}, |); split it into several patterns`;
  return undefined;
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
 * used. The check is conservative: it refuses look-around, back references, repeated groups that can match in several
 * ways, more than one repeat without an upper bound, more than four choices and more than 256 characters. What remains
 * costs at most the square of a line's length, and lines are capped.
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
