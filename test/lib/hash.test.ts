import { expect, test } from '@jest/globals';
import { hashParts } from '../../src/lib/hash.ts';

test('equal parts have an equal hash, whatever their order', () => {
  expect(hashParts({ a: '1', b: '2' })).toBe(hashParts({ b: '2', a: '1' }));
  expect(hashParts({ a: '1' })).toMatch(/^[0-9a-f]{64}$/);
});

test('what stands on the border of two parts belongs to one of them', () => {
  expect(hashParts({ namespace: 'a', name: 'bc' })).not.toBe(hashParts({ namespace: 'ab', name: 'c' }));
  expect(hashParts({ a: '","b":"' })).not.toBe(hashParts({ a: '', b: '' }));
});

test('a part counts by its name', () => {
  expect(hashParts({ a: '1' })).not.toBe(hashParts({ b: '1' }));
});
