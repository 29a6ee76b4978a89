import type { Clock } from '../../domain/clock.ts';
import { isOlder } from '../../lib/resource-version.ts';
import type { FreshnessTracker } from './freshness.ts';
import type { ReflectorTimings } from './timings.ts';
import type { Identity } from './store.ts';

/** Where a reflector stands in the collection's history; outlives single watches. */
export interface Position {
  /** Everything up to this version is in the store; undefined when a list must come first. */
  version: string | undefined;
  /** Bookmarks seen in all. */
  bookmarks: number;
}

/** Short watches without a proof before a list has to give it. */
const WATCHES_BEFORE_LIST = 2;
/** The server counts from before we see its answer. */
const END_SLACK_MS = 1_000;

interface BookmarkProbeDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly timings: ReflectorTimings;
  readonly position: Position;
  readonly freshness: FreshnessTracker;
}

/** How a watch ended. */
interface EndedWatch {
  /** By the server, properly. */
  readonly isClosed: boolean;
  /** Or by us, because the server did not end it: not by failure. */
  readonly hadItsTime: boolean;
  readonly stoodMs: number;
  readonly timeoutMs: number;
}

/**
 * Finds out whether the watch has brought everything up to now, instead of waiting for the next bookmark. A watch that is opened for three
 * seconds gets a bookmark after one: the API server sends it two seconds before the end. One that is at least as new as the collection was
 * when the watch was opened proves that nothing is missing. A cache that learns how far etcd is every five seconds needs the second, longer
 * watch; what never gets bookmarks, as Events do, is proven by the proper end of its time.
 */
export class BookmarkProbe {
  readonly #deps: BookmarkProbeDeps;
  #isAsked = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Watches that ended without a proof. */
  #failures = 0;
  #target: { readonly version: string; readonly askedAt: number } | undefined;
  /** When the last watch was opened. */
  #openedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: BookmarkProbeDeps) {
    this.#deps = deps;
  }

  /** A proof is awaited. */
  get isOpen(): boolean {
    const { freshness } = this.#deps;
    return this.#isAsked || freshness.isLost || freshness.isPaused;
  }

  /** Watches alone do not prove it. */
  get needsList(): boolean {
    return this.isOpen && this.#failures >= WATCHES_BEFORE_LIST;
  }

  /** Whether to get a proof now: not too often, and none under way. */
  ask(): boolean {
    const { clock, freshness, timings } = this.#deps;
    const now = clock.monotonic();
    // A pause makes every proof before it worthless.
    const isTooSoon = now - this.#askedAt < timings.proofSpacingMs && !freshness.isPaused;
    if (this.#isAsked || freshness.isLost || isTooSoon) return false;
    this.#isAsked = true;
    this.#askedAt = now;
    this.#failures = 0;
    return true;
  }

  /** The collection's version was asked for at `askedAt`: when the watch has brought that much, everything until then is known. */
  expect(version: string | undefined, askedAt: number): void {
    if (version !== undefined) this.#target = { version, askedAt };
  }

  /** The watch is open: if nothing has changed, that is the proof. */
  opened(): void {
    this.#openedAt = this.#deps.clock.monotonic();
    this.#compare();
  }

  /** An event or bookmark moved the position. */
  moved(): void {
    // The event that catches up proves what was so when the version was asked for, and not yet this moment.
    const wasCaughtUp = this.#isCaughtUp();
    this.#compare();
    if (wasCaughtUp) this.#deps.freshness.heard();
  }

  /** What the server is asked to end the next watch after. */
  watchMs(): number {
    const { timings, position, random } = this.#deps;
    if (this.isOpen) return this.#failures === 0 ? timings.proofWatchMs : timings.longProofWatchMs;
    // Uniform, so that the watches of many agents do not end together.
    const usual = timings.watchMinMs + (timings.watchMaxMs - timings.watchMinMs) * random();
    return position.bookmarks === 0 ? Math.min(timings.plainWatchMs, usual) : usual;
  }

  ended({ isClosed, hadItsTime, stoodMs, timeoutMs }: EndedWatch): void {
    const { clock, position } = this.#deps;
    const isInTime = isClosed && stoodMs >= timeoutMs - END_SLACK_MS;
    // What came last may not have been written any more.
    if (isInTime && position.bookmarks === 0) this.#found(clock.monotonic() - END_SLACK_MS);
    else if (this.isOpen && hadItsTime) this.#failures += 1;
  }

  /** A list that began at `startedAt` was whole. */
  listed(startedAt: number): void {
    this.#deps.freshness.listed(startedAt);
    this.#end();
  }

  #compare(): void {
    const { version } = this.#deps.position;
    const target = this.#target;
    if (target === undefined || version === undefined || isOlder(version, target.version)) return;
    this.#found(target.askedAt);
  }

  #found(asOf: number): void {
    this.#deps.freshness.proven(asOf);
    this.#end();
  }

  #end(): void {
    this.#isAsked = false;
    this.#failures = 0;
    this.#target = undefined;
  }

  /** What a watch brings first is of the past. A cache that never says how far it is must have sent all that by now. */
  #isCaughtUp(): boolean {
    const { clock, timings } = this.#deps;
    return this.#target === undefined || clock.monotonic() - this.#openedAt >= timings.longProofWatchMs;
  }
}

/** Each costs a small request after a failure. */
const MAX_KEPT = 4;

interface Deletion extends Identity {
  /** As the object says it: RFC 3339, to the second. */
  readonly createdAt: string;
}

/**
 * Objects that are known to be deleted: one that is there again shows that a database was restored. A backup is shown by an object that was
 * created before it and deleted after it. So the latest deletion is kept, and an earlier one only if its object was older than those of all
 * later ones.
 */
export class Deletions {
  #kept: readonly Deletion[] = [];

  get kept(): readonly Identity[] {
    return this.#kept;
  }

  note(identity: Identity, object: unknown): void {
    const { metadata } = object as { metadata?: { creationTimestamp?: unknown } };
    const createdAt = metadata?.creationTimestamp;
    if (typeof createdAt !== 'string') return;
    const older = this.#kept.filter((deletion) => deletion.createdAt < createdAt);
    this.#kept = [{ ...identity, createdAt }, ...older].slice(0, MAX_KEPT);
  }

  clear(): void {
    this.#kept = [];
  }
}
