import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchesGlob } from '../../src/lib/selectors.ts';

describe('a pattern', () => {
  test.each([
    ['shop', 'shop', true],
    ['shop', 'shop-2', false],
    ['shop', 'my-shop', false],
    ['team-*', 'team-', true],
    ['team-*', 'team-a', true],
    ['team-*', 'steam-a', false],
    ['*-test', 'shop-test', true],
    ['*-test', 'shop-tests', false],
    ['*', 'anything', true],
    ['pr-??', 'pr-12', true],
    ['pr-??', 'pr-123', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['', '', true],
    ['', 'x', false],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(matchesGlob(pattern, name)).toBe(expected);
  });

  test('says what a regular expression would', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, word, (glob, name) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesGlob(glob, name)).toBe(expression.test(name));
      }),
    );
  });

  test('of many stars takes no longer than others', () => {
    expect(matchesGlob(`${'*a'.repeat(30)}b`, 'a'.repeat(63))).toBe(false);
  });
});
