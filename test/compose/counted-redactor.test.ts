import { expect, test } from '@jest/globals';
import { createRedactor } from '../../src/enrich/index.ts';
import { defaultRedactionOptions } from '../../src/enrich/redact/options.ts';
import { countedRedactor } from '../../src/compose/composer.ts';

test('every secret that is taken out is counted by its rule, and the texts are the same', () => {
  const plain = createRedactor(defaultRedactionOptions);
  const counts: Record<string, number> = {};
  const counted = countedRedactor(plain, (rule, count) => {
    counts[rule] = (counts[rule] ?? 0) + count;
  });
  const line = 'postgres://shop:s3cr3t-pa55@db/orders';
  expect(counted.redactLine(line)).toEqual(plain.redactLine(line));
  expect(counted.redactText('value is abcdef', ['abcdef'])).toEqual(
    plain.redactText('value is abcdef', ['abcdef']),
  );
  expect(counted.redactValue({ url: line })).toEqual(plain.redactValue({ url: line }));
  const expected: Record<string, number> = {};
  for (const result of [
    plain.redactLine(line),
    plain.redactText('value is abcdef', ['abcdef']),
    plain.redactValue({ url: line }),
  ])
    for (const [rule, count] of result.counts) expected[rule] = (expected[rule] ?? 0) + count;
  expect(counts).toEqual(expected);
  expect(Object.keys(counts).length).toBeGreaterThan(1);
});
