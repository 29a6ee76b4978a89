import type { Currency } from '../../domain/currency.ts';
import type { StoreView } from './change.ts';
import { type Core, createCore, type ReflectorOptions } from './core.ts';
import type { Stale } from './currency.ts';
import { Delivery } from './delivery.ts';
import { watchFreshness } from './history-check.ts';
import { HealthRecord } from './health-record.ts';
import { runLoop } from './loop.ts';
import type { ReflectorStatus } from './status.ts';
import { Store } from './store.ts';
import { defaultTimings } from './timings.ts';
import { rewrittenElsewhere } from './watch-failure.ts';

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
    const { health, position, currency } = this.#core;
    return health.snapshot({
      resource: this.#options.resource.path,
      objects: this.#store.size,
      lastVersion: position.version,
      pendingOffers: this.#delivery.pending,
      isCurrent: this.stale() === undefined,
      lastProvenAgeMs: currency.provenAgeMs(),
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
    const { current, proving } = this.#core;
    if (current.watch !== undefined && proving.ask()) current.watch.interrupt({ kind: 'proof' });
  }

  /** Ends a pause after a failure. */
  retry(): void {
    const { health, wake } = this.#core;
    if (health.phase === 'waiting') wake.notify();
  }

  /** Undefined while the collection, or its part in a namespace, is not current. */
  currency(namespace?: string): Currency | undefined {
    const { blindSpots, currency } = this.#core;
    return this.#delivery.pending > 0 || blindSpots.hides(namespace) ? undefined : currency.current();
  }

  /**
   * Why the collection is not current; undefined while it is. Single objects that could not be read make what lies in their namespace
   * unknown, but not the collection.
   */
  stale(): Stale | undefined {
    const { currency, blindSpots } = this.#core;
    const since = blindSpots.unknownSince;
    return currency.stale() ?? (since === undefined ? undefined : { since, reason: 'unreadable-object' });
  }

  /** Both loops end only by being stopped. */
  async #run(): Promise<void> {
    const ended = (error: unknown): void => {
      if (!this.#core.signal.aborted) this.#options.onFailed?.(error);
    };
    await Promise.all([runLoop(this.#core).catch(ended), watchFreshness(this.#core).catch(ended)]);
  }
}
