import { MINUTE, SECOND } from '../domain/clock.ts';
import type { Incident, NewIncident } from '../domain/incident.ts';
import type { TicketApi } from '../domain/ports.ts';
import { LeaseLostError, requireLease } from '../incidents/index.ts';
import { type Plan, WorkQueue } from '../lib/work-queue.ts';
import { Attachments } from './attachments.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import {
  createStepContext,
  GoneError,
  type OutboxDeps,
  type StepContext,
  whileLeading,
  wordsOf,
  type WorkItem,
} from './context.ts';
import { adopt, isOutOfPatience, post, searchTickets } from './create-ticket.ts';
import { FilingRecords } from './filing-records.ts';
import {
  competesForKey,
  type FilingFacts,
  goesOn,
  nextStep,
  type Step,
  type TicketMatches,
} from './next-step.ts';
import { type DueStep, isMoreUrgent, needsTicketApi, RateLimiter } from './priority.ts';
import { TicketReads } from './calls.ts';
import { comment, verify } from './follow-up.ts';

/** For an Incident store that fails. */
const STORE_BACKOFF = { initMs: 2 * SECOND, maxMs: 5 * MINUTE };

/** Outbox: files what is Pending, sends what is to be said, removes what is over. Only the leader runs it. */
export class Outbox {
  /** Reads of the ticket API for others; they pass the same circuit breaker as all that is sent. */
  readonly reads: TicketReads;
  readonly #deps: OutboxDeps;
  readonly #ticketApi: TicketApi;
  readonly #circuitBreaker: CircuitBreaker;
  readonly #rateLimiter: RateLimiter;
  readonly #records: FilingRecords;
  readonly #queue: WorkQueue<DueStep>;
  readonly #attachments: Attachments;

