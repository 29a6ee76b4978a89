import { beforeEach, expect, test } from '@jest/globals';
import type { JobView } from '../../src/domain/views.ts';
import { JobRuns } from '../../src/observe/cluster-index.ts';

let runs: JobRuns;
beforeEach(() => {
  runs = new JobRuns();
});

function aJob(name: string, createdAt: number, more: Partial<JobView> = {}): JobView {
  return {
    kind: 'Job',
    apiVersion: 'batch/v1',
    uid: `${name}-${createdAt}`,
    namespace: 'shop',
    name,
    createdAt,
    complete: false,
    ...more,
  };
}
const failed = { type: 'Failed', status: 'True', since: 5 };

test('a later run of the same name or series answers one that failed, which is looked at again', () => {
  const first = aJob('init-1', 1, { series: 'init-*', failed });
  expect(runs.upsert(first)).toEqual([]);
  expect(runs.isSuperseded(first)).toBe(false);
  expect(runs.upsert(aJob('init-2', 2, { series: 'init-*', complete: true }))).toEqual([first]);
  expect(runs.isSuperseded(first)).toBe(true);
});

test('an earlier run, another series and another namespace answer nothing', () => {
  const late = aJob('init-3', 3, { series: 'init-*', failed });
  runs.upsert(late);
  runs.upsert(aJob('init-2', 2, { series: 'init-*', complete: true }));
  runs.upsert(aJob('seed-4', 4, { series: 'seed-*', complete: true }));
  runs.upsert(aJob('init-4', 4, { series: 'init-*', complete: true, namespace: 'other' }));
  expect(runs.isSuperseded(late)).toBe(false);
});

test('a success counts although its Job is gone', () => {
  const done = aJob('migrate', 2, { complete: true });
  runs.upsert(done);
  runs.remove(done);
  expect(runs.isSuperseded(aJob('migrate', 1, { failed }))).toBe(true);
});

test('the runs of a CronJob are its own matter', () => {
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'backup', uid: 'c' };
  runs.upsert(aJob('backup-2', 2, { complete: true, owner }));
  expect(runs.isSuperseded(aJob('backup-1', 1, { failed, owner }))).toBe(false);
});
