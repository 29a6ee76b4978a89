import type { Clock } from '../../domain/clock.ts';
import type { Freshness } from '../../domain/ports.ts';
import type { ReflectorTimings } from './timings.ts';
import type { WatchFailureKind } from './watch-failure.ts';

/**
 * Why a collection is not current. `unlisted`: not seen whole yet. `silent`: no proof for too long. `paused`: the process stood still.
 * `unreadable-object`: something could not be read, and not even whose state it was.
 */
export type StaleReason = WatchFailureKind | 'unlisted' | 'silent' | 'paused' | 'unreadable-object';

/** A collection that is not current. */
export interface Stale {
  /** Monotonic milliseconds. */
  readonly since: number;
  readonly reason: StaleReason;
}

/** The last time the process stood still. */
export interface Pause {
  /** When it was noticed, by the monotonic clock; -Infinity when it never was. */
  readonly resumedAt: number;
  /** How long it stood still. */
  readonly lengthMs: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** A process that never stood still. */
export const NO_PAUSE: Pause = { resumedAt: NEVER, lengthMs: 0 };

interface FreshnessDeps {
  readonly clock: Clock;
  readonly timings: Pick<ReflectorTimings, 'silenceMs' | 'gapMs' | 'pauseGraceMs'>;
  readonly lastPause: () => Pause;
}

interface Proof {
  /** Everything until then is known. */
  readonly asOf: number;
  /** Since when nothing was missed, if something was before. */
  readonly from: number;
  readonly isGap?: boolean;
}

/**
 * Knows since when a collection is current, and whether it is; all times are monotonic. Current since a complete list or a proven watch;
 * not any more when failure came, after silence beyond a bound, and after a pause. Events that a watch brings after a failure are of the
 * past: they prove nothing before the watch has caught up.
 */
export class FreshnessTracker {
  readonly #deps: FreshnessDeps;
  readonly #createdAt: number;
  #since: number;
  #provenAt = NEVER;
  /** From the first failure since the last proof, and the last one. */
  #failure: { readonly from: number; readonly at: number; readonly reason: WatchFailureKind } | undefined;

  constructor(deps: FreshnessDeps) {
    this.#deps = deps;
    this.#createdAt = deps.clock.monotonic();
    this.#since = this.#createdAt;
  }

