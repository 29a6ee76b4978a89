import { SECOND } from '../../src/domain/clock.ts';
import type { CallFailure, TicketApi } from '../../src/domain/ports.ts';
import type { Ticket, TicketRequest } from '../../src/domain/ticket.ts';
import type { Scheduler } from '../../test/crash-points/scheduler.ts';

/** What the API does with more requests than it can answer. */
export type Overload =
  /** It answers them one after the other; who waits longer than its time limit gives up, and the request is worked on all the same. */
  | 'queue'
  /** A gateway before it answers 429 with Retry-After. */
  | '429';

export interface FleetDeskOptions {
  readonly overload: Overload;
  /** Requests that are answered in a second. */
  readonly perSecond: number;
  /** Milliseconds of virtual time: nobody answers from `from` until `until`. */
  readonly away: { readonly from: number; readonly until: number };
}

/** A request as the desk saw it. */
export interface Arrival {
  readonly at: number;
  readonly cluster: number;
  readonly kind: 'read' | 'write';
  readonly answer: 'answered' | 'away' | 'limited';
  /** It came before the time for which the cluster was told to wait was over. */
  readonly isEarly: boolean;
}

const LATENCY_MS = 20;
/** Of the agent: `ticketApi.timeout`. */
const TIME_LIMIT_MS = 30 * SECOND;
const RETRY_AFTER_MS = 10 * SECOND;

type Outcome<T> = { readonly value: T } | { readonly failure: CallFailure };

/** One ticket API for many clusters, in virtual time. */
export class FleetDesk {
  readonly arrivals: Arrival[] = [];
  /** When each ticket was accepted, by the key of its Incident; several of one are doubles. */
  readonly accepted = new Map<string, number[]>();
  readonly #scheduler: Scheduler;
  readonly #options: FleetDeskOptions;
  readonly #tickets = new Map<string, Ticket[]>();
  readonly #toldToWait = new Map<number, number>();
  #freeAt = 0;
  #window = { second: -1, count: 0 };

  constructor(scheduler: Scheduler, options: FleetDeskOptions) {
    this.#scheduler = scheduler;
    this.#options = options;
  }

  /** The API as the outbox of one cluster sees it. */
  apiOf(cluster: number): TicketApi {
    return {
      find: async (text) => {
        const outcome = await this.#call(cluster, 'read', () => this.#tickets.get(keyIn(text)) ?? []);
        if ('failure' in outcome) throw Object.assign(new Error(wordsOf(outcome.failure)), outcome.failure);
        return outcome.value;
      },
      get: async () => undefined,
      create: async (request) => {
        const outcome = await this.#call(cluster, 'write', () => this.#accept(request));
        return 'failure' in outcome ? outcome.failure : { kind: 'created', ticket: outcome.value };
      },
      comment: async () => ({ kind: 'done' }),
      close: async () => ({ kind: 'done' }),
      attach: async () => ({ kind: 'done' }),
    };
  }

  #accept({ subject, description }: TicketRequest): Ticket {
    const key = keyIn(subject);
    const at = this.#scheduler.now();
    const ticket: Ticket = {
      id: `T-${key}-${at}`,
      subject,
      description,
      status: 'open',
      createdAt: at,
      comments: [],
      attachments: [],
    };
    this.#tickets.set(key, [...(this.#tickets.get(key) ?? []), ticket]);
    this.accepted.set(key, [...(this.accepted.get(key) ?? []), at]);
    return ticket;
  }

  async #call<T>(cluster: number, kind: Arrival['kind'], work: () => T): Promise<Outcome<T>> {
    const at = this.#scheduler.now();
    const isEarly = at < (this.#toldToWait.get(cluster) ?? 0);
    const arrive = (answer: Arrival['answer']): void =>
      void this.arrivals.push({ at, cluster, kind, answer, isEarly });
    const { away, overload } = this.#options;
    if (at >= away.from && at < away.until) {
      arrive('away');
      await this.#after(LATENCY_MS);
      return { failure: { kind: 'notSent', error: 'connection refused' } };
    }
    if (overload === '429' && this.#isFull(at)) {
      arrive('limited');
      await this.#after(LATENCY_MS);
      // What was on its way when the answer came is not early.
      this.#toldToWait.set(cluster, at + RETRY_AFTER_MS);
      return { failure: { kind: 'notSent', error: 'answered 429', retryAfterMs: RETRY_AFTER_MS } };
    }
    arrive('answered');
    return await this.#serve(at, work);
  }

  /** In turn. The work is done when it is its turn, whether somebody still waits for the answer or not. */
  async #serve<T>(at: number, work: () => T): Promise<Outcome<T>> {
    this.#freeAt = Math.max(this.#freeAt, at) + SECOND / this.#options.perSecond;
    const waitMs = this.#freeAt - at + LATENCY_MS;
    if (waitMs <= TIME_LIMIT_MS) {
      await this.#after(waitMs);
      return { value: work() };
    }
    this.#scheduler.after(waitMs, work);
    await this.#after(TIME_LIMIT_MS);
    return { failure: { kind: 'unknown', error: 'no answer in time' } };
  }

  #isFull(at: number): boolean {
    const second = Math.floor(at / SECOND);
    if (this.#window.second !== second) this.#window = { second, count: 0 };
    this.#window.count += 1;
    return this.#window.count > this.#options.perSecond;
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => this.#scheduler.after(ms, resolve));
  }
}

function keyIn(subject: string): string {
  return /k8s-([^-\]]+)/.exec(subject)?.[1] ?? subject;
}

function wordsOf(failure: CallFailure): string {
  return failure.error;
}
