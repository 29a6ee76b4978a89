import { describe, expect, test } from '@jest/globals';
import { parseQuantity, sayQuantity } from '../../src/lib/quantity.ts';

describe('quantities', () => {
  test.each([
    ['0', 0],
    ['2', 2],
    ['100m', 0.1],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1e3', 1_000],
    ['12E', 12e18],
    ['1k', 1_000],
    ['1Ki', 1_024],
    ['64Mi', 64 * 2 ** 20],
    ['128974848000m', 128_974_848],
    ['-1', -1],
  ])('%s is %d', (text, value) => {
    expect(parseQuantity(text)).toBeCloseTo(value, 9);
  });

  test('each suffix is a power of ten or of 1024', () => {
    const decimal = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
    for (const [suffix, power] of Object.entries(decimal))
      expect([suffix, parseQuantity(`1${suffix}`)]).toEqual([suffix, Number(`1e${power}`)]);
    for (const [index, suffix] of ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].entries())
      expect([suffix, parseQuantity(`1${suffix}`)]).toEqual([suffix, 1_024 ** (index + 1)]);
  });

  test.each(['', 'a', '1 Gi', '1g', '1Kib', 'Mi', '1e9999', undefined])('%j is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  test.each([
    ['cpu', 0.1 + 0.2, '0.3'],
    ['cpu', 1_000, '1000'],
    ['pods', 110, '110'],
    ['memory', 1_023, '1023'],
    ['memory', 1_024, '1Ki'],
    ['memory', -2_048, '-2Ki'],
    ['memory', 2 ** 70, '1024Ei'],
    ['hugepages-2Mi', 2 ** 20, '1Mi'],
    ['cpu', 0.000_4, '0'],
    ['memory', 64 * 2 ** 20, '64Mi'],
    ['memory', 1.25 * 2 ** 30, '1.3Gi'],
    ['ephemeral-storage', 2 ** 40, '1Ti'],
    ['nvidia.com/gpu', 2, '2'],
  ])('%s %d is said as %s', (resource, value, text) => {
    expect(sayQuantity(resource, value)).toBe(text);
  });
});
