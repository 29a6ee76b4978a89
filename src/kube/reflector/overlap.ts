import { commitList, type Core, probeVersion } from './core.ts';
import { refuseStale, runList } from './list.ts';
import { isUsableVersion } from '../../lib/resource-version.ts';
import { classifyError, type WatchFailure, watchFailure } from './watch-failure.ts';

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
