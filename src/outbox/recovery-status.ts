import type { Incident, IncidentStatus } from '../domain/incident.ts';

/**
 * What a ticket says about recovery and what its incident has come to meanwhile can differ. Then the status is made to agree with
 * the ticket: the stages before us decide by levels, see a change that is not told yet, and tell it by a comment.
 */

/** The ticket tells of a recovery at that time, or of none. Nobody is told how a request by hand goes on. */
export function asTicketSays(newest: Incident, recoveredAt: number | undefined): Partial<IncidentStatus> {
  const phase = newest.status.recoveredAt === undefined ? 'Filed' : 'Recovered';
  if (newest.spec.trigger === 'manual') return { phase };
  if (recoveredAt !== undefined) return { phase: 'Recovered', recoveredAt };
  if (phase === 'Filed') return { phase };
  // What was to be said of that recovery would come too late: by now it may fail again.
  const unsaid = newest.status.comment?.kind === 'recovered' ? { comment: undefined } : {};
  return { phase: 'Filed', recoveredAt: undefined, recovery: undefined, ...unsaid };
}

/** Whether a ticket that an incident is about to take may tell of a recovery: without one until then, none of its texts can. */
export function mayTellRecovery({ spec, status: { recoveredAt, recurrences = 0 } }: Incident): boolean {
  return spec.trigger !== 'manual' && (recoveredAt !== undefined || recurrences > 0);
}
