import { type Clock, SECOND } from '../domain/clock.ts';
import { backoffMs, type BackoffLimits } from './backoff.ts';
import { createHeap, type Heap } from './heap.ts';
import { createWake } from './wake.ts';

/** Work that may not start now (this replica does not lead) is offered again after this long. */
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
  /** Asked before each piece of work. */
  readonly mayWork: () => boolean;
  /** Asked when a key was enqueued, when its time has come, and once more before its work starts. Pure. */
  readonly plan: (key: string, now: number) => Plan<T>;
  /** Does the work. Returns when the key is to be planned again, if it is; when it rejects, the key is retried with back-off. */
  readonly work: (key: string, item: T, signal: AbortSignal) => Promise<number | undefined>;
  /** Waits after failures of one key. */
  readonly backoff: BackoffLimits;
  /** In [0, 1). */
  readonly random: () => number;
  /** The work on a key was rejected for the nth time in a row. */
  readonly onFailure: (key: string, error: unknown, failures: number) => void;
  /** Of two pieces of work the one that starts first; without it the one that was enqueued first. */
  readonly isMoreUrgent?: (left: T, right: T) => boolean;
  /** Keys of one group are never worked on at once. By default each key is a group of its own. */
  readonly groupOf?: (key: string) => string;
  /** When limited work may start; in the past when it may now. */
  readonly limitedUntil?: (now: number) => number;
  /** A piece of work starts now, as a rate limiter wants to know. */
  readonly onStart?: (item: T, now: number) => void;
}

interface Entry<T> {
  readonly key: string;
  readonly plan: Exclude<Plan<T>, { kind: 'none' }>;
  /** In the order of enqueueing. */
  readonly order: number;
  readonly heap: Heap<Entry<T>>;
}

interface Failure {
  readonly count: number;
  readonly retryAt: number;
}

/**
 * Work queue of a controller: keyed, de-duplicating, delaying, with bounded concurrency, priorities, a rate limit and a back-off for
 * each key. A key is never worked on twice at once, and what happens to it meanwhile is not missed.
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
  readonly #failures = new Map<string, Failure>();
  #enqueuedCount = 0;

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
    this.#enqueued.add(key);
    this.#wake.notify();
  }

  /** The same, where it is enough to plan it within `ms`, however often that is asked for until then. */
  enqueueWithin(key: string, ms: number): void {
    const waiting = this.#busy.get(this.#groupOf(key));
    if (waiting === undefined) this.#requeue(key, this.#options.clock.monotonic() + ms);
    else waiting.add(key);
    this.#wake.notify();
  }

  /** Forgets a key for which nothing is to be done any more. Work that is under way goes on. */
  forget(key: string): void {
    this.#remove(key);
    this.#enqueued.delete(key);
    this.#failures.delete(key);
  }

  /** Works until the signal is aborted; resolves when the last piece of work has ended. `cut` ends that as well. */
  async run(signal: AbortSignal, cut: AbortSignal = signal): Promise<void> {
    const running = new Set<Promise<void>>();
    while (!signal.aborted) {
      const until = this.#startWork(running, cut);
      await this.#wake.wait(until, signal).catch(() => undefined);
    }
    await Promise.all(running);
  }

  /** Starts as much as may run at once. Returns when to look again, unless something happens before. */
  #startWork(running: Set<Promise<void>>, cut: AbortSignal): number | undefined {
    const { clock, maxConcurrent, mayWork } = this.#options;
    this.#planDue(clock.monotonic());
    while (running.size < maxConcurrent) {
      const now = clock.monotonic();
      const entry = this.#take(now);
      if (entry === undefined) return this.#nextAt(now);
      if (!mayWork()) {
        this.#enqueued.add(entry.key);
        return now + RECHECK_MS;
      }
      const task = this.#work(entry.key, entry.item, cut).finally(() => {
        running.delete(task);
        this.#wake.notify();
      });
      running.add(task);
    }
    return undefined;
  }

  async #work(key: string, item: T, cut: AbortSignal): Promise<void> {
    const { clock, work, onStart } = this.#options;
    const group = this.#groupOf(key);
    this.#busy.set(group, new Set());
    onStart?.(item, clock.monotonic());
    try {
      const requeueAt = await work(key, item, cut);
      this.#failures.delete(key);
      if (requeueAt !== undefined) this.#requeue(key, requeueAt);
    } catch (error) {
      if (!cut.aborted) this.#failed(key, error);
    } finally {
      for (const waiting of this.#busy.get(group) ?? []) this.#enqueued.add(waiting);
      this.#busy.delete(group);
    }
  }

  #failed(key: string, error: unknown): void {
    const { clock, random, backoff, onFailure } = this.#options;
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const retryAt = clock.monotonic() + backoffMs(count, random(), backoff);
    this.#failures.set(key, { count, retryAt });
    this.#requeue(key, retryAt);
    onFailure(key, error, count);
  }

  #planDue(now: number): void {
    for (const key of this.#enqueued) this.#plan(key, now);
    this.#enqueued.clear();
    for (let due = this.#waiting.peek(); due !== undefined && untilOf(due) <= now; due = this.#waiting.peek())
      this.#plan(due.key, now);
  }

  #plan(key: string, now: number): Entry<T> | undefined {
    const before = this.#remove(key);
    const retryAt = this.#failures.get(key)?.retryAt ?? 0;
    // Whatever happens to a failing key meanwhile: what did not work is not tried again at once.
    if (retryAt > now) return this.#add(key, { kind: 'wait', until: retryAt }, before?.order);
    const waiting = this.#busy.get(this.#groupOf(key));
    if (waiting !== undefined) {
      waiting.add(key);
      return undefined;
    }
    return this.#add(key, this.#options.plan(key, now), before?.order);
  }

  /** The most urgent work that may start now. It may have waited for long, so it is planned once more. */
  #take(now: number): { readonly key: string; readonly item: T } | undefined {
    const isHeld = this.#limitedUntil(now) > now;
    for (let first = this.#first(isHeld); first !== undefined; first = this.#first(isHeld)) {
      const entry = this.#plan(first.key, now);
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

  #nextAt(now: number): number | undefined {
    const first = this.#waiting.peek();
    const until = Math.min(
      first === undefined ? Infinity : untilOf(first),
      this.#limited.size > 0 ? this.#limitedUntil(now) : Infinity,
    );
    return until === Infinity ? undefined : until;
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

  #add(key: string, plan: Plan<T>, order?: number): Entry<T> | undefined {
    if (plan.kind === 'none') return undefined;
    const entry = { key, plan, order: order ?? (this.#enqueuedCount += 1), heap: this.#heapOf(plan) };
    this.#entries.set(key, entry);
    entry.heap.add(entry);
    return entry;
  }

  #remove(key: string): Entry<T> | undefined {
    const entry = this.#entries.get(key);
    entry?.heap.remove(entry);
    this.#entries.delete(key);
    return entry;
  }

  #heapOf(plan: Entry<T>['plan']): Heap<Entry<T>> {
    if (plan.kind === 'wait') return this.#waiting;
    return plan.isLimited ? this.#limited : this.#free;
  }

  #isBefore(left: Entry<T>, right: Entry<T>): boolean {
    const { isMoreUrgent } = this.#options;
    if (isMoreUrgent !== undefined && left.plan.kind === 'work' && right.plan.kind === 'work') {
      if (isMoreUrgent(left.plan.item, right.plan.item)) return true;
      if (isMoreUrgent(right.plan.item, left.plan.item)) return false;
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
