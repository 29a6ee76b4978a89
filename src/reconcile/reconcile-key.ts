import { type Decision, type Correlator, ownerHealth, type Scope } from '../correlate/index.ts';
import { type Clock, MINUTE, nowOf, SECOND } from '../domain/clock.ts';
import type { Currency, CurrencyOf } from '../domain/currency.ts';
import type { ObjectRef } from '../domain/failure.ts';
import { LeaseLostError } from '../outbox/index.ts';
import type { ClusterIndex } from '../observe/cluster-index.ts';
import type { Stages } from './reconciler.ts';
import type { ManualRequests } from './manual-requests.ts';

/** A decision that could not be carried out is tried again; the level that led to it still stands. */
const FIRST_RETRY_MS = SECOND;
const LAST_RETRY_MS = MINUTE;
/** One owner is decided about a few times in a row at most: open, then comment, then nothing. */
const MAX_DECISIONS = 5;

export interface ReconcileKeyDeps {
  readonly clock: Clock;
  readonly index: ClusterIndex;
  readonly book: Correlator;
  /** An Incident that cannot be read has this key. */
  readonly isOccupied: (key: string) => boolean;
  /** An Incident that cannot be read has this name. */
  readonly isUnreadable: (name: string) => boolean;
  readonly currencyOf: CurrencyOf;
  readonly prove?: (scopes: readonly Scope[]) => void;
  readonly report: { readonly actionFailed: (key: string, error: unknown) => void };
}

/**
 * What is done for one key: decide until there is nothing left to decide. Resolves with the time of the next look, if there is
 * one (monotonic milliseconds). Never rejects.
 */
export function createReconcileKey(
  deps: ReconcileKeyDeps,
  stages: () => Stages | undefined,
): (key: string, signal: AbortSignal) => Promise<number | undefined> {
  const { clock, book, report } = deps;
  const failed = new Map<string, Failure>();

  return async (key, signal) => {
    const before = failed.get(key);
    const leftMs = (before?.retryAt ?? 0) - clock.monotonic();
    // Whatever happens to a failing object meanwhile: what did not work is not asked again at once.
    if (leftMs > 0) return clock.monotonic() + leftMs;
    try {
      const turn = await workOn(deps, stages(), key, signal);
      failed.delete(key);
      return turn ?? book.wakeAt(key, nowOf(clock));
    } catch (error) {
      if (signal.aborted) return undefined;
      // It may be held again in a moment, and what is decided then rests on what is known then.
      if (error instanceof LeaseLostError) return clock.monotonic() + FIRST_RETRY_MS;
      if (before === undefined) report.actionFailed(key, error);
      const failure = nextFailure(before, clock);
      failed.set(key, failure);
      return failure.retryAt;
    }
  };
}

interface Failure {
  readonly waitMs: number;
  /** Monotonic milliseconds. */
  readonly retryAt: number;
}

/** Ever more slowly. */
function nextFailure(before: Failure | undefined, clock: Clock): Failure {
  const waitMs = Math.min(LAST_RETRY_MS, 2 * (before?.waitMs ?? FIRST_RETRY_MS / 2));
  return { waitMs, retryAt: clock.monotonic() + waitMs };
}

async function workOn(
  deps: ReconcileKeyDeps,
  stages: Stages | undefined,
  key: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { book, clock, index } = deps;
  if (stages?.requests?.isRequest(key) === true) return workOnRequest(deps, stages.requests, key, signal);
  const isOwnerOpen = (namespace: string): boolean => stages?.observer.isOwnerOpen(namespace) === true;
  const lookup = { ...index, isOwnerOpen };
  for (let decisions = 0; decisions < MAX_DECISIONS && !signal.aborted; decisions += 1) {
    const currencyOf = rememberFor(deps.currencyOf);
    const sight = { currencyOf, health: (owner: ObjectRef) => ownerHealth(owner, lookup, currencyOf) };
    const decision = book.decide(key, nowOf(clock), sight);
    if (decision === undefined) return askForProof(deps, key);
    if (opens(decision) && deps.isOccupied(key)) return undefined;
    await stages?.actions.act(decision, signal);
    book.noteDone(decision, nowOf(clock));
  }
  return undefined;
}

/** One whose Incident is there and cannot be read is not filed a second time. */
async function workOnRequest(
  { isUnreadable, clock }: Pick<ReconcileKeyDeps, 'isUnreadable' | 'clock'>,
  requests: ManualRequests,
  key: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (isUnreadable(requests.nameOf(key))) return undefined;
  const turn = await requests.work(key, signal);
  return turn === undefined ? undefined : clock.monotonic() + Math.max(0, turn - clock.now());
}

/** Whether it makes a new Incident of its key, now or in the end. */
function opens({ kind }: Decision): boolean {
  return kind === 'suspect' || kind === 'open' || kind === 'fold' || kind === 'unfold' || kind === 'recur';
}

function askForProof({ book, prove }: ReconcileKeyDeps, key: string): undefined {
  const scopes = book.awaits(key);
  if (scopes.length > 0) prove?.(scopes);
}

/** Asks once for each kind and namespace: a decision about thousands of signals asks for the same again and again. */
function rememberFor(currencyOf: CurrencyOf): CurrencyOf {
  const known = new Map<string, Currency | undefined>();
  return (kind, namespace) => {
    const key = namespace === undefined ? kind : `${kind}/${namespace}`;
    if (!known.has(key)) known.set(key, currencyOf(kind, namespace));
    return known.get(key);
  };
}
