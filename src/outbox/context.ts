import type { Incident, IncidentStatus } from '../domain/incident.ts';
import type { CallFailure } from '../domain/ports.ts';
import type { OutboxDeps } from './deps.ts';
import type { Gate } from './gate.ts';
import { backoffMs, type FilingFacts } from './next-step.ts';

/** What a step led to: the facts as they are now. */
export interface StepResult {
  readonly facts: FilingFacts;
  readonly removed?: true;
}

/** One incident in the hands of a step. */
export interface Subject {
  readonly incident: Incident;
  readonly facts: FilingFacts;
}

export interface StepContext extends OutboxDeps {
  readonly gate: Gate;
  /** Cuts what is in flight. */
  readonly signal: AbortSignal;
  /** The incident with its draft, which is large and not kept in memory for all. */
  readonly load: (incident: Incident) => Promise<Incident>;
  /** Writes status on the newest version of the incident; `change` may decline. */
  readonly write: (
    incident: Incident,
    change: (newest: Incident) => Partial<IncidentStatus> | undefined,
  ) => Promise<Incident>;
}

/** Ports throw errors that may carry the kind of failure they stand for. */
export function toFailure(error: unknown): CallFailure {
  const message = error instanceof Error ? error.message : String(error);
  const kind = error instanceof Error && 'kind' in error && error.kind === 'paused' ? 'paused' : 'unknown';
  return { kind, error: message };
}

/** One policy for every failed call: who waits, and for how long. */
export function failedCall(
  { incident, facts }: Subject,
  call: string,
  failure: CallFailure,
  { gate, clock, random, observer }: StepContext,
): FilingFacts {
  observer.failed(incident, call, failure);
  const failures = facts.failures + 1;
  switch (failure.kind) {
    case 'paused':
      gate.pause(failure.error, clock.monotonic());
      return facts;
    case 'rejected':
      // The API answers, it only does not want this request.
      gate.succeed();
      return { ...facts, failures };
    case 'notSent':
    case 'unknown':
      gate.backOff(failure.error, clock.monotonic(), failure.retryAfterMs);
      return {
        ...facts,
        failures,
        notBefore: clock.monotonic() + backoffMs(failures, random(), failure.retryAfterMs),
      };
  }
}
