import { MINUTE } from '../domain/clock.ts';
import type { CallFailure, FilingCall } from '../domain/ports.ts';
import { failedAlone, failedCall, type StepContext, type WorkItem } from './context.ts';
import { aboutOf, type CircuitBreaker } from './circuit-breaker.ts';
import { type FailingWrites, type FilingFacts, MAX_SHRINK } from './next-step.ts';

/** A write that a firewall refuses is given up after so long, if reads work all the time and no other write meets the same. */
const REFUSAL_PATIENCE_MS = 10 * MINUTE;
/** Others were accepted so often between two failures that it must be what this one says. */
const OFTEN_OVERTAKEN = 3;
/** An API that has accepted a write so lately does not refuse all of them. */
const LATELY_MS = MINUTE;

/** A write that has failed. */
export interface FailedWrite {
  readonly call: FilingCall;
  readonly failure: CallFailure;
  readonly startedAt: number;
  /** Whether there are words in it that can be left out. */
  readonly canShrink: boolean;
}

/** What follows: the facts for the next try, or, with `refusal`, the words with which it is given up. */
export interface Verdict {
  readonly facts: FilingFacts;
  readonly refusal?: string;
}

/**
 * Tells a write that fails for what it says from an API that takes none. A firewall refuses a log line with the status of a token
 * without rights, and an API that has a bug at one text fails like one that is down. The requests of others tell: a read right after
 * it, and the writes that are accepted meanwhile. `probe` is that read; it throws when it fails, as this concerns all then.
 */
export async function judge(
  item: WorkItem,
  write: FailedWrite,
  context: StepContext,
  probe: () => Promise<unknown>,
): Promise<Verdict> {
  const { call, failure, startedAt } = write;
  const row = failingRow(item.facts, startedAt, context.circuitBreaker);
  switch (failure.kind) {
    case 'paused':
    case 'notSent':
      return { facts: failedCall(item, call, failure, context) };
    case 'unknown':
      return { facts: unanswered(item, write, row, context) };
    case 'rejected': {
      context.circuitBreaker.succeed(call, startedAt);
      const facts = { ...failedAlone(item, call, failure, context), failing: row };
      return mayShrink(facts, write) ? { facts: smaller(facts) } : { facts, refusal: failure.error };
    }
    case 'denied': {
      const probedAt = context.clock.monotonic();
      await probe();
      const facts = { ...failedAlone(item, call, failure, context), failing: row, deniedAt: startedAt };
      const next = afterDenial(facts, { ...write, failure }, context);
      if (next !== 'giveUp')
        return { facts: goOn(item, facts, { next, call, error: failure.error }, context) };
      // It is known to be about this one: nothing is blocked by it any more.
      context.circuitBreaker.settle('find', aboutOf(item.incident), probedAt);
      return { facts, refusal: failure.error };
    }
  }
}

function failingRow(
  { failing }: FilingFacts,
  startedAt: number,
  circuitBreaker: CircuitBreaker,
): FailingWrites {
  if (failing === undefined) return { since: startedAt, lastAt: startedAt, overtaken: 0 };
  const isOvertaken = circuitBreaker.writeAcceptedAt >= failing.lastAt;
  return { ...failing, lastAt: startedAt, overtaken: failing.overtaken + (isOvertaken ? 1 : 0) };
}

function mayShrink({ shrink }: FilingFacts, { canShrink }: FailedWrite): boolean {
  return canShrink && shrink < MAX_SHRINK;
}

function smaller(facts: FilingFacts): FilingFacts {
  return { ...facts, shrink: Math.min(facts.shrink + 1, MAX_SHRINK) };
}

/** A server error, or no answer. If others are accepted all the while they need not wait for this one. */
function unanswered(
  item: WorkItem,
  { call, failure, canShrink }: FailedWrite,
  row: FailingWrites,
  context: StepContext,
): FilingFacts {
  const fail = row.overtaken > 0 ? failedAlone : failedCall;
  const facts = { ...fail(item, call, failure, context), failing: row };
  return row.overtaken >= OFTEN_OVERTAKEN && canShrink ? smaller(facts) : facts;
}

type Denied = Extract<CallFailure, { readonly kind: 'denied' }>;
type Failing = FilingFacts & { readonly failing: FailingWrites };
type DeniedWrite = FailedWrite & { readonly failure: Denied };

/** What to do with a write that was denied: say it with fewer words, wait, begin anew with all words, or give it up. */
type Next = 'smaller' | 'wait' | 'again' | 'giveUp';

function afterDenial(facts: Failing, write: DeniedWrite, context: StepContext): Next {
  if (write.failure.status === 404) return afterNotFound(facts, write);
  if (mayShrink(facts, write)) return 'smaller';
  return isAboutThisOne(facts, write, context) ? 'giveUp' : 'again';
}

/** That is no refusal: a gateway has no backend for the moment, or the ticket of a comment is not there. */
function afterNotFound({ failing }: Failing, { call, canShrink }: DeniedWrite): Next {
  if (failing.overtaken >= OFTEN_OVERTAKEN && canShrink) return 'smaller';
  return failing.overtaken > 0 || call !== 'create' ? 'wait' : 'again';
}

function isAboutThisOne(
  { failing }: Failing,
  { failure }: DeniedWrite,
  { circuitBreaker, clock }: StepContext,
): boolean {
  if (failing.overtaken > 0) return true;
  // The API's own word can be about the rights of a token that may read: only a write that it takes disproves that.
  if (failure.isApi || circuitBreaker.refusesAllWrites) return false;
  return clock.monotonic() - failing.since >= REFUSAL_PATIENCE_MS;
}

/** As long as no other write is accepted it may be all of them. */
function goOn(
  { incident }: WorkItem,
  facts: Failing,
  {
    next,
    call,
    error,
  }: { readonly next: Exclude<Next, 'giveUp'>; readonly call: FilingCall; readonly error: string },
  { circuitBreaker, clock }: StepContext,
): FilingFacts {
  if (next === 'wait') return facts;
  const elapsed = clock.monotonic();
  const isDoubtful = facts.failing.overtaken === 0 && elapsed - circuitBreaker.writeAcceptedAt > LATELY_MS;
  if (isDoubtful)
    circuitBreaker.deny(
      { call, reason: error, cause: 'denied', about: aboutOf(incident) },
      elapsed,
      next === 'again',
    );
  return next === 'smaller' ? smaller(facts) : { ...facts, shrink: 0 };
}

/** How much is left out of what is to be said. What was cut while all writes were refused was cut for nothing. */
export function sizeOf({ shrink, failing }: FilingFacts, { writesRefusedUntil }: CircuitBreaker): number {
  return failing !== undefined && failing.lastAt < writesRefusedUntil ? 0 : shrink;
}
