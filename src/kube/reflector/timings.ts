import { MINUTE, SECOND } from '../../domain/clock.ts';

/**
 * Every wait and bound of a reflector. Where a value is not our own choice: watch timeout, back-off, page size and line limit are client-go's;
 * the idle bound is two and a half times the API server's bookmark period of 60 s, the bound on silence one and a half times.
 */
export const defaultTimings = {
  /** Largest random delay before the first list, so that a fleet does not list at once. */
  startSpreadMs: 2 * SECOND,
  pageLimit: 500,
  /** Without a byte for this long, a list page is given up. */
  listIdleMs: MINUTE,
  listHeaderMs: MINUTE,
  watchHeaderMs: 30 * SECOND,
  /** The server is asked to end a watch after a uniformly random time between these two. */
  watchMinMs: 5 * MINUTE,
  watchMaxMs: 10 * MINUTE,
  /** A watch that the server should have ended is cut this long after. */
  watchGraceMs: 15 * SECOND,
  /** Without a byte for this long a watch is dead, once the resource is known to get bookmarks each minute. */
  watchIdleMs: 150 * SECOND,
  /** A collection without a proof for this long is not current. */
  silenceMs: 90 * SECOND,
  /** A failure that is over sooner does not interrupt freshness: a connection that is cut and resumed at once. */
  gapMs: 5 * SECOND,
  /** After the process stood still: what arrives within this time was sent before. */
  pauseGraceMs: SECOND,
  /** Of a watch that is opened for a proof; the last bookmark comes two seconds before its end. */
  proofWatchMs: 3 * SECOND,
  /** Of a second one: longer than an API server's cache may be behind etcd. */
  longProofWatchMs: 12 * SECOND,
  /** Between two proofs that are asked for. */
  proofSpacingMs: 10 * SECOND,
  /** Of a watch that is not known to get bookmarks: its end is the proof. */
  plainWatchMs: MINUTE,
  /** A watch that ends younger than this without an event is an error. */
  shortWatchMs: SECOND,
  /** Largest random delay before a watch that ended as agreed is opened again. */
  reopenSpreadMs: SECOND,
  backoffInitMs: 800,
  backoffMaxMs: 30 * SECOND,
  /** The back-off starts over when it was not needed for this long. */
  backoffResetMs: 2 * MINUTE,
  /** Longest Retry-After that is obeyed. */
  retryAfterMaxMs: MINUTE,
  /** For what only an administrator can change: forbidden, type not installed, no watch verb. */
  slowInitMs: 30 * SECOND,
  slowMaxMs: 5 * MINUTE,
  unauthorizedInitMs: SECOND,
  /** Between two freshness checks, ± 20 %. */
  freshnessMs: 5 * MINUTE,
  /** Between two lists of a resource that cannot be watched, ± 20 %. */
  pollMs: MINUTE,
  /** Between two attempts to hand over what a handler threw at. */
  reofferInitMs: SECOND,
  reofferMaxMs: MINUTE,
  /** At most one report of unreadable data in this time. */
  badDataReportMs: MINUTE,
  maxLineBytes: 16 * 1_024 * 1_024,
};

export type ReflectorTimings = Readonly<typeof defaultTimings>;

/** `ms` ± 20 %. */
export function withJitter(ms: number, random: () => number): number {
  return ms * (0.8 + 0.4 * random());
}

/** Longest time between two steps of a healthy reflector: a whole watch, and waits between. For liveness. */
export const MAX_STEP_MS = 15 * MINUTE;
