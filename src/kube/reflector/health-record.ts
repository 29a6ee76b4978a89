import type { Clock } from '../../domain/clock.ts';
import type {
  ReconnectReason,
  ReflectorEvent,
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

/** Keeps a reflector's books: what it does, how it fares, what it has seen. */
export interface HealthRecord {
  readonly counts: Counts;
  /** Monotonic time of the last byte of any response; -Infinity before the first. */
  readonly lastByteAt: number;
  readonly synced: boolean;
  readonly phase: ReflectorPhase;
  enter(phase: ReflectorPhase): void;
  byte(): void;
  bookmark(): void;
  relist(reason: RelistReason): void;
  reconnect(reason: ReconnectReason): void;
  listed(objects: number, durationMs: number): void;
  badData(detail: string): void;
  /** The handler threw at a change. */
  handlerFailed(error: unknown): void;
  overlap(): void;
  /** Something failed. */
  failed(failure: WatchFailure): void;
  /** Something worked: a list was whole, or a watch has proven to stand. */
  worked(): void;
  snapshot(held: HeldStatus): ReflectorStatus;
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

/** Empty books. */
export function createHealthRecord(deps: HealthRecordDeps): HealthRecord {
  const { clock, observer } = deps;
  const counts: Counts = { decodeErrors: 0, oversize: 0, projectionErrors: 0, skipped: 0, handlerErrors: 0 };
  const fare = createFare(clock, observer);
  const turns = createTurns(observer);
  const times = { step: clock.monotonic(), byte: NEVER, bookmark: NEVER };
  let phase: ReflectorPhase = 'idle';
  let listDurationMs: number | undefined;

  return {
    counts,
    get lastByteAt() {
      return times.byte;
    },
    get synced() {
      return listDurationMs !== undefined;
    },
    get phase() {
      return phase;
    },
    enter: (next) => {
      phase = next;
      times.step = clock.monotonic();
    },
    byte: () => void (times.byte = clock.monotonic()),
    bookmark: () => void (times.bookmark = clock.monotonic()),
    relist: turns.relist,
    reconnect: turns.reconnect,
    listed: (objects, durationMs) => {
      listDurationMs = durationMs;
      observer?.({ kind: 'synced', objects, durationMs });
    },
    ...createReports(deps, counts),
    overlap: () => observer?.({ kind: 'overlap' }),
    failed: fare.failed,
    worked: fare.worked,
    snapshot: (held) => ({
      ...held,
      ...counts,
      ...turns.counted(),
      ...agesOf(times, clock.monotonic()),
      phase,
      health: fare.health(),
      synced: listDurationMs !== undefined,
      listDurationMs,
    }),
  };
}

const NEVER = Number.NEGATIVE_INFINITY;

type Ages = Pick<ReflectorStatus, 'lastStepAgeMs' | 'lastByteAgeMs' | 'lastBookmarkAgeMs'>;

function agesOf(times: { step: number; byte: number; bookmark: number }, now: number): Ages {
  return {
    lastStepAgeMs: now - times.step,
    lastByteAgeMs: times.byte === NEVER ? undefined : now - times.byte,
    lastBookmarkAgeMs: times.bookmark === NEVER ? undefined : now - times.bookmark,
  };
}

interface Turns {
  readonly relist: (reason: RelistReason) => void;
  readonly reconnect: (reason: ReconnectReason) => void;
  readonly counted: () => Pick<ReflectorStatus, 'relists' | 'reconnects'>;
}

/** Counts lists and watches by what made them necessary. */
function createTurns(observer: ReflectorObserver | undefined): Turns {
  const relists: Partial<Record<RelistReason, number>> = {};
  const reconnects: Partial<Record<ReconnectReason, number>> = {};
  return {
    relist: (reason) => {
      relists[reason] = (relists[reason] ?? 0) + 1;
      observer?.({ kind: 'relist', reason });
    },
    reconnect: (reason) => {
      reconnects[reason] = (reconnects[reason] ?? 0) + 1;
      observer?.({ kind: 'reconnect', reason });
    },
    counted: () => ({ relists: { ...relists }, reconnects: { ...reconnects } }),
  };
}

interface Fare {
  readonly health: () => ReflectorHealth;
  readonly failed: (failure: WatchFailure) => void;
  readonly worked: () => void;
}

/** Turns single successes and failures into one report when it goes ill and one when it is well again. */
function createFare(clock: Clock, observer: ReflectorObserver | undefined): Fare {
  let health: ReflectorHealth = 'starting';
  let failures = 0;
  let unwellSince: number | undefined;

  function failed(failure: WatchFailure): void {
    failures += 1;
    const next = healthFor(failure, failures);
    if (next === undefined) return;
    const isNews = next !== health;
    health = next;
    unwellSince ??= clock.monotonic();
    if (isNews) observer?.({ kind: 'unwell', reason: failure.kind, detail: failure.detail });
  }

  function worked(): void {
    failures = 0;
    health = 'well';
    if (unwellSince === undefined) return;
    observer?.({ kind: 'well', unwellMs: clock.monotonic() - unwellSince });
    unwellSince = undefined;
  }

  return { health: () => health, failed, worked };
}

function healthFor(failure: WatchFailure, failures: number): ReflectorHealth | undefined {
  if (failure.kind === 'forbidden') return 'refused';
  if (failure.kind === 'missing') return 'absent';
  return failures >= UNWELL_AFTER ? 'unwell' : undefined;
}

function createReports(
  deps: HealthRecordDeps,
  counts: Counts,
): Pick<HealthRecord, 'badData' | 'handlerFailed'> {
  const reportFailure = createThrottledReport<unknown>(deps, (error, count) => ({
    kind: 'handler-failed',
    error,
    count,
  }));
  return {
    badData: createThrottledReport(deps, (detail, count) => ({ kind: 'bad-data', detail, count })),
    handlerFailed: (error) => {
      counts.handlerErrors += 1;
      reportFailure(error);
    },
  };
}

/** One report per period, with the latest case and the number of cases since the last report. */
function createThrottledReport<T>(
  deps: HealthRecordDeps,
  toEvent: (latest: T, count: number) => ReflectorEvent,
): (latest: T) => void {
  let reportedAt = Number.NEGATIVE_INFINITY;
  let unreported = 0;
  return (latest) => {
    unreported += 1;
    if (deps.clock.monotonic() - reportedAt < deps.badDataReportMs) return;
    deps.observer?.(toEvent(latest, unreported));
    reportedAt = deps.clock.monotonic();
    unreported = 0;
  };
}
