import type { WatchFailure, WatchFailureKind } from './watch-failure.ts';

/** What a reflector was doing when a failure came. */
export type Activity = 'list' | 'watch';

/**
 * How long to wait before the next step. `now`: not at all. `backoff`: growing from a second to half a minute. `slow`: from half a minute to
 * five, for what only an administrator can change. `unauthorized`: from a second; the connection has tried a fresh token already.
 */
export type BackoffKind = 'now' | 'backoff' | 'slow' | 'unauthorized';

export interface Decision {
  readonly step: 'list' | 'watch';
  readonly pace: BackoffKind;
  readonly atLeastMs?: number;
  /** The type is gone: so are its objects. */
  readonly isGone?: boolean;
}

/** What the failures so far have taught about this server and collection. */
export interface ServerCapabilities {
  /** Our Accept header is not understood. */
  plainAccept: boolean;
  /** There is no watch: list now and then instead. */
  pollOnly: boolean;
  /** The next list is the truth even where it is older: the server's history was rewritten. */
  acceptLower: boolean;
  /** Lists take longer than the server keeps history: watch while listing. */
  overlap: boolean;
}

export interface Policy {
  readonly capabilities: Readonly<ServerCapabilities>;
  /** What to do after a failure. `synced`: the collection was seen whole before. */
  onFailure(failure: WatchFailure, activity: Activity, synced: boolean): Decision;
  /** A watch brought an event or a bookmark: everything works. */
  onProgress(): void;
  /** A list was whole. */
  onListed(): void;
  /** The server's history was rewritten, as another collection has shown. False when that is known already. */
  onForcedRelist(): boolean;
}

/** A watch that starts too late for the history twice in a row will do so for ever. */
const EXPIRED_BEFORE_OVERLAP = 2;
/** A stale list passes as soon as the API server behind it has caught up; one that stays is the new truth. */
const STALE_LISTS_BELIEVED = 3;
/** The first absence may be an API server that is just being upgraded; two more confirm it. */
const ABSENCES_BELIEVED = 3;
/** An API server that has just started refuses everybody until it has read who may do what: a few seconds. */
const REFUSALS_DOUBTED = 3;

/** Failures that a complete list proves to be over. */
const listFailures: readonly WatchFailureKind[] = [
  'missing',
  'forbidden',
  'unauthorized',
  'stale-list',
  'version-too-large',
  'unacceptable',
];

interface Context {
  readonly activity: Activity;
  /** How often this kind of failure came since things last worked, this time included. */
  readonly inARow: number;
  readonly synced: boolean;
}

type Rule = (context: Context) => Decision;

/** One rule for each kind of failure; some of them also teach capabilities. */
export function createPolicy(): Policy {
  const capabilities: ServerCapabilities = {
    plainAccept: false,
    pollOnly: false,
    acceptLower: false,
    overlap: false,
  };
  const rules = createRules(capabilities);
  const counts = new Map<WatchFailureKind, number>();

  function onFailure(failure: WatchFailure, activity: Activity, synced: boolean): Decision {
    const inARow = (counts.get(failure.kind) ?? 0) + 1;
    counts.set(failure.kind, inARow);
    const decision = rules[failure.kind]({ activity, inARow, synced });
    const { retryAfterMs } = failure;
    return retryAfterMs === undefined ? decision : { ...decision, atLeastMs: retryAfterMs };
  }

  return {
    capabilities,
    onFailure,
    onProgress: () => counts.clear(),
    onListed: () => {
      capabilities.acceptLower = false;
      for (const kind of listFailures) counts.delete(kind);
    },
    onForcedRelist: () => {
      const isNews = !capabilities.acceptLower;
      capabilities.acceptLower = true;
      return isNews;
    },
  };
}

/** The same step again: what failed did not invalidate anything. */
function again(pace: BackoffKind): Rule {
  return ({ activity }) => ({ step: activity === 'watch' ? 'watch' : 'list', pace });
}

/** A list at once; if it did not help, with patience. */
function relist({ inARow, activity }: Context): Decision {
  return { step: 'list', pace: inARow === 1 && activity === 'watch' ? 'now' : 'backoff' };
}

/** Another try, and a list when that did not help. */
function againThenRelist({ activity, inARow }: Context): Decision {
  return { step: activity === 'watch' && inARow < 2 ? 'watch' : 'list', pace: 'backoff' };
}

/** Rules that teach nothing. */
const plainRules = {
  'store-read': relist,
  throttled: again('backoff'),
  'server-error': again('backoff'),
  'error-event': againThenRelist,
  unauthorized: again('unauthorized'),
  forbidden: (context: Context) => again(context.inARow <= REFUSALS_DOUBTED ? 'backoff' : 'slow')(context),
  transport: again('backoff'),
  unreadable: againThenRelist,
  'short-watch': again('backoff'),
  stalled: again('backoff'),
  internal: again('backoff'),
  invalid: relist,
  unproven: relist,
  'regressed-elsewhere': relist,
  // The server needs about a second to catch up; it says so, but old ones do not.
  'version-too-large': (context: Context) => ({ ...againThenRelist(context), atLeastMs: 1_000 }),
  missing: ({ inARow, synced }: Context) => ({
    step: 'list',
    pace: 'slow',
    isGone: synced && inARow >= ABSENCES_BELIEVED,
  }),
} as const satisfies Partial<Record<WatchFailureKind, Rule>>;

function createRules(capabilities: ServerCapabilities): Readonly<Record<WatchFailureKind, Rule>> {
  return {
    ...plainRules,
    expired: (context) => {
      if (context.activity === 'watch' && context.inARow >= EXPIRED_BEFORE_OVERLAP)
        capabilities.overlap = true;
      return relist(context);
    },
    unwatchable: ({ activity }) => {
      capabilities.pollOnly = activity !== 'list';
      return { step: 'list', pace: activity === 'list' ? 'slow' : 'now' };
    },
    unacceptable: ({ activity, inARow }) => {
      capabilities.plainAccept = true;
      return { step: activity === 'watch' ? 'watch' : 'list', pace: inARow === 1 ? 'now' : 'slow' };
    },
    regressed: (context) => {
      capabilities.acceptLower = true;
      return relist(context);
    },
    'stale-list': ({ inARow }) => {
      if (inARow >= STALE_LISTS_BELIEVED) capabilities.acceptLower = true;
      return { step: 'list', pace: 'backoff' };
    },
  };
}
