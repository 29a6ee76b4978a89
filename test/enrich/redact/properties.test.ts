import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defaultRedactionOptions } from '../../../src/enrich/redact/options.ts';
import { createRedactor } from '../../../src/enrich/redact/redactor.ts';
import { ordinaryLines } from '../../corpus/ordinary.ts';
import { alphabets, createRandom } from '../../corpus/random.ts';
import { secretSamples } from '../../corpus/secrets.ts';

const options = {
  ...defaultRedactionOptions,
  pii: { email: true, card: true, iban: true, ip: true, phone: true, ssn: true },
};
const redactor = createRedactor(options);

// Pieces that rules look for, so that random text is not all noise.
const pieces = [
  'password',
  'token=',
  'secret: ',
  '"',
  "'",
  '\\',
  '\\"',
  '=',
  ':',
  ' ',
  ';',
  '&',
  '<',
  '>',
  '[',
  ']',
  '{',
  '}',
  '@',
  '://',
  '\n',
  '\r',
  '\t',
  'eyJ',
  'AKIA',
  'ghp_',
  'Bearer ',
  'Authorization: ',
  'Cookie: ',
  '-----BEGIN PRIVATE KEY-----',
  '-----END PRIVATE KEY-----',
  '[REDACTED:',
  '[REDACTED:password]',
  '[line withheld: possible secret]',
  '***',
  '${',
  '$2b$10$',
  '%3D',
  '\u001b[31m',
  '\u200b',
  '\ud800',
  '\u{e0041}',
  '4111 1111 1111 1111',
  'bob@example.com',
  'mysql -p',
  'curl -u ',
  'name: DB_PASSWORD',
  'value: ',
  'password: |',
  'A'.repeat(64),
];

const word = fc.string({
  unit: fc.constantFrom(...Array.from(alphabets.base64url)),
  minLength: 1,
  maxLength: 40,
});
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    maxLength: 300,
  }),
  fc.array(fc.oneof(fc.constantFrom(...pieces), word), { maxLength: 40 }).map((parts) => parts.join('')),
);

const samples = secretSamples(createRandom(77));
const lines = ordinaryLines(createRandom(78), 500);

describe('redaction of any text', () => {
  test('never throws, is idempotent and grows by no more than a constant', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = redactor.redactText(text).text;
        expect(redactor.redactText(once).text).toBe(once);
        expect(once.length).toBeLessThanOrEqual(text.length + 65_536);
        expect(once.split('\n')).toHaveLength(text.split('\n').length);
      }),
      { numRuns: 400 },
    );
  });

  test('keeps its bounds for the worst growth and for endless lines', () => {
    const hostile = 'password=a1\n'.repeat(50_000);
    expect(redactor.redactText(hostile).text.length).toBeLessThanOrEqual(hostile.length + 65_536);
    const small = createRedactor({ ...options, maxLineLength: 200, maxTextLength: 5_000 });
    const long = `${'password=a1&'.repeat(10_000)}\n`.repeat(100);
    const once = small.redactText(long).text;
    expect(once.length).toBeLessThanOrEqual(5_000);
    expect(Math.max(...once.split('\n').map((line) => line.length))).toBeLessThanOrEqual(200);
    expect(small.redactText(once).text).toBe(once);
  });

  test('a known value never survives, in whatever stands around it and however it is encoded', () => {
    const secret = fc
      .string({
        unit: fc.constantFrom(...Array.from(alphabets.base64url), '!', '"', '\\', '/', ' ', 'ü'),
        minLength: 8,
        maxLength: 40,
      })
      .map((text) => `k${text.trim()}9z`);
    fc.assert(
      fc.property(secret, anyText, anyText, (value, before, after) => {
        const forms = [
          value,
          JSON.stringify(value).slice(1, -1),
          encodeURIComponent(value),
          Buffer.from(value).toString('base64'),
        ];
        const text = forms.map((form) => `${before} ${form} ${after}`).join('\n');
        const redacted = redactor.redactText(text, [value]).text;
        expect(forms.filter((form) => redacted.includes(form))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('a secret of any known format is gone in a random frame of ordinary lines', () => {
    const pick = fc.constantFrom(...samples.map((_, at) => at));
    fc.assert(
      fc.property(
        pick,
        fc.array(fc.constantFrom(...lines), { maxLength: 5 }),
        fc.array(fc.constantFrom(...lines), { maxLength: 5 }),
        (at, before, after) => {
          const { text, secrets } = samples[at] as (typeof samples)[number];
          const redacted = redactor.redactText([...before, text, ...after].join('\n')).text;
          for (const secret of secrets) expect(redacted).not.toContain(secret);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('any JSON-like value keeps its shape, and no string under a password key survives', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.string({ minLength: 6 }).filter((text) => /^[a-z0-9]{6,}$/.test(text) && /\d/.test(text)),
        (value, secret) => {
          const redacted = redactor.redactValue({ value, nested: [{ dbPassword: secret }] }).value as {
            nested: unknown;
          };
          expect(redacted.nested).toEqual([{ dbPassword: '[REDACTED:password]' }]);
          const again = redactor.redactValue(redacted).value;
          expect(again).toEqual(redacted);
        },
      ),
      { numRuns: 200 },
    );
  });
});
