import type { Clock } from '../../domain/clock.ts';
import { type WatchFailure, type WatchFailureKind, watchFailureKinds } from './watch-failure.ts';

/** What a reflector can be doing. */
export const reflectorPhases = ['idle', 'listing', 'watching', 'waiting', 'stopped'] as const;
export type ReflectorPhase = (typeof reflectorPhases)[number];

/**
 * How it fares. `refused`: no permission. `absent`: the type is not installed. Both are tried again for ever and must not hold up others;
 * the state held is then the last known one.
 */
export type ReflectorHealth = 'starting' | 'well' | 'unwell' | 'refused' | 'absent';

/** Why the collection was listed again. */
export const relistReasons = [...watchFailureKinds, 'start', 'poll'] as const;
export type RelistReason = (typeof relistReasons)[number];
/** Why a watch was opened again. */
export const reconnectReasons = [...watchFailureKinds, 'closed', 'overdue', 'proof'] as const;
export type ReconnectReason = (typeof reconnectReasons)[number];

/** Ages are durations, measured by a clock that never jumps; undefined where it has not happened yet. */
export interface ReflectorStatus {
  /** The path that is reflected. */
  readonly resource: string;
  readonly phase: ReflectorPhase;
  readonly health: ReflectorHealth;
  /** The whole collection was seen once. */
  readonly synced: boolean;
  readonly objects: number;
  readonly lastVersion: string | undefined;
  readonly lastByteAgeMs: number | undefined;
  readonly lastBookmarkAgeMs: number | undefined;
  /** Whether everything that happened is known: since a complete list or a watch that has caught up, until failure or silence. */
  readonly isCurrent: boolean;
  /** Since it was last proven that nothing is missed. */
  readonly lastProvenAgeMs: number | undefined;
  /** Since the loop last began something, succeeded or not. Beyond `MAX_STEP_MS` it hangs: for liveness. */
  readonly lastStepAgeMs: number;
  readonly relists: Readonly<Partial<Record<RelistReason, number>>>;
  readonly reconnects: Readonly<Partial<Record<ReconnectReason, number>>>;
  /** Lines and items that were no readable object. */
  readonly decodeErrors: number;
  /** Lines and items beyond the size limit. */
  readonly oversize: number;
  /** Objects at which the projection threw; the view held before, if any, stays. */
  readonly projectionErrors: number;
  /** Objects that the projection did not want. */
  readonly skipped: number;
  readonly handlerErrors: number;
  /** Changes waiting to be offered to the handler again. */
  readonly pendingOffers: number;
  readonly listDurationMs: number | undefined;
}

/** What is worth a log line; at most one `unwell` and one `well` per outage, and one `bad-data` and `handler-failed` per minute. */
export type ReflectorEvent =
  /** A list has come; `isWhole`: every object in it could be read as far as its name. */
  | {
      readonly kind: 'synced';
      readonly objects: number;
      readonly durationMs: number;
      readonly isWhole: boolean;
    }
  | { readonly kind: 'relist'; readonly reason: RelistReason }
  | { readonly kind: 'reconnect'; readonly reason: ReconnectReason }
  | { readonly kind: 'unwell'; readonly reason: WatchFailureKind; readonly detail: string }
  | { readonly kind: 'well'; readonly unwellMs: number }
  | { readonly kind: 'bad-data'; readonly detail: string; readonly count: number }
  | { readonly kind: 'handler-failed'; readonly error: unknown; readonly count: number }
  | { readonly kind: 'overlap' };

/** Told about every event as it happens; must not throw. */
export type ReflectorObserver = (event: ReflectorEvent) => void;

/** Failures in a row that a quick retry usually cures are no news; this many are. */
const UNWELL_AFTER = 3;

/** What a reflector counts. */
type Counts = Record<'decodeErrors' | 'oversize' | 'projectionErrors' | 'skipped' | 'handlerErrors', number>;

/** What the health does not know itself. */
type HeldStatus = Pick<
  ReflectorStatus,
  'resource' | 'objects' | 'lastVersion' | 'pendingOffers' | 'isCurrent' | 'lastProvenAgeMs'
>;

interface HealthRecordDeps {
  readonly clock: Clock;
  readonly observer: ReflectorObserver | undefined;
  readonly badDataReportMs: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** Health of a reflector: what it does, what it has counted, and single successes and failures made into one report each way. */
export class HealthRecord {
  readonly counts: Counts = {
    decodeErrors: 0,
    oversize: 0,
    projectionErrors: 0,
    skipped: 0,
    handlerErrors: 0,
  };
  readonly #clock: Clock;
  readonly #observer: ReflectorObserver;
  readonly #relists: Partial<Record<RelistReason, number>> = {};
  readonly #reconnects: Partial<Record<ReconnectReason, number>> = {};
  readonly #badData: Throttle;
  readonly #handlerFailed: Throttle;
  #phase: ReflectorPhase = 'idle';
  #health: ReflectorHealth = 'starting';
  #failures = 0;
  #unwellSince: number | undefined;
  #listDurationMs: number | undefined;
  #stepAt: number;
  #byteAt = NEVER;
  #bookmarkAt = NEVER;

