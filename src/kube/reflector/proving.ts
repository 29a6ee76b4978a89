import type { Clock } from '../../domain/clock.ts';
import { isOlder } from '../../lib/resource-version.ts';
import type { CurrencyTracker } from './currency.ts';
import type { Position } from './events.ts';
import type { ReflectorTimings } from './timings.ts';

/** Short watches without a proof before a list has to give it. */
const WATCHES_BEFORE_LIST = 2;
/** The server counts from before we see its answer. */
const END_SLACK_MS = 1_000;

export interface ProvingDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly timings: ReflectorTimings;
  readonly position: Position;
  readonly currency: CurrencyTracker;
}

/** How a watch ended. */
export interface WatchCourse {
  /** By the server, properly. */
  readonly isClosed: boolean;
  /** Or by us, because the server did not end it: not by failure. */
  readonly hadItsTime: boolean;
  readonly stoodMs: number;
  readonly timeoutMs: number;
}

/** Finds out whether the watch has brought everything up to now, instead of waiting for the next bookmark. */
export interface Proving {
  /** Whether a proof is to be looked for now: not asked for too often, and none under way. */
  ask(): boolean;
  /** The collection's version was asked for at `askedAt`: when the watch has brought that much, everything until then is known. */
  expect(version: string | undefined, askedAt: number): void;
  /** The watch is open: if nothing has changed, that is the proof. */
  opened(): void;
  /** An event or bookmark moved the position. */
  moved(): void;
  /** What the server is asked to end the next watch after. */
  watchMs(): number;
  ended(course: WatchCourse): void;
  /** Watches alone do not prove it. */
  readonly needsList: boolean;
  /** A proof is being looked for. */
  readonly isOpen: boolean;
  /** A list that began at `startedAt` was whole. */
  listed(startedAt: number): void;
}

/**
 * A watch that is opened for three seconds gets a bookmark after one: the API server sends it two seconds before the end. One that is at
 * least as new as the collection was when the watch was opened proves that nothing is missing. A cache that learns how far etcd is every
 * five seconds needs the second, longer watch; what never gets bookmarks, as Events do, is proven by the proper end of its time.
 */
export function createProving(deps: ProvingDeps): Proving {
  const { clock, timings, position, currency } = deps;
  const search: Search = {
    isAsked: false,
    askedAt: Number.NEGATIVE_INFINITY,
    failures: 0,
    target: undefined,
    openedAt: Number.NEGATIVE_INFINITY,
  };
  const isOpen = (): boolean => search.isAsked || currency.isLost || currency.isPaused;

  return {
    ask: () => {
      const now = clock.monotonic();
      // A pause makes every proof before it worthless.
      const isTooSoon = now - search.askedAt < timings.proofSpacingMs && !currency.isPaused;
      if (search.isAsked || currency.isLost || isTooSoon) return false;
      Object.assign(search, { isAsked: true, askedAt: now, failures: 0 });
      return true;
    },
    expect: (version, askedAt) => {
      if (version !== undefined) search.target = { version, askedAt };
    },
    opened: () => {
      search.openedAt = clock.monotonic();
      compare(search, position, currency);
    },
    moved: () => {
      // The event that catches up proves what was so at the look, and not yet this moment.
      const wasCaughtUp = isCaughtUp(search, deps);
      compare(search, position, currency);
      if (wasCaughtUp) currency.heard();
    },
    watchMs: () => (isOpen() ? proofMs(search, timings) : usualMs(deps)),
    ended: ({ isClosed, hadItsTime, stoodMs, timeoutMs }) => {
      const isInTime = isClosed && stoodMs >= timeoutMs - END_SLACK_MS;
      // What came last may not have been written any more.
      if (isInTime && position.bookmarks === 0) found(search, currency, clock.monotonic() - END_SLACK_MS);
      else if (isOpen() && hadItsTime) search.failures += 1;
    },
    get needsList() {
      return isOpen() && search.failures >= WATCHES_BEFORE_LIST;
    },
    get isOpen() {
      return isOpen();
    },
    listed: (startedAt) => {
      currency.listed(startedAt);
      settled(search);
    },
  };
}

/** The state of looking for a proof. */
interface Search {
  isAsked: boolean;
  askedAt: number;
  /** Watches that ended without one. */
  failures: number;
  target: { readonly version: string; readonly askedAt: number } | undefined;
  /** When the last watch was opened. */
  openedAt: number;
}

function found(search: Search, currency: CurrencyTracker, asOf: number): void {
  currency.proven(asOf);
  settled(search);
}

function settled(search: Search): void {
  Object.assign(search, { isAsked: false, failures: 0, target: undefined });
}

function compare(search: Search, { version }: Position, currency: CurrencyTracker): void {
  const { target } = search;
  if (target === undefined || version === undefined || isOlder(version, target.version)) return;
  found(search, currency, target.askedAt);
}

/** What a watch brings first is of the past. A cache that never tells how far it is must have sent all that by now. */
function isCaughtUp({ target, openedAt }: Search, { clock, timings }: ProvingDeps): boolean {
  return target === undefined || clock.monotonic() - openedAt >= timings.longProofWatchMs;
}

function proofMs({ failures }: Search, timings: ReflectorTimings): number {
  return failures === 0 ? timings.proofWatchMs : timings.longProofWatchMs;
}

function usualMs({ timings, position, random }: ProvingDeps): number {
  // Uniform, so that the watches of many agents do not end together.
  const usual = timings.watchMinMs + (timings.watchMaxMs - timings.watchMinMs) * random();
  return position.bookmarks === 0 ? Math.min(timings.plainWatchMs, usual) : usual;
}
