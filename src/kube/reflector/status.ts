import { type WatchFailureKind, watchFailureKinds } from './watch-failure.ts';

/** What a reflector can be doing. */
export const reflectorPhases = ['idle', 'listing', 'watching', 'waiting', 'stopped'] as const;
export type ReflectorPhase = (typeof reflectorPhases)[number];

/**
 * How it fares. `refused`: no permission. `absent`: the type is not installed. Both are tried again for ever and must not hold up others;
 * the state held is then the last known one.
 */
export type ReflectorHealth = 'starting' | 'well' | 'unwell' | 'refused' | 'absent';

/** Why the collection was listed again. */
export const relistReasons = [...watchFailureKinds, 'start', 'poll'] as const;
export type RelistReason = (typeof relistReasons)[number];
/** Why a watch was opened again. */
export const reconnectReasons = [...watchFailureKinds, 'closed', 'overdue', 'proof'] as const;
export type ReconnectReason = (typeof reconnectReasons)[number];

/** Ages are durations, measured by a clock that never jumps; undefined where it has not happened yet. */
export interface ReflectorStatus {
  /** The path that is reflected. */
  readonly resource: string;
  readonly phase: ReflectorPhase;
  readonly health: ReflectorHealth;
  /** The whole collection was seen once. */
  readonly synced: boolean;
  readonly objects: number;
  readonly lastVersion: string | undefined;
  readonly lastByteAgeMs: number | undefined;
  readonly lastBookmarkAgeMs: number | undefined;
  /** Whether everything that happened is known: since a complete list or a watch that has caught up, until failure or silence. */
  readonly isCurrent: boolean;
  /** Since it was last proven that nothing is missed. */
  readonly lastProvenAgeMs: number | undefined;
  /** Since the loop last began something, succeeded or not. Beyond `MAX_STEP_MS` it hangs: for liveness. */
  readonly lastStepAgeMs: number;
  readonly relists: Readonly<Partial<Record<RelistReason, number>>>;
  readonly reconnects: Readonly<Partial<Record<ReconnectReason, number>>>;
  /** Lines and items that were no readable object. */
  readonly decodeErrors: number;
  /** Lines and items beyond the size limit. */
  readonly oversize: number;
  /** Objects at which the projection threw; the view held before, if any, stays. */
  readonly projectionErrors: number;
  /** Objects that the projection did not want. */
  readonly skipped: number;
  readonly handlerErrors: number;
  /** Changes waiting to be offered to the handler again. */
  readonly pendingOffers: number;
  readonly listDurationMs: number | undefined;
}

/** What is worth a log line; at most one `unwell` and one `well` per outage, and one `bad-data` and `handler-failed` per minute. */
export type ReflectorEvent =
  /** A list has come; `isWhole`: every object in it could be read as far as its name. */
  | {
      readonly kind: 'synced';
      readonly objects: number;
      readonly durationMs: number;
      readonly isWhole: boolean;
    }
  | { readonly kind: 'relist'; readonly reason: RelistReason }
  | { readonly kind: 'reconnect'; readonly reason: ReconnectReason }
  | { readonly kind: 'unwell'; readonly reason: WatchFailureKind; readonly detail: string }
  | { readonly kind: 'well'; readonly unwellMs: number }
  | { readonly kind: 'bad-data'; readonly detail: string; readonly count: number }
  | { readonly kind: 'handler-failed'; readonly error: unknown; readonly count: number }
  | { readonly kind: 'overlap' };

/** Told about every event as it happens; must not throw. */
export type ReflectorObserver = (event: ReflectorEvent) => void;
