import { commitList, type Core } from './core.ts';
import { proveHistory } from './history-check.ts';
import { Overlap, runList } from './list.ts';
import type { Activity, Decision } from './failure-policy.ts';
import type { ReconnectReason, RelistReason } from './health-record.ts';
import { withJitter } from './timings.ts';
import { classifyError, rewrittenElsewhere, type WatchFailure, watchFailure } from './watch-failure.ts';
import { Watch, type WatchEnd, type WatchPlan } from './watch.ts';
import { Backoff } from '../../lib/backoff.ts';

/** Ends of a watch that are no sign of failure. */
const benign: ReadonlySet<ReconnectReason> = new Set(['closed', 'overdue', 'proof']);

/** What the loop does next. */
type Next =
  | { readonly step: 'list'; readonly reason: RelistReason; readonly waitMs: number }
  | { readonly step: 'watch'; readonly reason: ReconnectReason | undefined; readonly waitMs: number };

/** How a step ended. `listed`: the store is in sync, or a list beside the next watch will bring it there. */
interface Ended {
  readonly end: WatchEnd | { readonly kind: 'listed' };
  readonly activity: Activity;
}

/** Lists and watches for ever, whatever happens. Rejects only with the abort reason. */
export async function runLoop(core: Core): Promise<void> {
  const { clock, signal, health, timings, wake } = core;
  const loop = new Loop(core);
  let next: Next = { step: 'list', reason: 'start', waitMs: core.random() * timings.startSpreadMs };
  try {
    for (;;) {
      if (next.waitMs > 0) {
        health.enter('waiting');
        await wake.wait(clock.monotonic() + next.waitMs, signal);
      }
      next = await loop.step(next);
      signal.throwIfAborted();
    }
  } finally {
    await loop.end();
  }
}

class Loop {
  readonly #core: Core;
  readonly #overlap: Overlap;
  readonly #pauseMs: (decision: Decision) => number;

  constructor(core: Core) {
    this.#core = core;
    this.#overlap = new Overlap(core);
    this.#pauseMs = createPause(core);
  }

  async step(next: Next): Promise<Next> {
    try {
      const ended = next.step === 'list' ? await this.#list(next.reason) : await this.#watch(next.reason);
      if (ended.end.kind === 'listed') return this.#afterList();
      const failed = this.#overlap.takeFailure();
      return failed === undefined ? this.#after(ended.end, ended.activity) : this.#after(failed, 'list');
    } catch (error) {
      this.#core.signal.throwIfAborted();
      return this.#after(classifyError(error), 'list');
    }
  }

  end(): Promise<void> {
    return this.#overlap.cancel();
  }

  async #list(reason: RelistReason): Promise<Ended> {
    const { health, policy } = this.#core;
    health.relist(reason);
    health.enter('listing');
    await this.#overlap.cancel();
    const { acceptLower, pollOnly, overlap } = policy.capabilities;
    if (acceptLower || pollOnly || !overlap) return await this.#listPlainly();
    return { end: (await this.#overlap.start()) ?? { kind: 'listed' }, activity: 'list' };
  }

  async #listPlainly(): Promise<Ended> {
    const { policy, position, signal, deletions, clock } = this.#core;
    const startedAt = clock.monotonic();
    const forced = policy.capabilities.acceptLower;
    const plan = { options: policy.capabilities, signal, floor: position.version, forced };
    const result = await runList(this.#core, plan);
    if (result.kind !== 'listed') return { end: result, activity: 'list' };
    position.version = result.version;
    // They belong to the history that is no more.
    if (forced) deletions.clear();
    commitList(this.#core, { sawAll: result.sawAll, startedAt });
    return { end: { kind: 'listed' }, activity: 'list' };
  }

  async #watch(reason: ReconnectReason | undefined): Promise<Ended> {
    const core = this.#core;
    // The list beside the watch may have failed while no watch was open.
    const failed = this.#overlap.takeFailure();
    if (failed !== undefined) return { end: failed, activity: 'list' };
    if (core.bookmarkProbe.needsList) {
      const end = watchFailure('unproven', 'no bookmark is as new as the collection');
      return { end, activity: 'watch' };
    }
    if (reason !== undefined) core.health.reconnect(reason);
    const doubt = reason === undefined ? undefined : await proveHistory(core, !benign.has(reason));
    // Another collection may have shown it meanwhile.
    const reasonToList = core.policy.capabilities.acceptLower ? rewrittenElsewhere() : doubt;
    return { end: reasonToList ?? (await watchOn(core)), activity: 'watch' };
  }

  #afterList(): Next {
    const { policy, timings, random } = this.#core;
    if (!policy.capabilities.pollOnly) return { step: 'watch', reason: undefined, waitMs: 0 };
    return { step: 'list', reason: 'poll', waitMs: withJitter(timings.pollMs, random) };
  }

