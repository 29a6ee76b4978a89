import { type Clock, MINUTE, SECOND } from '../domain/clock.ts';
import {
  NO_PAUSE,
  type Pause,
  type Reflector,
  type Stale,
  type StaleReason,
} from '../kube/reflector/index.ts';
import type { Freshness } from '../domain/ports.ts';
import type { WatchedResource, WatchedView } from './resources.ts';

/** Without a check for longer than this, the process stood still; checks are a second apart. */
const PAUSE_MS = 5 * SECOND;

interface PauseDetectorDeps {
  readonly clock: { monotonic(): number };
  /** The machine's wall clock: a machine that sleeps stops the monotonic one with it. */
  readonly wallNow: () => number;
}

/**
 * Notices that the process, or the whole machine, stood still. Must be asked every second. A wall clock that is set forward looks the same;
 * then everything is proven once more, which does no harm.
 */
export class PauseDetector {
  readonly #deps: PauseDetectorDeps;
  #monotonicAt: number;
  #wallAt: number;
  #pause = NO_PAUSE;

  constructor(deps: PauseDetectorDeps) {
    this.#deps = deps;
    this.#monotonicAt = deps.clock.monotonic();
    this.#wallAt = deps.wallNow();
  }

  /** The last pause, this moment included: whoever asks first after it learns of it. */
  last(): Pause {
    const now = this.#deps.clock.monotonic();
    const wall = this.#deps.wallNow();
    const lengthMs = Math.max(now - this.#monotonicAt, wall - this.#wallAt);
    if (lengthMs > PAUSE_MS) this.#pause = { resumedAt: now, lengthMs };
    this.#monotonicAt = now;
    this.#wallAt = wall;
    return this.#pause;
  }
}

const CHECK_MS = SECOND;
/** A failure that is over sooner is no news: connections are cut every now and then. */
const NOTICE_MS = 10 * SECOND;
/** What is not required and could not be listed in this time is done without. */
export const PATIENCE_MS = 2 * MINUTE;

/** A resource and its reflector. */
export interface Member {
  readonly resource: WatchedResource;
  readonly reflector: Reflector<WatchedView>;
}

/** A collection that is not current. */
export interface StaleWatch extends Stale {
  readonly resource: WatchedResource;
}

/** What is reported of the freshness of a collection: once when it is lost for longer than a moment, and once when it is back. */
export type FreshnessEvent =
  | { readonly kind: 'stale'; readonly reason: StaleReason; readonly staleMs: number }
  | { readonly kind: 'current'; readonly staleMs: number };

export interface SupervisionDeps {
  readonly clock: Clock;
  readonly members: readonly Member[];
  readonly pauses: PauseDetector;
  readonly graceMs: number;
  readonly checkMs?: number | undefined;
  /** Before the start is over, not being listed is no news. */
  readonly isStarted: () => boolean;
  readonly onCheck: () => void;
  readonly observer: (event: FreshnessEvent, resource: WatchedResource) => void;
}

/** The watches of these kinds that see a namespace, or without one all of them. */
export function covering(
  members: readonly Member[],
  kinds: readonly WatchedView['kind'][],
  namespace: string | undefined,
): readonly Member[] {
  return members.filter(
    ({ resource }) =>
      kinds.includes(resource.kind) &&
      (namespace === undefined || resource.namespace === undefined || resource.namespace === namespace),
  );
}

/** The shortest time for which all of them were current without interruption, and the oldest proof. */
export function leastCurrent(members: readonly Member[], namespace?: string): Freshness | undefined {
  let least: Freshness | undefined;
  for (const { reflector } of members) {
    const freshness = reflector.freshness(namespace);
    if (freshness === undefined) return undefined;
    least = {
      since: Math.max(freshness.since, least?.since ?? freshness.since),
      provenAt: Math.min(freshness.provenAt, least?.provenAt ?? freshness.provenAt),
    };
  }
  return least;
}

/** The collections that have not been current for longer than a moment. */
export function staleWatches(members: readonly Member[], now: number): readonly StaleWatch[] {
  return members.flatMap(({ resource, reflector }) => {
    const stale = reflector.stale();
    return stale !== undefined && now - stale.since >= NOTICE_MS ? [{ ...stale, resource }] : [];
  });
}

/** Checks every second until stopped: for pauses, for silence, and for what to report. Rejects only with the abort reason. */
export async function supervise(deps: SupervisionDeps, signal: AbortSignal): Promise<void> {
  const { clock, members, pauses } = deps;
  const reported = new Map<Member, number>();
  let { resumedAt } = pauses.last();
  for (;;) {
    await clock.sleep(deps.checkMs ?? CHECK_MS, signal);
    const pause = pauses.last();
    if (pause.resumedAt !== resumedAt) {
      ({ resumedAt } = pause);
      // What arrived during the pause is read first.
      await clock.sleep(deps.graceMs, signal);
      for (const { reflector } of members) reflector.prove();
    }
    // Silence may be the end of the way to the server, or of a watch that is closed before it can prove anything.
    for (const { reflector } of members) if (reflector.stale()?.reason === 'silent') reflector.prove();
    deps.onCheck();
    if (deps.isStarted()) reportChanges(deps, reported);
  }
}

function reportChanges({ clock, members, observer }: SupervisionDeps, reported: Map<Member, number>): void {
  const now = clock.monotonic();
  for (const member of members) {
    const stale = member.reflector.stale();
    const reportedSince = reported.get(member);
    if (stale === undefined && reportedSince !== undefined) {
      reported.delete(member);
      observer({ kind: 'current', staleMs: now - reportedSince }, member.resource);
    } else if (stale !== undefined && reportedSince === undefined && now - stale.since >= NOTICE_MS) {
      reported.set(member, stale.since);
      observer({ kind: 'stale', reason: stale.reason, staleMs: now - stale.since }, member.resource);
    }
  }
}
