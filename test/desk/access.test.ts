import { describe, expect, test } from '@jest/globals';
import { parseAccess } from '../../src/desk/access.ts';
import { ORGANISATION, OTHER_ORGANISATION } from './fixtures.ts';

const shop = { id: ORGANISATION, name: 'Shop', clusters: [{ id: OTHER_ORGANISATION, name: 'prod' }] };
const ann = { token: 'token-of-ann-0123456789', label: 'Ann', organisations: ['Shop'] };
const parse = (value: unknown): ReturnType<typeof parseAccess> =>
  parseAccess(JSON.stringify(value), 'tokens.json');

describe('the token file', () => {
  test('holds one token', () => {
    expect(parseAccess('a-token\n', 'token').tokens).toEqual([
      { token: 'a-token', label: 'ankra-support-agent' },
    ]);
  });

  test('or organisations with their clusters, and tokens', () => {
    const bob = { token: 'token-of-bob-0123456789', label: 'Bob', type: 'team' };
    expect(
      parse({ organisations: [shop, { id: OTHER_ORGANISATION, name: 'Bank' }], tokens: [ann, bob] }),
    ).toEqual({
      organisations: [
        { id: ORGANISATION, name: 'Shop' },
        { id: OTHER_ORGANISATION, name: 'Bank' },
      ],
      clusters: [{ id: OTHER_ORGANISATION, name: 'prod', organisationId: ORGANISATION }],
      tokens: [
        { token: ann.token, label: 'Ann', organisationIds: [ORGANISATION] },
        { token: bob.token, label: 'Bob', type: 'team', organisationIds: [ORGANISATION, OTHER_ORGANISATION] },
      ],
    });
  });

  test.each([
    ['', /the file is empty; put the token into it/u],
    ['two tokens', /no spaces; for several tokens write JSON/u],
    ['{"tokens": [', /is no JSON/u],
    [{}, /organisations: .*; tokens: /u],
    [{ organisations: [], tokens: [ann] }, /organisations: name at least one organisation/u],
    [
      { organisations: [shop], tokens: [{ ...ann, organisations: ['Bank'] }] },
      /tokens\.0\.organisations: no organisation is called "Bank"/u,
    ],
    [
      { organisations: [shop], tokens: [{ ...ann, token: 'short' }] },
      /tokens\.0\.token: must have at least 16 characters/u,
    ],
    [{ organisations: [shop], tokens: [ann, ann] }, /tokens: the same one stands twice/u],
    [{ organisations: [{ ...shop, id: 'x' }], tokens: [ann] }, /organisations\.0\.id: must be a UUID/u],
    [{ organisations: [shop], tokens: [ann], colour: 1 }, /colour/u],
  ])('%j is refused with the field and the remedy', (given, message) => {
    const read = (): unknown =>
      typeof given === 'string' ? parseAccess(given, 'tokens.json') : parse(given);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/token-of-ann/u);
  });
});
