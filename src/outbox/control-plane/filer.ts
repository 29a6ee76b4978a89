import { MINUTE, SECOND } from '../../domain/clock.ts';
import type { ControlPlaneOutage } from '../../domain/control-plane.ts';
import type { CallFailure } from '../../domain/ports.ts';
import { closedStatuses, type TicketSummary } from '../../domain/ticket.ts';
import { backoffMs } from '../../lib/backoff.ts';
import { VERIFY_AFTER_MS } from '../next-step.ts';
import { wordsOf } from '../context.ts';
import type { ControlPlaneFilerDeps } from './deps.ts';

const CHECK_MS = 5 * SECOND;
const BACKOFF = { initMs: 5 * SECOND, maxMs: MINUTE };
/** A replica that was not the last leader leaves it so much time, beside two look-up delays, to file first. */
const STANDBY_EXTRA_MS = 30 * SECOND;
/** Writes work for so long before it is said. */
const STEADY_MS = 30 * SECOND;
/** The clocks of the cluster and of the ticket API may differ by so much. */
const CLOCK_SLACK_MS = MINUTE;

/**
 * Files one ticket for a control plane that takes no writes, without an Incident, as none can be written then. The last leader goes first;
 * any other replica looks for its ticket later, and files if there is none. The leader says on the ticket when writes are taken again.
 * Everything that has to survive this process is on the ticket: whatever was sent is looked for before it is sent again.
 */
export class ControlPlaneFiler {
  readonly #deps: ControlPlaneFilerDeps;
  #ledLast = false;
  #leadsSinceAt = 0;
  /** When the leader looks for a ticket that some replica has filed: monotonic milliseconds, ascending. */
  #checksAt: readonly number[] = [];
  #ticketId: string | undefined;
  #isRefused = false;
  #verifyAt: number | undefined;
  #seen: { since: number; startedAt: number; endedAt: number } | undefined;
  #worksSince: number | undefined;
  #notBefore = -Infinity;
  #failures = 0;

  constructor(deps: ControlPlaneFilerDeps) {
    this.#deps = deps;
  }

  /** This replica leads from now on. A ticket of another replica may come as late as a standby files. */
  termBegan(): void {
    const { clock } = this.#deps;
    const now = clock.monotonic();
    this.#ledLast = true;
    this.#leadsSinceAt = clock.now();
    this.#checksAt = [now, now + this.#standbyDelayMs() + this.#deps.options.lookupDelayMs];
  }

  /** `isExpired`: nobody is known to have led since. */
  termEnded(isExpired: boolean): void {
    this.#ledLast = isExpired;
    this.#checksAt = [];
  }

  /** Works until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.step(signal);
      await this.#deps.clock.sleep(CHECK_MS, signal).catch(() => undefined);
    }
  }

  /** One look at how the writes go, and what follows from it. Never rejects. */
  async step(signal: AbortSignal): Promise<void> {
    const { clock, health, observer } = this.#deps;
    const outage = health.outage();
    this.#note(outage);
    if (clock.monotonic() < this.#notBefore) return;
    try {
      await (outage === undefined ? this.#afterOutage(signal) : this.#duringOutage(outage, signal));
    } catch (error) {
      if (signal.aborted) return;
      this.#failures += 1;
      this.#notBefore = clock.monotonic() + this.#waitMs(error);
      observer.failed(wordsOf(error));
    }
  }

  #note(outage: ControlPlaneOutage | undefined): void {
    const { clock } = this.#deps;
    if (outage !== undefined) {
      this.#worksSince = undefined;
      if (this.#seen?.since !== outage.since) this.#isRefused = false;
      this.#seen = { since: outage.since, startedAt: outage.startedAt, endedAt: clock.now() };
    } else if (this.#worksSince === undefined) {
      this.#worksSince = clock.monotonic();
      if (this.#seen !== undefined) this.#seen.endedAt = this.#deps.health.endedAt ?? clock.now();
    }
  }

  /** What may have been accepted is looked for only when the list must show it. */
  #waitMs(error: unknown): number {
    const failure = error instanceof CallError ? error.failure : undefined;
    const retryAfterMs = failure !== undefined && 'retryAfterMs' in failure ? (failure.retryAfterMs ?? 0) : 0;
    const delayMs = failure?.kind === 'unknown' ? this.#deps.options.lookupDelayMs : 0;
    const backoff = backoffMs(this.#failures, this.#deps.random(), BACKOFF);
    return Math.max(backoff, retryAfterMs, delayMs);
  }

  #standbyDelayMs(): number {
    const { forMs, lookupDelayMs } = this.#deps.options;
    return forMs + 2 * lookupDelayMs + STANDBY_EXTRA_MS;
  }

  async #duringOutage(outage: ControlPlaneOutage, signal: AbortSignal): Promise<void> {
    const { clock, options } = this.#deps;
    const now = clock.monotonic();
    if (this.#ticketId !== undefined) return this.#verify(signal);
    const waitMs = this.#ledLast ? options.forMs : this.#standbyDelayMs();
    if (this.#isRefused || now < outage.since + waitMs) return;
    const found = await this.#find(signal);
    const isOfThis = (ticket: TicketSummary): boolean =>
      isOpen(ticket) || ticket.createdAt >= outage.startedAt - CLOCK_SLACK_MS;
    const known = found.filter(isOfThis)[0];
    if (known === undefined) await this.#post(outage, signal);
    else await this.#adopt(known, outage, signal);
    this.#failures = 0;
  }

  /** Of this control plane, the oldest first: that is the one that stays. */
  async #find(signal: AbortSignal): Promise<readonly TicketSummary[]> {
    const { ticketApi, texts } = this.#deps;
    const tickets = await ticketApi.find(texts.keyMarker, signal);
    return tickets.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  async #post(outage: ControlPlaneOutage, signal: AbortSignal): Promise<void> {
    const { ticketApi, texts, observer } = this.#deps;
    const outcome = await ticketApi.create(texts.request(outage), signal).catch(unknownOutcome);
    if (outcome.kind === 'rejected') {
      // The same words would be refused again.
      this.#isRefused = true;
      observer.failed(outcome.error);
      return;
    }
    if (outcome.kind !== 'created') throw new CallError(outcome);
    this.#has(outcome.ticket.id);
    observer.filed(outcome.ticket.id);
  }

  async #adopt(known: TicketSummary, outage: ControlPlaneOutage, signal: AbortSignal): Promise<void> {
    const { ticketApi, texts, observer } = this.#deps;
    const ticket = await ticketApi.get(known.id, signal);
    if (ticket !== undefined && isOpen(ticket) && texts.lastSaid(ticket) === 'recovered') {
      await this.#comment(ticket.id, texts.recurred(outage), signal);
      observer.commented(ticket.id, 'recurred');
    }
    this.#has(known.id);
    observer.adopted(known.id);
  }

  /** Another replica may have looked for a ticket just before this one was there, or may send one still. */
  #has(ticketId: string): void {
    this.#ticketId = ticketId;
    this.#verifyAt = this.#deps.clock.monotonic() + VERIFY_AFTER_MS;
  }

