import type { Clock } from '../../domain/clock.ts';
import type { Currency } from '../../domain/currency.ts';
import type { KubeConnection } from '../connection/index.ts';
import { createBackoff } from './backoff.ts';
import { createBlindSpots } from './blind-spots.ts';
import type { Change, StoreView } from './change.ts';
import type { Core } from './core.ts';
import { createCurrencyTracker, NO_PAUSE, type Pause, type Stale } from './currency.ts';
import { createDeletions } from './deletions.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { watchFreshness } from './freshness.ts';
import type { Position } from './events.ts';
import { createObjectDecoder } from './object-decoder.ts';
import { createHealthRecord, type HealthRecord } from './health-record.ts';
import { runLoop } from './loop.ts';
import { createPolicy } from './policy.ts';
import { createProving } from './proving.ts';
import { createRequests, type ResourcePath } from './requests.ts';
import type { ReflectorObserver, ReflectorStatus } from './status.ts';
import { createStore, type Retention, type Store } from './store.ts';
import { defaultTimings, type ReflectorTimings } from './timings.ts';
import { rewrittenElsewhere } from './watch-failure.ts';
import { createWake } from '../../lib/wake.ts';

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
  readonly timings?: Partial<ReflectorTimings>;
  /** It has ended although it must not: a defect. */
  readonly onFailed?: (error: unknown) => void;
  /** When the process last stood still; without it, never. */
  readonly lastPause?: () => Pause;
}

/** Keeps a store equal to a collection of the API server. It never gives up and never throws. */
export interface Reflector<V> {
  /** Starts once; later calls do nothing. */
  start(): void;
  /** Ends everything that is under way. After it resolves nothing is called and nothing is sent any more. */
  stop(): Promise<void>;
  /** Another collection has shown that the server's history was rewritten: lists anew and believes the list. */
  forceRelist(): void;
  /** Looks for a proof that everything is known, within seconds; not more often than `proofSpacingMs`. */
  prove(): void;
  /** Ends a pause after a failure. */
  retry(): void;
  /** Undefined while the collection, or its part in a namespace, is not current. */
  currency(namespace?: string): Currency | undefined;
  /** Why the collection is not current; undefined while it is. */
  stale(): Stale | undefined;
  readonly store: StoreView<V>;
  /** A snapshot of this moment. */
  readonly status: ReflectorStatus;
}

export function createReflector<V>(options: ReflectorOptions<V>): Reflector<V> {
  const controller = new AbortController();
  const timings: ReflectorTimings = { ...defaultTimings, ...options.timings };
  const health = createHealthRecord({ observer: undefined, ...options, ...timings });
  const store: Store<V> = createStore<V>((change) => delivery.offer(change), options.retention);
  const delivery: Delivery<V> = createDelivery<V>({
    ...options,
    timings,
    signal: controller.signal,
    held: () => store.entries(),
    onError: (error) => health.handlerFailed(error),
  });
  const core = createCore(options, { timings, health, store, signal: controller.signal });
  let running: Promise<void> | undefined;

  return {
    start: () => {
      running ??= run(core, options.onFailed);
    },
    stop: async () => {
      controller.abort(new Error('the reflector is stopped'));
      await running;
      health.enter('stopped');
    },
    forceRelist: () => {
      if (core.policy.onForcedRelist()) core.current.watch?.interrupt(rewrittenElsewhere());
    },
    prove: () => prove(core),
    retry: () => {
      if (health.phase === 'waiting') core.wake.notify();
    },
    currency: (namespace) =>
      delivery.pending > 0 || core.blindSpots.hides(namespace) ? undefined : core.currency.current(),
    stale: () => staleNow(core),
    store,
    get status() {
      return health.snapshot({
        resource: options.resource.path,
        objects: store.size,
        lastVersion: core.position.version,
        pendingOffers: delivery.pending,
        isCurrent: staleNow(core) === undefined,
        lastProvenAgeMs: core.currency.provenAgeMs(),
      });
    },
  };
}

function prove({ current, proving }: Core): void {
  if (current.watch !== undefined && proving.ask()) current.watch.interrupt({ kind: 'proof' });
}

/** Single objects that could not be read make what lies in their namespace unknown, but not the collection. */
function staleNow({ currency, blindSpots }: Core): Stale | undefined {
  const since = blindSpots.unknownSince;
  return currency.stale() ?? (since === undefined ? undefined : { since, reason: 'unreadable-object' });
}

interface Parts<V> {
  readonly timings: ReflectorTimings;
  readonly health: HealthRecord;
  readonly store: Store<V>;
  readonly signal: AbortSignal;
}

function createCore<V>(options: ReflectorOptions<V>, parts: Parts<V>): Core {
  const { connection, clock, random, resource, project } = options;
  const { timings, health, store, signal } = parts;
  let wasSynced = false;
  const position: Position = { version: undefined, bookmarks: 0 };
  const currency = createCurrencyTracker({
    clock,
    timings,
    lastPause: options.lastPause ?? (() => NO_PAUSE),
  });
  const blindSpots = createBlindSpots(clock, () => currency.restart());
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
    deletions: createDeletions(),
    decoder: createObjectDecoder<V>({
      blindSpots,
      kind: resource.kind,
      leftOut: [...(resource.managedFields === true ? [] : ['managedFields']), ...(resource.leftOut ?? [])],
      project,
      store,
      health,
    }),
    policy: createPolicy(),
    backoff: createBackoff({
      initMs: timings.backoffInitMs,
      maxMs: timings.backoffMaxMs,
      resetMs: timings.backoffResetMs,
      clock,
      random,
    }),
    position,
    currency,
    proving: createProving({ clock, random, timings, position, currency }),
    wake: createWake(clock),
    current: { watch: undefined },
    onSynced: () => {
      if (wasSynced) return;
      wasSynced = true;
      options.onSynced?.();
    },
  };
}

/** Both loops end only by being stopped. */
async function run(core: Core, onFailed?: (error: unknown) => void): Promise<void> {
  const ended = (error: unknown): void => {
    if (!core.signal.aborted) onFailed?.(error);
  };
  await Promise.all([runLoop(core).catch(ended), watchFreshness(core).catch(ended)]);
}
