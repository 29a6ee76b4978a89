import { commitList, type Core, probeVersion } from './core.ts';
import { type ListDeps, refuseStale, runList } from './list.ts';
import { isUsableVersion } from '../../lib/resource-version.ts';
import { classifyError, watchFailure, type WatchFailure } from './watch-failure.ts';

/** A list that runs beside the watch, because it takes longer than the server keeps history. */
export interface Overlap {
  /** Finds where the watch must begin and starts the list. A failure means that nothing was started. */
  start(): Promise<WatchFailure | undefined>;
  /** Why the list failed, once; it has then ended the watch. */
  takeFailure(): WatchFailure | undefined;
  /** Gives the list up, and forgets how it failed. Resolves when it has ended. */
  cancel(): Promise<void>;
}

/**
 * The watch starts first, so that the list cannot outlive the history it needs. Deletes are remembered meanwhile, so that the list does not
 * bring objects back; what the watch brings counts as seen by the list.
 */
export function createOverlap(core: Core, listDeps: ListDeps): Overlap {
  let running: { controller: AbortController; done: Promise<void> } | undefined;
  let failure: WatchFailure | undefined;

  async function cancel(): Promise<void> {
    running?.controller.abort(new Error('the list is given up'));
    await running?.done;
  }

  async function listBeside(controller: AbortController): Promise<void> {
    core.store.rememberDeletes(true);
    failure = await listUntilDone(core, listDeps, controller.signal);
    core.store.rememberDeletes(false);
    if (failure !== undefined) core.current.watch?.interrupt(failure);
  }

  async function start(): Promise<WatchFailure | undefined> {
    await cancel();
    const found = await findStart(core);
    if (found !== undefined) return found;
    core.health.overlap();
    const controller = new AbortController();
    running = { controller, done: listBeside(controller) };
    return undefined;
  }

  return {
    start,
    cancel: async () => {
      await cancel();
      failure = undefined;
    },
    takeFailure: () => {
      const taken = failure;
      failure = undefined;
      return taken;
    },
  };
}

/** Moves the position to the collection's present version, never back: that would hide that a database was restored. */
async function findStart(core: Core): Promise<WatchFailure | undefined> {
  try {
    const version = await probeVersion(core);
    if (!isUsableVersion(version)) return watchFailure('unreadable', 'a list without resourceVersion');
    const stale = refuseStale(version, core.position.version);
    if (stale !== undefined) return stale;
    core.position.version = version;
    return undefined;
  } catch (error) {
    core.signal.throwIfAborted();
    return classifyError(error);
  }
}

/** Lists and commits; returns why it failed. Nothing is a failure once `signal` is aborted. */
async function listUntilDone(
  core: Core,
  listDeps: ListDeps,
  signal: AbortSignal,
): Promise<WatchFailure | undefined> {
  const startedAt = core.clock.monotonic();
  const plan = { options: core.policy.capabilities, signal, floor: core.position.version, forced: false };
  try {
    const result = await runList(listDeps, plan);
    signal.throwIfAborted();
    if (result.kind !== 'listed') return result;
    commitList(core, { sawAll: result.sawAll, startedAt });
    return undefined;
  } catch (error) {
    return signal.aborted ? undefined : classifyError(error);
  }
}
