import { describe, expect, test } from '@jest/globals';
import { defaultRedactionOptions } from '../../../src/enrich/redact/options.ts';
import { createRedactor } from '../../../src/enrich/redact/redactor.ts';
import { ordinaryLines } from '../../corpus/ordinary.ts';
import { createRandom } from '../../corpus/random.ts';
import { secretSamples } from '../../corpus/secrets.ts';

const redactor = createRedactor(defaultRedactionOptions);

describe('the corpus', () => {
  const samples = secretSamples(createRandom(20260301));
  const lines = ordinaryLines(createRandom(20260302));

  test('is large enough to mean something', () => {
    expect(samples.length).toBeGreaterThanOrEqual(300);
    expect(new Set(samples.map(({ format }) => format)).size).toBeGreaterThanOrEqual(60);
    expect(lines.length).toBeGreaterThanOrEqual(2_000);
    expect(
      samples.every(
        ({ text, secrets }) => secrets.length > 0 && secrets.every((secret) => text.includes(secret)),
      ),
    ).toBe(true);
  });

  test('at least 95 % of the secrets are gone', () => {
    const missed = samples.filter(({ text, secrets }) => {
      const redacted = redactor.redactText(text).text;
      return secrets.some((secret) => redacted.includes(secret));
    });
    expect(missed.length / samples.length).toBeLessThanOrEqual(0.05);
  });

  test('at most 0.5 % of the ordinary lines are touched', () => {
    const touched = lines.filter((line) => redactor.redactText(line).text !== line);
    expect(touched.length / lines.length).toBeLessThanOrEqual(0.005);
  });

  test('ordinary lines stay as they are in one text, too', () => {
    const text = lines.join('\n');
    const redacted = redactor.redactText(text).text.split('\n');
    expect(redacted).toHaveLength(lines.length);
    expect(redacted.filter((line, at) => line !== lines[at]).length / lines.length).toBeLessThanOrEqual(
      0.005,
    );
  });
});
