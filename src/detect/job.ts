import { DAY, MINUTE } from '../domain/clock.ts';
import type { Condition, ContainerView, CronJobView, JobView, PodView } from '../domain/views.ts';
import { type Detector, type Finding, leftover, type Observation } from './detector.ts';
import { isOwnedBy } from './pod.ts';
import { runsBetween, type Schedule } from './cron-times.ts';
import { nameContainer, withQuote } from './message.ts';
import { isProxy } from './shared-cause.ts';

/** Why a Job is given up, for the reasons that need words. */
const reasonWords: Readonly<Record<string, string>> = {
  BackoffLimitExceeded: 'the Job has failed as often as it may',
  DeadlineExceeded: 'the Job was not done within its deadline',
  PodFailurePolicy: 'the Job was ended by its pod failure policy',
  FailedIndexes: 'indexes of the Job have failed',
  MaxFailedIndexesExceeded: 'too many indexes of the Job have failed',
};

/** Pods have their grace period to end in. A run of a CronJob that takes longer may hold back all later ones. */
const ENDING_MS = 10 * MINUTE;
/** So many pods may fail; by default a Job is given up after seven. */
const FAILED_PODS = 10;

/** Jobs that have failed for good, and those that try again without end. Those of a CronJob are its runs, and one run may fail. */
export const job: Detector<JobView> = {
  kind: 'Job',
  alsoSees: 'leaving',
  detect: ({ view, now }) => (hasLeft(view) ? [] : [...failedForGood(view, now), ...failingOn(view)]),
};

/** Removed by a person, and not for its end. */
function hasLeft({ deletedAt = Infinity, failed }: JobView): boolean {
  return deletedAt < (failed?.since ?? Infinity);
}

function failedForGood(view: JobView, now: number): readonly Finding[] {
  const { failed, isEnding, owner } = view;
  if (failed === undefined) return [];
  if (owner !== undefined && isOwnedBy(owner, 'batch', 'CronJob'))
    return isEnding === true ? [endless(failed)] : [];
  const reason = failed.reason ?? 'Failed';
  return [
    {
      reason,
      message: withQuote(wordsFor(reason), failed.message),
      since: failed.since,
      immediate: true,
      isFinal: true,
      ...leftover(failed.since, now),
    },
  ];
}

function wordsFor(reason: string): string {
  return (Object.hasOwn(reasonWords, reason) ? reasonWords[reason] : undefined) ?? 'the Job has failed';
}

/** A run that has failed and still counts as one that is at work, as its pods do not end. */
function endless({ reason = 'Failed', message, since }: Condition): Finding {
  return {
    reason,
    message: withQuote(`${wordsFor(reason)}, but its pods do not end`, message),
    since,
    patienceMs: ENDING_MS,
  };
}

/** Its limit of retries is far away, and more pods fail than succeed. */
function failingOn(view: JobView): readonly Finding[] {
  const { failing } = view;
  if (failing === undefined || failing.failed < FAILED_PODS) return [];
  const { failed, succeeded, startedAt } = failing;
  return [
    {
      reason: 'PodsFail',
      message: `${failed} pods of the Job have failed, ${succeeded} have succeeded, and it tries again`,
      since: startedAt,
      occurrences: failed,
      immediate: true,
    },
  ];
}

/** So long a proxy may take to end after its work. */
const PROXY_ENDS_MS = 10 * MINUTE;

/** Pods of which all work has ended, and that go on for the proxies in them: their Job is never done. Nothing waits for the end of a pod without an owner. */
export const endlessPod: Detector<PodView> = {
  kind: 'Pod',
  detect: ({ view: { detail, owner, phase, createdAt } }) => {
    if (detail === undefined || owner === undefined) return [];
    if (phase !== 'Running' || detail.restartPolicy === 'Always') return [];
    const apps = detail.containers.filter(({ role }) => role === 'app');
    const ended = apps.filter(({ terminated }) => terminated !== undefined);
    const left = apps.filter(({ terminated }) => terminated === undefined);
    if (ended.length === 0 || left.length === 0 || !left.every(({ name }) => isProxy(name))) return [];
    const since = Math.max(createdAt, ...ended.map(({ terminated }) => terminated?.finishedAt ?? 0));
    const verb = ended.length === 1 ? 'has' : 'have';
    const message = `${nameAll(ended)} ${verb} ended, and the pod goes on for ${nameAll(left)}`;
    return [{ reason: 'PodDoesNotEnd', message, since, patienceMs: PROXY_ENDS_MS }];
  },
};

