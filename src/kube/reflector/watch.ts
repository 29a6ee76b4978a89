import type { Core } from './core.ts';
import { commitList } from './core.ts';
import { trouble } from './trouble.ts';
import { startWatch } from './watch-stream.ts';
import type { WatchEnd, WatchPlan } from './watch-stream.ts';

/** Watches from where the store stands until the watch ends. */
export function watchOn(core: Core): Promise<WatchEnd> {
  const { version } = core.position;
  if (version === undefined) return Promise.resolve(trouble('internal', 'a watch before the first list'));
  const timeoutMs = chooseTimeout(core);
  const request = core.requests.watch(core.policy.manners, version, timeoutMs);
  return follow(core, { request, timeoutMs, signal: core.signal });
}

/** Lets the server send the present state as events first. `isComplete`: it did, and the store is in sync. */
export async function watchFromStart(core: Core): Promise<{ end: WatchEnd; isComplete: boolean }> {
  const { journal, store, clock } = core;
  const startedAt = clock.monotonic();
  const unreadBefore = journal.counts.decodeErrors + journal.counts.oversize;
  const timeoutMs = chooseTimeout(core);
  let isComplete = false;
  store.beginList();
  const end = await follow(core, {
    request: core.requests.watchList(core.policy.manners, timeoutMs),
    timeoutMs,
    signal: core.signal,
    onInitialEnd: () => {
      isComplete = true;
      const sawAll = journal.counts.decodeErrors + journal.counts.oversize === unreadBefore;
      commitList(core, { sawAll, startedAt });
    },
  });
  return { end, isComplete };
}

/** Uniform, so that the watches of many agents do not end together. */
function chooseTimeout({ timings, random }: Core): number {
  return timings.watchMinMs + (timings.watchMaxMs - timings.watchMinMs) * random();
}

async function follow(core: Core, plan: WatchPlan): Promise<WatchEnd> {
  const { journal, policy, current } = core;
  journal.enter('watching');
  const watch = startWatch(
    {
      ...core,
      onProgress: () => {
        policy.onProgress();
        journal.worked();
      },
      onStanding: () => journal.worked(),
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
