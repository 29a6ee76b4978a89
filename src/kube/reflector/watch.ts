import type { Core } from './core.ts';
import { watchFailure } from './watch-failure.ts';
import { Watch, type WatchEnd, type WatchPlan } from './watch-stream.ts';

/** Watches from where the store stands until the watch ends. */
export async function watchOn(core: Core): Promise<WatchEnd> {
  const { clock, requests, policy, proving, signal, position, health, current } = core;
  const { version } = position;
  if (version === undefined) return watchFailure('internal', 'a watch before the first list');
  const timeoutMs = proving.watchMs();
  const openedAt = clock.monotonic();
  health.enter('watching');
  const request = requests.watch(policy.capabilities, version, timeoutMs);
  const watch = watchFor(core, { request, timeoutMs, signal });
  current.watch = watch;
  const end = await watch.run().finally(() => {
    current.watch = undefined;
  });
  proving.ended({
    isClosed: end.kind === 'closed',
    hadItsTime: end.kind === 'closed' || end.kind === 'overdue',
    stoodMs: clock.monotonic() - openedAt,
    timeoutMs,
  });
  return end;
}

function watchFor(core: Core, plan: WatchPlan): Watch {
  const { connection, clock, timings, decoder, store, position } = core;
  const { health, policy, proving, requests, deletions, blindSpots } = core;
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
      onOpen: () => proving.opened(),
      onUnreadable: () => blindSpots.hideUnknown('line'),
      onProgress: () => {
        policy.onProgress();
        health.worked();
        proving.moved();
      },
      onStanding: () => health.worked(),
    },
    plan,
  );
}