  /** Undefined while it is not current. */
  current(): Freshness | undefined {
    return this.stale() === undefined ? { since: this.#since, provenAt: this.#provenAt } : undefined;
  }

  /** Undefined while it is current. */
  stale(): Stale | undefined {
    if (this.#failure !== undefined) return { since: this.#failure.from, reason: this.#failure.reason };
    if (this.#provenAt === NEVER) return { since: this.#createdAt, reason: 'unlisted' };
    const { lastPause, timings, clock } = this.#deps;
    const { resumedAt } = lastPause();
    if (this.#provenAt < resumedAt) return { since: resumedAt, reason: 'paused' };
    const silentAt = this.#provenAt + timings.silenceMs;
    return clock.monotonic() > silentAt ? { since: silentAt, reason: 'silent' } : undefined;
  }

  /** -Infinity before the first proof. */
  get provenAt(): number {
    return this.#provenAt;
  }

  /** Undefined before the first proof. */
  provenAgeMs(): number | undefined {
    return this.#provenAt === NEVER ? undefined : this.#deps.clock.monotonic() - this.#provenAt;
  }

  /** A failure has come, and no proof since. */
  get isLost(): boolean {
    return this.#failure !== undefined;
  }

  /** The process stood still, and no proof has come since. */
  get isPaused(): boolean {
    return this.#provenAt !== NEVER && this.#provenAt < this.#deps.lastPause().resumedAt;
  }

  /** Nothing was missed until `asOf`. Ignored where failure or a pause came after it. */
  proven(asOf: number): void {
    this.#prove({ asOf, from: asOf });
  }

  /** A list that was asked for at `startedAt` was whole. What came and went since the last proof is not in it. */
  listed(startedAt: number): void {
    // A list shows one moment between its request and its answer, and nobody knows which.
    const isGap = startedAt - this.#provenAt > this.#deps.timings.gapMs;
    this.#prove({ asOf: startedAt, from: this.#deps.clock.monotonic(), isGap });
  }

  /** The open watch brought something: a proof, unless a proof of everything is awaited. */
  heard(): void {
    if (this.#failure === undefined && this.#provenAt !== NEVER) this.proven(this.#deps.clock.monotonic());
  }

  /** A failure came: changes may be missed from now on. */
  lost(reason: WatchFailureKind): void {
    const now = this.#deps.clock.monotonic();
    this.#failure = { from: this.#failure?.from ?? now, at: now, reason };
  }

  /** Something was not known until now, although the watch was current. */
  restart(): void {
    this.#since = this.#deps.clock.monotonic();
  }

  #prove({ asOf, from, isGap = false }: Proof): void {
    const { lastPause, timings } = this.#deps;
    if (this.#failure !== undefined && asOf < this.#failure.at) return;
    // What is read right after a pause was sent before it.
    if (asOf < lastPause().resumedAt + timings.pauseGraceMs) return;
    if (isGap || this.#isInterrupted(asOf)) this.#since = from;
    this.#provenAt = Math.max(this.#provenAt, asOf);
    this.#failure = undefined;
  }

  /** Whether more was missed than a connection that is cut and resumed at once would miss. */
  #isInterrupted(asOf: number): boolean {
    const { lastPause, timings } = this.#deps;
    const { resumedAt, lengthMs } = lastPause();
    if (asOf - this.#provenAt > timings.silenceMs) return true;
    if (this.#provenAt < resumedAt && lengthMs + asOf - resumedAt > timings.gapMs) return true;
    return this.#failure !== undefined && asOf - this.#failure.from > timings.gapMs;
  }
}

/** Beyond it the whole collection counts as hidden. */
const MAX_SPOTS = 1_000;

/** Objects whose present state is not known, although the watch is current: they could not be read. */
export class BlindSpots {
  readonly #clock: Clock;
  readonly #onShown: () => void;
  /** Namespaces by uid. */
  readonly #spots = new Map<string, string | undefined>();
  #unknown: { readonly since: number; readonly where: 'line' | 'list' } | undefined;

  /** `onShown` is called when something is known that was not: whoever relies on freshness has to start over. */
  constructor(clock: Clock, onShown: () => void) {
    this.#clock = clock;
    this.#onShown = onShown;
  }

  /** A state of this object could not be read; without a namespace it is not known where it lies. */
  hide(uid: string, namespace?: string): void {
    if (this.#spots.has(uid) || this.#spots.size < MAX_SPOTS) this.#spots.set(uid, namespace);
    else this.hideUnknown('line');
  }

  /** Something could not be read, and not even whose state it was. Only a list that can tell all its items apart ends it. */
  hideUnknown(where: 'line' | 'list'): void {
    this.#unknown = { since: this.#unknown?.since ?? this.#clock.monotonic(), where };
  }

  /** Since when that is so (monotonic); undefined when it is not. */
  get unknownSince(): number | undefined {
    return this.#unknown?.since;
  }

  /** It was a line of a watch: a list may well show what it said. */
  get isCurable(): boolean {
    return this.#unknown?.where === 'line';
  }

  /** This object is known again, or is gone. */
  show(uid: string): void {
    if (this.#spots.delete(uid)) this.#onShown();
  }

  /** A list could tell all its items apart. */
  listed(): void {
    if (this.#unknown !== undefined) this.#onShown();
    this.#unknown = undefined;
  }

  /** Whether a state is hidden in this namespace; without one, anywhere. */
  hides(namespace?: string): boolean {
    if (this.#unknown !== undefined) return true;
    if (namespace === undefined) return this.#spots.size > 0;
    for (const where of this.#spots.values()) if (where === undefined || where === namespace) return true;
    return false;
  }
}
