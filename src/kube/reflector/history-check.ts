import { type Identity, identityOf } from './change.ts';
import type { Core } from './core.ts';
import { isOlder } from '../../lib/resource-version.ts';
import { classifyError, watchFailure, type WatchFailure } from './watch-failure.ts';

/** What one small read shows of the server's history. */
export interface HistoryCheck {
  /** The collection's present version. */
  readonly version: string | undefined;
  /** It is not the history that we have followed: a database was restored. */
  readonly regressed: WatchFailure | undefined;
  /** The newest object that we hold is not there: deleted unseen, or never created in a history that was rewritten. */
  readonly isNewestGone: boolean;
}

/**
 * Asks for the newest object that we hold. After a restore the versions may be beyond ours again before anybody checks (an API server
 * that starts writes dozens of objects), and a watch would go on as if nothing had happened; but in one history no object has
 * a lower version than it had before. Throws what the connection throws.
 */
export async function checkHistory(core: Core): Promise<HistoryCheck> {
  // A watch may move both while the answer is on its way.
  const ours = core.position.version;
  const newestKnown = core.store.newest();
  const request = core.requests.probe(core.policy.capabilities, newestKnown);
  const list = await core.connection.json<ListShape | null>({ ...request, signal: core.signal });
  const version = list?.metadata?.resourceVersion;
  const theirs = typeof version === 'string' ? version : undefined;
  const found = newestKnown === undefined ? undefined : versionIn(list, newestKnown);
  return {
    version: theirs,
    regressed: regressedTo('collection', theirs, ours) ?? regressedTo('object', found, newestKnown?.version),
    isNewestGone: newestKnown !== undefined && found === undefined,
  };
}

/**
 * Whether a watch may go on from where we stand; a failure when everything must be listed again. `afterFailure`: the server may have been
 * another one meanwhile. Rejects only with the abort reason.
 */
export async function proveHistory(core: Core, afterFailure: boolean): Promise<WatchFailure | undefined> {
  try {
    const askedAt = core.clock.monotonic();
    const { version, regressed, isNewestGone } = await checkHistory(core);
    if (regressed !== undefined) return regressed;
    if (isNewestGone) return watchFailure('unproven', 'the newest object known is gone');
    const undone = afterFailure ? await findUndone(core) : undefined;
    if (undone === undefined) core.proving.expect(version, askedAt);
    return undone;
  } catch (error) {
    core.signal.throwIfAborted();
    return classifyError(error);
  }
}

/** A deletion that a restored database does not know of. */
async function findUndone(core: Core): Promise<WatchFailure | undefined> {
  for (const deleted of core.deletions.kept) {
    const request = core.requests.probe(core.policy.capabilities, deleted);
    const list = await core.connection.json<ListShape | null>({ ...request, signal: core.signal });
    if (versionIn(list, deleted) === undefined) continue;
    core.deletions.clear();
    return watchFailure('regressed', `an object that was deleted at ${deleted.version} is there again`);
  }
  return undefined;
}

interface ListShape {
  readonly metadata?: { readonly resourceVersion?: unknown };
  readonly items?: unknown;
}

function versionIn(list: ListShape | null, newestKnown: Identity): string | undefined {
  const items: readonly unknown[] = Array.isArray(list?.items) ? list.items : [];
  return items.map(identityOf).find((identity) => identity?.uid === newestKnown.uid)?.version;
}

function regressedTo(
  what: string,
  theirs: string | undefined,
  ours: string | undefined,
): WatchFailure | undefined {
  if (theirs === undefined || ours === undefined || !isOlder(theirs, ours)) return undefined;
  return watchFailure('regressed', `${what} at ${theirs}, already seen ${ours}`);
}
