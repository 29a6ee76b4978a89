import type { CronJobView, JobView } from '../domain/views.ts';
import type { Detector } from './detector.ts';
import { isOwnedBy } from './pod.ts';
import { runsBetween } from './schedule.ts';
import { signalOf, withQuote } from './signal.ts';

/** Why a Job is given up. Other reasons speak for themselves. */
const reasonWords: Readonly<Record<string, string>> = {
  BackoffLimitExceeded: 'the Job has failed as often as it may',
  DeadlineExceeded: 'the Job was not done within its deadline',
  PodFailurePolicy: 'the Job was ended by its pod failure policy',
  FailedIndexes: 'indexes of the Job have failed',
  MaxFailedIndexesExceeded: 'too many indexes of the Job have failed',
};

/** Jobs that have failed for good. Those of a CronJob are its runs, and one run may fail. */
export const job: Detector<JobView> = {
  class: 'job',
  kind: 'Job',
  detect: ({ view }) => {
    const { failed, owner } = view;
    if (failed === undefined || (owner !== undefined && isOwnedBy(owner, 'batch', 'CronJob'))) return [];
    const reason = failed.reason ?? 'Failed';
    const words = Object.hasOwn(reasonWords, reason) ? reasonWords[reason] : undefined;
    return [
      signalOf('job', view, {
        reason,
        message: withQuote(words ?? 'the Job has failed', failed.message),
        since: failed.since,
        immediate: true,
      }),
    ];
  },
};

/** So many runs in a row without success are a failure. */
const FAILED_RUNS = 2;
/** More runs are not counted: it has failed all along. */
const MAX_COUNTED_RUNS = 100;

/**
 * CronJobs whose last two runs have failed. It looks at the CronJob alone, because its Jobs are gone too soon: of the
 * failed ones it keeps one by default. Nothing runs, and the last run is later than the last success, so the last run
 * has failed; a second time of the schedule between the two was a run before it that failed as well.
 */
export const cronJob: Detector<CronJobView> = {
  class: 'job',
  kind: 'CronJob',
  detect: ({ view }) => {
    const { unsuccessful, suspended } = view;
    if (unsuccessful === undefined || suspended || unsuccessful.active > 0) return [];
    const { schedule, lastRunAt, lastSuccessAt = 0, specChangedAt = 0 } = unsuccessful;
    // Before the last change of its spec it may have been suspended, or ran at other times.
    const from = Math.max(view.createdAt, lastSuccessAt, specChangedAt);
    const runs = runsBetween(schedule, { from, to: lastRunAt, max: MAX_COUNTED_RUNS });
    const first = runs[0];
    if (first === undefined || runs.length < FAILED_RUNS) return [];
    return [
      signalOf('job', view, {
        reason: 'RunsFailed',
        message: `${sayCount(runs.length)} runs of the CronJob in a row have failed`,
        since: first,
        lastSeenAt: lastRunAt,
        occurrences: runs.length,
        immediate: true,
      }),
    ];
  },
};

function sayCount(runs: number): string {
  return runs < MAX_COUNTED_RUNS ? String(runs) : `at least ${runs}`;
}
