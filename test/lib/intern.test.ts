import { expect, test } from '@jest/globals';
import { createInterner, createPool } from '../../src/lib/bounded-map.ts';

test('gives every text back as it is', () => {
  const intern = createInterner(2);
  for (const text of ['a', 'b', 'c', 'a', '', 'd', 'c', 'a']) expect(intern(text)).toBe(text);
});

test('gives the first value of a key for all of them', () => {
  const pool = createPool<object>(4);
  const first = { of: 'a' };
  expect(pool('a', first)).toBe(first);
  expect(pool('a', { of: 'a' })).toBe(first);
});

test('remembers what is asked for again and again, and forgets what is not', () => {
  const pool = createPool<object>(4);
  const [often, once] = [{}, {}];
  pool('often', often);
  pool('once', once);
  for (let n = 0; n < 20; n += 1) {
    pool(`other-${n}`, {});
    expect(pool('often', {})).toBe(often);
  }
  expect(pool('once', {})).not.toBe(once);
});
