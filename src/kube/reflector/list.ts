import { commitList, type Core, probeVersion } from './core.ts';
import { type PageHead, type PageReader, readPage } from './page.ts';
import type { KubeRequest } from '../connection/index.ts';
import type { RequestOptions } from './requests.ts';
import { isOlder, isUsableVersion } from '../../lib/resource-version.ts';
import { classifyError, watchFailure, type WatchFailure, type WatchFailureKind } from './watch-failure.ts';

/** What passes by itself: the page is asked for again, with the same token. */
const passing: ReadonlySet<WatchFailureKind> = new Set(['throttled', 'server-error', 'transport', 'stalled']);
/** Tries of one page before the list starts over. */
const MAX_PAGE_TRIES = 5;

type ListDeps = Pick<
  Core,
  'connection' | 'requests' | 'decoder' | 'store' | 'health' | 'clock' | 'timings' | 'backoff'
>;

interface ListPlan {
  readonly options: RequestOptions;
  readonly signal: AbortSignal;
  /** The list must be at least this new, unless it is `forced`. */
  readonly floor: string | undefined;
  /** What it says is the truth even where it is older than what is held: the server's history was rewritten. */
  readonly forced: boolean;
}

interface Listed {
  readonly kind: 'listed';
  /** A watch may begin here: the version of page one. */
  readonly version: string;
  /** Every item could be told apart; otherwise nothing may be taken for deleted. */
  readonly sawAll: boolean;
}

/**
 * Lists the whole collection, page by page. A token that expires half-way starts it over, the second time without pages, as client-go
 * does. Rejects only with the abort reason.
 */
export async function runList(deps: ListDeps, plan: ListPlan): Promise<Listed | WatchFailure> {
  let limit: number | undefined = deps.timings.pageLimit;
  for (let expirations = 0; ; expirations += 1) {
    const result = await listOnce(deps, plan, limit);
    if (result.kind !== 'expired' || expirations === 2) return result;
    if (expirations === 1) limit = undefined;
  }
}

async function listOnce(
  deps: ListDeps,
  plan: ListPlan,
  limit: number | undefined,
): Promise<Listed | WatchFailure> {
  // Marks of an earlier attempt no longer count.
  deps.store.beginList();
  const progress: Progress = { version: undefined, sawAll: true, newerHeld: undefined };
  let continueToken: string | undefined;
  do {
    const request = deps.requests.list(plan.options, { limit, continueToken });
    const page = await readPatiently(deps, { plan, progress, request });
    if ('kind' in page) return page;
    progress.version ??= page.version;
    continueToken = page.continueToken;
  } while (continueToken !== '');
  return { kind: 'listed', version: progress.version, sawAll: progress.sawAll };
}

/** What one pass over the pages has found so far. */
interface Progress {
  /** Of page one; undefined before. */
  version: string | undefined;
  sawAll: boolean;
  /** The lowest version held of an object that is older in the list. */
  newerHeld: string | undefined;
}

interface PageTask {
  readonly plan: ListPlan;
  readonly progress: Progress;
  readonly request: KubeRequest;
}

/** The first page is tried once, for the caller knows what to do; a later one again, for the pages before it were work. */
async function readPatiently(deps: ListDeps, task: PageTask): Promise<PageHead | WatchFailure> {
  const tries = task.progress.version === undefined ? 1 : MAX_PAGE_TRIES;
  for (let left = tries - 1; ; left -= 1) {
    deps.health.enter('listing');
    const page = await readPage(readerFor(deps, task), task.request);
    if (!('kind' in page) || left === 0 || !passing.has(page.kind)) return page;
    const waitMs = deps.backoff.next(Math.min(page.retryAfterMs ?? 0, deps.timings.retryAfterMaxMs));
    deps.health.enter('waiting');
    await deps.clock.sleep(waitMs, task.plan.signal);
  }
}

function readerFor(deps: ListDeps, { plan, progress }: PageTask): PageReader {
  const { connection, clock, timings, decoder, health } = deps;
  return {
    connection,
    clock,
    timings,
    signal: plan.signal,
    onByte: () => health.byte(),
    onVersion: (version) => (plan.forced ? undefined : refuse(progress.version ?? version, plan, progress)),
    onItem: (bytes, arrays) => {
      const outcome = decoder.item({ bytes, arrays }, plan.forced);
      if (outcome.kind === 'unread') progress.sawAll = false;
      if (outcome.kind === 'older') progress.newerHeld = lowest(progress.newerHeld, outcome.held);
    },
    onOversize: (head) => {
      if (!decoder.oversizeItem(head)) progress.sawAll = false;
    },
  };
}

