import type { Clock } from '../domain/clock.ts';
import { SECOND } from '../domain/clock.ts';
import { BoundedMap } from '../lib/bounded-map.ts';

/** What a desk takes at most. */
export interface Limits {
  /** Open connections. One more is closed without an answer. */
  readonly connections: number;
  /** Requests in a second of one address, over a longer time. */
  readonly requestsPerSecond: number;
  /** Requests that one address may send at once. */
  readonly burst: number;
}

export const defaultLimits: Limits = { connections: 1_024, requestsPerSecond: 200, burst: 1_000 };

/** The largest JSON body, in bytes. */
export const BODY_LIMIT = 1024 * 1024;
/** How deep a JSON body may be nested. The agent's environment has nine levels. */
export const DEPTH_LIMIT = 64;
/** The longest path with its query, in bytes. */
export const URL_LIMIT = 8 * 1024;
/** All headers and the first line together, in bytes. */
export const HEADER_LIMIT = 16 * 1024;
/** From the first byte of a request to its last. */
export const REQUEST_MS = 30 * SECOND;
/** To the end of its headers. */
export const HEADERS_MS = 10 * SECOND;
/** A connection on which nothing moves for so long is closed. */
export const IDLE_MS = 120 * SECOND;

/** How many addresses are remembered. */
const KEPT_ADDRESSES = 10_000;

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** Counts the requests of each address: a bucket that fills at a steady rate. */
export class RateLimit {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #buckets = new BoundedMap<string, Bucket>(KEPT_ADDRESSES);

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Counts one request. Returns how many seconds to wait when it is one too many, and 0 otherwise. */
  take(address: string): number {
    const { requestsPerSecond, burst } = this.#limits;
    const now = this.#clock.monotonic();
    const before = this.#buckets.get(address) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, before.tokens + ((now - before.at) / SECOND) * requestsPerSecond);
    if (tokens < 1) return Math.ceil((1 - tokens) / requestsPerSecond);
    this.#buckets.set(address, { tokens: tokens - 1, at: now });
    return 0;
  }
}