  /** When the list must show what each replica has sent: the oldest ticket stays, and others are closed. */
  async #verify(signal: AbortSignal): Promise<void> {
    if (this.#verifyAt === undefined || this.#deps.clock.monotonic() < this.#verifyAt) return;
    const kept = await this.#closeDoubles((await this.#find(signal)).filter(isOpen), signal);
    this.#ticketId = kept?.id ?? this.#ticketId;
    this.#verifyAt = undefined;
  }

  /** Closes all but the first of the open tickets, and returns that one. */
  async #closeDoubles(
    [kept, ...doubles]: readonly TicketSummary[],
    signal: AbortSignal,
  ): Promise<TicketSummary | undefined> {
    const { ticketApi, texts, observer } = this.#deps;
    for (const { id } of kept === undefined ? [] : doubles) {
      const text = texts.double(kept?.id ?? '');
      const ticket = await ticketApi.get(id, signal);
      if (ticket === undefined || !isOpen(ticket)) continue;
      if (!ticket.comments.some(({ body }) => body === text)) await this.#comment(id, text, signal);
      succeeded(await ticketApi.close(id, signal).catch(unknownOutcome));
      observer.doubleClosed(id, kept?.id ?? '');
    }
    return kept;
  }

  async #afterOutage(signal: AbortSignal): Promise<void> {
    const { clock, isLeader } = this.#deps;
    if (!isLeader()) {
      // The leader says the rest.
      this.#ticketId = undefined;
      this.#verifyAt = undefined;
      return;
    }
    const now = clock.monotonic();
    const isDue = this.#ticketId !== undefined || (this.#checksAt[0] ?? Infinity) <= now;
    if (!isDue || now < (this.#worksSince ?? now) + STEADY_MS) return;
    const kept = await this.#closeDoubles((await this.#find(signal)).filter(isOpen), signal);
    if (kept !== undefined) await this.#sayRecovered(kept.id, signal);
    this.#ticketId = undefined;
    this.#seen = undefined;
    this.#failures = 0;
    this.#checksAt = this.#checksAt.filter((at) => at > now);
  }

  async #sayRecovered(id: string, signal: AbortSignal): Promise<void> {
    const { ticketApi, texts, observer, options } = this.#deps;
    const ticket = await ticketApi.get(id, signal);
    if (ticket === undefined || !isOpen(ticket)) return;
    if (texts.lastSaid(ticket) !== 'recovered') {
      const facts = {
        leadsSinceAt: this.#leadsSinceAt,
        ...(this.#seen === undefined ? {} : { outage: this.#seen }),
      };
      await this.#comment(id, texts.recovered(facts), signal);
      observer.commented(id, 'recovered');
    }
    if (options.closeRecovered) succeeded(await ticketApi.close(id, signal).catch(unknownOutcome));
  }

  async #comment(id: string, text: string, signal: AbortSignal): Promise<void> {
    succeeded(await this.#deps.ticketApi.comment(id, text, signal).catch(unknownOutcome));
  }
}

/** A write of the ticket API did not work out: the step is tried again, from its look-up on. */
class CallError extends Error {
  override readonly name = 'CallError';
  readonly failure: CallFailure;

  constructor(failure: CallFailure) {
    super(failure.error);
    this.failure = failure;
  }
}

function isOpen({ status }: Pick<TicketSummary, 'status'>): boolean {
  return !closedStatuses.includes(status);
}

function unknownOutcome(error: unknown): CallFailure {
  return { kind: 'unknown', error: wordsOf(error) };
}

function succeeded(outcome: { readonly kind: 'done' } | CallFailure): void {
  if (outcome.kind !== 'done') throw new CallError(outcome);
}
