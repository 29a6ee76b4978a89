import { expect, test } from '@jest/globals';
import { createInterner } from '../../src/lib/intern.ts';

test('gives every text back as it is', () => {
  const intern = createInterner(2);
  for (const text of ['a', 'b', 'c', 'a', '', 'd', 'c', 'a']) expect(intern(text)).toBe(text);
});
