import type { WatchFailure, WatchFailureKind } from './watch-failure.ts';

/** What a reflector was doing when a failure came. */
export type Activity = 'list' | 'watch';

/**
 * How long to wait before the next step. `none`: not at all. `usual`: growing from a second to half a minute. `slow`: from half a minute to
 * five, for what only an administrator can change. `unauthorized`: from a second; the connection has tried a fresh token already.
 */
export type BackoffKind = 'none' | 'usual' | 'slow' | 'unauthorized';

export interface Decision {
  readonly step: 'list' | 'watch';
  readonly backoff: BackoffKind;
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

/** A watch that starts too late for the history twice in a row will do so for ever. */
const EXPIRED_BEFORE_OVERLAP = 2;
/** A stale list passes as soon as the API server behind it has caught up; one that stays is the new truth. */
const STALE_LISTS_BEFORE_TRUE = 3;
/** The first absence may be an API server that is just being upgraded; two more confirm it. */
const ABSENCES_BEFORE_GONE = 3;
/** An API server that has just started refuses everybody until it has read who may do what: a few seconds. */
const REFUSALS_BEFORE_SLOW = 3;

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

/** What to do after a failure: one rule for each kind of it; some of them also teach capabilities. */
export class Policy {
  readonly #capabilities: ServerCapabilities = {
    plainAccept: false,
    pollOnly: false,
    acceptLower: false,
    overlap: false,
  };
  readonly #rules = createRules(this.#capabilities);
  readonly #counts = new Map<WatchFailureKind, number>();

  get capabilities(): Readonly<ServerCapabilities> {
    return this.#capabilities;
  }

  /** `synced`: the collection was seen whole before. */
  onFailure(failure: WatchFailure, activity: Activity, synced: boolean): Decision {
    const { kind, retryAfterMs } = failure;
    const inARow = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, inARow);
    const decision = this.#rules[kind]({ activity, inARow, synced });
    return retryAfterMs === undefined ? decision : { ...decision, atLeastMs: retryAfterMs };
  }

  /** A watch brought an event or a bookmark: everything works. */
  onProgress(): void {
    this.#counts.clear();
  }

  /** A list was whole. */
  onListed(): void {
    this.#capabilities.acceptLower = false;
    for (const kind of listFailures) this.#counts.delete(kind);
  }

  /** The server's history was rewritten, as another collection has shown. False when that is known already. */
  onForcedRelist(): boolean {
    const isNews = !this.#capabilities.acceptLower;
    this.#capabilities.acceptLower = true;
    return isNews;
  }
}

/** The same step again: what failed did not invalidate anything. */
function again(backoff: BackoffKind): Rule {
  return ({ activity }) => ({ step: activity === 'watch' ? 'watch' : 'list', backoff });
}

/** A list at once; if it did not help, with patience. */
function relist({ inARow, activity }: Context): Decision {
  return { step: 'list', backoff: inARow === 1 && activity === 'watch' ? 'none' : 'usual' };
}

/** Another try, and a list when that did not help. */
function againThenRelist({ activity, inARow }: Context): Decision {
  return { step: activity === 'watch' && inARow < 2 ? 'watch' : 'list', backoff: 'usual' };
}

/** Rules that teach nothing. */
const plainRules = {
  'store-read': relist,
  throttled: again('usual'),
  'server-error': again('usual'),
  'error-event': againThenRelist,
  unauthorized: again('unauthorized'),
  forbidden: (context: Context) => again(context.inARow <= REFUSALS_BEFORE_SLOW ? 'usual' : 'slow')(context),
  transport: again('usual'),
  unreadable: againThenRelist,
  'short-watch': again('usual'),
  stalled: again('usual'),
  internal: again('usual'),
  invalid: relist,
  unproven: relist,
  'regressed-elsewhere': relist,
  // The server needs about a second to catch up; it says so, but old ones do not.
  'version-too-large': (context: Context) => ({ ...againThenRelist(context), atLeastMs: 1_000 }),
  missing: ({ inARow, synced }: Context) => ({
    step: 'list',
    backoff: 'slow',
    isGone: synced && inARow >= ABSENCES_BEFORE_GONE,
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
      return { step: 'list', backoff: activity === 'list' ? 'slow' : 'none' };
    },
    unacceptable: ({ activity, inARow }) => {
      capabilities.plainAccept = true;
      return { step: activity === 'watch' ? 'watch' : 'list', backoff: inARow === 1 ? 'none' : 'slow' };
    },
    regressed: (context) => {
      capabilities.acceptLower = true;
      return relist(context);
    },
    'stale-list': ({ inARow }) => {
      if (inARow >= STALE_LISTS_BEFORE_TRUE) capabilities.acceptLower = true;
      return { step: 'list', backoff: 'usual' };
    },
  };
}
