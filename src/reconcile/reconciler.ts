import type { Correlator, Decision, OwnerHealth, Scope } from '../correlate/index.ts';
import { type Clock, MINUTE, nowOf, SECOND } from '../domain/clock.ts';
import type { Freshness, FreshnessOf } from '../domain/ports.ts';
import type { ObjectRef } from '../domain/failure.ts';
import { isAutomatic } from '../domain/incident.ts';
import { type IncidentCache, type IncidentChange, LeaseLostError } from '../incidents/index.ts';
import { WorkQueue } from '../lib/work-queue.ts';
import type { IncidentActions } from './incident-actions.ts';
import type { ManualRequests } from './manual-requests.ts';

/** Decisions carried out at once: each reads a handful of objects. */
const MAX_CONCURRENT = 4;
/** One owner is decided about a few times in a row at most: open, then comment, then nothing. */
const MAX_DECISIONS = 5;
/** What may go on in a moment: decisions beyond those, and a Lease that is only renewed late. */
const SOON_MS = SECOND;
/** A decision that could not be carried out is tried again; the level that led to it still stands. */
const BACKOFF = { initMs: 2 * SECOND, maxMs: MINUTE };

/** Work queue of the keys for which there may be something to decide. */
export type ReconcileQueue = WorkQueue<undefined>;

/** The queue of one agent. */
export function createReconcileQueue(deps: {
  readonly clock: Clock;
  readonly random: () => number;
  readonly isLeader: () => boolean;
}): ReconcileQueue {
  const { clock, random, isLeader } = deps;
  return new WorkQueue({
    clock,
    random,
    mayWork: isLeader,
    maxConcurrent: MAX_CONCURRENT,
    backoff: BACKOFF,
  });
}

export interface ReconcilerDeps {
  readonly clock: Clock;
  readonly queue: ReconcileQueue;
  readonly incidents: IncidentCache;
  readonly correlator: Pick<Correlator, 'decide' | 'noteDone' | 'keys'>;
  readonly freshnessOf: FreshnessOf;
  readonly healthOf: (owner: ObjectRef, freshnessOf: FreshnessOf) => OwnerHealth;
  /** Asks for proof that these are as they are known. May be asked again and again. */
  readonly prove: (scopes: readonly Scope[]) => void;
  readonly actions: Pick<IncidentActions, 'act'>;
  /** Absent where requests by hand are switched off. */
  readonly requests: ManualRequests | undefined;
  readonly report: {
    /** A decision could not be carried out; told once until it can. */
    readonly actionFailed: (key: string, error: unknown) => void;
  };
}

/** Reconciler of the owners: decides what is to be done for each and carries it out, until there is nothing left to decide. */
export class Reconciler {
  readonly #deps: ReconcilerDeps;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    deps.incidents.onChange((change) => this.#incidentChanged(change));
    deps.incidents.onKeysFreed(() => this.#enqueueAll());
  }

  /** Works until the signal is aborted. Only the leader runs it, and only after all watches have listed once. */
  async run(signal: AbortSignal): Promise<void> {
    const { queue, report } = this.#deps;
    const running = queue.run(
      {
        plan: () => ({ kind: 'work', item: undefined, isLimited: false }),
        work: (key) => this.#work(key, signal),
        onFailure: (key, error, failures) => {
          if (failures === 1) report.actionFailed(key, error);
        },
      },
      signal,
    );
    this.#enqueueAll();
    await running;
  }

  #enqueueAll(): void {
    const { queue, correlator, requests } = this.#deps;
    for (const key of correlator.keys()) queue.enqueue(key);
    for (const key of requests?.keys() ?? []) queue.enqueue(key);
  }

  #incidentChanged({ name, key, before, after }: IncidentChange): void {
    const { queue, requests } = this.#deps;
    const known = after ?? before;
    const changed = known === undefined || isAutomatic(known) ? key : requests?.keyOfIncident(name);
    if (changed !== undefined) queue.enqueue(changed);
  }

  async #work(key: string, signal: AbortSignal): Promise<number | undefined> {
    const { clock, requests } = this.#deps;
    try {
      return await (requests?.isRequest(key) === true
        ? this.#workOnRequest(requests, key, signal)
        : this.#reconcile(key, signal));
    } catch (error) {
      // It may be held again in a moment, and what is decided then rests on what is known then.
      if (error instanceof LeaseLostError) return clock.monotonic() + SOON_MS;
      throw error;
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<number | undefined> {
    const { clock, correlator, incidents, actions, healthOf, prove } = this.#deps;
    for (let decisions = 0; decisions < MAX_DECISIONS; decisions += 1) {
      if (signal.aborted) return undefined;
      const freshnessOf = rememberFor(this.#deps.freshnessOf);
      const health = (owner: ObjectRef): OwnerHealth => healthOf(owner, freshnessOf);
      const { decision, requeueAt, awaits } = correlator.decide(key, nowOf(clock), { freshnessOf, health });
      if (awaits.length > 0) prove(awaits);
      if (decision === undefined) return requeueAt;
      if (opens(decision) && incidents.isKeyOccupied(key)) return undefined;
      await actions.act(decision, signal);
      correlator.noteDone(decision, nowOf(clock));
    }
    return clock.monotonic() + SOON_MS;
  }

  /** One whose Incident is there and cannot be read is not filed a second time. */
  async #workOnRequest(
    requests: ManualRequests,
    key: string,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { incidents, clock } = this.#deps;
    if (incidents.isUnreadable(requests.nameOf(key))) return undefined;
    const turn = await requests.work(key, signal);
    return turn === undefined ? undefined : clock.monotonic() + Math.max(0, turn - clock.now());
  }
}

/** Whether it makes a new Incident of its key, now or in the end. */
function opens({ kind }: Decision): boolean {
  return kind === 'suspect' || kind === 'open' || kind === 'fold' || kind === 'unfold' || kind === 'recur';
}

/** Asks once for each kind and namespace: a decision about thousands of signals asks for the same again and again. */
function rememberFor(freshnessOf: FreshnessOf): FreshnessOf {
  const known = new Map<string, Freshness | undefined>();
  return (kind, namespace) => {
    const key = namespace === undefined ? kind : `${kind}/${namespace}`;
    if (!known.has(key)) known.set(key, freshnessOf(kind, namespace));
    return known.get(key);
  };
}
