import { describe, expect, test } from '@jest/globals';
import { defaultRedactionOptions } from '../../../src/enrich/redact/options.ts';
import { createRedactor } from '../../../src/enrich/redact/redactor.ts';
import { crossedSecrets } from '../../corpus/breadth/crossed.ts';
import { documents } from '../../corpus/breadth/documents.ts';
import { eighthBatch, eighthLines } from '../../corpus/breadth/eighth.ts';
import { eleventhLines, eleventhSecrets } from '../../corpus/breadth/eleventh.ts';
import { linesOf, samplesOf } from '../../corpus/breadth/kit.ts';
import { programLines } from '../../corpus/breadth/ordinary-programs.ts';
import { serviceLines } from '../../corpus/breadth/ordinary-services.ts';
import { thirdLines } from '../../corpus/breadth/ordinary-third.ts';
import { placesBatch } from '../../corpus/breadth/places.ts';
import { secondPlaces } from '../../corpus/breadth/second-places.ts';
import { tenthBatch, tenthLines } from '../../corpus/breadth/tenth.ts';
import { thirdVendors } from '../../corpus/breadth/third-vendors.ts';
import { vendorBatch } from '../../corpus/breadth/vendors.ts';
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

// Floors against falling back; the first look at each, which is the fairer figure, stands in docs/redaction.md.
describe('the corpora written after the rules', () => {
  const secrets: Readonly<Record<string, readonly [samples: readonly SecretSample[], floor: number]>> = {
    second: [heldOutSecrets(createRandom(99)), 0.95],
    third: [freshSecrets(createRandom(5)), 0.95],
    'vendors (fourth)': [samplesOf(vendorBatch, createRandom(4040)), 0.99],
    'places (fourth)': [samplesOf(placesBatch, createRandom(4040)), 0.99],
    fifth: [samplesOf(secondPlaces, createRandom(5050)), 0.95],
    'crossed (sixth)': [crossedSecrets(createRandom(606), 1_500), 0.98],
    seventh: [samplesOf(thirdVendors, createRandom(7070)), 0.97],
    eighth: [samplesOf(eighthBatch, createRandom(8080)), 0.95],
    'documents (ninth)': [samplesOf(documents, createRandom(9090)), 0.97],
    tenth: [samplesOf(tenthBatch, createRandom(1010)), 0.98],
    eleventh: [eleventhSecrets(createRandom(1212)), 0.97],
  };
  const ordinary: Readonly<Record<string, readonly string[]>> = {
    second: heldOutOrdinary(createRandom(98)),
    'services (fourth)': linesOf(serviceLines, createRandom(4141), 768),
    'programs (fourth)': linesOf(programLines, createRandom(4141), 1_144),
    seventh: linesOf(thirdLines, createRandom(7171), 1_464),
    eighth: linesOf(eighthLines, createRandom(8181), 480),
    tenth: linesOf(tenthLines, createRandom(1111), 192),
    eleventh: eleventhLines,
  };

  test.each(Object.entries(secrets))('%s: the secrets are gone', (_name, [samples, floor]) => {
    expect(samples.every(({ secrets: kept }) => kept.length > 0)).toBe(true);
    expect(shareGone(samples)).toBeGreaterThanOrEqual(floor);
  });

  test.each(Object.entries(ordinary))(
    '%s: at most 0.5 %% of the ordinary lines are touched',
    (_name, lines) => {
      expect(shareTouched(lines)).toBeLessThanOrEqual(0.005);
    },
  );
});
