import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { defaultRedactionOptions } from '../../../src/enrich/redact/options.ts';
import { createRedactor } from '../../../src/enrich/redact/redactor.ts';
import { vendorRows } from '../../../src/enrich/redact/vendor-tokens.ts';
import { ordinaryCorpora, secretCorpora, values } from '../../corpus/all.ts';
import { drawTemplate, isLeft } from '../../corpus/kinds.ts';
import { alphabets, createRandom } from '../../corpus/random.ts';

// Addresses of mail have an option of their own, and some corpora are full of them.
const redactor = createRedactor({
  ...defaultRedactionOptions,
  pii: { ...defaultRedactionOptions.pii, email: false },
});
const redact = (text: string): string => redactor.redactText(text).text;

interface Known {
  /** Formats of which a secret is left, and how many samples of each. */
  readonly missed: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Values of which a secret is left. */
  readonly values: readonly string[];
  /** Ordinary lines that are touched. */
  readonly touched: Readonly<Record<string, readonly string[]>>;
}

// What is known to be missed and touched: one more fails, and one fewer, too, so that the list stays true.
const known = JSON.parse(
  readFileSync(new URL('../../corpus/known-misses.json', import.meta.url), 'utf8'),
) as Known;

describe('the corpora', () => {
  test.each([...secretCorpora])('%s: exactly the known ones are missed', (name, { samples, isLeft }) => {
    const missed: Record<string, number> = {};
    for (const { format, text, secrets } of samples) {
      expect(secrets.every((secret) => secret !== '' && text.includes(secret))).toBe(true);
      const redacted = redact(text);
      if (secrets.some((secret) => isLeft(secret, redacted))) missed[format] = (missed[format] ?? 0) + 1;
    }
    expect(missed).toEqual(known.missed[name] ?? {});
  });

  test('exactly the known ones are missed of lists of arguments, and of objects', () => {
    const left = values.filter(({ text, secrets }) => {
      const redacted = JSON.stringify(redactor.redactValue(JSON.parse(text)).value);
      return secrets.some((secret) => isLeft(secret, redacted));
    });
    expect(left.map(({ format }) => format)).toEqual(known.values);
  });

  test('a second reading changes nothing, of one text or of all in one', () => {
    const texts = [...secretCorpora.values()].flatMap(({ samples }) => samples.map(({ text }) => text));
    const once = texts.map(redact);
    expect(once.filter((text) => redact(text) !== text)).toEqual([]);
    const all = redact(texts.join('\n'));
    expect(redact(all) === all).toBe(true);
  });

  test('less than three in a hundred of all samples are missed, of each corpus by kind less than four', () => {
    const sizes = new Map([...secretCorpora].map(([name, { samples }]) => [name, samples.length]));
    const countOf = (name: string): number =>
      Object.values(known.missed[name] ?? {}).reduce((sum, count) => sum + count, 0);
    const all = [...sizes.keys()].reduce((sum, name) => sum + countOf(name), 0);
    expect(all / [...sizes.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(0.03);
    const kinds = [...sizes].filter(([name]) => /^\d\d-/.test(name));
    expect(kinds).toHaveLength(10);
    expect(kinds.filter(([name, size]) => countOf(name) / size >= 0.04)).toEqual([]);
  });

  test.each(Object.entries(ordinaryCorpora))(
    '%s: exactly the known ordinary lines are touched',
    (name, lines) => {
      expect(lines.filter((line) => redact(line) !== line)).toEqual(known.touched[name] ?? []);
    },
  );

  test.each(Object.entries(ordinaryCorpora).filter(([name]) => !/^(?:11-evidence|fresh)$/.test(name)))(
    '%s: ordinary lines stay as they are in one text, too',
    (name, lines) => {
      const redacted = redact(lines.join('\n')).split('\n');
      expect(redacted.length).toBe(lines.length);
      expect(redacted.filter((line, at) => line !== lines[at]).length).toBeLessThanOrEqual(
        (known.touched[name] ?? []).length + Math.floor(lines.length * 0.003),
      );
    },
  );
});

// What scripts, and libraries that check their configuration, say about a variable.
const variables =
  'DB_PASSWORD API_TOKEN SECRET_KEY JWT_SECRET MYSQL_ROOT_PASSWORD AWS_SECRET_ACCESS_KEY CLIENT_SECRET password token secret api_key dbPassword accessToken smtp.password jwt-secret'.split(
    ' ',
  );
const messages =
  'unbound variable|parameter not set|parameter null or not set|is required|must be set|missing required setting|not found|cannot be blank|invalid value|was not provided|please provide a value|unexpected end of input|must be at least 12 characters|does not match|permission denied|no such file or directory|could not be decrypted|is deprecated|expected string, got null|using default value|rotated successfully|reloading from disk|decoding failed|illegal base64 data|conversion error'.split(
    '|',
  );
const frames: readonly ((said: string) => string)[] = [
  (said) => said,
  (said) => `./run.sh: line 12: ${said}`,
  (said) => `2026-01-01T10:00:00Z ERROR config ${said}`,
  (said) => `{"level":"error","msg":"${said}"}`,
  (said) => `- ${said}`,
];

test('a message about a variable stays', () => {
  const texts = frames.flatMap((frame) =>
    variables.flatMap((name) => messages.map((message) => frame(`${name}: ${message}`))),
  );
  expect(texts.length).toBeGreaterThan(1_800);
  expect(texts.filter((text) => redact(text) !== text)).toEqual([]);
});

describe('tokens of vendors', () => {
  const templates = new Map<string, string>(
    readFileSync(new URL('../../corpus/vendor-formats.txt', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .map((line) => {
        const [rule = '', prefix = '', rest = ''] = line.split('  ');
        return [`${rule} ${prefix}`, rest] as const;
      }),
  );
  const random = createRandom(1414);

  test('every row has a description', () => {
    const names = vendorRows.map(({ rule, prefixes }) => `${rule} ${prefixes[0] ?? ''}`);
    expect(names.filter((name) => !templates.has(name))).toEqual([]);
  });

  // Formats without a row of their own are caught by rules for all vendors.
  const prefixesOf = new Map<string, readonly string[]>([
    ...Array.from(templates.keys(), (name) => [name, [name.replace(/^\S+ /, '')]] as const),
    ...vendorRows.map(({ rule, prefixes }) => [`${rule} ${prefixes[0] ?? ''}`, prefixes] as const),
  ]);

  test.each([...prefixesOf])('%s: what is issued goes whole', (name, prefixes) => {
    for (const prefix of prefixes) {
      const { text } = drawTemplate(`${prefix}${templates.get(name) ?? ''}`, name, random);
      expect(redact(`got ${text} here`)).toMatch(/^got (?:https:\/\/)?\[REDACTED:[a-z0-9-]+\][\]/]? here$/);
    }
  });
});

// Formats of secret-formats.json of which no corpus has a sample.
test.each([
  "select pgp_sym_decrypt(col, 'meadow')",
  'QR: WIFI:T:WPA;S:home;P:meadow;;',
  "sed -i 's|DB_PASSWORD|meadow|' /etc/app.conf",
  String.raw`net use Z: \\files\share meadow /user:svc`,
])('%s: the plain word goes', (text) => {
  expect(redact(text)).toMatch(/\[REDACTED:(?:password|command-line)\]/);
  expect(redact(text)).not.toContain('meadow');
});

test('so do formats that are known by their shape alone', () => {
  const random = createRandom(1515);
  const drawn = [
    `S${random.text(alphabets.base32, 55)}`,
    `5Aep861${random.text(alphabets.alnum, 7)}.${random.text(alphabets.lower, 24)}_${random.text(alphabets.upper, 40)}`,
    `sec-c-${random.text(alphabets.alnum, 48)}`,
    `v1.${random.text(alphabets.hex, 40)}`,
    `sc_${random.text(alphabets.lowerDigits, 20)}.${random.text(alphabets.lowerDigits, 4)}.acc_${random.text(alphabets.lowerDigits, 16)}.${random.text(alphabets.alnum, 44)}`,
  ];
  expect(drawn.filter((secret) => isLeft(secret, redact(`started with ${secret} here`)))).toEqual([]);
});
