import { randomUUID } from 'node:crypto';
import { type Clock, MINUTE, SECOND } from '../domain/clock.ts';
import type { KubeConnection } from '../kube/connection/index.ts';
import { Election, type ElectionEvent, type StopReason } from '../kube/lease/election.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';

/** What is in flight at a shutdown may take this long; what is left then is safe, and looked up after the restart. */
const GRACE_MS = 10 * SECOND;

export interface LeadershipDeps {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly namespace: string;
  /** Name of the pod. */
  readonly identity: string;
  readonly lease: {
    readonly name: string;
    readonly duration: number;
    readonly renewDeadline: number;
    readonly retryPeriod: number;
  };
  /** The work of a leader, or the election, has failed: a defect. */
  readonly onFailed: (error: unknown) => void;
}

/** What the Lease tells of the control plane. */
export interface LeaseListener {
  readonly termBegan: () => void;
  readonly termEnded: (reason: StopReason) => void;
  /** At `at`, in monotonic milliseconds, by whomever. */
  readonly written: (at: number) => void;
  readonly failed: (error: unknown) => void;
}

/** Works as leader until `stop` is aborted; `cut` ends what is in flight. */
export type Lead = (stop: AbortSignal, cut: AbortSignal) => Promise<void>;

/** The work of one term as leader. */
interface Term {
  readonly stop: AbortController;
  readonly cut: AbortController;
  done: Promise<void>;
}

/** Lets what is in flight come to its end, for as long as the grace period. */
async function endInOrder({ stop, cut, done }: Term, clock: Clock): Promise<void> {
  stop.abort(new Error('not the leader any more'));
  const grace = clock.sleep(GRACE_MS, cut.signal).then(
    () => cut.abort(new Error('the grace period is over')),
    () => undefined,
  );
  await done;
  cut.abort();
  await grace;
}

/** Leadership of one replica: it leads while this process holds the Lease, and only then. */
export class Leadership {
  readonly #deps: LeadershipDeps;
  readonly #election: Election;
  readonly #ending = new AbortController();
  #lead: Lead | undefined;
  #listener: LeaseListener | undefined;
  #term: Term | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: LeadershipDeps) {
    this.#deps = deps;
    const { connection, clock, random, log, namespace, identity, lease } = deps;
    this.#election = new Election({
      connection,
      clock,
      random,
      namespace,
      name: lease.name,
      identity: `${identity}_${randomUUID()}`,
      durations: {
        leaseMs: lease.duration,
        renewDeadlineMs: lease.renewDeadline,
        retryPeriodMs: lease.retryPeriod,
      },
      onStarted: () => this.#beginTerm(),
      onStopped: (reason) => this.#endTerm(reason),
      observer: electionReport(log, clock, (error) => this.#listener?.failed(error)),
      onWritten: (at) => this.#listener?.written(at),
    });
  }

  isLeader(): boolean {
    return this.#term !== undefined && this.#election.isLeader();
  }

  /** Takes part in the election from now on, and does this work while it leads. */
  start(lead: Lead, listener?: LeaseListener): void {
    this.#lead = lead;
    this.#listener = listener;
    this.#running = this.#election.run(this.#ending.signal).catch(this.#deps.onFailed);
  }

  /** Ends the work in order and gives the Lease up. */
  async stop(): Promise<void> {
    this.#ending.abort(new Error('the agent stops'));
    await this.#running;
  }

  #beginTerm(): void {
    const { metrics, onFailed } = this.#deps;
    const begun: Term = { stop: new AbortController(), cut: new AbortController(), done: Promise.resolve() };
    metrics.leader.set(1);
    this.#listener?.termBegan();
    // Set before the work begins: its first question is whether it may.
    this.#term = begun;
    begun.done = this.#lead?.(begun.stop.signal, begun.cut.signal).catch(onFailed) ?? Promise.resolve();
  }

  async #endTerm(reason: StopReason): Promise<void> {
    const ended = this.#term;
    this.#deps.metrics.leader.set(0);
    this.#listener?.termEnded(reason);
    if (ended === undefined) return;
    if (reason !== 'released') {
      // The Lease belongs to another: nothing of ours may be sent any more.
      this.#term = undefined;
      ended.cut.abort(new Error('the Lease was lost'));
    }
    await endInOrder(ended, this.#deps.clock);
    // One that is only about to be given up was ours until now.
    this.#term = undefined;
  }
}

/** Failures that are further apart than this are two outages: while one lasts, every try fails. */
const OUTAGE_GAP_MS = MINUTE;

/** A line for each change, and one for an outage, not one for each try. */
function electionReport(
  log: Logger,
  clock: Clock,
  onFailed: (error: unknown) => void,
): (event: ElectionEvent) => void {
  let failedAt = -Infinity;
  return (event) => {
    if (event.kind === 'started') log.info('leading: this replica files');
    else if (event.kind === 'stopped') log.info({ reason: event.reason }, 'not leading any more');
    else {
      onFailed(event.error);
      const now = clock.monotonic();
      const level = now - failedAt < OUTAGE_GAP_MS ? 'debug' : 'warn';
      failedAt = now;
      log[level]({ err: event.error }, 'the Lease cannot be read or written; it is tried again');
    }
  };
}
