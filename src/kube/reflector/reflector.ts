import type { Clock } from '../../domain/clock.ts';
import type { Currency } from '../../domain/currency.ts';
import { createWake } from '../../lib/wake.ts';
import type { KubeConnection } from '../connection/index.ts';
import { Backoff } from './backoff.ts';
import { BlindSpots } from './blind-spots.ts';
import type { Change, StoreView } from './change.ts';
import type { Core } from './core.ts';
import { CurrencyTracker, NO_PAUSE, type Pause, type Stale } from './currency.ts';
import { Deletions } from './deletions.ts';
import { Delivery } from './delivery.ts';
import type { Position } from './events.ts';
import { watchFreshness } from './freshness.ts';
import { HealthRecord } from './health-record.ts';
import { runLoop } from './loop.ts';
import { type AnyDecoder, ObjectDecoder, type ObjectDecoderDeps } from './object-decoder.ts';
import { Policy } from './policy.ts';
import { Proving } from './proving.ts';
import { createRequests, type ResourcePath } from './requests.ts';
import type { ReflectorObserver, ReflectorStatus } from './status.ts';
import { type Retention, Store } from './store.ts';
import { defaultTimings, type ReflectorTimings } from './timings.ts';
import { rewrittenElsewhere } from './watch-failure.ts';

export interface ReflectorOptions<V> {
  readonly resource: ResourcePath;
  /**
   * Makes the small view that is kept of an object. `undefined`: not wanted, and dropped if it was held. When it throws, that is
   * counted and the view held before stays. Must copy out of the object, never keep it.
   */
  readonly project: (object: unknown) => V | undefined;
  /** Bounds what is held; without it everything is. */
  readonly retention?: Retention<V>;
  readonly connection: KubeConnection;
  readonly clock: Clock;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  /** Called after each change of the store, synchronously. When it throws, the change is offered again later. */
  readonly onChange: (change: Change<V>) => void;
  /** The store holds the whole collection for the first time. */
  readonly onSynced?: () => void;
  readonly observer?: ReflectorObserver;
  readonly timings?: Partial<ReflectorTimings> | undefined;
  /** It has ended although it must not: a defect. */
  readonly onFailed?: ((error: unknown) => void) | undefined;
  /** When the process last stood still; without it, never. */
  readonly lastPause?: () => Pause;
}

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

interface Parts<V> {
  readonly timings: ReflectorTimings;
  readonly health: HealthRecord;
  readonly store: Store<V>;
  readonly signal: AbortSignal;
}

function createCore<V>(options: ReflectorOptions<V>, parts: Parts<V>): Core {
  const { connection, clock, random, resource, lastPause = () => NO_PAUSE } = options;
  const { timings, health, store, signal } = parts;
  const position: Position = { version: undefined, bookmarks: 0 };
  const currency = new CurrencyTracker({ clock, timings, lastPause });
  const blindSpots = new BlindSpots(clock, () => currency.restart());
  const { backoffInitMs: initMs, backoffMaxMs: maxMs, backoffResetMs: resetMs } = timings;
  return {
    connection,
    clock,
    random,
    timings,
    signal,
    health,
    store,
    requests: createRequests(resource, timings),
    blindSpots,
    deletions: new Deletions(),
    decoder: decoderFor(options, { store, health, blindSpots }),
    policy: new Policy(),
    backoff: new Backoff({ initMs, maxMs, resetMs, clock, random }),
    position,
    currency,
    proving: new Proving({ clock, random, timings, position, currency }),
    wake: createWake(clock),
    current: { watch: undefined },
    onSynced: once(options.onSynced),
  };
}

function decoderFor<V>(
  { resource, project }: ReflectorOptions<V>,
  parts: Pick<ObjectDecoderDeps<V>, 'store' | 'health' | 'blindSpots'>,
): AnyDecoder {
  const { kind, managedFields, leftOut = [] } = resource;
  const unread = managedFields === true ? leftOut : ['managedFields', ...leftOut];
  return new ObjectDecoder<V>({ ...parts, kind, leftOut: unread, project });
}

function once(call: (() => void) | undefined): () => void {
  let isDue = true;
  return () => {
    if (isDue) call?.();
    isDue = false;
  };
}
