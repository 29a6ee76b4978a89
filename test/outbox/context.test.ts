import { describe, expect, test } from '@jest/globals';
import { toFailure, whileLeading, wordsOf } from '../../src/outbox/context.ts';
import { LeaseLostError } from '../../src/incidents/index.ts';
import { createMemoryDesk } from './fixtures.ts';

const { signal } = new AbortController();

describe('the desk of a leader', () => {
  test.each(['find', 'get', 'create', 'comment', 'close'] as const)(
    'starts no %s without the Lease',
    async (call) => {
      const desk = createMemoryDesk();
      const request = {
        subject: '',
        description: '',
        category: 'technical',
        severity: 'critical',
        environment: {},
        clusterId: undefined,
        marker: '',
      } as const;
      const make = (leads: boolean): Promise<unknown> => {
        const guarded = whileLeading(desk, () => leads);
        if (call === 'create') return guarded.create(request);
        return call === 'comment' ? guarded.comment('T1', 'x') : guarded[call]('T1');
      };
      await expect(make(false)).rejects.toThrow(LeaseLostError);
      expect(desk.calls).toEqual([]);
      await make(true);
      expect(desk.calls).toHaveLength(1);
    },
  );
});

describe('what is thrown', () => {
  test('is an unknown outcome, unless it says that the configuration is wrong', () => {
    expect(toFailure(new Error('x'), signal)).toEqual({ kind: 'unknown', error: 'x' });
    expect(toFailure(Object.assign(new Error('401'), { kind: 'paused' }), signal)).toEqual({
      kind: 'paused',
      error: '401',
    });
    const refused = Object.assign(new Error('401'), { kind: 'paused', setting: 'token' });
    expect(toFailure(refused, signal)).toEqual({ kind: 'paused', error: '401', setting: 'token' });
    expect(toFailure('text', signal)).toEqual({ kind: 'unknown', error: 'text' });
  });

  test('keeps the wait that the API asked for', () => {
    const error = Object.assign(new Error('429'), { kind: 'transient', retryAfterMs: 5 });
    expect(toFailure(error, signal)).toEqual({ kind: 'unknown', error: '429', retryAfterMs: 5 });
    const without = Object.assign(new Error('500'), { kind: 'transient', retryAfterMs: undefined });
    expect(toFailure(without, signal)).toEqual({ kind: 'unknown', error: '500' });
  });

  test('is no failure of the API after a cut or without the Lease', () => {
    const cut = AbortSignal.abort(new Error('cut'));
    expect(() => toFailure(new Error('x'), cut)).toThrow('cut');
    expect(() => toFailure(new LeaseLostError('gone'), signal)).toThrow(LeaseLostError);
  });

  test('has words', () => {
    expect(wordsOf(new Error('x'))).toBe('x');
    expect(wordsOf(7)).toBe('7');
  });
});
