import { type Clock, SECOND } from '../domain/clock.ts';
import { type BackoffLimits, backoffMs } from './backoff.ts';
import { createHeap, type Heap } from './heap.ts';
import { createWake } from './clock.ts';

/** Work that may not start now is offered again after this long. */
const RECHECK_MS = SECOND;

/** What is to be done for a key as things stand. All times are monotonic milliseconds. */
export type Plan<T> =
  /** Nothing before the key is enqueued again. */
  | { readonly kind: 'none' }
  | { readonly kind: 'wait'; readonly until: number }
  /** `isLimited`: it does not start before `limitedUntil`. */
  | { readonly kind: 'work'; readonly item: T; readonly isLimited: boolean };

export interface WorkQueueOptions<T> {
  readonly clock: Clock;
  readonly maxConcurrent: number;
  /** For each key that fails. */
  readonly backoff: BackoffLimits;
  /** In [0, 1). */
  readonly random: () => number;
  /** Asked before each piece of work. */
  readonly mayWork: () => boolean;
  /** Which of two pieces of work starts first; where neither does, the one that was enqueued first. */
  readonly isMoreUrgent?: (left: T, right: T) => boolean;
  /** Keys of one group are never worked on at once. By default each key is a group of its own. */
  readonly groupOf?: (key: string) => string;
  /** When limited work may start; in the past when it may now. */
  readonly limitedUntil?: (now: number) => number;
}

/** Who works on the keys of a queue. */
export interface Worker<T> {
  /** Asked when a key was enqueued, when its time has come, and once more before its work starts. Pure. */
  readonly plan: (key: string, now: number) => Plan<T>;
  /** Resolves with when the key is to be planned again, if it is. When it rejects, the key is retried with back-off. */
  readonly work: (key: string, item: T, cut: AbortSignal) => Promise<number | undefined>;
  /** The work on a key was rejected for the nth time in a row. */
  readonly onFailure: (key: string, error: unknown, failures: number) => void;
}

interface Keyed<T> {
  readonly key: string;
  readonly item: T;
}

interface Entry<T> {
  readonly key: string;
  readonly plan: Exclude<Plan<T>, { kind: 'none' }>;
  /** In the order of enqueueing. */
  readonly order: number;
  readonly heap: Heap<Entry<T>>;
}

/**
 * Work queue of a controller: keyed, de-duplicating, delaying, with bounded concurrency, priorities, a rate limit and a back-off for
 * each key. A key is never worked on twice at once, and what happens to it meanwhile is not missed. A queue that does not run keeps
 * nothing: whoever runs it enqueues everything first.
 */
export class WorkQueue<T> {
  readonly #options: WorkQueueOptions<T>;
  readonly #wake;
  readonly #enqueued = new Set<string>();
  readonly #entries = new Map<string, Entry<T>>();
  readonly #free: Heap<Entry<T>>;
  readonly #limited: Heap<Entry<T>>;
  readonly #waiting: Heap<Entry<T>>;
  /** Groups that are worked on, each with the keys that wait for its end. */
  readonly #busy = new Map<string, Set<string>>();
  readonly #failures = new Map<string, { readonly count: number; readonly retryAt: number }>();
  #enqueuedCount = 0;
  #worker: Worker<T> | undefined;

  constructor(options: WorkQueueOptions<T>) {
    this.#options = options;
    this.#wake = createWake(options.clock);
    const isBefore = (left: Entry<T>, right: Entry<T>): boolean => this.#isBefore(left, right);
    this.#free = createHeap(isBefore);
    this.#limited = createHeap(isBefore);
    this.#waiting = createHeap((left, right) => untilOf(left) < untilOf(right));
  }

  /** Something happened to this key. */
  enqueue(key: string): void {
    if (this.#worker === undefined) return;
    this.#enqueued.add(key);
    this.#wake.notify();
  }

  /** The same, where it is enough to plan it within `ms`, however often that is asked for until then. */
  enqueueWithin(key: string, ms: number): void {
    if (this.#worker === undefined) return;
    // What is worked on says at its end when it is to be planned again, and would forget this.
    if (this.#busy.has(this.#groupOf(key))) this.#enqueued.add(key);
    else this.#requeue(key, this.#options.clock.monotonic() + ms);
    this.#wake.notify();
  }

  /** Works until the signal is aborted; resolves when the last piece of work has ended. `cut` ends that as well. */
  async run(worker: Worker<T>, signal: AbortSignal, cut: AbortSignal = signal): Promise<void> {
    this.#worker = worker;
    const running = new Set<Promise<void>>();
    while (!signal.aborted) {
      const until = this.#startWork(worker, running, cut);
      await this.#wake.wait(until, signal).catch(() => undefined);
    }
    await Promise.all(running);
    this.#worker = undefined;
    this.#enqueued.clear();
    this.#failures.clear();
    for (const key of this.#entries.keys()) this.#remove(key);
  }

  /** Starts as much as may run at once. Returns when to look again, unless something happens before. */
  #startWork(worker: Worker<T>, running: Set<Promise<void>>, cut: AbortSignal): number | undefined {
    const { clock, maxConcurrent, mayWork } = this.#options;
    this.#planDue(worker, clock.monotonic());
    while (running.size < maxConcurrent) {
      const now = clock.monotonic();
      const next = this.#take(worker, now);
      if (next === undefined) return this.#nextAt(now);
      if (!mayWork()) {
        this.#enqueued.add(next.key);
        return now + RECHECK_MS;
      }
      const task = this.#work(worker, next, cut).finally(() => {
        running.delete(task);
        this.#wake.notify();
      });
      running.add(task);
    }
    return undefined;
  }

  async #work(worker: Worker<T>, { key, item }: Keyed<T>, cut: AbortSignal): Promise<void> {
    const group = this.#groupOf(key);
    this.#busy.set(group, new Set());
    try {
      const requeueAt = await worker.work(key, item, cut);
      this.#failures.delete(key);
      if (requeueAt !== undefined) this.#requeue(key, requeueAt);
    } catch (error) {
      if (!cut.aborted) this.#failed(worker, key, error);
    } finally {
      for (const waiting of this.#busy.get(group) ?? []) this.#enqueued.add(waiting);
      this.#busy.delete(group);
    }
  }

  #failed(worker: Worker<T>, key: string, error: unknown): void {
    const { clock, random, backoff } = this.#options;
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const retryAt = clock.monotonic() + backoffMs(count, random(), backoff);
    this.#failures.set(key, { count, retryAt });
    this.#requeue(key, retryAt);
    worker.onFailure(key, error, count);
  }

