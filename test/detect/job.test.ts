import { describe, expect, test } from '@jest/globals';
import { HOUR, MINUTE } from '../../src/domain/clock.ts';
import type { UnsuccessfulRuns } from '../../src/domain/views.ts';
import {
  aCronJob,
  ago,
  aJob,
  aPod,
  aRun,
  classesOf,
  condition,
  jobOwner,
  NOW,
  running,
  signalOf,
  signalsOf,
} from './fixtures.ts';

const failed = condition('Failed', 'True', {
  reason: 'BackoffLimitExceeded',
  message: 'Job has reached the specified backoff limit',
  since: ago(2),
});

test.each([
  [10, 0, 1],
  [60, 59, 1],
  [9, 0, 0],
])('a Job of which %i pods have failed and %i succeeded tries without end: %i', (failed, succeeded, told) => {
  const signals = signalsOf(aJob({ failing: { failed, succeeded, startedAt: ago(50) } }));
  expect(signals).toHaveLength(told);
  expect(signals.map(({ reason, since, occurrences }) => [reason, since, occurrences])).toEqual(
    Array.from({ length: told }, () => ['PodsFail', ago(50), failed]),
  );
});

describe('a pod of a Job that goes on', () => {
  const done = {
    name: 'work',
    role: 'app',
    restartCount: 0,
    ready: false,
    terminated: aRun({ exitCode: 0 }),
  };
  const podOf = (others: readonly object[], restartPolicy = 'Never') =>
    aPod({ restartPolicy, containers: [done, ...others] as never }, { owner: jobOwner });

  test('for its proxy is told, with both', () => {
    expect(signalOf(podOf([running({ name: 'istio-proxy' })]))).toMatchObject({
      class: 'job',
      reason: 'PodDoesNotEnd',
      message: 'container work has ended, and the pod goes on for container istio-proxy',
      since: done.terminated.finishedAt,
      patienceMs: 10 * MINUTE,
    });
  });

  test("and is nobody's is silent: nobody waits for it", () => {
    const { owner: _owner, ...bare } = podOf([running({ name: 'istio-proxy' })]);
    expect(classesOf(bare)).not.toContain('job');
  });

  test.each([
    ['for other work', podOf([running({ name: 'export' })])],
    ['for a proxy and other work', podOf([running({ name: 'istio-proxy' }), running({ name: 'export' })])],
    ['for nothing', podOf([])],
    ['and starts again what has ended', podOf([running({ name: 'istio-proxy' })], 'Always')],
  ])('%s is silent', (_name, pod) => {
    expect(classesOf(pod)).not.toContain('job');
  });
});

describe('a Job', () => {
  test('that has failed', () => {
    expect(signalOf(aJob({ failed }))).toMatchObject({
      class: 'job',
      reason: 'BackoffLimitExceeded',
      message: 'the Job has failed as often as it may: Job has reached the specified backoff limit',
      since: ago(2),
      immediate: true,
    });
  });

  test('may fail for a reason that nobody knows, or none', () => {
    const { reason: _reason, message: _message, ...silent } = failed;
    expect(signalOf(aJob({ failed: silent }))).toMatchObject({
      reason: 'Failed',
      message: 'the Job has failed',
    });
    expect(signalOf(aJob({ failed: { ...failed, reason: 'toString' } })).reason).toBe('toString');
  });

  test('says nothing while it may retry, when it is done, or as one run of a CronJob', () => {
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'import', uid: 'c-1' };
    const views = [aJob(), aJob({ complete: true }), aJob({ failed, owner })];
    expect(views.flatMap((view) => signalsOf(view))).toEqual([]);
  });

  test('tells a run of a CronJob whose pods do not end, after their grace period and more', () => {
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'import', uid: 'c-1' };
    const found = signalOf(aJob({ failed, isEnding: true, owner }));
    expect(found).toMatchObject({
      reason: 'BackoffLimitExceeded',
      patienceMs: 10 * MINUTE,
      immediate: false,
    });
    expect(found.message).toContain('but its pods do not end');
  });
});