  #after(end: WatchEnd, activity: Activity): Next {
    const { health, freshness, policy, store, bookmarkProbe, timings, random } = this.#core;
    if (!isFailure(end)) {
      const waitMs = bookmarkProbe.isOpen ? 0 : random() * timings.reopenSpreadMs;
      return { step: 'watch', reason: end.kind, waitMs };
    }
    health.failed(end);
    freshness.lost(end.kind);
    const decision = policy.onFailure(end, activity, health.synced);
    if (decision.isGone === true) store.clear();
    const { kind: reason } = end;
    const waitMs = this.#pauseMs(decision);
    return decision.step === 'list' ? { step: 'list', reason, waitMs } : { step: 'watch', reason, waitMs };
  }
}

function isFailure(end: WatchEnd): end is WatchFailure {
  return 'detail' in end;
}

/** Watches from where the store stands until the watch ends. */
async function watchOn(core: Core): Promise<WatchEnd> {
  const { clock, requests, policy, bookmarkProbe, signal, position, health, current } = core;
  const { version } = position;
  if (version === undefined) return watchFailure('internal', 'a watch before the first list');
  const timeoutMs = bookmarkProbe.watchMs();
  const openedAt = clock.monotonic();
  health.enter('watching');
  const request = requests.watch(policy.capabilities, version, timeoutMs);
  const watch = watchFor(core, { request, timeoutMs, signal });
  current.watch = watch;
  const end = await watch.run().finally(() => {
    current.watch = undefined;
  });
  bookmarkProbe.ended({
    isClosed: end.kind === 'closed',
    hadItsTime: end.kind === 'closed' || end.kind === 'overdue',
    stoodMs: clock.monotonic() - openedAt,
    timeoutMs,
  });
  return end;
}

function watchFor(core: Core, plan: WatchPlan): Watch {
  const { connection, clock, timings, decoder, store, position } = core;
  const { health, policy, bookmarkProbe, requests, deletions, blindSpots } = core;
  return new Watch(
    {
      connection,
      clock,
      timings,
      decoder,
      store,
      position,
      health,
      // What left a selector may come back.
      onDeleted: (identity, object) => {
        if (!requests.isSelective) deletions.note(identity, object);
      },
      onOpen: () => bookmarkProbe.opened(),
      onUnreadable: () => blindSpots.hideUnknown('line'),
      onProgress: () => {
        policy.onProgress();
        health.worked();
        bookmarkProbe.moved();
      },
      onEstablished: () => health.worked(),
    },
    plan,
  );
}

/** How long to wait before what was decided, in milliseconds; each kind has a back-off of its own. */
function createPause(
  core: Pick<Core, 'clock' | 'random' | 'timings' | 'backoff'>,
): (decision: Decision) => number {
  const { clock, random, timings, backoff: usual } = core;
  const slow = new Backoff({
    initMs: timings.slowInitMs,
    maxMs: timings.slowMaxMs,
    // Longer than its own longest wait, or it would start over each time.
    resetMs: timings.slowMaxMs * 2,
    clock,
    random,
  });
  const unauthorized = new Backoff({
    initMs: timings.unauthorizedInitMs,
    maxMs: timings.backoffMaxMs,
    resetMs: timings.backoffResetMs,
    clock,
    random,
  });
  const backoffs = { usual, slow, unauthorized };
  return ({ backoff, atLeastMs }) => {
    const least = Math.min(atLeastMs ?? 0, timings.retryAfterMaxMs);
    return backoff === 'none' ? least : backoffs[backoff].next(least);
  };
}
