import { expect, test } from '@jest/globals';
import { sayExitCode, windowsNameOf } from '../../src/lib/text.ts';

test.each([
  [0, '0', undefined],
  [-1, '-1', undefined],
  [137, '137', undefined],
  [3_221_225_477, '0xC0000005', 'access violation'],
  [-1_073_741_819, '0xC0000005', 'access violation'],
  [-1_073_740_791, '0xC0000409', 'stack buffer overrun'],
  [3_762_504_530, '0xE0434352', 'unhandled .NET exception'],
  [2_147_483_648, '0x80000000', undefined],
])('%i is %s', (exitCode, words, name) => {
  expect(sayExitCode(exitCode)).toBe(words);
  expect(windowsNameOf(exitCode)).toBe(name);
});
