import { describe, expect, test } from '@jest/globals';
import { HOUR, MINUTE } from '../../src/domain/clock.ts';
import { manualRequest, requestNamespace, requestTurn } from '../../src/reconcile/manual-limits.ts';
import { aJob, aPod, aWorkload, NOW, ownedBy } from '../correlate/fixtures.ts';

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
    expect(kindOf('x'.repeat(500))).toBe('request');
    expect(kindOf('x'.repeat(501))).toBe('refused');
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

describe('the turn of a request', () => {
  const ago = (minutes: number): number => NOW - minutes * MINUTE;

  test('is now while the namespace had fewer in the last hour', () => {
    expect(requestTurn([], 2, NOW)).toBeUndefined();
    expect(requestTurn([ago(5), ago(61), ago(500)], 2, NOW)).toBeUndefined();
  });

  test('comes when the first of the last hour is an hour old', () => {
    expect(requestTurn([ago(10), ago(50), ago(70)], 2, NOW)).toBe(ago(50) + HOUR);
    expect(requestTurn([ago(10), ago(50), ago(55)], 2, NOW)).toBe(ago(50) + HOUR);
  });

  test('is never further away than an hour, whatever the clock says of the others', () => {
    expect(requestTurn([NOW + 90 * HOUR], 1, NOW)).toBe(NOW + HOUR);
  });

  test('is counted for the namespace of the object, for a Namespace its own, for all Nodes together', () => {
    const ref = { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'n1', uid: 'u' };
    expect(requestNamespace(ref)).toBe('');
    expect(requestNamespace({ ...ref, kind: 'Namespace', name: 'shop' })).toBe('shop');
    expect(requestNamespace({ ...ref, kind: 'Deployment', namespace: 'shop' })).toBe('shop');
  });
});
