import { expect, test } from '@jest/globals';
import { seriesOf } from '../../src/lib/name-series.ts';

test.each([
  // Helm hooks with a revision, migrations with a version, a date.
  ['engine-db-init-7', 'engine-db-init-*'],
  ['migrate-v41', 'migrate-*'],
  ['report-2026-11-29', 'report-*-*-*'],
  // What `generateName` makes, with a step behind it or twice.
  ['load-test-4kx2b', 'load-test-*'],
  ['linux-x64-k2x9d-runner-7bq4m', 'linux-x64-*-runner-*'],
  // Hashes and UUIDs of pipelines.
  ['build-3f2a91c', 'build-*'],
  ['task-f47ac10b-58cc-4372-a567-0e02b2c3d479', 'task-*'],
])('the run %s is of %s', (name, series) => {
  expect(seriesOf(name, true)).toBe(series);
});

test.each(['migrate', 'db-backup', '7', 'check-https', 'seed-eu-west-1a'])(
  'the run %s is of no series',
  (name) => {
    expect(seriesOf(name, true)).toBeUndefined();
  },
);

test('a number alone shows no generator where things live long', () => {
  expect(seriesOf('pg-1', false)).toBeUndefined();
  expect(seriesOf('worker-v2', false)).toBeUndefined();
  expect(seriesOf('runner-7bq4m-concurrent-0', false)).toBe('runner-*-concurrent-*');
});