  constructor(deps: HealthRecordDeps) {
    this.#clock = deps.clock;
    this.#observer = deps.observer ?? ((): void => undefined);
    this.#stepAt = deps.clock.monotonic();
    this.#badData = new Throttle(deps.clock, deps.badDataReportMs);
    this.#handlerFailed = new Throttle(deps.clock, deps.badDataReportMs);
  }

  /** Monotonic time of the last byte of any response; -Infinity before the first. */
  get lastByteAt(): number {
    return this.#byteAt;
  }

  get synced(): boolean {
    return this.#listDurationMs !== undefined;
  }

  get phase(): ReflectorPhase {
    return this.#phase;
  }

  enter(phase: ReflectorPhase): void {
    this.#phase = phase;
    this.#stepAt = this.#clock.monotonic();
  }

  byte(): void {
    this.#byteAt = this.#clock.monotonic();
  }

  bookmark(): void {
    this.#bookmarkAt = this.#clock.monotonic();
  }

  relist(reason: RelistReason): void {
    this.#relists[reason] = (this.#relists[reason] ?? 0) + 1;
    this.#observer({ kind: 'relist', reason });
  }

  reconnect(reason: ReconnectReason): void {
    this.#reconnects[reason] = (this.#reconnects[reason] ?? 0) + 1;
    this.#observer({ kind: 'reconnect', reason });
  }

  listed(objects: number, durationMs: number, isWhole: boolean): void {
    this.#listDurationMs = durationMs;
    this.#observer({ kind: 'synced', objects, durationMs, isWhole });
  }

  badData(detail: string): void {
    const count = this.#badData.countIfDue();
    if (count !== undefined) this.#observer({ kind: 'bad-data', detail, count });
  }

  /** The handler threw at a change. */
  handlerFailed(error: unknown): void {
    this.counts.handlerErrors += 1;
    const count = this.#handlerFailed.countIfDue();
    if (count !== undefined) this.#observer({ kind: 'handler-failed', error, count });
  }

  overlap(): void {
    this.#observer({ kind: 'overlap' });
  }

  failed(failure: WatchFailure): void {
    this.#failures += 1;
    const next = healthFor(failure, this.#failures);
    if (next === undefined) return;
    const isNews = next !== this.#health;
    this.#health = next;
    this.#unwellSince ??= this.#clock.monotonic();
    if (isNews) this.#observer({ kind: 'unwell', reason: failure.kind, detail: failure.detail });
  }

  /** A list was whole, or a watch has proven to stand. */
  worked(): void {
    this.#failures = 0;
    this.#health = 'well';
    if (this.#unwellSince === undefined) return;
    this.#observer({ kind: 'well', unwellMs: this.#clock.monotonic() - this.#unwellSince });
    this.#unwellSince = undefined;
  }

  snapshot(held: HeldStatus): ReflectorStatus {
    const now = this.#clock.monotonic();
    return {
      ...held,
      ...this.counts,
      relists: { ...this.#relists },
      reconnects: { ...this.#reconnects },
      lastStepAgeMs: now - this.#stepAt,
      lastByteAgeMs: this.#byteAt === NEVER ? undefined : now - this.#byteAt,
      lastBookmarkAgeMs: this.#bookmarkAt === NEVER ? undefined : now - this.#bookmarkAt,
      phase: this.#phase,
      health: this.#health,
      synced: this.synced,
      listDurationMs: this.#listDurationMs,
    };
  }
}

function healthFor(failure: WatchFailure, failures: number): ReflectorHealth | undefined {
  if (failure.kind === 'forbidden') return 'refused';
  if (failure.kind === 'missing') return 'absent';
  return failures >= UNWELL_AFTER ? 'unwell' : undefined;
}

/** Lets one report through in each period. */
class Throttle {
  readonly #clock: Clock;
  readonly #periodMs: number;
  #reportedAt = NEVER;
  #cases = 0;

  constructor(clock: Clock, periodMs: number) {
    this.#clock = clock;
    this.#periodMs = periodMs;
  }

  /** Counts a case; with how many there were since the last report, if a report is due. */
  countIfDue(): number | undefined {
    this.#cases += 1;
    const now = this.#clock.monotonic();
    if (now - this.#reportedAt < this.#periodMs) return undefined;
    const cases = this.#cases;
    this.#reportedAt = now;
    this.#cases = 0;
    return cases;
  }
}