function nameAll(containers: readonly ContainerView[]): string {
  return containers.map(nameContainer).join(', ');
}

/** So many runs in a row without success are a failure. */
const FAILED_RUNS = 2;
/** Of one that runs no oftener than this nobody waits for the next run. */
const RARE_MS = 2 * DAY;
/** More runs are not counted: it has failed all along. */
const MAX_COUNTED_RUNS = 100;
/** So many times of its schedule may go by without a run, and so long: the control plane may have been restarted. */
const MISSED_RUNS = 2;
const MISSED_MS = 10 * MINUTE;

/**
 * CronJobs whose last two runs have failed, or the last of one that runs seldom, and those that are not started any more. It looks at
 * the CronJob alone, because its Jobs are gone too soon: of the failed ones it keeps one by default. Nothing runs, and the last run is
 * later than the last success, so the last run has failed; a second time of the schedule between the two was a run before it that
 * failed as well.
 */
export const cronJob: Detector<CronJobView> = {
  kind: 'CronJob',
  detect: (observation) =>
    observation.view.suspended ? [] : [...failedRuns(observation.view), ...missedRuns(observation)],
};

function failedRuns(view: CronJobView): readonly Finding[] {
  const { unsuccessful } = view;
  if (unsuccessful === undefined) return [];
  const {
    schedule,
    timeZone,
    lastRunAt,
    lastSuccessAt = 0,
    specChangedAt = 0,
    active,
    mayOverlap,
  } = unsuccessful;
  if (active > 0 && mayOverlap !== true) return [];
  // Before the last change of its spec it may have been suspended, or ran at other times.
  const from = Math.max(view.createdAt, lastSuccessAt, specChangedAt);
  const plan = { text: schedule, timeZone, ranAt: lastRunAt };
  const runs = runsBetween(plan, { from, to: lastRunAt, max: MAX_COUNTED_RUNS });
  const failed = runs.length - active;
  const first = runs[0];
  if (first === undefined || failed < (active === 0 && isRare(plan, lastRunAt) ? 1 : FAILED_RUNS)) return [];
  return [
    {
      reason: 'RunsFailed',
      message: sayFailed(failed, active),
      since: first,
      lastSeenAt: lastRunAt,
      occurrences: failed,
      immediate: true,
    },
  ];
}

function isRare(plan: Schedule, lastRunAt: number): boolean {
  return runsBetween(plan, { from: lastRunAt, to: lastRunAt + RARE_MS - 1, max: 1 }).length === 0;
}

function sayFailed(failed: number, active: number): string {
  if (failed === 1) return 'the last run of the CronJob has failed, and the next is days away';
  const runs = `${sayCount(failed)} runs of the CronJob`;
  return active === 0 ? `${runs} in a row have failed` : `${runs} have ended without success, others run`;
}

function missedRuns({ view, now }: Observation<CronJobView>): readonly Finding[] {
  const { plan } = view;
  if (plan === undefined || plan.isWaiting === true) return [];
  const { schedule, timeZone, lastRunAt, specChangedAt = 0 } = plan;
  const from = Math.max(view.createdAt, lastRunAt ?? 0, specChangedAt);
  const missed = runsBetween(
    { text: schedule, timeZone, ranAt: lastRunAt },
    { from, to: now, max: MAX_COUNTED_RUNS },
  );
  const first = missed[0];
  if (first === undefined || missed.length < MISSED_RUNS || now - first < MISSED_MS) return [];
  return [
    {
      reason: 'NotStarted',
      message: `the CronJob has not been started at the last ${sayCount(missed.length)} times of its schedule`,
      since: first,
      occurrences: missed.length,
      immediate: true,
    },
  ];
}

function sayCount(runs: number): string {
  return runs < MAX_COUNTED_RUNS ? String(runs) : `at least ${runs}`;
}
