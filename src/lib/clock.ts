import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, SECOND } from '../domain/clock.ts';

/** The clock of the running process. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // node:timers/promises wraps the reason in its own AbortError; callers want the reason itself.
      throw signal?.aborted === true ? signal.reason : error;
    }
  },
};

/** The clock's wall time is further than this from the cluster's: somebody should fix it. */
export const MAX_SKEW_MS = 30 * SECOND;

/** So many of the last answers are compared: one server of several, or a proxy, may have a wrong clock. */
const KEPT_ANSWERS = 9;
/** A `Date` header counts whole seconds (RFC 9110, 5.6.7), so that on average half a second has passed since. */
const HALF_RESOLUTION_MS = SECOND / 2;
/** As far as two quick answers of one server can be apart: no reason to move the time, which would run unevenly with every answer. */
const TOLERANCE_MS = 2 * SECOND;
/** While more than a third of the answers bear it out the time stays: servers with different clocks would throw it to and fro. */
const BORNE_OUT_BY = 3;
/** Nobody knows when within a longer exchange the server looked at its clock. Such answers count only where there are no others. */
const QUICK_MS = SECOND;

/** What one answer tells of the server's clock. */
interface ServerTime {
  /** The `Date` of the answer, in epoch milliseconds. */
  readonly serverAt: number;
  /** When the request was sent and its answer came, in monotonic milliseconds. */
  readonly sentAt: number;
  readonly receivedAt: number;
}

/**
 * The cluster's time: `now` is the monotonic clock plus the offset that answers of the API server tell. It does not jump when the
 * wall clock does, and it is the clock that object times are compared with. Before the first answer it is the wall clock.
 */
export interface ClusterClock extends Clock {
  readonly learn: (time: ServerTime) => void;
  /** How far the wall clock is ahead of the cluster's time; undefined before the first answer. */
  readonly skewMs: () => number | undefined;
}

/** A cluster clock that has not heard of the server yet. */
export function createClusterClock(clock: Clock): ClusterClock {
  const answers: Answer[] = [];
  let offsetMs: number | undefined;

  function now(): number {
    // Whole milliseconds, as those of every clock that its readers know.
    return offsetMs === undefined ? clock.now() : Math.round(clock.monotonic() + offsetMs);
  }

  return {
    now,
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    learn: ({ serverAt, sentAt, receivedAt }) => {
      const tookMs = receivedAt - sentAt;
      answers.push({ offsetMs: serverAt + HALF_RESOLUTION_MS - (sentAt + tookMs / 2), tookMs });
      if (answers.length > KEPT_ANSWERS) answers.shift();
      offsetMs = nextOffset(tellingOffsets(answers), offsetMs);
    },
    skewMs: () => (offsetMs === undefined ? undefined : clock.now() - now()),
  };
}

interface Answer {
  /** Server time minus monotonic time. */
  readonly offsetMs: number;
  readonly tookMs: number;
}

/** The offsets of the answers that were quick; the quickest one's where none was. Ascending. */
function tellingOffsets(answers: readonly Answer[]): readonly number[] {
  const quickest = Math.min(...answers.map(({ tookMs }) => tookMs));
  return answers
    .filter(({ tookMs }) => tookMs <= Math.max(QUICK_MS, quickest))
    .map(({ offsetMs }) => offsetMs)
    .toSorted((left, right) => left - right);
}

function nextOffset(offsets: readonly number[], current: number | undefined): number | undefined {
  const bearing = offsets.filter((offset) => Math.abs(offset - (current ?? Infinity)) <= TOLERANCE_MS);
  return bearing.length * BORNE_OUT_BY > offsets.length ? current : offsets[Math.floor(offsets.length / 2)];
}
