import type { Core } from './core.ts';
import { watchFailure } from './watch-failure.ts';
import { startWatch, type WatchEnd, type WatchPlan } from './watch-stream.ts';

/** Watches from where the store stands until the watch ends. */
export async function watchOn(core: Core): Promise<WatchEnd> {
  const { clock, requests, policy, proving, signal, position } = core;
  const { version } = position;
  if (version === undefined) return watchFailure('internal', 'a watch before the first list');
  const timeoutMs = proving.watchMs();
  const openedAt = clock.monotonic();
  const end = await follow(core, {
    request: requests.watch(policy.capabilities, version, timeoutMs),
    timeoutMs,
    signal,
  });
  proving.ended({
    isClosed: end.kind === 'closed',
    hadItsTime: end.kind === 'closed' || end.kind === 'overdue',
    stoodMs: clock.monotonic() - openedAt,
    timeoutMs,
  });
  return end;
}

async function follow(core: Core, plan: WatchPlan): Promise<WatchEnd> {
  const { health, policy, proving, current, requests, deletions } = core;
  health.enter('watching');
  const watch = startWatch(
    {
      ...core,
      // What left a selector may come back.
      onDeleted: (identity, object) => {
        if (!requests.isSelective) deletions.note(identity, object);
      },
      onOpen: () => proving.opened(),
      onUnreadable: () => core.blindSpots.hideUnknown('line'),
      onProgress: () => {
        policy.onProgress();
        health.worked();
        proving.moved();
      },
      onStanding: () => health.worked(),
    },
    plan,
  );
  current.watch = watch;
  try {
    return await watch.end;
  } finally {
    current.watch = undefined;
  }
}
