import { describe, expect, test } from '@jest/globals';
import { manualRequest, REQUEST_LIMIT } from '../../src/correlate/manual.ts';
import { aJob, aPod, aWorkload, NOW, ownedBy } from './fixtures.ts';

function kindOf(fileTicket: string): string | undefined {
  return manualRequest(aWorkload({ fileTicket }))?.kind;
}

describe('a request by annotation', () => {
  test('is what a person wrote, without the blanks around it', () => {
    expect(manualRequest(aWorkload({ fileTicket: ' slow since 10:00\n' }))).toEqual({
      kind: 'request',
      value: ' slow since 10:00\n',
      note: 'slow since 10:00',
    });
  });

  test('is none without the annotation, or on an object that is being deleted', () => {
    expect(manualRequest(aWorkload())).toBeUndefined();
    expect(manualRequest(aWorkload({ fileTicket: 'x', deletedAt: NOW }))).toBeUndefined();
  });

  test('may be long, and not longer', () => {
    expect(kindOf('x'.repeat(REQUEST_LIMIT))).toBe('request');
    expect(kindOf('x'.repeat(REQUEST_LIMIT + 1))).toBe('refused');
  });

  test.each(['', '  \n', 'a\nb', 'a\u0000b', 'a\u009bb', 'a\u2028b', 'a\u202eb', 'a\u2066b', 'a\ud800b'])(
    'is refused with a reason when it is %j',
    (value) => {
      expect(manualRequest(aWorkload({ fileTicket: value }))).toMatchObject({
        kind: 'refused',
        value,
        reason: expect.stringMatching(/^the value /),
      });
    },
  );

  test('may be in any language', () => {
    expect(kindOf('遅い 👩‍🚒 café — “slow”')).toBe('request');
  });

  test('is not inherited from a template or from the controller', () => {
    const copied = {
      ...aPod('rs', { fileTicket: 'x', ...ownedBy(aWorkload()) }),
      kind: 'ReplicaSet' as const,
    };
    expect(manualRequest(aPod('p', { fileTicket: 'x', ...ownedBy(aWorkload()) }))).toBeUndefined();
    expect(manualRequest(copied)).toBeUndefined();
    expect(
      manualRequest(aJob({ fileTicket: 'x', ...ownedBy({ ...aJob(), kind: 'CronJob' }) })),
    ).toBeUndefined();
    expect(manualRequest(aPod('bare', { fileTicket: 'x' }))?.kind).toBe('request');
  });

  test('counts on a workload that an operator owns', () => {
    const custom = { apiVersion: 'example.com/v1', kind: 'Shop', name: 'shop', uid: 's-1' };
    expect(manualRequest(aWorkload({ fileTicket: 'x', owner: custom }))?.kind).toBe('request');
  });
});
