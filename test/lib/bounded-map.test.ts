import { expect, test } from '@jest/globals';
import { BoundedMap } from '../../src/lib/bounded-map.ts';

test('the entry that was set longest ago makes room', () => {
  const map = new BoundedMap<string, number>(2);
  expect(map.set('a', 1)).toBeUndefined();
  expect(map.set('b', 2)).toBeUndefined();
  expect(map.set('a', 3)).toBeUndefined();
  expect(map.set('c', 4)).toBe('b');
  expect([...map.entries()]).toEqual([
    ['a', 3],
    ['c', 4],
  ]);
  expect([map.has('b'), map.get('a'), map.size]).toEqual([false, 3, 2]);
  expect([map.delete('a'), map.delete('a'), map.size]).toEqual([true, false, 1]);
});
