/**
 * Keeps a store equal to a collection of the API server. What it survives, and the test of each: docs/watch.md. Where to look:
 *
 * - reflector: puts the parts together; loop: list, watch, and the wait after a failure; core: what the parts share
 * - list, page, item-splitter: a list, one page of it, the items in its bytes
 * - watch, events: one watch, its events
 * - overlap: a list beside a watch, where lists take longer than the history lasts
 * - object-decoder, parse, json-scan, store: from bytes to a view in the store
 * - delivery: hands changes to the handler, and again what it threw at
 * - watch-failure, policy, backoff: what a failure means, what to do about it, and when
 * - currency, proving, blind-spots: whether everything is known, how that is found out, and what could not be read
 * - history-check, deletions: notice a history that was rewritten, and silence; health-record, status: what it counts and says about itself
 */
export type { ReflectorOptions } from './core.ts';
export { Reflector } from './reflector.ts';
export type { Change, StoreView } from './change.ts';
export { NO_PAUSE, type Pause, type Stale, type StaleReason } from './currency.ts';
export type { Retention } from './store.ts';
export type { LeftOut } from './parse.ts';
export type { ResourcePath } from './requests.ts';
export {
  type ReconnectReason,
  type ReflectorEvent,
  type ReflectorHealth,
  type ReflectorObserver,
  type ReflectorPhase,
  type ReflectorStatus,
  type RelistReason,
  reflectorPhases,
} from './status.ts';
export { defaultTimings, MAX_STEP_MS, type ReflectorTimings } from './timings.ts';
export { type WatchFailureKind, watchFailureKinds } from './watch-failure.ts';
