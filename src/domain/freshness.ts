import type { ViewKind } from './views.ts';

/** How current what is known of a collection is. Monotonic milliseconds. */
export interface Freshness {
  /** It has been current without interruption since then. */
  readonly since: number;
  /** The last time at which it was proven that nothing was missed until then. */
  readonly provenAt: number;
}

/**
 * The freshness of all that is watched of a kind: in a namespace (`''` for what lies in none), or in all that are watched. Undefined when a
 * part of it is not current now: never listed, in trouble, silent for too long, or not watched at all.
 */
export type FreshnessOf = (kind: ViewKind, namespace?: string) => Freshness | undefined;
