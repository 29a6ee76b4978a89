import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { block, code, cutMarkdown, sectionsOf, shellWord } from '../../../src/tickets/render/markdown.ts';
import { plainLine } from '../../../src/lib/text.ts';
import { payloads } from './hostile.ts';

describe('a code span', () => {
  test.each([
    ['a', '`a`'],
    ['', '`  `'],
    ['a`b', '``a`b``'],
    ['`a', '`` `a ``'],
    ['a``', '``` a`` ```'],
    ['a\n\n  b', '`a b`'],
  ])('of %j', (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  test('is cut inside, never through its fence', () => {
    expect(code('x'.repeat(1_000))).toBe(`\`${'x'.repeat(299)}…\``);
    expect(code('abcdef', 3)).toBe('`ab…`');
  });
});

describe('a block', () => {
  test('has a fence that is longer than any run inside', () => {
    expect(block(['a', 'b'], 'text')).toBe('```text\na\nb\n```');
    expect(block(['```', '````'], 'sh')).toBe('`````sh\n```\n````\n`````');
  });

  test('shows every line break as one', () => {
    expect(block(['a\u2028b\rc'], 'text')).toBe('```text\na\nb\nc\n```');
  });
});

describe('a word for the shell', () => {
  test.each([
    ['deployment/checkout', 'deployment/checkout'],
    ['job-name=a', 'job-name=a'],
    ['', "''"],
    ["it's", `'it'\\''s'`],
    ['a b', `'a b'`],
    ['$(reboot)', `'$(reboot)'`],
    ['a;b', `'a;b'`],
    ['*', `'*'`],
    ['~root', `'~root'`],
  ])('%j', (text, expected) => {
    expect(shellWord(text)).toBe(expected);
  });

  test('is one argument, as it was, for a real shell', () => {
    const words = [...payloads, ...fc.sample(fc.string({ unit: 'binary', maxLength: 20 }), 100)];
    const script = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
    const shown = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(shown).toEqual(words.map(plainLine));
  });
});

describe('a cut text', () => {
  const text = 'first\n\n```text\none\ntwo\nthree\n```\n\nlast line of all';

  test('stays as it is where it fits', () => {
    expect(cutMarkdown(text, text.length)).toBe(text);
  });

  test('ends with a whole line and a note, and closes its block', () => {
    expect(cutMarkdown(text, text.length - 1)).toBe('first\n\n```text\none\ntwo\nthree\n```\n\n\n(cut)');
    expect(cutMarkdown(text, 35)).toBe('first\n\n```text\none\ntwo\n```\n\n(cut)');
    expect(cutMarkdown(text, 14)).toBe('first\n\n\n(cut)');
    expect(cutMarkdown(text, 5)).toBe('(cut)');
    expect(cutMarkdown(text, 3)).toBe('(c…');
  });

  test('closes a block whose fence is long', () => {
    const fence = '`'.repeat(50);
    const long = `${fence}text\n${'a line\n'.repeat(50)}${fence}`;
    const cut = cutMarkdown(long, 200);
    expect(cut.length).toBeLessThanOrEqual(200);
    expect(cut.endsWith(`a line\n${fence}\n\n(cut)`)).toBe(true);
  });

  test('is never too long, and never leaves a block open', () => {
    const line = fc.constantFrom('a', '```', '````', '```text', '', 'b '.repeat(20));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.integer({ min: 5, max: 300 }), (lines, max) => {
        const whole = block(lines, 'text');
        const cut = cutMarkdown(whole, max);
        expect(cut.length).toBeLessThanOrEqual(max);
        const fence = /^`+/.exec(whole)?.[0] ?? '';
        const closings = cut.split('\n').filter((one) => one === fence);
        expect(closings).toHaveLength(cut.startsWith(fence) ? 1 : 0);
      }),
    );
  });
});

describe('sections', () => {
  test('begin at headings outside of blocks', () => {
    const text = 'head\n\n### One\n\n```\n### no\n```\n\n### Two\n\nend';
    const sections = sectionsOf(text);
    expect(sections.map(({ heading }) => heading)).toEqual(['', 'One', 'Two']);
    expect(sections.map((section) => section.text).join('\n')).toBe(text);
  });
});
