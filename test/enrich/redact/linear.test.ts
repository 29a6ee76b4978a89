import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkSync } from 'recheck';
import { formatRows, programRows } from '../../../src/enrich/redact/known-formats.ts';
import { defaultRedactionOptions } from '../../../src/enrich/redact/options.ts';
import { createRedactor } from '../../../src/enrich/redact/redactor.ts';
import { charactersRead, isLinearByForm } from '../../support/regular-expressions.ts';

const folder = new URL('../../../src/enrich/redact/', import.meta.url);

/** The regular expressions that stand in a source file as literals. */
function literalsOf(source: string): { source: string; flags: string }[] {
  const found = source.matchAll(
    /(?<=[=(,:[?!&|] ?|return |^\s*)\/((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*)\/([a-z]*)/gm,
  );
  return Array.from(found, ([, body = '', flags = '']) => ({
    // A sticky expression is tried at one place only, which the checker knows as an anchor.
    source: flags.includes('y') ? `^(?:${body})` : body,
    flags: flags.replace(/[gy]/g, ''),
  }));
}

// The tables of rows are no program text; their expressions are taken from what is made of them.
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
const withoutComments = (name: string): string =>
  stripTypeScriptTypes(readFileSync(new URL(name, folder), 'utf8')).replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
const literals = files.flatMap((name) => literalsOf(withoutComments(name)));
const rows = [...formatRows, ...programRows];
const built = rows
  .flatMap(({ shape, hint }) => (hint instanceof RegExp ? [shape, hint] : [shape]))
  .map(({ source, flags }) => ({ source, flags: flags.replace('g', '') }));
const all = [
  ...new Map(
    [...literals, ...built].map((pattern) => [`/${pattern.source}/${pattern.flags}`, pattern]),
  ).values(),
];

describe('the regular expressions', () => {
  const backend = process.env['RECHECK_BACKEND'];
  beforeAll(() => {
    process.env['RECHECK_BACKEND'] = 'pure';
  });
  afterAll(() => {
    if (backend === undefined) delete process.env['RECHECK_BACKEND'];
    else process.env['RECHECK_BACKEND'] = backend;
  });

  test('are all found', () => {
    expect(all.length).toBeGreaterThan(280);
  });

  test('use no look-around and no back references', () => {
    expect(all.filter(({ source }) => /\(\?<?[=!]|\\[1-9k]/.test(source))).toEqual([]);
  });

  // What the form does not show, the checker has to: a verdict other than "safe", or none in time, is a failure.
  test('are linear in the length of a line: by their form, or as the checker finds', () => {
    const unproven = all
      .filter(({ source }) => !isLinearByForm(source))
      .map(({ source, flags }) => ({ source, status: checkSync(source, flags, { timeout: 20_000 }).status }))
      .filter(({ status }) => status !== 'safe');
    expect(unproven).toEqual([]);
  }, 300_000);
});

describe('hostile lines', () => {
  const options = {
    ...defaultRedactionOptions,
    pii: { email: true, card: true, iban: true, ip: true, phone: true, ssn: true },
  };
  const attacks = [
    'a',
    '1',
    ' ',
    '\t',
    '=',
    ':',
    '"',
    '\\',
    '@',
    '.',
    '-',
    '/',
    'a.',
    'a@',
    'a:',
    '://a:',
    'eyJa.',
    'AKIA',
    'password',
    'password ',
    'password:',
    'password="',
    'key key ',
    'Bearer ',
    '-----BEGIN PRIVATE KEY-----',
    '<password ',
    'password=<',
    'password=${',
    "password 'a ",
    'password: "a ',
    'token: [',
    'pwd={',
    'PWD=$(',
    '%3A%2F%2F',
    '1234 ',
    'AB12 ',
    '1:',
    'mysql -p ',
    'curl -u a',
    ' -u ',
    'name=password value',
    '"AUTH" "',
    '[REDACTED:',
    'M',
    'secret a1b2c3d4 ',
    '+1 ',
    'a-',
    '-us1',
    'insert into t (password) values (',
    'INTO ',
    'f("a",',
    '\\u0022',
    'password value ',
    'password [',
    '<key>password',
    'ab_Cd9',
    '::',
    'https://a/hook/',
    'MIIA',
    'a,password',
    ' -u a -p ',
    'user a using ',
    'code 1',
    'YWJj',
    '7061',
    'пароль',
    'is your 1 ',
    'pass=',
    'pass=pass=',
    'password: ',
    '"password":',
    'auth(',
    'login("a",',
    'x->connect("a",',
    'token [',
    'secret value ',
    'value: ',
    'input=',
    '"value":"a1B2c3D4e5",',
    'invalid secret a1B2c3D4x! ',
    'kind: Secret data:{',
    'key: ',
    '%25',
    '&amp;',
    'а',
    '-----BEGIN PRIVATE KEY----- ',
    'A1b2C3d4E5f6G7h8 -----END PRIVATE KEY----- ',
    'password (a) ',
    'token: string = ',
    'api key ',
    'a=b&',
    'pass: word word ',
    'Z9k2QZ9k2QZ9k2QZ9k2QZ9k2QZ9k2QZ9k2QZ9k2Q token ',
    '<password>',
    'key=a key=b ',
    '"key":"',
    'args: [auth',
    "INTO t (password) VALUES ('",
    '"name":"password","t":"t",',
    '--password ',
    'token=Some(',
    'clé ',
    '\\x22password\\x22:',
    '%22password%22%3A',
    '[36mpassword[0m=',
    'invalid value "a1B2c3" for password ',
  ];

  const maxSteps = 100_000_000;

  function costOf(attack: string, length: number): number {
    const line = attack.repeat(Math.ceil(length / attack.length)).slice(0, length);
    // One that has read the line before would do nothing.
    const redactor = createRedactor(options);
    return charactersRead(() => redactor.redactText(line));
  }

  // Quadratic work would make it four times as much.
  test.each(attacks)('twice the length of a line of %j costs about twice as much', (attack) => {
    expect(costOf(attack, 4_096)).toBeLessThan(3 * costOf(attack, 2_048));
  });

  // 64 KiB are 16 lines as long as a line may be. The worst of them takes 66 million steps, which are 60 ms.
  test.each(attacks)('64 KiB of %j are read in a bounded number of steps', (attack) => {
    expect(16 * costOf(attack, 4_096)).toBeLessThan(maxSteps);
  });
});
