import type { Clock } from '../../domain/clock.ts';
import type { KubeConnection } from '../connection/index.ts';
import type { Backoff } from './backoff.ts';
import type { BlindSpots } from './blind-spots.ts';
import type { Deletions } from './deletions.ts';
import type { CurrencyTracker } from './currency.ts';
import type { Position } from './events.ts';
import type { AnyDecoder } from './object-decoder.ts';
import type { HealthRecord } from './health-record.ts';
import type { Policy } from './policy.ts';
import type { Proving } from './proving.ts';
import type { Requests } from './requests.ts';
import type { Store } from './store.ts';
import type { ReflectorTimings } from './timings.ts';
import type { Watch } from './watch-stream.ts';
import type { Wake } from '../../lib/wake.ts';

/** What the parts of one reflector share. */
export interface Core {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timings: ReflectorTimings;
  readonly signal: AbortSignal;
  readonly requests: Requests;
  readonly store: Omit<Store<unknown>, 'merge' | 'remove'>;
  readonly decoder: AnyDecoder;
  readonly health: HealthRecord;
  readonly policy: Policy;
  readonly backoff: Backoff;
  readonly position: Position;
  readonly currency: CurrencyTracker;
  readonly proving: Proving;
  readonly blindSpots: BlindSpots;
  readonly deletions: Deletions;
  /** Ends a wait early. */
  readonly wake: Wake;
  /** The watch under way. */
  readonly current: { watch: Watch | undefined };
  /** The collection was seen whole; called after each complete list. */
  readonly onSynced: () => void;
}

/** A list was complete: takes what it has not seen for deleted, unless it could not tell all its items apart. */
export function commitList(core: Core, list: { sawAll: boolean; startedAt: number }): void {
  if (list.sawAll) core.store.sweep();
  if (list.sawAll) core.blindSpots.listed();
  else core.blindSpots.hideUnknown('list');
  core.policy.onListed();
  core.proving.listed(list.startedAt);
  core.health.worked();
  core.health.listed(core.store.size, core.clock.monotonic() - list.startedAt);
  core.onSynced();
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
