import type { Clock } from '../../domain/clock.ts';
import { createWake } from '../../lib/clock.ts';
import type { KubeConnection } from '../connection/index.ts';
import { Backoff } from '../../lib/backoff.ts';
import { BlindSpots, FreshnessTracker, NO_PAUSE, type Pause } from './freshness.ts';
import type { Change, Retention, Store } from './store.ts';
import { Deletions, type Position, BookmarkProbe } from './bookmark-probe.ts';
import type { Watch } from './watch.ts';
import type { HealthRecord, ReflectorObserver } from './health-record.ts';
import { type AnyDecoder, ObjectDecoder, type ObjectDecoderDeps } from './object-decoder.ts';
import { Policy } from './failure-policy.ts';
import { createRequests, type ResourcePath } from './requests.ts';
import type { ReflectorTimings } from './timings.ts';

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

/** A store whatever its views are. */
type AnyStore = Omit<Store<unknown>, 'merge' | 'remove'>;

interface Parts<V> {
  readonly timings: ReflectorTimings;
  readonly health: HealthRecord;
  readonly store: Store<V>;
  readonly signal: AbortSignal;
}

/** The parts of one reflector, which know of each other by it. */
export function createCore<V>(options: ReflectorOptions<V>, parts: Parts<V>) {
  const { connection, clock, random, resource, lastPause = () => NO_PAUSE } = options;
  const { timings, health, signal } = parts;
  const store: AnyStore = parts.store;
  const position: Position = { version: undefined, bookmarks: 0 };
  const freshness = new FreshnessTracker({ clock, timings, lastPause });
  const blindSpots = new BlindSpots(clock, () => freshness.restart());
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
    decoder: decoderFor(options, { store: parts.store, health, blindSpots }),
    policy: new Policy(),
    backoff: new Backoff({ initMs, maxMs, resetMs, clock, random }),
    position,
    freshness,
    bookmarkProbe: new BookmarkProbe({ clock, random, timings, position, freshness }),
    /** Ends a wait early. */
    wake: createWake(clock),
    /** The watch under way. */
    current: { watch: undefined as Watch | undefined },
    onSynced: options.onSynced,
  };
}

/** What the parts of one reflector share. */
export type Core = Readonly<ReturnType<typeof createCore>>;

function decoderFor<V>(
  { resource, project }: ReflectorOptions<V>,
  parts: Pick<ObjectDecoderDeps<V>, 'store' | 'health' | 'blindSpots'>,
): AnyDecoder {
  const { kind, managedFields, leftOut = [] } = resource;
  const unread = managedFields === true ? leftOut : ['managedFields', ...leftOut];
  return new ObjectDecoder<V>({ ...parts, kind, leftOut: unread, project });
}

/** A list was complete: takes what it has not seen for deleted, unless it could not tell all its items apart. */
export function commitList(core: Core, list: { sawAll: boolean; startedAt: number }): void {
  const isFirst = !core.health.synced;
  if (list.sawAll) core.store.sweep();
  if (list.sawAll) core.blindSpots.listed();
  else core.blindSpots.hideUnknown('list');
  core.policy.onListed();
  core.bookmarkProbe.listed(list.startedAt);
  core.health.worked();
  core.health.listed(core.store.size, core.clock.monotonic() - list.startedAt, list.sawAll);
  if (isFirst) core.onSynced?.();
}

/** The collection's present version, by the smallest consistent read. Throws what the connection throws. */
export async function probeVersion(core: Core): Promise<string | undefined> {
  const request = core.requests.probe(core.policy.capabilities);
  const list = await core.connection.json<{ metadata?: { resourceVersion?: unknown } } | null>({
    ...request,
    signal: core.signal,
  });
  const version = list?.metadata?.resourceVersion;
  return typeof version === 'string' ? version : undefined;
}
