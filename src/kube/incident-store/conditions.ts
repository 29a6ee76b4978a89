import type { Incident, Phase } from '../../domain/incident.ts';
import type { IncidentCondition } from './resource.ts';

/**
 * The spec is immutable, so what the status speaks of is its first generation. Removing the draft makes a second
 * one, of which the status has nothing new to say.
 */
const OBSERVED_GENERATION = 1;

/** A condition message may have 32,768 characters; nobody reads more than this in `kubectl describe`. */
const MAX_MESSAGE_LENGTH = 1_024;

interface Verdict {
  readonly ready: boolean;
  readonly message: string;
}

const verdicts: Readonly<Record<Phase, Verdict>> = {
  Pending: { ready: false, message: 'The ticket is not filed yet.' },
  Filed: { ready: true, message: 'The ticket is filed.' },
  Recovered: { ready: true, message: 'The workload has recovered.' },
  Rejected: { ready: false, message: 'The ticket API refused the ticket.' },
  Folded: { ready: true, message: 'Another incident speaks for this one.' },
  Observed: { ready: true, message: 'Written down only: the agent runs in mode observe.' },
};

/**
 * Conditions after the kstatus convention, by which Flux, Argo CD and `kubectl wait` judge an object: `Ready` always,
 * `Reconciling` while work remains, `Stalled` when it has failed for good. `before` is the phase that the incident leaves.
 */
export function conditionsOf(incident: Incident, before: Phase, now: number): readonly IncidentCondition[] {
  const { phase } = incident.status;
  const { ready, message } = verdicts[phase];
  const words = sentence(incident, message);
  const since = verdicts[before].ready === ready ? lastTurn(incident, ready) : now;
  const conditions = [condition('Ready', ready, { reason: phase, message: words, since })];
  if (phase === 'Pending') {
    conditions.push(condition('Reconciling', true, { reason: phase, message: words, since }));
  }
  if (phase === 'Rejected') {
    conditions.push(condition('Stalled', true, { reason: phase, message: words, since: now }));
  }
  return conditions;
}

/** `Ready` turns true when the ticket is filed; until then it has been false since the beginning. */
function lastTurn(incident: Incident, ready: boolean): number {
  return (ready ? incident.status.filedAt : undefined) ?? incident.createdAt;
}

function sentence(incident: Incident, message: string): string {
  const { phase, ticketId, lastError, foldedInto, recovery } = incident.status;
  const more = {
    Filed: ticketId,
    Recovered: recovery,
    Rejected: lastError,
    Folded: foldedInto,
    Pending: lastError,
  }[phase as string];
  return (more === undefined ? message : `${message} (${more})`).slice(0, MAX_MESSAGE_LENGTH);
}

function condition(
  type: IncidentCondition['type'],
  holds: boolean,
  about: { readonly reason: string; readonly message: string; readonly since: number },
): IncidentCondition {
  return {
    type,
    status: holds ? 'True' : 'False',
    reason: about.reason,
    message: about.message,
    lastTransitionTime: new Date(about.since).toISOString(),
    observedGeneration: OBSERVED_GENERATION,
  };
}
