import { describe, expect, test } from '@jest/globals';
import { defaultRedactionOptions } from '../../../src/enrich/redact/options.ts';
import { createRedactor } from '../../../src/enrich/redact/redactor.ts';
import { freshSecrets } from '../../corpus/fresh.ts';
import { heldOutOrdinary, heldOutSecrets } from '../../corpus/held-out.ts';
import { ordinaryLines } from '../../corpus/ordinary.ts';
import { createRandom } from '../../corpus/random.ts';
import { secretSamples, type SecretSample } from '../../corpus/secrets.ts';

const redactor = createRedactor(defaultRedactionOptions);

function shareGone(samples: readonly SecretSample[]): number {
  const gone = samples.filter(({ text, secrets }) => {
    const redacted = redactor.redactText(text).text;
    return secrets.every((secret) => !redacted.includes(secret));
  });
  return gone.length / samples.length;
}

function shareTouched(lines: readonly string[]): number {
  return lines.filter((line) => redactor.redactText(line).text !== line).length / lines.length;
}

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
    expect(shareGone(samples)).toBeGreaterThanOrEqual(0.95);
  });

  test('at most 0.5 % of the ordinary lines are touched', () => {
    expect(shareTouched(lines)).toBeLessThanOrEqual(0.005);
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

// Floors against falling back; the first look at them, which is the fairer figure, stands in docs/redaction.md.
describe('the corpora written after the rules', () => {
  test('at least 93 % of the secrets are gone', () => {
    expect(shareGone(heldOutSecrets(createRandom(99)))).toBeGreaterThanOrEqual(0.93);
    expect(shareGone(freshSecrets(createRandom(5)))).toBeGreaterThanOrEqual(0.93);
  });

  test('at most 0.5 % of the ordinary lines are touched', () => {
    expect(shareTouched(heldOutOrdinary(createRandom(98)))).toBeLessThanOrEqual(0.005);
  });
});
