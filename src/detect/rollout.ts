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

/** Rollouts that do not come to their end. */
export const rollout: readonly Detector[] = [ofDeployment, ofSet('StatefulSet'), ofSet('DaemonSet')];
