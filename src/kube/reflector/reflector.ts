import type { Clock } from '../../domain/clock.ts';
import type { KubeConnection } from '../connection/index.ts';
import { createBackoff } from './backoff.ts';
import type { Change, StoreView } from './change.ts';
import type { Core } from './core.ts';
import { createDelivery } from './delivery.ts';
import type { Delivery } from './delivery.ts';
import { watchFreshness } from './freshness.ts';
import { createIntake } from './intake.ts';
import { createJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import { runLoop } from './loop.ts';
import { createPolicy } from './policy.ts';
import { createRequests } from './requests.ts';
import type { ResourcePath } from './requests.ts';
import type { ReflectorObserver, ReflectorStatus } from './status.ts';
import { createStore } from './store.ts';
import type { Retention, Store } from './store.ts';
import { defaultTimings } from './timings.ts';
import type { ReflectorTimings } from './timings.ts';
import { distrusted } from './trouble.ts';

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
  /** Ask for the initial state as a watch where the server can; for small collections only. Default false. */
  readonly watchList?: boolean;
  readonly timings?: Partial<ReflectorTimings>;
}

/** Keeps a store equal to a collection of the API server. It never gives up and never throws. */
export interface Reflector<V> {
  /** Starts once; later calls do nothing. */
  start(): void;
  /** Ends everything that is under way. After it resolves nothing is called and nothing is sent any more. */
  stop(): Promise<void>;
  /** Another collection has shown that the server's history was rewritten: lists anew and believes the list. */
  distrust(): void;
  readonly store: StoreView<V>;
  /** A snapshot of this moment. */
  readonly status: ReflectorStatus;
}

export function createReflector<V>(options: ReflectorOptions<V>): Reflector<V> {
  const controller = new AbortController();
  const timings: ReflectorTimings = { ...defaultTimings, ...options.timings };
  const journal = createJournal({ observer: undefined, ...options, ...timings });
  const store: Store<V> = createStore<V>((change) => delivery.offer(change), options.retention);
  const delivery: Delivery<V> = createDelivery<V>({
    ...options,
    timings,
    signal: controller.signal,
    held: () => store.entries(),
    onError: (error) => journal.handlerFailed(error),
  });
  const core = createCore(options, { timings, journal, store, signal: controller.signal });
  let running: Promise<void> | undefined;

  return {
    start: () => {
      running ??= run(core);
    },
    stop: async () => {
      controller.abort(new Error('the reflector is stopped'));
      await running;
      journal.enter('stopped');
    },
    distrust: () => {
      if (core.policy.onDistrust()) core.current.watch?.interrupt(distrusted());
    },
    store,
    get status() {
      return journal.snapshot({
        resource: options.resource.path,
        objects: store.size,
        lastVersion: core.position.version,
        pendingOffers: delivery.pending,
      });
    },
  };
}

interface Parts<V> {
  readonly timings: ReflectorTimings;
  readonly journal: Journal;
  readonly store: Store<V>;
  readonly signal: AbortSignal;
}

function createCore<V>(options: ReflectorOptions<V>, parts: Parts<V>): Core {
  const { connection, clock, random, resource, project } = options;
  const { timings, journal, store, signal } = parts;
  let wasSynced = false;
  return {
    connection,
    clock,
    random,
    timings,
    signal,
    journal,
    store,
    requests: createRequests(resource, timings),
    intake: createIntake<V>({
      kind: resource.kind,
      leftOut: [...(resource.managedFields === true ? [] : ['managedFields']), ...(resource.leftOut ?? [])],
      project,
      store,
      journal,
    }),
    policy: createPolicy({ watchList: options.watchList ?? false }),
    backoff: createBackoff({
      initMs: timings.backoffInitMs,
      maxMs: timings.backoffMaxMs,
      resetMs: timings.backoffResetMs,
      clock,
      random,
    }),
    position: { version: undefined, bookmarks: 0 },
    current: { watch: undefined },
    onSynced: () => {
      if (wasSynced) return;
      wasSynced = true;
      options.onSynced?.();
    },
  };
}

/** Both loops end only by being stopped. */
async function run(core: Core): Promise<void> {
  await Promise.allSettled([runLoop(core), watchFreshness(core)]);
}
