import { expect, test } from '@jest/globals';
import { isNewer, isOlder } from '../../src/lib/resource-version.ts';

test('versions are compared as numbers of any length', () => {
  expect([isNewer('100', '99'), isNewer('99', '100'), isNewer('99', '99')]).toEqual([true, false, false]);
  expect([isOlder('9007199254740992', '9007199254740993'), isOlder('100', '99')]).toEqual([true, false]);
});

test('what cannot be compared is taken, and is not called older', () => {
  expect([isNewer('a', 'b'), isNewer('b', 'a'), isOlder('a', 'b')]).toEqual([true, true, false]);
});
