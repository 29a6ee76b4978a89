import { HOUR, MINUTE, SECOND } from '../domain/clock.ts';
import type { AttachmentStatus, Incident } from '../domain/incident.ts';
import type { CallFailure, CallOutcome, TicketApi } from '../domain/ports.ts';
import { closedStatuses, type Ticket, type TicketFile } from '../domain/ticket.ts';
import { LeaseLostError } from '../incidents/index.ts';
import { type Plan, WorkQueue } from '../lib/work-queue.ts';
import { toFailure } from './context.ts';
import type { OutboxDeps } from './context.ts';
import { wordsOf } from './context.ts';
import { waitAfter } from './next-step.ts';

/** One at a time, beside the tickets and never in their way. */
const MAX_CONCURRENT = 1;
const STORE_BACKOFF = { initMs: 2 * SECOND, maxMs: 5 * MINUTE };
/** What the API answers to a file that it does not take. */
const refusals: readonly number[] = [400, 409, 411, 413, 415, 422];
/** A file that was denied so often while its ticket can be read, or got no answer, is given up. */
const MAX_TRIES = 8;
/** An API that is down for longer than this has other troubles than a log. */
const PATIENCE_MS = 24 * HOUR;

/** What this process knows of one file. It may be lost at any moment. Times are monotonic milliseconds. */
interface AttachmentFacts {
  readonly uid: string;
  readonly since: number;
  /** Not before then: what was sent last may still be under way, or the last try has failed. */
  readonly notBefore: number;
  /** Reads that failed in a row. */
  readonly failures: number;
  /** Files that were sent and not taken. */
  readonly tries: number;
}

/** A file, the ticket that is to have it, and the Incident that says so. */
interface DueFile {
  readonly incident: Incident;
  readonly attachment: AttachmentStatus;
  readonly ticketId: string;
  readonly facts: AttachmentFacts;
}

/**
 * Attaches files to tickets that are filed. It has a queue of its own, so that no file holds a ticket or a comment up, and its failures open
 * no circuit breaker. Each try begins with a look at the ticket: a file that it has by name is attached. The status says what has become of it.
 */
export class Attachments {
  readonly #deps: OutboxDeps;
  readonly #ticketApi: TicketApi;
  readonly #queue: WorkQueue<DueFile>;
  /** By name of the Incident; only of files that are due. */
  readonly #facts = new Map<string, AttachmentFacts>();

