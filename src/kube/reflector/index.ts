/**
 * Keeps a store equal to a collection of the API server. What it survives, and the test of each: docs/watch.md. Where to look:
 *
 * - reflector: puts the parts together, and hands changes to the handler; core: what the parts share
 * - loop: list, watch, and the wait after a failure; list: all pages, also beside a watch; page, item-splitter: one page, the items in its bytes
 * - watch: one watch and its events; requests: what is sent
 * - object-decoder, json-scan, store: from bytes to a view in the store
 * - watch-failure, failure-policy: what a failure means, and what to do about it
 * - freshness: whether everything is known, and what could not be read; bookmark-probe: how that is found out
 * - history-check: notices a history that was rewritten, and silence; health-record: what it counts and says about itself
 */
export type { ReflectorOptions } from './core.ts';
export { Reflector } from './reflector.ts';
export { NO_PAUSE, type Pause, type Stale, type StaleReason } from './freshness.ts';
export type { Change, Retention } from './store.ts';
export type { LeftOut } from './json-scan.ts';
export {
  type ReflectorEvent,
  type ReflectorStatus,
  reconnectReasons,
  reflectorPhases,
  relistReasons,
} from './health-record.ts';
export { defaultTimings, MAX_STEP_MS, type ReflectorTimings } from './timings.ts';
export type { WatchFailureKind } from './watch-failure.ts';
