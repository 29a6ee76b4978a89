import type { Core } from './core.ts';
import { isOlder } from '../../lib/resource-version.ts';
import { checkHistory } from './history-check.ts';
import { withJitter } from './timings.ts';
import { watchFailure } from './watch-failure.ts';

/** Checks in a row that find us behind, without a proof in between, before the watch is called dead. */
const CHECKS_BEHIND = 2;

/**
 * Asks the server now and then how far the collection is, beside the watch. The only thing that notices a watch that is open and silent
 * although there is news, and an etcd restored from a backup under a watch that stays open. Rejects only with the abort reason.
 */
export async function watchFreshness(core: Core): Promise<void> {
  const { clock, timings, random, signal } = core;
  let behind = 0;
  let { provenAt } = core.currency;
  for (;;) {
    await clock.sleep(withJitter(timings.freshnessMs, random), signal);
    const isBehind = await check(core);
    // What a line would have said, a list can say.
    if (core.blindSpots.isCurable)
      core.current.watch?.interrupt(watchFailure('unproven', 'a line could not be read'));
    const isSilent = core.currency.provenAt === provenAt;
    behind = isBehind ? (isSilent ? behind + 1 : 1) : 0;
    ({ provenAt } = core.currency);
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