  #planDue(worker: Worker<T>, now: number): void {
    for (const key of this.#enqueued) this.#plan(worker, key, now);
    this.#enqueued.clear();
    for (let due = this.#waiting.peek(); due !== undefined && untilOf(due) <= now; due = this.#waiting.peek())
      this.#plan(worker, due.key, now);
  }

  #plan(worker: Worker<T>, key: string, now: number): Entry<T> | undefined {
    const before = this.#remove(key);
    const waiting = this.#busy.get(this.#groupOf(key));
    waiting?.add(key);
    if (waiting !== undefined) return undefined;
    const plan = worker.plan(key, now);
    if (plan.kind === 'none') this.#failures.delete(key);
    const { retryAt = 0 } = this.#failures.get(key) ?? {};
    // Whatever happens to a failing key meanwhile: what did not work is not tried again at once.
    const isHeld = plan.kind === 'work' && retryAt > now;
    return this.#add(key, isHeld ? { kind: 'wait', until: retryAt } : plan, before?.order);
  }

  /** The most urgent work that may start now. It may have waited for long, so it is planned once more. */
  #take(worker: Worker<T>, now: number): Keyed<T> | undefined {
    const isHeld = this.#limitedUntil(now) > now;
    for (let first = this.#first(isHeld); first !== undefined; first = this.#first(isHeld)) {
      const entry = this.#plan(worker, first.key, now);
      if (entry?.plan.kind !== 'work' || entry.heap !== first.heap) continue;
      this.#remove(entry.key);
      return { key: entry.key, item: entry.plan.item };
    }
    return undefined;
  }

  #first(isHeld: boolean): Entry<T> | undefined {
    const free = this.#free.peek();
    const limited = isHeld ? undefined : this.#limited.peek();
    if (free === undefined || limited === undefined) return free ?? limited;
    return this.#isBefore(limited, free) ? limited : free;
  }

  #nextAt(now: number): number {
    const first = this.#waiting.peek();
    const dueAt = first === undefined ? Infinity : untilOf(first);
    return Math.min(dueAt, this.#limited.size > 0 ? this.#limitedUntil(now) : Infinity);
  }

  #limitedUntil(now: number): number {
    return this.#options.limitedUntil?.(now) ?? 0;
  }

  /** Planned at that time, or before if it was to be. */
  #requeue(key: string, until: number): void {
    const before = this.#entries.get(key);
    if (before !== undefined && (before.plan.kind === 'work' || before.plan.until <= until)) return;
    this.#remove(key);
    this.#add(key, { kind: 'wait', until });
  }

  #add(key: string, plan: Plan<T>, order = (this.#enqueuedCount += 1)): Entry<T> | undefined {
    if (plan.kind === 'none') return undefined;
    const heap = plan.kind === 'wait' ? this.#waiting : plan.isLimited ? this.#limited : this.#free;
    const entry = { key, plan, order, heap };
    this.#entries.set(key, entry);
    heap.add(entry);
    return entry;
  }

  #remove(key: string): Entry<T> | undefined {
    const entry = this.#entries.get(key);
    entry?.heap.remove(entry);
    this.#entries.delete(key);
    return entry;
  }

  #isBefore(left: Entry<T>, right: Entry<T>): boolean {
    const { isMoreUrgent } = this.#options;
    if (isMoreUrgent !== undefined && left.plan.kind === 'work' && right.plan.kind === 'work') {
      const isBefore = isMoreUrgent(left.plan.item, right.plan.item);
      if (isBefore || isMoreUrgent(right.plan.item, left.plan.item)) return isBefore;
    }
    return left.order < right.order;
  }

  #groupOf(key: string): string {
    return this.#options.groupOf?.(key) ?? key;
  }
}

function untilOf<T>({ plan }: Entry<T>): number {
  return plan.kind === 'wait' ? plan.until : 0;
}
