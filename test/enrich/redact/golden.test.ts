import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { defaultRedactionOptions } from '../../../src/enrich/redact/options.ts';
import { createRedactor } from '../../../src/enrich/redact/redactor.ts';
import { hashParts } from '../../../src/lib/hash.ts';
import { ordinaryCorpora, secretCorpora } from '../../corpus/all.ts';

/**
 * What becomes of one sample of each format, word for word: which rule took out how much, and what stayed. A change of the rules shows
 * in the diff of this file; `UPDATE_GOLDEN=1 npm test -- test/enrich/redact/golden` writes it anew.
 */
const file = new URL('../../corpus/redacted.txt', import.meta.url);
const redactor = createRedactor(defaultRedactionOptions);
const redact = (text: string): string => redactor.redactText(text).text;

function sampleLines(): readonly string[] {
  return [...secretCorpora].flatMap(([corpus, { samples }]) => {
    const first = new Map<string, string>();
    for (const { format, text } of samples) if (!first.has(format)) first.set(format, text);
    return [...first].map(([format, text]) => `${corpus} | ${format} | ${JSON.stringify(redact(text))}`);
  });
}

/** All samples of a corpus as one text: what stands near is read with them. */
function textLines(): readonly string[] {
  const texts = [
    ...[...secretCorpora].map(([name, { samples }]) => [name, samples.map(({ text }) => text)] as const),
    ...Object.entries(ordinaryCorpora).map(([name, lines]) => [`ordinary ${name}`, lines] as const),
  ];
  return texts.map(
    ([name, lines]) =>
      `${name} | as one text | ${hashParts({ text: redact(lines.join('\n')) }).slice(0, 16)}`,
  );
}

test('each format is redacted as before', () => {
  const lines = [...sampleLines(), ...textLines()];
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, `${lines.join('\n')}\n`);
  expect(lines).toEqual(readFileSync(file, 'utf8').trimEnd().split('\n'));
});