describe('a CronJob', () => {
  // Every ten minutes; 03:00, the moment of the look, is a time of it.
  const runs: UnsuccessfulRuns = {
    schedule: '*/10 * * * *',
    lastRunAt: NOW,
    lastSuccessAt: ago(19),
    active: 0,
  };

  test('whose last two runs have failed', () => {
    expect(signalOf(aCronJob({ unsuccessful: runs }))).toMatchObject({
      class: 'job',
      regarding: { kind: 'CronJob' },
      reason: 'RunsFailed',
      message: '2 runs of the CronJob in a row have failed',
      since: ago(10),
      lastSeenAt: NOW,
      occurrences: 2,
      immediate: true,
    });
  });

  const silent: readonly (readonly [string, Partial<UnsuccessfulRuns>])[] = [
    ['one run has failed', { lastSuccessAt: ago(9) }],
    ['a run is at work', { active: 1 }],
    ['it was changed since: it may have been suspended', { specChangedAt: ago(5) }],
    ['its schedule cannot be read', { schedule: '@sometimes' }],
    ['those that may overlap are at work', { active: 1, mayOverlap: true }],
    [
      'it has another schedule by now',
      { schedule: '5 4 * * *', lastRunAt: NOW + 17 * 1_000 * 60 + MINUTE / 2 },
    ],
  ];
  test.each(silent)('says nothing when %s', (_, change) => {
    expect(signalsOf(aCronJob({ unsuccessful: { ...runs, ...change } }))).toEqual([]);
  });

  test('whose runs overlap: what is not at work any more has ended', () => {
    const overlapping = { ...runs, lastSuccessAt: ago(59), active: 2, mayOverlap: true } as const;
    expect(signalOf(aCronJob({ unsuccessful: overlapping }))).toMatchObject({
      occurrences: 4,
      message: '4 runs of the CronJob have ended without success, others run',
    });
  });

  test('that runs seldom: the next run is too far away to wait for it', () => {
    const monthly = { schedule: '0 3 23 * *', lastRunAt: NOW, lastSuccessAt: ago(60 * 24 * 30), active: 0 };
    expect(signalOf(aCronJob({ unsuccessful: monthly }))).toMatchObject({
      occurrences: 1,
      message: 'the last run of the CronJob has failed, and the next is days away',
    });
    expect(signalsOf(aCronJob({ unsuccessful: { ...monthly, active: 1 } }))).toEqual([]);
    expect(
      signalsOf(aCronJob({ unsuccessful: { ...monthly, schedule: '0 3 * * *', lastSuccessAt: ago(60) } })),
    ).toEqual([]);
  });

  describe('that is not started', () => {
    const plan = { schedule: '*/10 * * * *', lastRunAt: ago(40) };

    test('at four times of its schedule', () => {
      expect(signalOf(aCronJob({ plan }))).toMatchObject({
        reason: 'NotStarted',
        message: 'the CronJob has not been started at the last 4 times of its schedule',
        since: ago(30),
        occurrences: 4,
      });
    });

    test.each([
      ['once', { lastRunAt: ago(10) }],
      ['for some minutes', { schedule: '* * * * *', lastRunAt: ago(9) }],
      ['as the run before is at work and must be alone', { isWaiting: true as const }],
      ['as it was changed since: it may have been suspended', { specChangedAt: ago(5) }],
      ['as nobody can read its schedule', { schedule: '@sometimes' }],
    ])('%s, says nothing', (_why, change) => {
      expect(signalsOf(aCronJob({ plan: { ...plan, ...change } }))).toEqual([]);
    });

    test('and never was', () => {
      const { lastRunAt: _never, ...never } = plan;
      expect(signalOf(aCronJob({ plan: never, createdAt: ago(35) })).occurrences).toBe(4);
    });
  });

  test('says nothing when all is well, or it is suspended', () => {
    expect(signalsOf(aCronJob())).toEqual([]);
    expect(signalsOf(aCronJob({ suspended: true, unsuccessful: runs }))).toEqual([]);
  });

  test('that has never succeeded counts from its creation', () => {
    const { lastSuccessAt: _never, ...never } = runs;
    expect(signalOf(aCronJob({ createdAt: ago(31), unsuccessful: never })).occurrences).toBe(4);
    expect(signalsOf(aCronJob({ createdAt: ago(9), unsuccessful: never }))).toEqual([]);
  });

  test('that has failed all along is not counted for ever', () => {
    const found = signalOf(aCronJob({ unsuccessful: { ...runs, lastSuccessAt: NOW - 90 * 24 * HOUR } }));
    expect(found).toMatchObject({
      occurrences: 100,
      message: 'at least 100 runs of the CronJob in a row have failed',
    });
  });
});
