import { MINUTE } from '../domain/clock.ts';

/** Rate limiter of what is sent, so that an API that is back is not met by everything that has waited. */
export class RateLimiter {
  readonly #maxPerMinute: number;
  /** Of the last minute, oldest first. */
  readonly #sentAt: number[] = [];

  /** Infinity is no limit. */
  constructor(maxPerMinute: number) {
    this.#maxPerMinute = maxPerMinute;
  }

  /** When the next may be sent (monotonic milliseconds); in the past when it may be sent at once. */
  freeAt(elapsed: number): number {
    const sentAt = this.#sentAt;
    while (sentAt[0] !== undefined && sentAt[0] + MINUTE <= elapsed) sentAt.shift();
    const oldest = sentAt[sentAt.length - this.#maxPerMinute];
    return oldest === undefined ? 0 : oldest + MINUTE;
  }

  /** One is sent now. */
  note(elapsed: number): void {
    if (this.#maxPerMinute !== Infinity) this.#sentAt.push(elapsed);
  }
}
