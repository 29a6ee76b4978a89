import type { Clock } from '../../domain/clock.ts';
import type { Currency } from '../../domain/currency.ts';
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

/** A process that never stood still. */
export const NO_PAUSE: Pause = { resumedAt: Number.NEGATIVE_INFINITY, lengthMs: 0 };

export interface CurrencyDeps {
  readonly clock: Clock;
  readonly timings: Pick<ReflectorTimings, 'silenceMs' | 'gapMs' | 'pauseGraceMs'>;
  readonly lastPause: () => Pause;
}

/** Knows since when a collection is current, and whether it is. All times are monotonic. */
export interface CurrencyTracker {
  /** Undefined while it is not current. */
  current(): Currency | undefined;
  /** Undefined while it is current. */
  stale(): Stale | undefined;
  /** -Infinity before the first proof. */
  readonly provenAt: number;
  /** Undefined before the first proof. */
  provenAgeMs(): number | undefined;
  /** A failure has come, and no proof since. */
  readonly isLost: boolean;
  /** The process stood still, and no proof has come since. */
  readonly isPaused: boolean;
  /** Nothing was missed until `asOf`. Ignored where failure or a pause came after it. */
  proven(asOf: number): void;
  /** A list that was asked for at `startedAt` was whole. What came and went since the last proof is not in it. */
  listed(startedAt: number): void;
  /** The open watch brought something: a proof, unless a proof of everything is awaited. */
  heard(): void;
  /** A failure came: changes may be missed from now on. */
  lost(reason: WatchFailureKind): void;
  /** Something was not known until now, although the watch was current. */
  restart(): void;
}

/**
 * Current since a complete list or a proven watch; not any more when failure came, after silence beyond a bound, and after a pause. Events that
 * a watch brings after a failure are of the past: they prove nothing before the watch has caught up.
 */
export function createCurrencyTracker(deps: CurrencyDeps): CurrencyTracker {
  const { clock } = deps;
  const at = clock.monotonic();
  const state: State = { createdAt: at, since: at, provenAt: NEVER, failure: undefined };
  return {
    current: () => {
      const { since, provenAt } = state;
      return staleNow(deps, state) === undefined ? { since, provenAt } : undefined;
    },
    stale: () => staleNow(deps, state),
    get provenAt() {
      return state.provenAt;
    },
    provenAgeMs: () => (state.provenAt === NEVER ? undefined : clock.monotonic() - state.provenAt),
    get isLost() {
      return state.failure !== undefined;
    },
    get isPaused() {
      return state.provenAt !== NEVER && state.provenAt < deps.lastPause().resumedAt;
    },
    proven: (asOf) => prove(deps, state, { asOf, from: asOf }),
    listed: (startedAt) => {
      // A list shows one moment between its request and its answer, and nobody knows which.
      const isGap = startedAt - state.provenAt > deps.timings.gapMs;
      prove(deps, state, { asOf: startedAt, from: clock.monotonic(), isGap });
    },
    heard: () => {
      const now = clock.monotonic();
      if (state.failure === undefined && state.provenAt !== NEVER)
        prove(deps, state, { asOf: now, from: now });
    },
    lost: (reason) => {
      const now = clock.monotonic();
      state.failure = { from: state.failure?.from ?? now, at: now, reason };
    },
    restart: () => {
      state.since = clock.monotonic();
    },
  };
}

const NEVER = Number.NEGATIVE_INFINITY;

interface State {
  readonly createdAt: number;
  since: number;
  provenAt: number;
  /** From the first failure since the last proof, and the last one. */
  failure: { readonly from: number; readonly at: number; readonly reason: WatchFailureKind } | undefined;
}

interface Proof {
  /** Everything until then is known. */
  readonly asOf: number;
  /** Since when nothing was missed, if something was before. */
  readonly from: number;
  readonly isGap?: boolean;
}

function prove(deps: CurrencyDeps, state: State, { asOf, from, isGap = false }: Proof): void {
  if (state.failure !== undefined && asOf < state.failure.at) return;
  // What is read right after a pause was sent before it.
  if (asOf < deps.lastPause().resumedAt + deps.timings.pauseGraceMs) return;
  if (isGap || isInterrupted(deps, state, asOf)) state.since = from;
  state.provenAt = Math.max(state.provenAt, asOf);
  state.failure = undefined;
}

/** Whether more was missed than a connection that is cut and resumed at once would miss. */
function isInterrupted(deps: CurrencyDeps, { provenAt, failure }: State, asOf: number): boolean {
  const { timings } = deps;
  const pause = deps.lastPause();
  if (asOf - provenAt > timings.silenceMs) return true;
  if (provenAt < pause.resumedAt && pause.lengthMs + asOf - pause.resumedAt > timings.gapMs) return true;
  return failure !== undefined && asOf - failure.from > timings.gapMs;
}

function staleNow(deps: CurrencyDeps, { createdAt, provenAt, failure }: State): Stale | undefined {
  if (failure !== undefined) return { since: failure.from, reason: failure.reason };
  if (provenAt === NEVER) return { since: createdAt, reason: 'unlisted' };
  const { resumedAt } = deps.lastPause();
  if (provenAt < resumedAt) return { since: resumedAt, reason: 'paused' };
  const silentAt = provenAt + deps.timings.silenceMs;
  return deps.clock.monotonic() > silentAt ? { since: silentAt, reason: 'silent' } : undefined;
}
