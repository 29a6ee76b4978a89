import { type Identity, identityOf } from './store.ts';
import type { Core } from './core.ts';
import { isOlder } from '../../lib/resource-version.ts';
import { classifyError, watchFailure, type WatchFailure } from './watch-failure.ts';
import { withJitter } from './timings.ts';

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
async function checkHistory(core: Core): Promise<HistoryCheck> {
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
    if (undone === undefined) core.bookmarkProbe.expect(version, askedAt);
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

/** Checks in a row that find us behind, without a proof in between, before the watch is called dead. */
const CHECKS_BEHIND = 2;

/**
 * Asks the server now and then how far the collection is, beside the watch. The only thing that notices a watch that is open and silent
 * although there is news, and an etcd restored from a backup under a watch that stays open. Rejects only with the abort reason.
 */
export async function watchFreshness(core: Core): Promise<void> {
  const { clock, timings, random, signal } = core;
  let behind = 0;
  let { provenAt } = core.freshness;
  for (;;) {
    await clock.sleep(withJitter(timings.freshnessMs, random), signal);
    const isBehind = await check(core);
    // What a line would have said, a list can say.
    if (core.blindSpots.isCurable)
      core.current.watch?.interrupt(watchFailure('unproven', 'a line could not be read'));
    const isSilent = core.freshness.provenAt === provenAt;
    behind = isBehind ? (isSilent ? behind + 1 : 1) : 0;
    ({ provenAt } = core.freshness);
    if (behind < CHECKS_BEHIND) continue;
    behind = 0;
    core.current.watch?.interrupt(watchFailure('stalled', 'open, but behind the collection and silent'));
  }
}

/** Whether the server is ahead of the watch. Ends the watch when it follows a history that is no more. */
async function check(core: Core): Promise<boolean> {
  const { watch } = core.current;
  const ours = core.position.version;
  if (watch === undefined || ours === undefined) return false;
  const found = await checkHistory(core).catch(() => undefined);
  core.signal.throwIfAborted();
  // The newest object being gone says nothing here: its deletion is on its way to the watch.
  if (found?.regressed !== undefined) watch.interrupt(found.regressed);
  return found?.version !== undefined && isOlder(ours, found.version);
}
