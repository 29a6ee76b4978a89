import { causality } from '../domain/failure-classes.ts';
import type { Incident } from '../domain/incident.ts';
import type { WorkItem } from './context.ts';
import type { Step } from './next-step.ts';
import { mayTellRecovery } from './follow-up.ts';
import { MINUTE } from '../domain/clock.ts';

/** Something that can be done for an incident. */
export interface DueStep extends WorkItem {
  readonly step: Exclude<Step, { kind: 'wait' }>;
}

/**
 * Whether one step is done before another. What is to get a ticket comes before comments and clean-up, then what is worse, then what is
 * older. What was denied goes behind all that was not, so that two tickets that a firewall dislikes cannot take every turn that there is.
 */
export function isMoreUrgent(left: DueStep, right: DueStep): boolean {
  const [one, two] = [left.incident, right.incident];
  const [deniedAt, otherDeniedAt] = [left.facts.deniedAt ?? -Infinity, right.facts.deniedAt ?? -Infinity];
  const order =
    Number(deniedAt > otherDeniedAt) - Number(deniedAt < otherDeniedAt) ||
    Number(wantsTicket(two)) - Number(wantsTicket(one)) ||
    gravity(one) - gravity(two) ||
    one.spec.openedAt - two.spec.openedAt;
  return order < 0;
}

/** One for which another incident speaks gets none. */
function wantsTicket({ status, spec }: Incident): boolean {
  return status.phase === 'Pending' && spec.cause === undefined;
}

function gravity({ status, spec }: Incident): number {
  return causality(status.class ?? spec.class);
}

/** Steps that ask the ticket API. */
const callSteps: ReadonlySet<Step['kind']> = new Set(['searchTickets', 'post', 'comment', 'verify']);

/** Whether a step has to wait while the ticket API is not to be asked. */
export function needsTicketApi({ step, incident }: DueStep): boolean {
  return step.kind === 'adopt' ? step.own && mayTellRecovery(incident) : callSteps.has(step.kind);
}

/** Rate limiter of what is sent, so that an API that is back is not met by everything that has waited. */
export class RateLimiter {
  readonly #maxPerMinute: number;
  /** Of the last minute, oldest first. */
  readonly #sentAt: number[] = [];

  /** Infinity is no limit. */
  constructor(maxPerMinute: number) {
    this.#maxPerMinute = maxPerMinute;
  }

  /** When the next may be sent (monotonic milliseconds); in the past when it may be sent at once. */
  freeAt(elapsed: number): number {
    const sentAt = this.#sentAt;
    while (sentAt[0] !== undefined && sentAt[0] + MINUTE <= elapsed) sentAt.shift();
    const oldest = sentAt[sentAt.length - this.#maxPerMinute];
    return oldest === undefined ? 0 : oldest + MINUTE;
  }

  /** One is sent now. */
  note(elapsed: number): void {
    if (this.#maxPerMinute !== Infinity) this.#sentAt.push(elapsed);
  }
}
