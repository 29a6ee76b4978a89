import { expect, test } from '@jest/globals';
import { createInterner } from '../../src/lib/intern.ts';

test('returns an equal string, also after it has forgotten', () => {
  const intern = createInterner(2);
  for (const text of ['a', 'b', 'a', 'c', 'a', '']) expect(intern(text)).toBe(text);
});

test('a pool that is full still answers for every string', () => {
  const intern = createInterner(3);
  const texts = Array.from({ length: 100 }, (_, n) => `namespace-${n}`);
  expect(texts.map(intern)).toEqual(texts);
});