  /** `blockedUntil`: while the ticket API is not to be asked, in monotonic milliseconds. */
  constructor(deps: OutboxDeps, ticketApi: TicketApi, blockedUntil: () => number) {
    const { clock, random, isLeader, incidents } = deps;
    this.#deps = deps;
    this.#ticketApi = ticketApi;
    this.#queue = new WorkQueue({
      clock,
      random,
      maxConcurrent: MAX_CONCURRENT,
      mayWork: isLeader,
      backoff: STORE_BACKOFF,
      limitedUntil: blockedUntil,
    });
    incidents.onChange(({ name, after }) => {
      if (after === undefined || !isDue(after)) this.#facts.delete(name);
      else this.#queue.enqueue(name);
    });
  }

  /** This process has given the Incident its ticket just now: nobody else can have begun to send its file. */
  begin(incident: Incident): void {
    if (!isDue(incident)) return;
    this.#setFacts(incident, this.#deps.clock.monotonic());
    this.#queue.enqueue(incident.name);
  }

  /** Works until `stop` is aborted; `cut` ends what is in flight. */
  async run(stop: AbortSignal, cut: AbortSignal): Promise<void> {
    const { incidents, observer } = this.#deps;
    this.#facts.clear();
    const worker = {
      plan: (name: string) => this.#plan(name),
      work: (name: string, due: DueFile) => this.#work(name, due, cut),
      onFailure: (name: string, error: unknown) => {
        const incident = incidents.named(name);
        if (incident !== undefined)
          observer.failed(incident, 'store', { kind: 'store', error: wordsOf(error) });
      },
    };
    const running = this.#queue.run(worker, stop, cut);
    for (const incident of incidents.all()) if (isDue(incident)) this.#queue.enqueue(incident.name);
    await running;
  }

  #plan(name: string): Plan<DueFile> {
    const { incidents, clock } = this.#deps;
    const incident = incidents.named(name);
    const { attachment, ticketId } = incident?.status ?? {};
    if (incident === undefined || !isDue(incident) || attachment === undefined || ticketId === undefined)
      return { kind: 'none' };
    const facts = this.#factsOf(incident);
    if (facts.notBefore > clock.monotonic()) return { kind: 'wait', until: facts.notBefore };
    return { kind: 'work', item: { incident, attachment, ticketId, facts }, isLimited: true };
  }

  /** Another process may have been sending until a moment ago, which nobody knows. */
  #factsOf(incident: Incident): AttachmentFacts {
    const known = this.#facts.get(incident.name);
    const { clock, options } = this.#deps;
    return known?.uid === incident.uid
      ? known
      : this.#setFacts(incident, clock.monotonic() + options.lookupDelayMs);
  }

  #setFacts({ name, uid }: Incident, notBefore: number): AttachmentFacts {
    const facts = { uid, since: this.#deps.clock.monotonic(), notBefore, failures: 0, tries: 0 };
    this.#facts.set(name, facts);
    return facts;
  }

  async #work(name: string, due: DueFile, cut: AbortSignal): Promise<number | undefined> {
    const { clock } = this.#deps;
    try {
      const facts = await this.#attach(due, cut);
      if (facts !== undefined && this.#facts.get(name)?.uid === facts.uid) this.#facts.set(name, facts);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
    }
    return clock.monotonic();
  }

  /** Undefined when it is done, otherwise what is known for the next try. */
  async #attach(due: DueFile, cut: AbortSignal): Promise<AttachmentFacts | undefined> {
    const { texts, writer } = this.#deps;
    const { incident, attachment, ticketId, facts } = due;
    const ticket = await this.#read(due, cut);
    if (ticket === undefined) return this.#afterRead(due);
    if (ticket.attachments.includes(attachment.name)) return this.#attached(due);
    if (closedStatuses.includes(ticket.status)) return this.#give(due, 'Dropped', 'the ticket is closed');
    const whole = await writer.read(incident);
    const file = whole === undefined ? undefined : texts.file(whole);
    if (file === undefined) return this.#give(due, 'Dropped', 'the draft that has the file was removed');
    const outcome = await this.#send(ticketId, file, cut);
    if (outcome.kind === 'done') return this.#attached(due);
    return this.#afterSend({ ...due, facts: { ...facts, failures: 0 } }, outcome);
  }

  /** Undefined when it could not be read: during a deployment the API says of any ticket that there is none. */
  async #read({ incident, ticketId }: DueFile, cut: AbortSignal): Promise<Ticket | undefined> {
    const { observer } = this.#deps;
    try {
      return await this.#ticketApi.get(ticketId, cut);
    } catch (error) {
      observer.failed(incident, 'get', toFailure(error, cut));
      return undefined;
    }
  }

  async #send(ticketId: string, file: TicketFile, cut: AbortSignal): Promise<CallOutcome> {
    try {
      const outcome = await this.#ticketApi.attach(ticketId, file, cut);
      // What was cut off belongs to whoever leads by now.
      cut.throwIfAborted();
      return outcome;
    } catch (error) {
      return { ...toFailure(error, cut), kind: 'unknown' };
    }
  }

  async #afterRead(due: DueFile): Promise<AttachmentFacts | undefined> {
    const { clock, random } = this.#deps;
    const { facts } = due;
    const now = clock.monotonic();
    if (now - facts.since > PATIENCE_MS)
      return this.#give(due, 'Dropped', 'the ticket does not exist any more, or could not be read for a day');
    const failures = facts.failures + 1;
    return { ...facts, failures, notBefore: now + waitAfter(failures, random()) };
  }

  /** What is unknown may have been taken: the ticket is looked at only when it must show it. */
  async #afterSend(due: DueFile, failure: CallFailure): Promise<AttachmentFacts | undefined> {
    const { clock, random, options, observer } = this.#deps;
    const { facts, incident } = due;
    observer.failed(incident, 'attach', failure);
    const tries = facts.tries + Number(failure.kind !== 'notSent' && failure.kind !== 'paused');
    if (failure.kind === 'rejected' || isRefusal(failure)) return this.#give(due, 'Refused', failure.error);
    if (tries >= MAX_TRIES) return this.#give(due, 'Refused', failure.error);
    const retryAfterMs = 'retryAfterMs' in failure ? failure.retryAfterMs : undefined;
    const waitMs = waitAfter(facts.failures + tries, random(), retryAfterMs);
    const leastMs = failure.kind === 'unknown' ? options.lookupDelayMs : 0;
    return { ...facts, tries, notBefore: clock.monotonic() + Math.max(waitMs, leastMs) };
  }

  async #attached({ incident, attachment, ticketId }: DueFile): Promise<undefined> {
    const { name } = attachment;
    await this.#write(incident, attachment, { name, state: 'Attached', ticketId });
    this.#deps.observer.attached(incident, name);
  }

  async #give(
    { incident, attachment, ticketId }: DueFile,
    state: 'Refused' | 'Dropped',
    reason: string,
  ): Promise<undefined> {
    const { name } = attachment;
    await this.#write(incident, attachment, { name, state, ticketId, reason });
    this.#deps.observer.attachmentDropped(incident, name, reason);
  }

  /** Only what was decided about: another ticket may be that of the incident by now. */
  async #write(incident: Incident, before: AttachmentStatus, attachment: AttachmentStatus): Promise<void> {
    await this.#deps.writer.update(incident, ({ status }) =>
      status.attachment?.name === before.name && status.ticketId === attachment.ticketId
        ? { attachment }
        : undefined,
    );
  }
}

function isRefusal(failure: CallFailure): boolean {
  return failure.kind === 'denied' && refusals.includes(failure.status);
}

/** Whether the ticket that the incident has now lacks its file. One that a ticket has refused is not offered to another. */
function isDue({ status: { phase, ticketId, attachment } }: Incident): boolean {
  if (attachment === undefined || ticketId === undefined) return false;
  if (phase !== 'Filed' && phase !== 'Recovered') return false;
  if (attachment.state === 'Pending') return true;
  return attachment.state !== 'Refused' && isKnown(attachment) && attachment.ticketId !== ticketId;
}

/** What a later release calls otherwise is left to it. */
function isKnown({ state }: AttachmentStatus): boolean {
  return state === 'Attached' || state === 'Dropped';
}
