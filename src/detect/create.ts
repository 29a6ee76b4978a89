import { MINUTE, SECOND } from '../domain/clock.ts';
import type { CronJobView, JobView, ObjectView, ReplicaSetView, WorkloadView } from '../domain/views.ts';
import type { Detector, Finding, Observation } from './detector.ts';
import { isOwnedBy } from './pod.ts';
import { reportOf, withQuote } from './message.ts';
import { refusedFor } from './shared-cause.ts';

const WORDS = 'pods cannot be created';

/** A single refusal is forgotten this soon: the controller tries again within milliseconds. */
const MIN_GAP_MS = 30 * SECOND;
/** Controllers back off up to 1,000 s between two tries. */
const MAX_GAP_MS = 20 * MINUTE;

/** A Deployment says it in a condition; its ReplicaSets' events would only say it again. */
const ofDeployment: Detector<WorkloadView> = {
  kind: 'Deployment',
  detect: ({ view }) => {
    const condition = view.conditions.find(
      ({ type, reason }) =>
        (type === 'ReplicaFailure' && reason !== 'FailedDelete') ||
        (type === 'Progressing' && reason === 'ReplicaSetCreateError'),
    );
    if (condition === undefined || view.wanted === 0) return [];
    return [
      {
        reason: condition.reason ?? condition.type,
        message: withQuote(WORDS, condition.message),
        since: condition.since,
        sharedCause: refusedFor(condition.message),
      },
    ];
  },
};

const ofReplicaSet: Detector<ReplicaSetView> = {
  kind: 'ReplicaSet',
  detect: (observation) => {
    const { owner } = observation.view;
    return owner !== undefined && isOwnedBy(owner, 'apps', 'Deployment') ? [] : refusals(observation, WORDS);
  },
};

function ofWorkload(kind: 'StatefulSet' | 'DaemonSet'): Detector<WorkloadView> {
  return {
    kind,
    detect: (observation) =>
      observation.view.ready < observation.view.wanted ? refusals(observation, WORDS) : [],
  };
}

const ofJob: Detector<JobView> = {
  kind: 'Job',
  detect: (observation) => {
    const { complete, failed } = observation.view;
    return complete || failed !== undefined ? [] : refusals(observation, WORDS);
  },
};

const ofCronJob: Detector<CronJobView> = {
  kind: 'CronJob',
  detect: (observation) =>
    observation.view.suspended ? [] : refusals(observation, 'Jobs cannot be created'),
};

/** Owners whose pods the API server refuses: quota, admission webhook, Pod Security, a missing service account. */
export const create: readonly Detector[] = [
  ofDeployment,
  ofReplicaSet,
  ofWorkload('StatefulSet'),
  ofWorkload('DaemonSet'),
  ofJob,
  ofCronJob,
];

/** These kinds have no condition for it: it lasts as long as the events of their controller keep coming. */
function refusals({ events }: Observation<ObjectView>, words: string): readonly Finding[] {
  const report = reportOf(events, (event) => event.reason === 'FailedCreate');
  if (report === undefined) return [];
  const { firstAt, lastAt, count, newest } = report;
  // The wait between two tries doubles, so the next one comes after about as long again as it has lasted.
  const gapMs = Math.min(Math.max(2 * (lastAt - firstAt), MIN_GAP_MS), MAX_GAP_MS);
  return [
    {
      reason: newest.reason,
      message: withQuote(words, newest.note),
      sharedCause: refusedFor(newest.note),
      since: firstAt,
      lastSeenAt: lastAt,
      occurrences: count,
      clearsAt: lastAt + gapMs,
    },
  ];
}
