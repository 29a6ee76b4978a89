import { MINUTE, SECOND } from '../../domain/clock.ts';

/** Every wait and bound of a reflector. */
export interface ReflectorTimings {
  /** Largest random delay before the first list, so that a fleet does not list at once. */
  readonly startSpreadMs: number;
  readonly pageLimit: number;
  /** Without a byte for this long, a list page is given up. */
  readonly listIdleMs: number;
  readonly listHeaderMs: number;
  readonly watchHeaderMs: number;
  /** The server is asked to end a watch after a uniformly random time between these two. */
  readonly watchMinMs: number;
  readonly watchMaxMs: number;
  /** A watch that the server should have ended is cut this long after. */
  readonly watchGraceMs: number;
  /** Without a byte for this long a watch is dead, once the resource is known to get bookmarks each minute. */
  readonly watchIdleMs: number;
  /** A collection without a proof for this long is not current. */
  readonly silenceMs: number;
  /** A failure that is over sooner does not interrupt currency: a connection that is cut and resumed at once. */
  readonly gapMs: number;
  /** After the process stood still: what arrives within this time was sent before. */
  readonly pauseGraceMs: number;
  /** Of a watch that is opened for a proof; the last bookmark comes two seconds before its end. */
  readonly proofWatchMs: number;
  /** Of a second one: longer than an API server's cache may be behind etcd. */
  readonly longProofWatchMs: number;
  /** Between two proofs that are asked for. */
  readonly proofSpacingMs: number;
  /** Of a watch that is not known to get bookmarks: its end is the proof. */
  readonly plainWatchMs: number;
  /** A watch that ends younger than this without an event is an error. */
  readonly shortWatchMs: number;
  /** Largest random delay before a watch that ended as agreed is opened again. */
  readonly reopenSpreadMs: number;
  readonly backoffInitMs: number;
  readonly backoffMaxMs: number;
  /** The back-off starts over when it was not needed for this long. */
  readonly backoffResetMs: number;
  /** Longest Retry-After that is obeyed. */
  readonly retryAfterMaxMs: number;
  /** For what only an administrator can change: forbidden, type not installed, no watch verb. */
  readonly slowInitMs: number;
  readonly slowMaxMs: number;
  readonly unauthorizedInitMs: number;
  /** Between two freshness checks, ± 20 %. */
  readonly freshnessMs: number;
  /** Between two lists of a resource that cannot be watched, ± 20 %. */
  readonly pollMs: number;
  /** Between two attempts to hand over what a handler threw at. */
  readonly reofferInitMs: number;
  readonly reofferMaxMs: number;
  /** At most one report of unreadable data in this time. */
  readonly badDataReportMs: number;
  readonly maxLineBytes: number;
}

/**
 * Where a value is not our own choice: watch timeout, back-off, page size and line limit are client-go's; the idle bound is two and a half
 * times the API server's bookmark period of 60 s, the bound on silence one and a half times.
 */
export const defaultTimings: ReflectorTimings = {
  startSpreadMs: 2 * SECOND,
  pageLimit: 500,
  listIdleMs: MINUTE,
  listHeaderMs: MINUTE,
  watchHeaderMs: 30 * SECOND,
  watchMinMs: 5 * MINUTE,
  watchMaxMs: 10 * MINUTE,
  watchGraceMs: 15 * SECOND,
  watchIdleMs: 150 * SECOND,
  silenceMs: 90 * SECOND,
  gapMs: 5 * SECOND,
  pauseGraceMs: SECOND,
  proofWatchMs: 3 * SECOND,
  longProofWatchMs: 12 * SECOND,
  proofSpacingMs: 10 * SECOND,
  plainWatchMs: MINUTE,
  shortWatchMs: SECOND,
  reopenSpreadMs: SECOND,
  backoffInitMs: 800,
  backoffMaxMs: 30 * SECOND,
  backoffResetMs: 2 * MINUTE,
  retryAfterMaxMs: MINUTE,
  slowInitMs: 30 * SECOND,
  slowMaxMs: 5 * MINUTE,
  unauthorizedInitMs: SECOND,
  freshnessMs: 5 * MINUTE,
  pollMs: MINUTE,
  reofferInitMs: SECOND,
  reofferMaxMs: MINUTE,
  badDataReportMs: MINUTE,
  maxLineBytes: 16 * 1_024 * 1_024,
};

/** `ms` ± 20 %. */
export function withJitter(ms: number, random: () => number): number {
  return ms * (0.8 + 0.4 * random());
}

/** Longest time between two steps of a healthy reflector: a whole watch, and waits between. For liveness. */
export const MAX_STEP_MS = 15 * MINUTE;