  constructor(deps: OutboxDeps) {
    const { clock, random, isLeader, incidents, options } = deps;
    this.#deps = deps;
    this.#ticketApi = whileLeading(deps.ticketApi, isLeader);
    this.#circuitBreaker = new CircuitBreaker(random, deps.observer);
    this.#rateLimiter = new RateLimiter(options.maxPerMinute);
    this.#queue = new WorkQueue({
      clock,
      random,
      isMoreUrgent,
      maxConcurrent: options.maxConcurrent,
      mayWork: isLeader,
      backoff: STORE_BACKOFF,
      // One that was opened anew waits for the work on its predecessor.
      groupOf: (name) => incidents.named(name)?.spec.key ?? name,
      limitedUntil: (now) => Math.max(this.#circuitBreaker.blockedUntil, this.#rateLimiter.freeAt(now)),
    });
    this.#records = new FilingRecords({ clock, incidents, queue: this.#queue });
    this.#attachments = new Attachments(deps, this.#ticketApi, () => this.#circuitBreaker.blockedUntil);
    this.reads = new TicketReads({ ticketApi: this.#ticketApi, circuitBreaker: this.#circuitBreaker, clock });
  }

  /**
   * Makes an Incident and takes it into work, if the Lease is still held; rejects with LeaseLostError if not. `matches` may have been
   * asked for while the evidence was gathered.
   */
  async open(
    incident: NewIncident,
    matches?: Promise<TicketMatches | undefined>,
  ): Promise<{ readonly created: boolean; readonly incident: Incident }> {
    const { isLeader, writer } = this.#deps;
    const { term } = this.#records;
    const found = matches?.catch(() => undefined);
    requireLease(isLeader);
    const result = await writer.create(incident);
    const known = await found;
    if (result.created && term === this.#records.term) this.#records.begin(result.incident, known);
    return result;
  }

  /** Works until `stop` is aborted, then lets what is in flight come to its end; `cut` ends that as well. */
  async run(stop: AbortSignal, cut: AbortSignal): Promise<void> {
    const { incidents, observer } = this.#deps;
    this.#records.takeOver();
    const worker = {
      plan: (name: string) => this.#plan(name),
      work: (name: string, due: DueStep) => this.#work(due, cut),
      onFailure: (name: string, error: unknown) => {
        const incident = incidents.named(name);
        if (incident !== undefined)
          observer.failed(incident, 'store', { kind: 'store', error: wordsOf(error) });
      },
    };
    const running = Promise.all([this.#queue.run(worker, stop, cut), this.#attachments.run(stop, cut)]);
    for (const { name } of incidents.all()) this.#queue.enqueue(name);
    await running;
    // A replica that does not lead blocks nothing, and must not say so for ever.
    this.#circuitBreaker.reset();
  }

  /** How many Incidents wait to be filed, and since when the oldest (epoch milliseconds). */
  pending(): { readonly count: number; readonly oldestAt?: number } {
    const waiting = [...this.#deps.incidents.all()].filter(({ status }) => status.phase === 'Pending');
    if (waiting.length === 0) return { count: 0 };
    return { count: waiting.length, oldestAt: Math.min(...waiting.map(({ spec }) => spec.openedAt)) };
  }

  #plan(name: string): Plan<DueStep> {
    const { incidents, clock, options } = this.#deps;
    const incident = incidents.named(name);
    if (incident === undefined) return { kind: 'none' };
    const facts = this.#records.factsOf(incident);
    const successor = incidents.ofKey(incident.spec.key).find((other) => goesOn(incident, other))?.name;
    const moment = { now: clock.now(), elapsed: clock.monotonic() };
    const step = nextStep(incident, { ...facts, successor }, moment, options);
    if (step.kind !== 'wait') {
      const item = { incident, facts, step };
      return { kind: 'work', item, isLimited: needsTicketApi(item) };
    }
    return step.until === undefined ? { kind: 'none' } : { kind: 'wait', until: step.until };
  }

  /** Carries out one step. What it has come to decides about the next one. */
  async #work(due: DueStep, cut: AbortSignal): Promise<number | undefined> {
    const { clock, incidents } = this.#deps;
    const { incident, step } = due;
    if (this.#maySend(due)) this.#rateLimiter.note(clock.monotonic());
    try {
      const context = createStepContext(this.#deps, {
        ticketApi: this.#ticketApi,
        circuitBreaker: this.#circuitBreaker,
        records: this.#records,
        signal: cut,
      });
      this.#records.setFacts(incident, await carryOut(step, due, context));
      const filed = incidents.named(incident.name);
      if (incident.status.ticketId === undefined && filed?.uid === incident.uid)
        this.#attachments.begin(filed);
    } catch (error) {
      if (error instanceof GoneError) incidents.remove(incident);
      else if (!(error instanceof LeaseLostError)) throw error;
    }
    return clock.monotonic();
  }

  /** A look-up that is out of patience sends the ticket when it fails. */
  #maySend({ facts, step: { kind } }: DueStep): boolean {
    if (kind === 'searchTickets')
      return isOutOfPatience(facts, { circuitBreaker: this.#circuitBreaker, clock: this.#deps.clock });
    return kind === 'post' || kind === 'comment';
  }
}

/** Carries out one step. Throws only when the store fails or the signal is aborted. */
export async function carryOut(
  step: Exclude<Step, { kind: 'wait' }>,
  item: WorkItem,
  context: StepContext,
): Promise<FilingFacts> {
  const { incident, facts } = item;
  switch (step.kind) {
    case 'observe':
      await context.write(incident, ({ status }) =>
        status.phase === 'Pending' ? { phase: 'Observed' } : undefined,
      );
      return facts;
    case 'fold':
      await fold(incident, step.into, context);
      return facts;
    case 'join':
      await context.write(incident, ({ status }) =>
        status.phase === 'Pending' ? { phase: 'Folded', foldedInto: step.into } : undefined,
      );
      return facts;
    case 'searchTickets':
      return searchTickets(item, context);
    case 'adopt':
      return adopt(item, step, context);
    case 'post':
      return post(item, context);
    case 'comment':
      return comment(item, context);
    case 'verify':
      return verify(item, context);
    case 'remove':
      await context.remove(incident);
      context.observer.removed(incident);
      return facts;
  }
}

/** The failure is that of another Incident by now, which takes over what has been said. */
async function fold(incident: Incident, into: string, { write, clock }: StepContext): Promise<void> {
  await write(incident, (newest) => {
    if (!competesForKey(newest)) return undefined;
    const recovery = `Incident ${into} goes on with it`;
    return { phase: 'Folded', foldedInto: into, recoveredAt: clock.now(), recovery, comment: undefined };
  });
}