function refuse(version: string, { floor }: ListPlan, { newerHeld }: Progress): WatchFailure | undefined {
  return refuseStale(version, floor) ?? refuseRewritten(version, newerHeld);
}

/**
 * A failure when a list has an object as it was before what we hold of it, although we hold nothing that is newer than the list: no history
 * has both. What a watch beside the list has brought since is newer than it.
 */
function refuseRewritten(version: string, newerHeld: string | undefined): WatchFailure | undefined {
  if (newerHeld === undefined || isOlder(version, newerHeld)) return undefined;
  return watchFailure('regressed', `list at ${version} without the object that we hold at ${newerHeld}`);
}

function lowest(a: string | undefined, b: string): string {
  return a === undefined || isOlder(b, a) ? b : a;
}

/** A failure when a list is older than what was seen: a lagging API server's would bring deleted objects back. */
function refuseStale(version: string, floor: string | undefined): WatchFailure | undefined {
  if (floor === undefined || !isOlder(version, floor)) return undefined;
  return watchFailure('stale-list', `list at ${version}, already seen ${floor}`);
}

/**
 * A list that runs beside the watch, because it takes longer than the server keeps history. The watch starts first, so that the list cannot
 * outlive the history it needs. Deletes are remembered meanwhile, so that the list does not bring objects back; what the watch brings counts
 * as seen by the list.
 */
export class Overlap {
  readonly #core: Core;
  #running: { readonly controller: AbortController; readonly done: Promise<void> } | undefined;
  #failure: WatchFailure | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Finds where the watch must begin and starts the list. A failure means that nothing was started. */
  async start(): Promise<WatchFailure | undefined> {
    await this.#abort();
    const failure = await this.#findStart();
    if (failure !== undefined) return failure;
    this.#core.health.overlap();
    const controller = new AbortController();
    this.#running = { controller, done: this.#list(controller.signal) };
    return undefined;
  }

  /** Why the list failed, once; it has then ended the watch. */
  takeFailure(): WatchFailure | undefined {
    const taken = this.#failure;
    this.#failure = undefined;
    return taken;
  }

  /** Gives the list up, and forgets how it failed. Resolves when it has ended. */
  async cancel(): Promise<void> {
    await this.#abort();
    this.#failure = undefined;
  }

  async #abort(): Promise<void> {
    this.#running?.controller.abort(new Error('the list is given up'));
    await this.#running?.done;
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { store, current } = this.#core;
    store.rememberDeletes(true);
    this.#failure = await this.#listUntilDone(signal);
    store.rememberDeletes(false);
    if (this.#failure !== undefined) current.watch?.interrupt(this.#failure);
  }

  /** Moves the position to the collection's present version, never back: that would hide that a database was restored. */
  async #findStart(): Promise<WatchFailure | undefined> {
    const { position, signal } = this.#core;
    try {
      const version = await probeVersion(this.#core);
      if (!isUsableVersion(version)) return watchFailure('unreadable', 'a list without resourceVersion');
      const stale = refuseStale(version, position.version);
      if (stale === undefined) position.version = version;
      return stale;
    } catch (error) {
      signal.throwIfAborted();
      return classifyError(error);
    }
  }

  /** Lists and commits; returns why it failed. Nothing is a failure once `signal` is aborted. */
  async #listUntilDone(signal: AbortSignal): Promise<WatchFailure | undefined> {
    const { clock, policy, position } = this.#core;
    const startedAt = clock.monotonic();
    const plan = { options: policy.capabilities, signal, floor: position.version, forced: false };
    try {
      const result = await runList(this.#core, plan);
      signal.throwIfAborted();
      if (result.kind !== 'listed') return result;
      commitList(this.#core, { sawAll: result.sawAll, startedAt });
      return undefined;
    } catch (error) {
      return signal.aborted ? undefined : classifyError(error);
    }
  }
}
