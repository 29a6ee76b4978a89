/**
 * Keeps a store equal to a collection of the API server. What it survives, and the test of each: docs/watch.md. Where to look:
 *
 * - reflector: puts the parts together; loop: list, watch, and what comes after a failure; core: what the parts share
 * - list, page, item-splitter: a list, one page of it, the items in its bytes
 * - watch, watch-stream, events: watching from where we stand, one stream, its events
 * - overlap: a list beside a watch, where lists take longer than the history lasts
 * - object-decoder, parse, json-scan, store: from bytes to a view in the store
 * - delivery: hands changes to the handler, and again what it threw at
 * - watch-failure, policy, pause, backoff: what a failure means, what to do about it, and when
 * - currency, proving, blind-spots: whether everything is known, how that is found out, and what could not be read
 * - history-check, deletions: notice a history that was rewritten; freshness: notices silence; health-record, status: what it counts and
 *   says about itself
 */
export { Reflector } from './reflector.ts';
export type { ReflectorOptions } from './reflector.ts';
export type { Change, StoreView } from './change.ts';
export { NO_PAUSE } from './currency.ts';
export type { Pause, Stale, StaleReason } from './currency.ts';
export type { Retention } from './store.ts';
export type { LeftOut } from './parse.ts';
export type { ResourcePath } from './requests.ts';
export type {
  ReconnectReason,
  ReflectorEvent,
  ReflectorHealth,
  ReflectorObserver,
  ReflectorPhase,
  ReflectorStatus,
  RelistReason,
} from './status.ts';
export { reflectorPhases } from './status.ts';
export { defaultTimings, MAX_STEP_MS } from './timings.ts';
export type { ReflectorTimings } from './timings.ts';
export { watchFailureKinds } from './watch-failure.ts';
export type { WatchFailureKind } from './watch-failure.ts';
