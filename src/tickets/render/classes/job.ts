import type { Hint } from './class-text.ts';

/** Why a Job or CronJob fails. */
export const jobHint: Hint = ({ environment: { owner, incident, cronJob, job } }) => {
  if (owner.kind === 'CronJob')
    return cronJob?.concurrencyPolicy === 'Forbid' && cronJob.active > 0
      ? 'A run that does not end holds up all that come after it, as runs may not overlap.'
      : 'Each run is a new one: until the cause is fixed, the next one will most likely fail the same way.';
  if (incident.reason === 'DeadlineExceeded')
    return 'It was stopped because its time was up, and its pods with it: did it hang, or was there more to do than usual? It is not tried again by itself.';
  if (incident.reason === 'PodFailurePolicy')
    return 'Its pod failure policy gave it up at the first failure of this kind: fix the cause, then run it again.';
  return job?.backoffLimit === 0
    ? 'It may not be tried again (backoffLimit 0): fix the cause, then run it again.'
    : 'It is not tried again by itself: fix the cause, then run it again.';
};
