import { expect, test } from '@jest/globals';
import { runInNewContext } from 'node:vm';
import { isIdentifier } from '../../../src/enrich/redact/token-shape.ts';

test.each([
  'db_password_v2',
  'app-user-3',
  'web2',
  'DB_HOST',
  'SessionTracker',
  'orderServiceV2',
  'checkout.internal',
])('%s is made of words', (value) => {
  expect(isIdentifier(value)).toBe(true);
});

test.each(['x7Kq9', 'aGVsbG8gd29ybGQ', 'sk_live_51H8', 'AKIA1234', 'pass word'])('%s is not', (value) => {
  expect(isIdentifier(value)).toBe(false);
});

test('a name as long as Kubernetes allows is not divided in every way there is', () => {
  const isOne = (): boolean => isIdentifier(`${'a'.repeat(250)}-9z!`);
  expect(runInNewContext('isOne()', { isOne }, { timeout: 2_000 })).toBe(false);
});
