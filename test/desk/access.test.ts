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

  const field = (more: object): object => ({ organisations: [shop], tokens: [{ ...ann, ...more }] });
  const organisation = (more: object): object => ({ organisations: [{ ...shop, ...more }], tokens: [ann] });
  const bank = { id: OTHER_ORGANISATION, name: 'Bank' };

  test.each<readonly [what: string, given: unknown, message: string]>([
    ['is empty', '', 'tokens.json: the file is empty; put the token into it'],
    [
      'holds two tokens without JSON',
      'a b',
      'tokens.json: a token has no spaces; for several tokens write JSON',
    ],
    ['ends too soon', '{"tokens": [', '  - the file is not JSON: check its commas'],
    [
      'has a comma too many',
      '{"tokens": [],}',
      '  - the file is not JSON at position 14 (line 1 column 15): check',
    ],
    ['is a list', [ann], '  - the file: must be an object with fields, and is a list'],
    [
      'is a text',
      '"token-of-ann-0123456789"',
      '  - the file: must be an object with fields, and is a string',
    ],
    ['has nothing', {}, '  - organisations: is missing; write a list\n  - tokens: is missing; write a list'],
    [
      'has no organisation',
      { organisations: [], tokens: [ann] },
      '  - organisations: name at least one organisation',
    ],
    ['has no token', { organisations: [shop], tokens: [] }, '  - tokens: name at least one token'],
    [
      'has an unknown field',
      { ...field({}), colour: 1 },
      '  - the file: unknown "colour"; check the spelling',
    ],
    [
      'has a token with an unknown field',
      field({ lable: 'x' }),
      '  - tokens[0]: unknown "lable"; check the spelling',
    ],
    [
      'has a token without a label',
      field({ label: undefined }),
      '  - tokens[0].label: is missing; write a string',
    ],
    ['has a token with an empty label', field({ label: ' ' }), '  - tokens[0].label: must not be empty'],
    [
      'has a label that is too long',
      field({ label: 'x'.repeat(201) }),
      '  - tokens[0].label: must have at most 200 characters',
    ],
    [
      'has a label that is a number',
      field({ label: 5 }),
      '  - tokens[0].label: must be a string, and is a number: put it into quotes',
    ],
    [
      'has a label that is a list',
      field({ label: ['Ann'] }),
      '  - tokens[0].label: must be a string, and is a list',
    ],
    [
      'has an entry without a token',
      field({ token: undefined }),
      '  - tokens[0].token: is missing; write a string',
    ],
    [
      'has a token that is null',
      field({ token: null }),
      '  - tokens[0].token: must be a string, and is null',
    ],
    [
      'has a token that is too short',
      field({ token: 'short' }),
      '  - tokens[0].token: must have at least 16 characters; openssl rand -hex 24',
    ],
    [
      'has a token with a blank',
      field({ token: 'token of ann 0123456789' }),
      '  - tokens[0].token: must have no spaces',
    ],
    [
      'has a type that is none',
      field({ type: 'admin' }),
      '  - tokens[0].type: must be agent, customer or team',
    ],
    [
      'has a token for nobody',
      field({ organisations: [] }),
      '  - tokens[0].organisations: name at least one organisation',
    ],
    [
      'names an organisation that is not there',
      field({ organisations: ['Shop', 'Bank'] }),
      '  - tokens[0].organisations[1]: no organisation is called "Bank"; add it to organisations',
    ],
    [
      'has the same token twice',
      { organisations: [shop], tokens: [ann, { ...ann, label: 'Bob' }] },
      '  - tokens[1].token: is the same as tokens[0].token; write another',
    ],
    [
      'has the same organisation twice',
      { organisations: [shop, { ...bank, name: 'Shop' }], tokens: [ann] },
      '  - organisations[1].name: is the same as organisations[0].name; write another',
    ],
    [
      'has the same id twice, in other letters',
      { organisations: [shop, { ...bank, id: ORGANISATION.toUpperCase() }], tokens: [ann] },
      '  - organisations[1].id: is the same as organisations[0].id; write another',
    ],
    ['has an id that is none', organisation({ id: 'x' }), '  - organisations[0].id: must be a UUID'],
    [
      'has an organisation without an id',
      organisation({ id: undefined }),
      '  - organisations[0].id: is missing; write a UUID',
    ],
    [
      'has a cluster without a name',
      organisation({ clusters: [{ id: OTHER_ORGANISATION }] }),
      '  - organisations[0].clusters[0].name: is missing; write a string',
    ],
  ])('that %s is refused with the field and the remedy', (_what, given, message) => {
    const read = (): unknown =>
      typeof given === 'string' ? parseAccess(given, 'tokens.json') : parse(given);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/Invalid|expected|undefined/u);
    expect(read).not.toThrow(/token.of.ann/u);
  });

  test('that has several mistakes is refused with all of them at once', () => {
    const tokens = [{ token: 'short' }, { ...ann, type: 1 }];
    expect(() => parse({ organisations: [shop], tokens })).toThrow(
      [
        'tokens.json cannot be used:',
        '  - tokens[0].token: must have at least 16 characters; openssl rand -hex 24 makes one',
        '  - tokens[0].label: is missing; write a string',
        '  - tokens[1].type: must be agent, customer or team',
      ].join('\n'),
    );
  });
});
