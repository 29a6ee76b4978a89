import type { Freshness } from '../../domain/ports.ts';
import { type Change, Store, type StoreView } from './store.ts';
import { type Core, createCore, type ReflectorOptions } from './core.ts';
import type { Stale } from './freshness.ts';
import { watchFreshness } from './history-check.ts';
import { HealthRecord, type ReflectorStatus } from './health-record.ts';
import { runLoop } from './loop.ts';
import { defaultTimings, type ReflectorTimings } from './timings.ts';
import { rewrittenElsewhere } from './watch-failure.ts';
import type { Clock } from '../../domain/clock.ts';
import { Backoff } from '../../lib/backoff.ts';

/** Keeps a store equal to a collection of the API server. It never gives up and never throws. */
export class Reflector<V> {
  readonly #options: ReflectorOptions<V>;
  readonly #controller = new AbortController();
  readonly #store: Store<V>;
  readonly #delivery: Delivery<V>;
  readonly #core: Core;
  #running: Promise<void> | undefined;

  constructor(options: ReflectorOptions<V>) {
    const { clock, random, observer, onChange, retention } = options;
    const timings = { ...defaultTimings, ...options.timings };
    const { signal } = this.#controller;
    const health = new HealthRecord({ clock, observer, badDataReportMs: timings.badDataReportMs });
    this.#options = options;
    this.#store = new Store<V>((change) => this.#delivery.offer(change), retention);
    this.#delivery = new Delivery<V>({
      onChange,
      onError: (error) => health.handlerFailed(error),
      held: () => this.#store.entries(),
      clock,
      random,
      timings,
      signal,
    });
    this.#core = createCore(options, { timings, health, store: this.#store, signal });
  }

  get store(): StoreView<V> {
    return this.#store;
  }

  /** A snapshot of this moment. */
  get status(): ReflectorStatus {
    const { health, position, freshness } = this.#core;
    return health.snapshot({
      resource: this.#options.resource.path,
      objects: this.#store.size,
      lastVersion: position.version,
      pendingOffers: this.#delivery.pending,
      isCurrent: this.stale() === undefined,
      lastProvenAgeMs: freshness.provenAgeMs(),
    });
  }

  /** Starts once; later calls do nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends everything that is under way. After it resolves nothing is called and nothing is sent any more. */
  async stop(): Promise<void> {
    this.#controller.abort(new Error('the reflector is stopped'));
    await this.#running;
    this.#core.health.enter('stopped');
  }

  /** Another collection has shown that the server's history was rewritten: lists again and takes the list for true. */
  forceRelist(): void {
    const { policy, current } = this.#core;
    if (policy.onForcedRelist()) current.watch?.interrupt(rewrittenElsewhere());
  }

  /** Looks for a proof that everything is known, within seconds; not more often than `proofSpacingMs`. */
  prove(): void {
    const { current, bookmarkProbe } = this.#core;
    if (current.watch !== undefined && bookmarkProbe.ask()) current.watch.interrupt({ kind: 'proof' });
  }

  /** Ends a pause after a failure. */
  retry(): void {
    const { health, wake } = this.#core;
    if (health.phase === 'waiting') wake.notify();
  }

  /** Undefined while the collection, or its part in a namespace, is not current. */
  freshness(namespace?: string): Freshness | undefined {
    const { blindSpots, freshness } = this.#core;
    return this.#delivery.pending > 0 || blindSpots.hides(namespace) ? undefined : freshness.current();
  }

  /**
   * Why the collection is not current; undefined while it is. Single objects that could not be read make what lies in their namespace
   * unknown, but not the collection.
   */
  stale(): Stale | undefined {
    const { freshness, blindSpots } = this.#core;
    const since = blindSpots.unknownSince;
    return freshness.stale() ?? (since === undefined ? undefined : { since, reason: 'unreadable-object' });
  }

  /** Both loops end only by being stopped. */
  async #run(): Promise<void> {
    const ended = (error: unknown): void => {
      if (!this.#core.signal.aborted) this.#options.onFailed?.(error);
    };
    await Promise.all([runLoop(this.#core).catch(ended), watchFreshness(this.#core).catch(ended)]);
  }
}

/** Changes kept for another try. Beyond it single ones are dropped and everything held is offered again instead. */
const MAX_PENDING = 10_000;

interface DeliveryDeps<V> {
  readonly onChange: (change: Change<V>) => void;
  /** The handler threw. */
  readonly onError: (error: unknown) => void;
  /** Everything in the store. */
  readonly held: () => Iterable<readonly [string, V]>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timings: ReflectorTimings;
  /** Nothing is offered any more once it is aborted. */
  readonly signal: AbortSignal;
}

/** Hands changes to the handler and offers again what it threw at. */
class Delivery<V> {
  readonly #deps: DeliveryDeps<V>;
  readonly #backoff: Backoff;
  /** Changes that the handler threw at, the latest of each object. */
  readonly #pending = new Map<string, Change<V>>();
  #offersAll = false;
  /** One of those that were dropped came of a rewritten history. */
  #rewritten = false;
  #isRetrying = false;

  constructor(deps: DeliveryDeps<V>) {
    const { clock, random, timings } = deps;
    this.#deps = deps;
    this.#backoff = new Backoff({
      initMs: timings.reofferInitMs,
      maxMs: timings.reofferMaxMs,
      resetMs: timings.backoffResetMs,
      clock,
      random,
    });
  }

  /** How many changes wait to be offered again. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Never throws. */
  offer(change: Change<V>): void {
    if (this.#deps.signal.aborted) return;
    const merged = this.#merge(change);
    try {
      this.#deps.onChange(merged);
      this.#pending.delete(change.uid);
    } catch (error) {
      this.#deps.onError(error);
      this.#keep(merged);
      if (!this.#isRetrying) void this.#retry();
    }
  }

  async #retry(): Promise<void> {
    const { clock, signal } = this.#deps;
    this.#isRetrying = true;
    while ((this.#pending.size > 0 || this.#offersAll) && !signal.aborted) {
      // Rejects only when stopping, which the loop's condition sees.
      await clock.sleep(this.#backoff.next(), signal).catch(() => undefined);
      for (const change of this.#takeAll()) this.offer(change);
    }
    this.#isRetrying = false;
  }

  /** To the handler, what came before the change that failed is still the previous state. */
  #merge(change: Change<V>): Change<V> {
    const failed = this.#pending.get(change.uid);
    if (change.kind !== 'upsert' || failed?.kind !== 'upsert') return change;
    return { ...change, previous: failed.previous, rewritten: change.rewritten || failed.rewritten };
  }

  #keep(change: Change<V>): void {
    const changes = this.#pending;
    changes.set(change.uid, change);
    if (changes.size <= MAX_PENDING) return;
    this.#offersAll = true;
    for (const [uid, kept] of changes) {
      if (kept.kind !== 'upsert') continue;
      this.#rewritten ||= kept.rewritten;
      changes.delete(uid);
    }
    const [oldest] = changes.keys();
    if (changes.size > MAX_PENDING && oldest !== undefined) changes.delete(oldest);
  }

  /** Everything to offer again now. */
  #takeAll(): Change<V>[] {
    const again = [...this.#pending.values()];
    if (!this.#offersAll) return again;
    this.#offersAll = false;
    for (const [uid, view] of this.#deps.held()) {
      if (this.#pending.has(uid)) continue;
      again.push({ kind: 'upsert', uid, view, previous: undefined, rewritten: this.#rewritten });
    }
    this.#rewritten = false;
    return again;
  }
}
