import { MINUTE } from '../domain/clock.ts';

/** Keeps what is sent below so many in any minute, so that an API that is back is not met by everything that has waited. */
export interface RateLimiter {
  /** When the next may be sent (monotonic milliseconds); in the past when it may be sent at once. */
  readonly freeAt: (elapsed: number) => number;
  /** One is sent now. */
  readonly note: (elapsed: number) => void;
}

/** `maxPerMinute` is Infinity where there is no limit. */
export function createRateLimiter(maxPerMinute: number): RateLimiter {
  /** Of the last minute, oldest first. */
  const sentAt: number[] = [];
  return {
    freeAt: (elapsed) => {
      while (sentAt[0] !== undefined && sentAt[0] + MINUTE <= elapsed) sentAt.shift();
      const oldest = sentAt[sentAt.length - maxPerMinute];
      return oldest === undefined ? 0 : oldest + MINUTE;
    },
    note: (elapsed) => {
      if (maxPerMinute !== Infinity) sentAt.push(elapsed);
    },
  };
}
