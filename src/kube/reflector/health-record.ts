import type { Clock } from '../../domain/clock.ts';
import type {
  ReconnectReason,
  ReflectorHealth,
  ReflectorObserver,
  ReflectorPhase,
  ReflectorStatus,
  RelistReason,
} from './status.ts';
import type { WatchFailure } from './watch-failure.ts';

/** Failures in a row that a quick retry usually cures are no news; this many are. */
const UNWELL_AFTER = 3;

/** What a reflector counts. */
export interface Counts {
  decodeErrors: number;
  oversize: number;
  projectionErrors: number;
  skipped: number;
  handlerErrors: number;
}

/** What the health does not know itself. */
export type HeldStatus = Pick<
  ReflectorStatus,
  'resource' | 'objects' | 'lastVersion' | 'pendingOffers' | 'isCurrent' | 'lastProvenAgeMs'
>;

export interface HealthRecordDeps {
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
