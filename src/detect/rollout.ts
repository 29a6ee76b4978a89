import type { WorkloadView } from '../domain/views.ts';
import type { Detector } from './detector.ts';
import { withQuote } from './message.ts';

/** The Deployment controller keeps the deadline itself, so nothing is left to wait for. */
const ofDeployment: Detector<WorkloadView> = {
  kind: 'Deployment',
  detect: ({ view }) => {
    const condition = view.conditions.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
    if (condition === undefined || view.wanted === 0 || !view.observed) return [];
    return [
      {
        reason: 'ProgressDeadlineExceeded',
        message: withQuote('the rollout has not finished within its deadline', condition.message),
        since: condition.since,
        immediate: true,
      },
    ];
  },
};

/** These have no deadline and no condition: what counts is when their status last changed. */
function ofSet(kind: 'StatefulSet' | 'DaemonSet'): Detector<WorkloadView> {
  return {
    kind,
    detect: ({ view }) => {
      const { wanted, updated, observed, progressedAt } = view;
      if (progressedAt === undefined || !observed || updated >= wanted) return [];
      return [
        {
          reason: 'UpdateNotAdvancing',
          message: `the update does not advance: ${updated} of ${wanted} pods have the newest revision`,
          since: progressedAt,
        },
      ];
    },
  };
}

/**
 * What is not ready although no rollout is under way, whatever its pods show. Since when, a Deployment says where it is below its least
 * availability; of all others it is since their numbers are these.
 */
function ofShort(kind: WorkloadView['kind']): Detector<WorkloadView> {
  return {
    kind,
    detect: ({ view, now }) => {
      const { wanted, ready, updated, observed, conditions } = view;
      if (!observed || ready >= wanted || updated < wanted) return [];
      const unavailable = conditions.find(({ type }) => type === 'Available');
      const level = `${ready} of ${wanted}`;
      return [
        {
          reason: 'NotEnoughReady',
          isSummary: true,
          message: `${level} pods are ready, and no rollout is under way`,
          ...(unavailable === undefined ? { since: now, level } : { since: unavailable.since }),
        },
      ];
    },
  };
}

/** Rollouts that do not come to their end, and workloads that lack what they want without one. */
export const rollout: readonly Detector[] = [
  ofDeployment,
  ofSet('StatefulSet'),
  ofSet('DaemonSet'),
  ofShort('Deployment'),
  ofShort('StatefulSet'),
  ofShort('DaemonSet'),
];
