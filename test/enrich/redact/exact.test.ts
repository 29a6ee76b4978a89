import { describe, expect, test } from '@jest/globals';
import { createExactRule, KnownValues } from '../../../src/enrich/redact/exact.ts';

// A multiple of three bytes: its base64 has no character that depends on what comes after.
const value = `"tr0ub/4dor+&3 it's!"`;
const utf8 = Buffer.from(value);
const base64 = utf8.toString('base64');
const json = JSON.stringify(value).slice(1, -1);

function struck(line: string, values: readonly string[] = [value]): string {
  return createExactRule(values)(line, () => '…');
}

describe('a value that is known', () => {
  test.each([
    ['as it is', value],
    ['in JSON', json],
    ['in JSON in JSON', JSON.stringify(json).slice(1, -1)],
    ['in a link', encodeURIComponent(value)],
    ['in a link, in small letters', encodeURIComponent(value).toLowerCase()],
    ['in a form', new URLSearchParams({ '': value }).toString().slice(1)],
    ['in base64', base64.replaceAll('=', '')],
    ['in base64 for links', utf8.toString('base64url')],
    ['in hexadecimal', utf8.toString('hex')],
    ['in large hexadecimal', utf8.toString('hex').toUpperCase()],
  ])('is struck out whole %s, and nothing beside it', (_how, form) => {
    expect(struck(`x ${form} y`)).toBe('x … y');
  });

  test.each(['u:', 'us:', 'usr:', 'user:'])('is struck out of the base64 of %s<value>', (before) => {
    const encoded = Buffer.from(`${before}${value}`).toString('base64');
    const left = struck(`Basic ${encoded}`);
    expect(left).toMatch(/^Basic [A-Za-z0-9+/]{2,7}….{0,3}$/);
  });

  test('is struck out line by line', () => {
    expect(struck('first-line and second-line', ['first-line\nsecond-line'])).toBe('… and …');
  });

  test('is left alone when it is short, and struck out from six characters on', () => {
    expect(struck('root1', ['root1'])).toBe('root1');
    expect(struck('root12', ['root12'])).toBe('…');
  });

  test('is struck out as the longest of several', () => {
    expect(struck('a-secret-value', ['a-secret', 'a-secret-value'])).toBe('…');
  });

  test('is text, whatever it means in a regular expression', () => {
    expect(struck('a.c+[x]*(y)', ['a.c+[x]*(y)'])).toBe('…');
    expect(struck('abc+[x]*(y)', ['a.c+[x]*(y)'])).toBe('abc+[x]*(y)');
  });

  test('that cannot be encoded is struck out as it is', () => {
    expect(struck('a \ud800lonely b', ['\ud800lonely'])).not.toContain('lonely');
  });

  test('is not looked for within what is struck out already', () => {
    expect(struck('[REDACTED:secret] secret', ['secret'])).toBe('[REDACTED:secret] …');
  });

  test('is one of a thousand at most', () => {
    const many = Array.from({ length: 1_001 }, (_, n) => `value-${n}-`);
    expect([struck('value-999-', many), struck('value-1000-', many)]).toEqual(['…', 'value-1000-']);
  });

  test('none leave a line as it is', () => {
    expect(struck(value, [])).toBe(value);
  });
});

describe('a value that was found', () => {
  const found = (values: readonly string[], text: string) => {
    const known = new KnownValues();
    for (const one of values) known.add(one);
    return known
      .spansIn({ text } as Parameters<typeof known.spansIn>[0])
      .map(({ start, end }) => text.slice(start, end));
  };

  test('is found wherever it stands', () => {
    expect(found(['a8Kd03kfLs'], 'a8Kd03kfLs, a8Kd03kfLsa8Kd03kfLs')).toEqual(Array(3).fill('a8Kd03kfLs'));
  });

  test.each(['a8Kd0', 'password', '12345678', 'a8Kd03kfLs'.repeat(52), 'a8  Kd03kfLs', '[REDACTED:x] a8Kd'])(
    'is not looked for when it is %s',
    (one) => {
      expect(found([one], `x ${one} y`)).toEqual([]);
    },
  );

  test('is forgotten when 128 others were found after it', () => {
    const many = Array.from({ length: 129 }, (_, n) => `a8Kd03k${String(n).padStart(3, '0')}Ls`);
    expect(found(many, many.join(' '))).toEqual(many.slice(1));
    expect(found([...many.slice(0, 128), many[0] ?? ''], many.join(' '))).toEqual(many.slice(0, 128));
  });
});
