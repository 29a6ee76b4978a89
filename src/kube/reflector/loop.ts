import { commitList, type Core } from './core.ts';
import { type ListDeps, runList } from './list.ts';
import { createOverlap } from './overlap.ts';
import { createPause } from './pause.ts';
import { proveHistory } from './history-check.ts';
import type { Activity } from './policy.ts';
import type { ReconnectReason, RelistReason } from './status.ts';
import { around } from './timings.ts';
import { classifyError, rewrittenElsewhere, watchFailure, type WatchFailure } from './watch-failure.ts';
import type { WatchEnd } from './watch-stream.ts';
import { watchOn } from './watch.ts';

/** Ends of a watch that are no sign of failure. */
const benign: ReadonlySet<ReconnectReason> = new Set(['closed', 'overdue', 'proof']);

/** What the loop does next. */
type Next =
  | { readonly step: 'list'; readonly reason: RelistReason; readonly waitMs: number }
  | { readonly step: 'watch'; readonly reason: ReconnectReason | undefined; readonly waitMs: number };

/** Lists and watches for ever, whatever happens. Rejects only with the abort reason. */
export async function runLoop(core: Core): Promise<void> {
  const { clock, signal, health, timings, wake } = core;
  const loop = createLoop(core);
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

interface Loop {
  step(next: Next): Promise<Next>;
  end(): Promise<void>;
}

function createLoop(core: Core): Loop {
  const { health, policy, store } = core;
  const listDeps: ListDeps = { ...core, onBegin: () => store.beginList() };
  const overlap = createOverlap(core, listDeps);
  const pause = createPause(core);

  async function step(next: Next): Promise<Next> {
    try {
      const { end, activity } = next.step === 'list' ? await list(next.reason) : await watch(next.reason);
      if (end.kind === 'listed') return afterList(core);
      const failed = overlap.takeFailure();
      return failed === undefined ? after(end, activity) : after(failed, 'list');
    } catch (error) {
      core.signal.throwIfAborted();
      return after(classifyError(error), 'list');
    }
  }

  async function list(reason: RelistReason): Promise<Ended> {
    health.relist(reason);
    health.enter('listing');
    await overlap.cancel();
    const { capabilities } = policy;
    if (capabilities.acceptLower || capabilities.pollOnly) return await listPlainly(core, listDeps);
    if (capabilities.overlap) return { end: (await overlap.start()) ?? { kind: 'listed' }, activity: 'list' };
    return await listPlainly(core, listDeps);
  }

  async function watch(reason: ReconnectReason | undefined): Promise<Ended> {
    // The list beside the watch may have failed while no watch was open.
    const failed = overlap.takeFailure();
    if (failed !== undefined) return { end: failed, activity: 'list' };
    if (core.proving.needsList) return { end: unproven(), activity: 'watch' };
    if (reason !== undefined) health.reconnect(reason);
    const doubt = reason === undefined ? undefined : await proveHistory(core, !benign.has(reason));
    // Another collection may have shown it meanwhile.
    const reasonToList = policy.capabilities.acceptLower ? rewrittenElsewhere() : doubt;
    return { end: reasonToList ?? (await watchOn(core)), activity: 'watch' };
  }

  function after(end: WatchEnd, activity: Activity): Next {
    if (!isFailure(end)) {
      return { step: 'watch', reason: end.kind, waitMs: spreadMs(core) };
    }
    health.failed(end);
    core.currency.lost(end.kind);
    const decision = policy.onFailure(end, activity, health.synced);
    if (decision.isGone === true) store.clear();
    const waitMs = pause(decision);
    return decision.step === 'list'
      ? { step: 'list', reason: end.kind, waitMs }
      : { step: 'watch', reason: end.kind, waitMs };
  }

  return { step, end: () => overlap.cancel() };
}

function unproven(): WatchFailure {
  return watchFailure('unproven', 'no bookmark is as new as the collection');
}

function spreadMs({ proving, timings, random }: Core): number {
  return proving.isOpen ? 0 : random() * timings.reopenSpreadMs;
}

/** How a step ended. `listed`: the store is in sync, or a list beside the next watch will bring it there. */
interface Ended {
  readonly end: WatchEnd | { readonly kind: 'listed' };
  readonly activity: Activity;
}

async function listPlainly(core: Core, listDeps: ListDeps): Promise<Ended> {
  const { policy, position, signal, deletions } = core;
  const startedAt = core.clock.monotonic();
  const forced = policy.capabilities.acceptLower;
  const result = await runList(listDeps, {
    options: policy.capabilities,
    signal,
    floor: position.version,
    forced,
  });
  if (result.kind !== 'listed') return { end: result, activity: 'list' };
  position.version = result.version;
  // They belong to the history that is no more.
  if (forced) deletions.clear();
  commitList(core, { sawAll: result.sawAll, startedAt });
  return { end: { kind: 'listed' }, activity: 'list' };
}

function afterList({ policy, timings, random }: Core): Next {
  if (!policy.capabilities.pollOnly) return { step: 'watch', reason: undefined, waitMs: 0 };
  return { step: 'list', reason: 'poll', waitMs: around(timings.pollMs, random) };
}

function isFailure(end: WatchEnd): end is WatchFailure {
  return 'detail' in end;
}
