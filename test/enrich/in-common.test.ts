import { describe, expect, test } from '@jest/globals';
import { MINUTE, SECOND } from '../../src/domain/clock.ts';
import { type CommonMember, inCommon, logsInCommon } from '../../src/enrich/in-common.ts';

const at = Date.parse('2026-11-23T03:10:00Z');

function member(n: number, more: Partial<CommonMember> = {}): CommonMember {
  return { owner: { namespace: `ns-${String.fromCharCode(97 + n)}` }, since: at + n * 10 * MINUTE, ...more };
}

const numbers = [0, 1, 2, 3, 4, 5];

describe('what those that fail together have in common', () => {
  test('is the same words, whatever container and image are called', () => {
    const said = numbers.map((n) =>
      member(n, {
        message: `container c${n} cannot pull image r.example.com/a/b${n}:1: the registry cannot be reached`,
      }),
    );
    expect(inCommon(said)).toEqual([
      { what: 'message', value: 'container cannot pull image: the registry cannot be reached', count: 6 },
      { what: 'registry', value: 'r.example.com', count: 6 },
    ]);
  });

  test('is what words of one kind share, and not what the first of them says', () => {
    const said = [1, 2, 3].map((code) =>
      member(code, { message: `container app exits with code ${code} (Error)` }),
    );
    expect(inCommon(said)).toContainEqual({
      what: 'message',
      value: 'container exits with code … (Error)',
      count: 3,
    });
    const longer = ['took 3 s', 'took 4 s too'].map((message, n) => member(n, { message }));
    expect(inCommon(longer)).toEqual([]);
  });

  test('is no node and no namespace when their names only have the same form', () => {
    const apart = numbers.map((n) => member(n, { owner: { namespace: `team-${n}` }, node: `node-${n}` }));
    expect(inCommon(apart)).toEqual([]);
  });

  test('is the registry of Docker where no host is named', () => {
    const said = numbers.map((n) =>
      member(n, { message: `container a cannot pull image org/app${n}: not found` }),
    );
    expect(inCommon(said)).toContainEqual({ what: 'registry', value: 'docker.io', count: 6 });
  });

  test('is a node, a namespace and a moment', () => {
    const close = numbers.map((n) => ({
      owner: { namespace: 'shop' },
      since: at + n * SECOND,
      node: 'node-1',
    }));
    expect(inCommon(close)).toEqual([
      { what: 'node', value: 'node-1', count: 6 },
      { what: 'namespace', value: 'shop', count: 6 },
      { what: 'time', value: '2026-11-23 03:10:00 UTC, within 5 s', count: 6 },
    ]);
  });

  test('is told of a third of them, and not of two among many', () => {
    const onNode = (count: number, all: number) =>
      Array.from({ length: all }, (_, n) =>
        member(n, { node: n < count ? 'node-1' : `n-${String.fromCharCode(97 + n)}` }),
      );
    expect(inCommon(onNode(3, 10))).toContainEqual({ what: 'node', value: 'node-1', count: 3 });
    expect(inCommon(onNode(2, 10))).toEqual([]);
  });

  test('is nothing of a single one, or of none', () => {
    expect(inCommon([member(0, { node: 'node-1', message: 'm' })])).toEqual([]);
    expect(inCommon([])).toEqual([]);
  });

  describe('of revisions', () => {
    const revised = (minutes: readonly (number | undefined)[]): readonly CommonMember[] =>
      minutes.map((minute, n) =>
        member(n, { since: at, ...(minute === undefined ? {} : { revisedAt: at - minute * MINUTE }) }),
      );

    test('is when they were made, where they were made together and shortly before', () => {
      expect(inCommon(revised([9, 5, 8, undefined]))).toContainEqual({
        what: 'revision',
        value: '2026-11-23 03:01:00 UTC, within 4 min',
        count: 3,
      });
    });

    test.each([
      ['one was made at another time', [30, 5, 4]],
      ['they were made long before, as when all were installed', [3_000, 3_001, 3_002]],
      ['they were made when it failed already, to cure it', [-20, -21, -22]],
      ['one is known', [5, undefined, undefined]],
      ['none is known', [undefined, undefined]],
    ])('is nothing where %s', (_why, minutes) => {
      expect(inCommon(revised(minutes)).filter(({ what }) => what === 'revision')).toEqual([]);
    });
  });

  describe('of logs', () => {
    test('is the line that tells most, but for times, numbers and made-up names', () => {
      const logs = [1, 2, 3].map((n) => [
        `2026-11-23T03:10:0${n}Z starting worker-${n}`,
        `2026-11-23T03:10:0${n}Z Error: connect ECONNREFUSED 10.0.3.${n}:5432`,
        'bye',
      ]);
      expect(logsInCommon(logs)).toEqual({ what: 'log', value: '… Error: connect ECONNREFUSED …', count: 3 });
    });

    test.each([
      [
        'one of them says something else',
        [['Error: no space left'], ['Error: no space left'], ['Error: disk gone']],
      ],
      ['one of them tells of no error', [['Error: no space left'], ['Error: no space left'], ['bye']]],
      ['they only tell what they did', [['listening on :8080'], ['listening on :8080']]],
      ['one has a log', [['Error: no space left'], []]],
      ['none has', [[], [' ']]],
    ])('is nothing where %s', (_why, logs) => {
      expect(logsInCommon(logs)).toBeUndefined();
    });
  });
});
