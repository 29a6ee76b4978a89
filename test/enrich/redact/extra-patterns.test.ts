import { describe, expect, test } from '@jest/globals';
import {
  checkExtraPatterns,
  compileExtraPatterns,
  ExtraPatternError,
} from '../../../src/enrich/redact/extra-patterns.ts';
import { countingMask } from '../../../src/enrich/redact/marker.ts';

const problemOf = (pattern: string): string | undefined => checkExtraPatterns([{ name: 'x', pattern }])[0];

describe("an operator's pattern", () => {
  test.each([
    'CASE-[0-9]{4}',
    'MYCO-[A-Z0-9]+',
    'a(?:b|c)d',
    '(?:[A-Z]{4} ){3}',
    'x{1,64}y',
    '\\bemp\\d{6}\\b',
    '[)(|*+]{2}',
    '\\(a\\)+',
  ])('%s can be used', (pattern) => {
    expect(problemOf(pattern)).toBeUndefined();
  });

  test.each([
    ['(a+)+b', 'repeats a group'],
    ['(?:a|ab)*c', 'repeats a group'],
    ['((x?)y)+z', 'repeats a group'],
    ['(?:a?){30}b', 'repeats a group'],
    ['a+b+c', 'more than one repeat'],
    ['a?a?a?a?a?aaaaa', 'more than 4 choices'],
    ['x(?=y)', 'looks around'],
    ['(?<!x)y', 'looks around'],
    ['(a)\\1', 'refers back'],
    ['a{1,9999}b', 'repeats more than 256'],
    ['a*', 'matches the empty text'],
    ['(', 'is no regular expression'],
    ['', 'is empty'],
    ['x'.repeat(257), 'is longer than 256'],
  ])('%s is refused', (pattern, problem) => {
    expect(problemOf(pattern)).toContain(problem);
    expect(problemOf(pattern)).toMatch(/^redaction\.patterns\[0\]\.pattern: /);
  });

  test('is refused for its name and flags, with the index of the field', () => {
    expect(
      checkExtraPatterns([
        { name: 'ok', pattern: 'a' },
        { name: 'Not ok', pattern: 'a' },
        { name: 'ok', pattern: 'a', flags: 'gm' },
        { name: 'email', pattern: 'a' },
        { name: 'discord-token', pattern: 'a' },
        { name: 'tokens', pattern: 'a' },
      ]),
    ).toEqual([
      'redaction.patterns[1].name: use 1 to 40 lower-case letters, digits and hyphens',
      'redaction.patterns[2].flags: only i, s and u are allowed; matching is always global',
      'redaction.patterns[3].name: "email" is a rule of the agent; choose another, so that its finds are counted apart',
      `redaction.patterns[4].name: "discord-token" ends in "-token", as the agent's rules for vendors' tokens do; choose another, so that its finds can be told from theirs`,
    ]);
  });

  test('all problems are told at once', () => {
    const patterns = [
      { name: 'a', pattern: '(' },
      { name: 'b', pattern: 'a*' },
    ];
    expect(() => compileExtraPatterns(patterns)).toThrow(ExtraPatternError);
    expect(checkExtraPatterns(patterns)).toHaveLength(2);
  });

  test('never touches a marker', () => {
    const counts = new Map<string, number>();
    const rule = compileExtraPatterns([{ name: 'word', pattern: '[a-z]{4,}', flags: 'i' }]);
    expect(rule('[REDACTED:password] hello', countingMask(counts))).toBe(
      '[REDACTED:password] [REDACTED:word]',
    );
    expect([...counts]).toEqual([['word', 1]]);
  });
});
